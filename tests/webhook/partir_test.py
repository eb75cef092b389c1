"""Un texto largo sale en varios mensajes, cortado por una frase y sin perder nada."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ia.salida import largo
from webhook.partir import partir

FAMILIA = "👨‍👩‍👧‍👦"
TONO = "👍🏽"
BANDERA = "🇲🇽"


def test_lo_que_cabe_no_se_toca() -> None:
    assert partir("  Hola, ¿cómo estás?\n") == ["Hola, ¿cómo estás?"]
    assert partir("x" * 1600) == ["x" * 1600]
    assert partir("   ") == []


def test_se_corta_donde_acaba_una_frase() -> None:
    frase = "Abrimos de lunes a viernes de nueve a seis. "
    partes = partir(frase * 60)
    assert all(parte.endswith("seis.") for parte in partes)
    assert all(largo(parte) <= 1600 for parte in partes)


def test_un_parrafo_entero_vale_mas_que_una_frase() -> None:
    uno = "Primera. " * 130 + "\n\n"
    partes = partir(uno + "Segunda. " * 100)
    assert partes[0] == uno.strip()


@pytest.mark.parametrize("dibujo", [FAMILIA, TONO, BANDERA, "á", "1️⃣"])
def test_ningun_dibujo_se_rompe(dibujo: str) -> None:
    partes = partir(dibujo * 1500)
    assert "".join(partes) == dibujo * 1500
    assert all(largo(parte) <= 1600 and len(parte) % len(dibujo) == 0 for parte in partes)


def test_una_direccion_enorme_se_parte_aunque_no_haya_donde() -> None:
    assert partir("x" * 4000) == ["x" * 1600, "x" * 1600, "x" * 800]


@given(st.text(st.sampled_from("ab. ,\n¿áñ🎉\u200d\ufe0f"), max_size=400), st.integers(10, 60))
def test_no_se_pierde_ni_una_letra_y_ninguno_se_pasa(texto: str, maximo: int) -> None:
    partes = partir(texto, maximo)
    assert re.sub(r"\s+", "", "".join(partes)) == re.sub(r"\s+", "", texto)
    assert all(parte and largo(parte) <= maximo for parte in partes)
