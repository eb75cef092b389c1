"""Contactos: las personas que escriben a la Nora."""
