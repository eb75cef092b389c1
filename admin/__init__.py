"""La oficina de la agencia: /admin/… y /debug_rutas."""
