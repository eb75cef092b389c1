"""Los meses: leerlos, nombrarlos y moverse."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from admin.consumo.mes import PRIMERO, anterior, escribir_mes, leer_mes, nombrar, siguiente

HOY = dt.date(2026, 11, 23)


def test_se_nombra_como_se_dice() -> None:
    assert nombrar(dt.date(2026, 11, 1)) == "noviembre de 2026"


def test_no_se_pasa_de_hoy_ni_de_2020() -> None:
    assert siguiente(dt.date(2026, 11, 1), HOY) is None
    assert siguiente(dt.date(2026, 10, 1), HOY) == dt.date(2026, 11, 1)
    assert anterior(PRIMERO) is None


@given(st.dates(PRIMERO, HOY))
def test_ir_y_volver_deja_donde_estaba(dia: dt.date) -> None:
    mes = dia.replace(day=1)
    assert leer_mes(escribir_mes(mes), HOY) == mes
    antes = anterior(mes)
    assert antes is None or siguiente(antes, HOY) == mes


@given(st.text(max_size=12))
def test_cualquier_texto_da_un_mes_posible(texto: str) -> None:
    mes = leer_mes(texto, HOY)
    assert mes.day == 1
    assert PRIMERO <= mes <= HOY
