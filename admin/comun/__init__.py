"""Lo que comparten los despachos de la agencia."""
