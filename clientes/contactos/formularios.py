"""Lo que llega del navegador a Contactos, limpio: textos de la ficha, búsqueda y punto de la lista. Puro."""

from __future__ import annotations

import datetime as dt
import re

from registro.textos import una_linea, varias_lineas

LARGO_DE_NOMBRE = 80
LARGO_DE_NOTAS = 4000
_CLAVE_MAXIMA = 2**63 - 1
_PARECE_TELEFONO = re.compile(r"[+(\s]*\d[\d\s().+-]*")
_CIFRAS_NACIONALES = 10

Punto = tuple[dt.datetime | None, int]
"""Dónde quedó la lista: (último mensaje, id) de la última fila vista."""


class TextoNoValido(ValueError):
    """Lo escrito no se puede guardar; el mensaje dice por qué."""


def leer_nombre(texto: str) -> str:
    """El nombre en una línea; vacío significa «el de su perfil de WhatsApp».

    Raises:
        TextoNoValido: si es demasiado largo.
    """
    nombre = una_linea(texto)
    if len(nombre) > LARGO_DE_NOMBRE:
        raise TextoNoValido(f"El nombre lleva como mucho {LARGO_DE_NOMBRE} caracteres y escribiste {len(nombre)}.")
    return nombre


def leer_notas(texto: str) -> str:
    """Las notas con sus renglones; pueden quedar vacías.

    Raises:
        TextoNoValido: si son demasiado largas.
    """
    notas = varias_lineas(texto)
    if len(notas) > LARGO_DE_NOTAS:
        raise TextoNoValido(f"Las notas llevan como mucho {LARGO_DE_NOTAS} caracteres y escribiste {len(notas)}.")
    return notas


def leer_filtro(texto: str) -> str:
    """Lo escrito en un filtro de la dirección, en una línea y sin excesos."""
    return una_linea(texto)[:100]


def para_buscar(texto: str) -> str:
    """Lo buscado tal como está en la base: de un teléfono, sus cifras.

    De uno completo bastan las diez últimas: México y Argentina se escriben con una cifra de más o de menos tras el prefijo.
    """
    if not _PARECE_TELEFONO.fullmatch(texto):
        return texto
    cifras = re.sub(r"\D", "", texto)
    return cifras[-_CIFRAS_NACIONALES:]


def leer_punto(texto: str) -> Punto | None:
    """El punto de la lista que viaja en la dirección; None si no lo hay o no se entiende."""
    momento, _, clave = texto.partition("_")
    if not re.fullmatch(r"\d{1,19}", clave, re.ASCII) or int(clave) > _CLAVE_MAXIMA:
        return None
    if momento == "nunca":
        return None, int(clave)
    try:
        cuando = dt.datetime.fromisoformat(momento)
    except ValueError:
        return None
    return (cuando, int(clave)) if cuando.tzinfo else None


def escribir_punto(momento: dt.datetime | None, clave: int) -> str:
    """El mismo punto como texto para la dirección."""
    return f"{momento.astimezone(dt.UTC).isoformat() if momento else 'nunca'}_{clave}"
