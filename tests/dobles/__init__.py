"""Dobles con memoria de los servicios externos: hablan su protocolo de verdad por HTTP."""
