"""Las rutas que cualquiera puede pedir, escritas una a una con su porqué: una pública que no esté aquí se pinta en rojo. Puro."""

from __future__ import annotations

from registro.accesos import CON_SESION, FIRMADA, PUBLICA, SOLO_ADMIN

PUBLICAS: dict[tuple[str, str], str] = {
    ("GET", "/salud"): "la consultan los vigilantes: dice si sirve, sin datos",
    ("GET", "/listo"): "la consultan los vigilantes: dice si hay quien atienda, sin datos",
    ("GET", "/static/<path:filename>"): "estilos y guiones de las pantallas",
    ("GET", "/t/<path:ruta>"): "archivos de npm de una lista blanca",
    ("GET", "/entrar"): "la puerta",
    ("POST", "/entrar"): "la puerta; con límite de intentos",
    ("POST", "/entrar/demo/<quien>"): "entrada de un clic; fuera de la demo local responde 404",
    ("GET", "/recuperar"): "pedir una clave nueva",
    ("POST", "/recuperar"): "pedir una clave nueva; con límite de intentos",
    ("GET", "/recuperar/<token>"): "llega desde el correo con su llave",
    ("POST", "/recuperar/<token>"): "llega desde el correo con su llave",
}

_MARCAS = frozenset({PUBLICA, CON_SESION, SOLO_ADMIN, FIRMADA})


def motivo_de_rojo(metodo: str, ruta: str, proteccion: str) -> str:
    """Por qué esa ruta necesita que alguien la mire; vacío si está en orden."""
    if proteccion not in _MARCAS:
        return "No dice cómo se protege: nadie puede entrar hasta que lleve una marca."
    if proteccion == PUBLICA and (metodo, ruta) not in PUBLICAS:
        return "Es pública y no está en la lista de las que deben serlo."
    return ""
