"""Buscar en lo que la Nora sabe: sinónimos, erratas, y nunca lo de otra."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from ia.conocimiento import buscar, obtener_base_conocimiento
from ia.extractivo import UMBRAL
from sql.conexion import motor
from sql.modelos.conocimiento import buscar_bloques
from tests.base import Base
from tests.fabricas import bloque
from tests.personas import AURA, OTRA


@pytest.fixture
def horario(base: Base) -> int:
    bloque("Envíos a todo el país en 3 días.")
    bloque("Limpieza dental: $900, dura 40 minutos.")
    return bloque("Horario: lunes a sábado de 9:00 a 19:00")


def test_la_base_entera_es_de_esa_nora(horario: int) -> None:
    bloque("Secreto de la otra", OTRA)
    assert {b.contenido for b in obtener_base_conocimiento(OTRA)} == {"Secreto de la otra"}
    assert len(obtener_base_conocimiento(AURA)) == 3


@pytest.mark.parametrize("pregunta", ["¿A qué hora abren?", "a ke ora sierran", "cual es el orario", "siguen abiertos?"])
def test_encuentra_el_horario_se_pregunte_como_se_pregunte(horario: int, pregunta: str) -> None:
    mejor = buscar(AURA, pregunta)[0]
    assert (mejor.id, mejor.cobertura >= UMBRAL) == (horario, True)


def test_corrige_erratas_de_las_palabras_de_sus_bloques(horario: int) -> None:
    assert buscar(AURA, "cuanto la limpiesa")[0].contenido.startswith("Limpieza")
    assert buscar(AURA, "lipmieza?")[0].cobertura >= UMBRAL


def test_lo_que_ningun_bloque_dice_pesa_en_contra(horario: int) -> None:
    assert buscar(AURA, "¿a qué hora juega la selección?")[0].cobertura < UMBRAL
    assert buscar(AURA, "¿venden motos?") == []


def test_un_matiz_que_falta_casi_no_resta(horario: int) -> None:
    sin_matiz, con_matiz = buscar(AURA, "¿abren?")[0], buscar(AURA, "¿abren el domingo?")[0]
    assert con_matiz.id == sin_matiz.id == horario
    assert sin_matiz.cobertura > con_matiz.cobertura >= UMBRAL


def test_no_cruza_de_nora(horario: int) -> None:
    bloque("Horario secreto: abrimos de noche", OTRA)
    assert all("secreto" not in b.contenido for b in buscar(AURA, "horario secreto"))
    assert [b.contenido for b in buscar(OTRA, "horario")] == ["Horario secreto: abrimos de noche"]


def test_cuesta_una_busqueda_si_acierta_y_tres_idas_si_no(horario: int) -> None:
    ordenes: list[str] = []

    def anotar(_conexion: object, _cursor: object, orden: str, *_resto: object) -> None:
        if "set_config" not in orden:
            ordenes.append(orden)

    event.listen(motor(), "before_cursor_execute", anotar)
    try:
        buscar(AURA, "¿a qué hora abren?")
        assert len(ordenes) == 1
        buscar(AURA, "¿tienen lipmieza?")
        assert len(ordenes) == 4
    finally:
        event.remove(motor(), "before_cursor_execute", anotar)


@pytest.mark.parametrize(
    "pregunta",
    [
        "",
        "   ",
        "~",
        "|||",
        "~|~ |a| ~~abren",
        "'; drop table x; --",
        "a\\b 'c' \"d\" & | ! ( ) :* <->",
        "https://x.example/a'b?c=\\d",
        "hora " * 400,
    ],
)
def test_la_busqueda_de_la_base_aguanta_cualquier_texto(horario: int, pregunta: str) -> None:
    assert all(0 <= b.cobertura <= 1.0001 for b in buscar_bloques(AURA, pregunta))
    buscar(AURA, pregunta)
