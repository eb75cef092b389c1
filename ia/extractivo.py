"""Respuestas sin modelo: el bloque que mejor cubre la pregunta, con sus mismas palabras, o nada."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ia.conceptos import Concepto, conceptos
from ia.cortesia import saludo
from ia.palabras import palabras
from sql.modelos.conocimiento import BloqueHallado

UMBRAL = 0.5
"""Cobertura (con pesos) desde la que un bloque responde.

Se fijó con los conjuntos de ajuste de tests/ia/datos: las preguntas ajenas al negocio llegan hasta 0,49, y bajando de ahí casi todo lo que
se gana es un bloque vecino. tests/ia/calidad_test.py lo vigila con otro conjunto.
"""

PESO_DE_LA_CABEZA = 0.25
"""Cuánto puede adelantar un bloque por tratar de lo que se pregunta y no sólo mencionarlo; de 0,2 a 0,3 acierta lo mismo."""

_PREGUNTA_Y_RESPUESTA = re.compile(
    r"\s*(?:pregunta|p)\s*[:.]\s*(?P<cabeza>.+?)\s*\b(?:respuesta|r)\s*[:.]\s*(?P<cuerpo>\S.*)", re.IGNORECASE | re.DOTALL
)
_ENTRE_SIGNOS = re.compile(r"\s*(?P<cabeza>¿[^?]{3,200}\?)\s*(?P<cuerpo>\S.*)", re.DOTALL)
_ETIQUETA = re.compile(r"\s*(?P<cabeza>[^:.?!\n]{3,80}):\s+\S")
_PRIMERA_FRASE = re.compile(r"\s*(?P<cabeza>(?:[^\s.;]+\s*){1,8})")


@dataclass(frozen=True, slots=True)
class Hallazgo:
    """El bloque que responde: lo que se diría y cuánto cubre la pregunta (0 a 1)."""

    bloque: BloqueHallado
    texto: str
    cobertura: float


@dataclass(frozen=True, slots=True)
class Respuesta:
    """Lo que se diría, de qué bloques sale y qué preguntas quedaron sin respuesta."""

    texto: str
    hallazgos: tuple[Hallazgo, ...]
    sin_respuesta: tuple[str, ...]


def cabeza(contenido: str) -> str:
    """De qué trata un bloque: su pregunta, su etiqueta («Horario: …») o su primera frase."""
    for forma in (_PREGUNTA_Y_RESPUESTA, _ENTRE_SIGNOS, _ETIQUETA, _PRIMERA_FRASE):
        hallada = forma.match(contenido)
        if hallada:
            return hallada["cabeza"].strip()
    return ""


def cuerpo(contenido: str) -> str:
    """Lo que un bloque responde, al pie de la letra: sin su pregunta si la lleva escrita."""
    for forma in (_PREGUNTA_Y_RESPUESTA, _ENTRE_SIGNOS):
        hallada = forma.match(contenido)
        if hallada:
            return hallada["cuerpo"].strip()
    return contenido.strip()


def elegir(pregunta: str, hallados: Sequence[BloqueHallado]) -> Hallazgo | None:
    """El bloque que responde a la pregunta, o None si ninguno la cubre lo bastante.

    Ordena por cobertura y, entre los que cubren casi lo mismo, gana el que trata de eso y no el que lo menciona de paso.
    """
    if not hallados:
        return None
    pedidos = conceptos(pregunta)
    mejor = max(hallados, key=lambda b: (b.cobertura + PESO_DE_LA_CABEZA * parecido(pregunta, pedidos, b.contenido), b.puntaje))
    return Hallazgo(mejor, cuerpo(mejor.contenido), mejor.cobertura) if mejor.cobertura >= UMBRAL else None


def responder(consultas: Sequence[tuple[str, Sequence[BloqueHallado]]], ahora: dt.datetime | None) -> Respuesta:
    """La respuesta a una o varias preguntas, cada una con los bloques que se le hallaron.

    `ahora` es la hora local del negocio si es la primera respuesta del caso (se saluda), o None si ya se saludó.
    Nada se inventa: lo que ningún bloque cubre queda en `sin_respuesta` y `texto` está vacío si no se pudo responder a nada.
    """
    hallazgos: dict[int, Hallazgo] = {}
    sin_respuesta = []
    for pregunta, hallados in consultas:
        hallazgo = elegir(pregunta, hallados)
        if hallazgo is None:
            sin_respuesta.append(pregunta)
        else:
            hallazgos.setdefault(hallazgo.bloque.id, hallazgo)
    texto = "\n\n".join(hallazgo.texto for hallazgo in hallazgos.values())
    if texto and ahora is not None:
        texto = f"{saludo(ahora)} {texto}"
    return Respuesta(texto, tuple(hallazgos.values()), tuple(sin_respuesta))


def parecido(pregunta: str, pedidos: Sequence[Concepto], contenido: str) -> float:
    """Cuánto se parece la pregunta a aquello de lo que trata el bloque, de 0 a 1."""
    trata = cabeza(contenido)
    de_la_cabeza = conceptos(trata)
    comunes = sum(any(_es_el_mismo(uno, otro) for otro in de_la_cabeza) for uno in pedidos)
    ideas = 2 * comunes / (_sin_matices(pedidos) + _sin_matices(de_la_cabeza)) if comunes else 0.0
    dichas, escritas = set(palabras(pregunta)), set(palabras(trata))
    literal = len(dichas & escritas) / len(dichas | escritas) if dichas else 0.0
    return 0.75 * min(ideas, 1.0) + 0.25 * literal


def _sin_matices(pedidos: Sequence[Concepto]) -> int:
    return max(1, sum(not c.es_matiz for c in pedidos))


def _es_el_mismo(uno: Concepto, otro: Concepto) -> bool:
    return bool(uno.grupos & otro.grupos) or uno.palabra.rstrip("s") == otro.palabra.rstrip("s")
