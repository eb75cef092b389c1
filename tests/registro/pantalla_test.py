"""Lo que toda plantilla tiene a mano: horas en la zona de la Nora, en español, y una variable sin definir es un error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask, render_template_string
from jinja2 import UndefinedError

from registro.pantalla import dia, fecha_entera, hace, hora, iniciales
from tests.panel import ClienteDePanel
from tests.personas import AURA

MEXICO = "America/Mexico_City"
AHORA = dt.datetime(2026, 11, 23, 18, 3, tzinfo=dt.UTC)  # las 12:03 en México


def antes(**cuanto: float) -> dt.datetime:
    return AHORA - dt.timedelta(**cuanto)


def test_la_hora_es_la_de_la_nora() -> None:
    assert hora(AHORA, MEXICO) == "12:03"
    assert hora(AHORA, "Europe/Madrid") == "19:03"
    assert hora(None, MEXICO) == ""


@pytest.mark.parametrize(
    ("momento", "texto"),
    [
        (AHORA, "Hoy"),
        (antes(hours=12, minutes=2), "Hoy"),  # las 00:01 de allí
        (antes(hours=12, minutes=4), "Ayer"),  # las 23:59 del día antes, aunque en UTC sea hoy
        (antes(days=2), "sábado 21 nov"),
        (antes(days=400), "19 oct 2025"),
    ],
)
def test_los_días_se_cuentan_en_la_zona_de_la_nora(momento: dt.datetime, texto: str) -> None:
    assert dia(momento, MEXICO, AHORA) == texto


@pytest.mark.parametrize(
    ("momento", "texto"),
    [
        (None, ""),
        (antes(seconds=-30), "ahora"),
        (antes(seconds=59), "ahora"),
        (antes(seconds=60), "1 min"),
        (antes(minutes=59.9), "59 min"),
        (antes(hours=1), "11:03"),
        (antes(days=1), "ayer"),
        (antes(days=3), "20 nov"),
    ],
)
def test_hace(momento: dt.datetime | None, texto: str) -> None:
    assert hace(momento, MEXICO, AHORA) == texto


def test_fecha_entera() -> None:
    assert fecha_entera(AHORA, MEXICO) == "23 nov 2026, 12:03"


@pytest.mark.parametrize(
    ("nombre", "letras"),
    [
        ("María Peña", "MP"),
        ("ana", "A"),
        ("  ", "?"),
        ("", "?"),
        (None, "?"),
        ("🌷 Flor", "F"),
        ("a b c d", "AB"),
        ("ñandú", "Ñ"),
        ("12 34", "13"),
    ],
)
def test_iniciales(nombre: str | None, letras: str) -> None:
    assert iniciales(nombre) == letras


def test_una_variable_sin_definir_es_un_error_y_no_un_hueco(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(UndefinedError):
        render_template_string("hola {{ quien }}")
    with app.test_request_context(), pytest.raises(UndefinedError):
        render_template_string("{{ paso.nombre_nora }}")


def test_lo_que_escribe_una_persona_no_es_html(app: Flask) -> None:
    with app.test_request_context():
        assert render_template_string("{{ x }}", x="<script>") == "&lt;script&gt;"


def test_las_direcciones_de_los_archivos_cambian_con_ellos(app: Flask, cliente_de: Callable[[str], ClienteDePanel]) -> None:
    pagina = cliente_de("alicia").get(f"/panel_cliente/{AURA}/chat/").text
    assert "/static/css/aura.css?v=" in pagina
    assert "/t/@tabler/core@" in pagina
