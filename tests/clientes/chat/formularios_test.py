"""Lo que llega en la dirección o en el formulario se lee sin levantarse nunca."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientes.chat.formularios import (
    MAXIMO_ENTERO,
    escribir_punto,
    leer_busqueda,
    leer_clave,
    leer_filtro,
    leer_momento,
    leer_numero,
    leer_punto,
)


@pytest.mark.parametrize(
    ("escrito", "leido"),
    [
        ("  María   Peña ", "María Peña"),
        ("+52 (55) 1234-5678", "525512345678"),
        ("5678", "5678"),
        ("calle 5", "calle 5"),
        ("- + ( )", "- + ( )"),
        ("x" * 200, "x" * 80),
    ],
)
def test_un_telefono_se_busca_como_se_guarda(escrito, leido):
    assert leer_busqueda(escrito) == leido


def test_un_filtro_que_no_existe_es_todas():
    assert [leer_filtro(f) for f in ("", "sin_leer", "ia", "' or 1=1")] == ["", "sin_leer", "ia", ""]


@pytest.mark.parametrize("escrito", ["", "-1", "1.5", "uno", "٣", str(MAXIMO_ENTERO + 1), "9" * 400])
def test_un_numero_que_no_vale_no_es_un_numero(escrito):
    assert leer_numero(escrito) is None


def test_un_numero_respeta_sus_limites():
    assert (leer_numero(str(MAXIMO_ENTERO)), leer_numero("0", minimo=1), leer_numero("301", maximo=300)) == (MAXIMO_ENTERO, None, None)


@pytest.mark.parametrize(
    ("clave", "vale"), [("0f8fad5b-d9cb-469f-a165-70867728950e", True), ("1-2", False), ("x" * 65, False), ("a b c d e f", False)]
)
def test_la_clave_del_navegador_tiene_forma(clave, vale):
    assert leer_clave(clave) == (clave if vale else None)


@pytest.mark.parametrize("escrito", ["", "ayer", "2026-11-23", "2026-11-23T10:00:00"])
def test_un_momento_sin_zona_no_vale(escrito):
    assert leer_momento(escrito) is None


@given(st.datetimes(timezones=st.just(dt.UTC)), st.integers(0, MAXIMO_ENTERO))
def test_el_punto_de_la_lista_va_y_vuelve(momento, contacto_id):
    escrito = escribir_punto(momento, contacto_id)
    assert leer_punto(escrito) == leer_punto(escrito.replace("+", " ")) == (momento, contacto_id)


@given(st.text(max_size=60))
def test_un_punto_cualquiera_no_se_levanta(escrito):
    leer_punto(escrito)
    leer_busqueda(escrito)
    leer_numero(escrito)
