"""Las frases fijas de la casa."""

from __future__ import annotations

import datetime as dt

import pytest

from ia.cortesia import SIN_DATO, hora_local, no_se_puede_leer, responder_a, saludo

DIA = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("hora", "dice"), [(4, "noches"), (5, "días"), (11, "días"), (12, "tardes"), (18, "tardes"), (19, "noches"), (23, "noches")]
)
def test_saluda_segun_la_hora(hora: int, dice: str) -> None:
    assert dice in saludo(DIA.replace(hour=hora))


def test_la_hora_es_la_del_negocio() -> None:
    assert hora_local(DIA.replace(hour=20), "America/Mexico_City").hour == 14
    assert hora_local(DIA.replace(hour=20), "America/Argentina/Buenos_Aires").hour == 17


@pytest.mark.parametrize("zona", ["", "Marte/Olimpo", "../../etc/passwd", "America"])
def test_una_zona_mal_escrita_no_deja_a_nadie_sin_respuesta(zona: str) -> None:
    assert hora_local(DIA, zona) == DIA


def test_al_saludo_se_le_pregunta_en_que_se_ayuda() -> None:
    assert responder_a("saludo", DIA.replace(hour=9)) == "¡Hola! Buenos días. ¿En qué te puedo ayudar?"
    assert "Con gusto" in responder_a("gracias", DIA)


@pytest.mark.parametrize("clase", ["audio", "imagen", "video", "documento", "ubicacion", "contacto", "otro"])
def test_de_lo_que_no_se_puede_leer_se_dice_y_se_pasa(clase: str) -> None:
    texto = no_se_puede_leer([clase])
    assert texto.startswith("Recibí")
    assert texto.endswith("Te paso con una persona del equipo.")


def test_lo_que_no_se_sabe_se_dice_con_estas_palabras() -> None:
    assert SIN_DATO == "No tengo ese dato a mano. Te paso con una persona del equipo."


def test_lo_que_no_se_puede_leer_se_nombra_entero() -> None:
    dicho = no_se_puede_leer(["imagen", "audio", "imagen", "ubicacion"])
    assert dicho.startswith("Recibí una foto, un audio y una ubicación, pero todavía no puedo abrirlos.")
