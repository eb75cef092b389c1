"""Lo que llega del navegador a Contactos: textos, búsqueda de teléfonos y punto de la lista."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientes.contactos.formularios import (
    LARGO_DE_NOMBRE,
    LARGO_DE_NOTAS,
    TextoNoValido,
    escribir_punto,
    leer_filtro,
    leer_nombre,
    leer_notas,
    leer_punto,
    para_buscar,
)

SIN_PRISA = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""En una máquina cargada tardan los primeros ejemplos; no es lo que se mira aquí."""


def test_el_nombre_queda_en_una_linea_y_sin_invisibles() -> None:
    assert leer_nombre(" Ana\r\n\x00 \u202eLópez\u200b ") == "Ana López"
    assert leer_nombre("\u200b \x00") == ""


def test_un_nombre_largo_se_rechaza_diciendo_cuanto_sobra() -> None:
    assert leer_nombre("👩‍👧" * 20)
    with pytest.raises(TextoNoValido, match=f"{LARGO_DE_NOMBRE} caracteres y escribiste 81"):
        leer_nombre("a" * 81)


def test_las_notas_conservan_sus_renglones() -> None:
    assert leer_notas("uno\r\ndos\rtres\x00") == "uno\ndos\ntres"
    with pytest.raises(TextoNoValido):
        leer_notas("a" * (LARGO_DE_NOTAS + 1))


@pytest.mark.parametrize(
    ("escrito", "buscado"),
    [
        ("+52 55 1234 5678", "5512345678"),
        ("+52 1 55 1234 5678", "5512345678"),
        ("(55) 1234-5678", "5512345678"),
        ("1234", "1234"),
        ("Ana 24", "Ana 24"),
        ("", ""),
    ],
)
def test_un_telefono_se_busca_por_sus_cifras(escrito: str, buscado: str) -> None:
    assert para_buscar(escrito) == buscado


def test_un_filtro_no_crece_sin_medida() -> None:
    assert leer_filtro("a" * 500) == "a" * 100


@SIN_PRISA
@given(st.one_of(st.none(), st.datetimes(timezones=st.just(dt.UTC))), st.integers(0, 2**63 - 1))
def test_el_punto_de_la_lista_va_y_vuelve(momento: dt.datetime | None, clave: int) -> None:
    assert leer_punto(escribir_punto(momento, clave)) == (momento, clave)


@pytest.mark.parametrize(
    "raro", ["", "_", "nunca_", "nunca_-1", "nunca_99999999999999999999", "2026-01-01T00:00:00_5", "x_5", "nunca_٣", "a" * 500]
)
def test_un_punto_que_no_se_entiende_es_el_principio(raro: str) -> None:
    assert leer_punto(raro) is None
