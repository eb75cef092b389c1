"""Las etiquetas de una persona: cómo se escriben, cuándo son la misma y cuántas caben. Puro."""

from __future__ import annotations

from collections.abc import Iterable

from ia.palabras import sin_acentos
from registro.textos import una_linea

MAXIMO_POR_PERSONA = 30
LARGO_MAXIMO = 40


class EtiquetaNoValida(ValueError):
    """Lo escrito no puede ser una etiqueta; el mensaje dice por qué."""


def unir(actuales: Iterable[str], escrito: str, en_uso: Iterable[str] = ()) -> list[str]:
    """Las etiquetas actuales más las escritas, separadas por comas y sin repetir.

    «VIP» y «vip» son la misma, «Niños» y «ninos» también; se queda la forma que ya se usa en la Nora (`en_uso`), para que al filtrar
    por una etiqueta salgan todas las personas que la llevan.

    Raises:
        EtiquetaNoValida: si no hay nada escrito, si alguna es demasiado larga o si no caben.
    """
    formas = {_clave(etiqueta): etiqueta for etiqueta in en_uso}
    juntas = {_clave(etiqueta): etiqueta for etiqueta in actuales}
    nuevas = [una_linea(parte) for parte in escrito.split(",")]
    nuevas = [parte for parte in nuevas if parte]
    if not nuevas:
        raise EtiquetaNoValida("Escribe una etiqueta.")
    for etiqueta in nuevas:
        if len(etiqueta) > LARGO_MAXIMO:
            raise EtiquetaNoValida(f"«{etiqueta[:20]}…» es demasiado larga: una etiqueta lleva como mucho {LARGO_MAXIMO} caracteres.")
        juntas.setdefault(_clave(etiqueta), formas.get(_clave(etiqueta), etiqueta))
    if len(juntas) > MAXIMO_POR_PERSONA:
        raise EtiquetaNoValida(f"Caben {MAXIMO_POR_PERSONA} etiquetas por persona. Quita alguna antes de añadir otra.")
    return list(juntas.values())


def quitar(actuales: Iterable[str], cual: str) -> list[str]:
    """Las etiquetas sin esa, se escriba como se escriba."""
    return [etiqueta for etiqueta in actuales if _clave(etiqueta) != _clave(cual)]


def _clave(etiqueta: str) -> str:
    return sin_acentos(una_linea(etiqueta))
