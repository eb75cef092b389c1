"""Cuánto aciertan las respuestas sin modelo, con preguntas que no se usaron para ajustarlas."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from ia import conocimiento, extractivo
from tests.base import Base
from tests.fabricas import bloque
from tests.personas import AURA

DATOS = Path(__file__).parent / "datos"


def leer(nombre: str) -> object:
    return json.loads((DATOS / f"{nombre}.json").read_text())


def sembrar(negocio: str) -> dict[int, str]:
    bloques = leer(negocio)
    assert isinstance(bloques, dict)
    return {bloque(contenido): clave for clave, contenido in bloques.items()}


def respondido(pregunta: str) -> int | None:
    """El id del bloque con que se respondería, o None si pasaría a una persona."""
    respuesta = extractivo.responder([(pregunta, conocimiento.buscar(AURA, pregunta))], None)
    return respuesta.hallazgos[0].bloque.id if respuesta.hallazgos else None


def medir(negocio: str, preguntas: str) -> Counter[str]:
    """Cuántas van bien, a una persona, mal (un bloque vecino) o son ajenas y se respondieron."""
    claves = sembrar(negocio)
    filas = leer(preguntas)
    assert isinstance(filas, list)
    cuenta: Counter[str] = Counter()
    for fila in filas:
        hallado = respondido(fila["pregunta"])
        if hallado is None:
            cuenta["a persona" if fila["bloques"] else "bien"] += 1
        elif claves[hallado] in fila["bloques"]:
            cuenta["bien"] += 1
        else:
            cuenta["mal" if fila["bloques"] else "ajena"] += 1
    print(f"{negocio}/{preguntas}: {len(filas)} preguntas, {dict(cuenta)}")
    return cuenta


@pytest.mark.parametrize(
    ("negocio", "preguntas", "bien", "mal"),
    [
        ("tienda", "preguntas_apartadas", 0.85, 0.10),
        ("tienda", "preguntas_de_ajuste", 0.90, 0.05),
        ("clinica", "preguntas_de_clinica", 0.80, 0.10),
        ("restaurante", "preguntas_de_restaurante", 0.80, 0.10),
    ],
)
def test_acierta_y_cuando_no_sabe_lo_dice(base: Base, negocio: str, preguntas: str, bien: float, mal: float) -> None:
    cuenta = medir(negocio, preguntas)
    assert cuenta["ajena"] == 0
    assert cuenta["mal"] <= mal * cuenta.total()
    assert cuenta["bien"] >= bien * cuenta.total()


@pytest.mark.parametrize("negocio", ["tienda", "clinica", "restaurante"])
def test_nunca_responde_con_un_bloque_a_lo_ajeno(base: Base, negocio: str) -> None:
    sembrar(negocio)
    ajenas = leer("preguntas_ajenas")
    assert isinstance(ajenas, list)
    assert [pregunta for pregunta in ajenas if respondido(pregunta) is not None] == []
