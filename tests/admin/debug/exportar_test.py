"""El CSV de errores: ninguna celda puede ejecutarse."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from admin.debug.exportar import COLUMNAS, a_csv, neutralizar
from sql.modelos.errores import ErrorRegistrado

CUANDO = dt.datetime(2026, 11, 22, 18, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUMA(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "\u00a0=1"])
def test_lo_que_parece_formula_lleva_apostrofo(formula: str) -> None:
    assert neutralizar(formula) == "'" + formula


@pytest.mark.parametrize("llana", ["", "hola", "a=b", "3 - 2", "‒ guion"])
def test_lo_demas_queda_igual(llana: str) -> None:
    assert neutralizar(llana) == llana


def test_el_csv_se_lee_de_vuelta_con_comillas_saltos_y_acentos() -> None:
    error = ErrorRegistrado(
        id=7,
        tipo="Twilio",
        nombre_nora=None,
        descripcion='=HYPERLINK("x")\nsegunda "línea", ñ',
        origen="webhook",
        veces=3,
        primera_vez=CUANDO,
        fecha_hora=CUANDO,
        resuelto=False,
    )
    texto = a_csv([error])
    assert texto.startswith("\ufeff")
    cabeza, fila = list(csv.reader(io.StringIO(texto[1:])))
    assert tuple(cabeza) == COLUMNAS
    hora = "2026-11-22T18:03:00+00:00"
    assert fila == ["7", "Twilio", "", '\'=HYPERLINK("x")\nsegunda "línea", ñ', "webhook", "3", hora, hora, "no"]
