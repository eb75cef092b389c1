"""Lo que llega de la pantalla, limpio: búsqueda, filtro, punto de la lista, claves y números. Puro."""

from __future__ import annotations

import datetime as dt
import re

from clientes.chat.lista import FILTROS
from registro.textos import una_linea

MAXIMO_ENTERO = 9223372036854775807
"""El mayor id que cabe en la base; uno mayor no puede existir."""
LARGO_DE_BUSQUEDA = 80
_CLAVE = re.compile(r"[0-9A-Za-z-]{8,64}")
_SEPARADORES_DE_NUMERO = re.compile(r"[\s().+-]")


def leer_busqueda(texto: str) -> str:
    """Lo que se busca; un teléfono escrito con espacios o guiones queda sólo en cifras, como está guardado."""
    limpio = una_linea(texto)[:LARGO_DE_BUSQUEDA]
    cifras = _SEPARADORES_DE_NUMERO.sub("", limpio)
    return cifras if cifras.isdecimal() and cifras.isascii() else limpio


def leer_filtro(texto: str) -> str:
    """Uno de los filtros de la lista, o «todas» si no existe."""
    return texto if texto in FILTROS else ""


def leer_numero(texto: str, *, minimo: int = 0, maximo: int = MAXIMO_ENTERO) -> int | None:
    """Un entero entre esos límites, o None si no lo es."""
    if not re.fullmatch(r"[0-9]{1,19}", texto):
        return None
    numero = int(texto)
    return numero if minimo <= numero <= maximo else None


def leer_clave(texto: str) -> str | None:
    """La clave con la que el navegador marca un mensaje, o None si no tiene su forma."""
    return texto if _CLAVE.fullmatch(texto) else None


def leer_momento(texto: str) -> dt.datetime | None:
    """Un momento ISO 8601 con zona, o None."""
    try:
        momento = dt.datetime.fromisoformat(texto)
    except ValueError:
        return None
    return momento if momento.tzinfo is not None else None


def escribir_punto(momento: dt.datetime, contacto_id: int) -> str:
    """El punto de la lista donde se quedó quien pide más."""
    return f"{momento.astimezone(dt.UTC).isoformat()}~{contacto_id}"


def leer_punto(texto: str) -> tuple[dt.datetime, int] | None:
    """Lo contrario de `escribir_punto`, o None si no tiene su forma."""
    escrito, _, clave = texto.partition("~")
    # Un «+00:00» sin codificar en una dirección llega como espacio.
    momento, numero = leer_momento(escrito.replace(" ", "+")), leer_numero(clave)
    return (momento, numero) if momento is not None and numero is not None else None
