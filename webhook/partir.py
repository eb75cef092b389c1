"""Parte un texto largo en mensajes de WhatsApp por el final de una frase, sin romper un emoji ni una letra con acento. Puro."""

from __future__ import annotations

import re
import unicodedata

from ia.salida import LARGO_MAXIMO, largo

_CORTES = (re.compile(r"\n\s*\n"), re.compile(r"[.!?…](?=\s)|\n"), re.compile(r"[,;:](?=\s)"), re.compile(r"\s"))
"""De mejor a peor: párrafo, frase, inciso, palabra."""
_UNEN = {"\u200d", "\ufe0f", "\ufe0e", "\u20e3"}
"""Unión de emojis, variantes y tecla: lo que sigue o precede es el mismo dibujo."""


def partir(texto: str, maximo: int = LARGO_MAXIMO) -> list[str]:
    """El texto en trozos de `maximo` unidades UTF-16 como mucho (error 21617 de Twilio), en orden y sin perder ninguna palabra.

    Se corta en el mejor sitio de la segunda mitad de cada trozo; sólo una palabra más larga que un mensaje se parte por dentro.
    """
    trozos: list[str] = []
    resto = texto.strip()
    while largo(resto) > maximo:
        fin = _donde(resto, maximo)
        trozos.append(resto[:fin].rstrip())
        resto = resto[fin:].lstrip()
    return [*trozos, resto] if resto else trozos


def _donde(texto: str, maximo: int) -> int:
    cabe = len(texto.encode("utf-16-le")[: 2 * maximo].decode("utf-16-le", errors="ignore"))
    # Una unidad más para ver el espacio que sigue a un punto justo en el límite.
    for corte in _CORTES:
        finales = [hallado.end() for hallado in corte.finditer(texto, 0, cabe + 1) if hallado.end() <= cabe]
        if finales and finales[-1] >= cabe // 2:
            return finales[-1]
    fin = cabe
    while fin > 1 and _pegados(texto[fin - 1], texto[fin]):
        fin -= 1
    return fin if fin > 1 else cabe


def _pegados(antes: str, despues: str) -> bool:
    """Si cortar entre esas dos letras rompería lo que se ve como una sola."""
    return (
        antes == "\u200d"
        or despues in _UNEN
        or unicodedata.combining(despues) != 0
        or "\U0001f3fb" <= despues <= "\U0001f3ff"
        or ("\U0001f1e6" <= antes <= "\U0001f1ff" and "\U0001f1e6" <= despues <= "\U0001f1ff")
    )
