"""Lo que escribió una persona, limpio: sin caracteres de control ni invisibles que engañen a la vista. Puro."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Controles, espacios de ancho cero y órdenes de sentido. Quedan los que unen emojis (U+200D) y las marcas del árabe y el hebreo."""

_FIN_DE_LINEA = re.compile("\r\n|[\r\x85\u2028\u2029]")


def una_linea(texto: str) -> str:
    """El texto en una sola línea, con espacios simples y sin invisibles."""
    return " ".join(varias_lineas(texto).split())


def varias_lineas(texto: str) -> str:
    """El texto con sus saltos de línea como `\\n`, sin invisibles y sin blancos en las orillas."""
    limpio = _INVISIBLES.sub("", _FIN_DE_LINEA.sub("\n", texto))
    return unicodedata.normalize("NFC", limpio).strip()


def con_miles(cantidad: int) -> str:
    """Un entero como se escribe en México: «12,431»."""
    return f"{cantidad:,}"
