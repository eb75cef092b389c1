"""Lo que la Nora sabe, para pensar con ello: la base entera, o los bloques que responden a una pregunta."""

from __future__ import annotations

from collections.abc import Iterable

from ia.conceptos import Concepto, conceptos, consulta
from ia.extractivo import UMBRAL
from ia.palabras import palabras
from sql.modelos.conocimiento import Bloque, BloqueHallado, buscar_bloques, listar_bloques

BLOQUES_MAXIMOS = 5000
_LARGO_DE_UNA_PALABRA_PROPIA = 4


def obtener_base_conocimiento(nombre_nora: str) -> list[Bloque]:
    """Todos los bloques de esa Nora, el más reciente primero."""
    return listar_bloques(nombre_nora, limite=BLOQUES_MAXIMOS)


def buscar(nombre_nora: str, pregunta: str, *, limite: int = 8) -> list[BloqueHallado]:
    """Los bloques que mejor cubren la pregunta (con sinónimos, sin erratas), el mejor primero.

    Cuesta una ida a la base; si nada llega al umbral, otras dos: se corrigen las erratas con las palabras de los propios bloques.
    """
    pedidos = conceptos(pregunta)
    hallados = _buscar(nombre_nora, pedidos, limite)
    if not pedidos or (hallados and hallados[0].cobertura >= UMBRAL):
        return hallados
    corregidos = conceptos(pregunta, _vocabulario(bloque.contenido for bloque in obtener_base_conocimiento(nombre_nora)))
    return hallados if corregidos == pedidos else _buscar(nombre_nora, corregidos, limite)


def _buscar(nombre_nora: str, pedidos: list[Concepto], limite: int) -> list[BloqueHallado]:
    return buscar_bloques(nombre_nora, consulta(pedidos), limite=limite) if pedidos else []


def _vocabulario(contenidos: Iterable[str]) -> frozenset[str]:
    return frozenset(p for contenido in contenidos for p in palabras(contenido) if len(p) >= _LARGO_DE_UNA_PALABRA_PROPIA)
