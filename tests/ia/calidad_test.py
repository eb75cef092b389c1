"""Cuánto aciertan las respuestas sin modelo, con preguntas que no se usaron para ajustarlas."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from ia.extractivo import cabeza
from ia.handle_ai import decidir
from sql.demo import BLOQUES
from sql.modelos.conversaciones import Conversacion, cambiar_conversacion
from tests.base import Base
from tests.fabricas import bloque, conversacion, mensaje
from tests.personas import AURA

pytestmark = pytest.mark.usefixtures("sin_modelo")

DATOS = Path(__file__).parent / "datos"


def leer(nombre: str) -> object:
    return json.loads((DATOS / f"{nombre}.json").read_text())


def sembrar(negocio: str) -> dict[int, str]:
    bloques = {cabeza(contenido): contenido for contenido in BLOQUES} if negocio == "demo" else leer(negocio)
    assert isinstance(bloques, dict)
    return {bloque(contenido): clave for clave, contenido in bloques.items()}


def respondido(hilo: Conversacion, pregunta: str) -> int | None:
    """El id del bloque con que se responde si alguien escribe eso, o None si no se responde con ninguno."""
    escrito = mensaje(hilo, pregunta)
    recibo = decidir(AURA, hilo.id).recibo
    cambiar_conversacion(AURA, hilo.id, atendido_hasta_id=escrito.id)
    assert recibo is not None
    return recibo.bloques[0]["id"] if recibo.bloques else None


def medir(negocio: str, preguntas: str) -> Counter[str]:
    """Cuántas van bien, a una persona, mal (un bloque vecino) o son ajenas y se respondieron."""
    claves = sembrar(negocio)
    filas = leer(preguntas)
    assert isinstance(filas, list)
    cuenta: Counter[str] = Counter()
    hilo = conversacion()
    for fila in filas:
        hallado = respondido(hilo, fila["pregunta"])
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
        ("demo", "preguntas_de_demo", 0.85, 0.10),
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
    hilo = conversacion()
    assert [pregunta for pregunta in ajenas if respondido(hilo, pregunta) is not None] == []
