"""Las palabras de lo que escribe una persona, y cuándo dos suenan o se escriben casi igual."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from ia.palabras import a_un_error, como_suena, frases, palabras, sin_acentos
from sql.conexion import transaccion
from tests.base import Base
from tests.personas import AURA


def test_no_importan_acentos_mayusculas_ni_marcas_invisibles() -> None:
    assert palabras("¿A QUÉ hora​ abren, mañana?") == ["a", "que", "hora", "abren", "manana"]


def test_los_numeros_con_separador_son_uno() -> None:
    assert palabras("de $1,500 a 2.000 pesos") == ["de", "1500", "a", "2000", "pesos"]


def test_parte_en_frases_y_olvida_lo_que_no_dice_nada() -> None:
    assert frases("Hola. ¿A qué hora abren? y hacen envíos?? 😀 ...") == ["Hola.", "¿A qué hora abren?", "y hacen envíos??"]


@pytest.mark.parametrize(
    ("escrita", "buena"),
    [
        ("embio", "envio"),
        ("sierran", "cierran"),
        ("targeta", "tarjeta"),
        ("recojer", "recoger"),
        ("ora", "hora"),
        ("yega", "llega"),
        ("ke", "que"),
    ],
)
def test_suenan_igual(escrita: str, buena: str) -> None:
    assert como_suena(escrita) == como_suena(buena)


@pytest.mark.parametrize(("una", "otra"), [("guia", "jia"), ("pelo", "perro"), ("pago", "bajo"), ("hora", "choza")])
def test_no_suenan_igual(una: str, otra: str) -> None:
    assert como_suena(una) != como_suena(otra)


@pytest.mark.parametrize("errata", ["horaro", "horarrio", "horatio", "hoarrio", "horario"])
def test_a_una_letra(errata: str) -> None:
    assert a_un_error(errata, "horario")
    assert a_un_error("horario", errata)


@pytest.mark.parametrize("otra", ["hora", "honorario", "orarios", ""])
def test_a_mas_de_una_letra(otra: str) -> None:
    assert not a_un_error(otra, "horario")


@given(st.text(alphabet="abcde", max_size=6), st.text(alphabet="abcde", max_size=6))
def test_a_un_error_no_depende_del_orden(una: str, otra: str) -> None:
    assert a_un_error(una, otra) == a_un_error(otra, una)


def test_la_base_quita_los_acentos_igual(base: Base) -> None:
    textos = ["Ñandú en Cañón", "ÀÉÎÕÜ ç", "Straße", "precio: $1,500 😀"]
    with transaccion(AURA) as sesion:
        assert [sesion.scalar(text("select public.sin_acentos(:t)"), {"t": t}) for t in textos] == [sin_acentos(t) for t in textos]
