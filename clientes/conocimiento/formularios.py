"""Lo que se escribe en Conocimiento, limpio y medido. Puro."""

from __future__ import annotations

from registro.textos import una_linea, varias_lineas
from sql.modelos.conocimiento import LARGO_MAXIMO

LARGO_DE_PREGUNTA = 300


class TextoNoValido(ValueError):
    """Lo escrito no puede ser un bloque; el mensaje dice por qué."""


def leer_contenido(texto: str) -> str:
    """El texto de un bloque.

    Raises:
        TextoNoValido: si no dice nada o pasa de 1000 caracteres.
    """
    contenido = varias_lineas(texto)
    if not any(letra.isalnum() for letra in contenido):
        raise TextoNoValido("Escribe algo que tu Nora pueda responder: un dato, un horario, un precio…")
    if len(contenido) > LARGO_MAXIMO:
        raise TextoNoValido(f"Un bloque lleva como mucho {LARGO_MAXIMO} caracteres y escribiste {len(contenido)}. Sepáralo en dos.")
    return contenido


def leer_busqueda(texto: str) -> str:
    """Lo buscado, en una línea y sin excesos."""
    return una_linea(texto)[:100]


def leer_pregunta(texto: str) -> str:
    """La pregunta de prueba, en una línea y sin excesos."""
    return una_linea(texto)[:LARGO_DE_PREGUNTA]
