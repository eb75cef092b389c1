"""Las palabras de un texto escrito por una persona: sin acentos, sin signos y tolerantes a cómo suenan en español."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PALABRA = re.compile(r"[a-z0-9]+")
_FRASE = re.compile(r"[^.?!;\n…]+[.?!…]*")
_SEPARA_CIFRAS = re.compile(r"(?<=\d)[.,:](?=\d)")

_SOBRAN = dict.fromkeys([*range(0x300, 0x370), 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF])
"""Acentos ya separados de su letra, y marcas que no se ven."""

_SONIDOS = tuple(
    (re.compile(letras), suena)
    for letras, suena in (
        ("qu", "k"), ("c(?=[ei])", "s"), ("g(?=[ei])", "j"), ("gu(?=[ei])", "g"), ("ch", "x"), ("ll", "y"), ("h", ""),
        ("z", "s"), ("v", "b"), ("[cq]", "k"), ("w", "u"), ("m(?=[bp])", "n"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip


def sin_acentos(texto: str) -> str:
    """Minúsculas y sin acentos ni marcas invisibles (ñ → n), igual que public.sin_acentos en la base."""
    return texto.lower() if texto.isascii() else unicodedata.normalize("NFD", texto.lower()).translate(_SOBRAN)


def palabras(texto: str) -> list[str]:
    """Las palabras en orden, sin acentos; los números con separador («1,500») quedan enteros."""
    return _PALABRA.findall(_SEPARA_CIFRAS.sub("", sin_acentos(texto)))


def frases(texto: str) -> list[str]:
    """Las frases de un texto, cada una con su signo final; vacías no hay."""
    return [hallada.strip() for hallada in _FRASE.findall(texto) if _PALABRA.search(sin_acentos(hallada))]


@lru_cache(maxsize=20_000)
def como_suena(palabra: str) -> str:
    """La palabra reducida a su sonido americano: «sierran» y «cierran», «embio» y «envío» dan lo mismo."""
    for letras, suena in _SONIDOS:
        palabra = letras.sub(suena, palabra)
    return palabra


def a_un_error(una: str, otra: str) -> bool:
    """Si las separa como mucho una letra de más, de menos, cambiada o trastocada con su vecina."""
    if una == otra:
        return True
    corta, larga = sorted((una, otra), key=len)
    if len(larga) - len(corta) > 1:
        return False
    igual = next((i for i, (a, b) in enumerate(zip(corta, larga, strict=False)) if a != b), len(corta))
    if len(corta) != len(larga):
        return corta[igual:] == larga[igual + 1 :]
    trastocada = corta[igual : igual + 2] == larga[igual : igual + 2][::-1] and corta[igual + 2 :] == larga[igual + 2 :]
    return trastocada or corta[igual + 1 :] == larga[igual + 1 :]
