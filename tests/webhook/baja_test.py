"""Qué se toma por una orden de baja o de alta, y qué no."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.baja import leer_orden

DATOS = Path(__file__).parent / "datos"
PREGUNTAS = Path(__file__).parents[1] / "ia" / "datos"


def _lineas(archivo: str) -> list[str]:
    return (DATOS / archivo).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("texto", _lineas("ordenes_de_baja.txt"))
def test_pide_la_baja(texto: str) -> None:
    assert leer_orden(texto) == "baja"


@pytest.mark.parametrize("texto", _lineas("ordenes_de_alta.txt"))
def test_pide_el_alta(texto: str) -> None:
    assert leer_orden(texto) == "alta"


@pytest.mark.parametrize("texto", _lineas("frases_que_no_ordenan.txt"))
def test_una_frase_corriente_no_ordena_nada(texto: str) -> None:
    assert leer_orden(texto) is None


def test_ninguna_pregunta_de_los_juegos_de_la_ia_es_una_orden() -> None:
    textos = [texto for archivo in sorted(PREGUNTAS.glob("*.json")) for texto in _textos(json.loads(archivo.read_text(encoding="utf-8")))]
    assert len(textos) > 300
    assert [texto for texto in textos if leer_orden(texto)] == []


def _textos(dato: Any) -> list[str]:
    if isinstance(dato, str):
        return [dato]
    if isinstance(dato, dict):
        return [texto for valor in dato.values() for texto in _textos(valor)]
    return [texto for valor in dato for texto in _textos(valor)] if isinstance(dato, list) else []


def test_si_se_piden_las_dos_cosas_gana_la_baja() -> None:
    assert leer_orden("quiero volver a recibir promociones. No, mejor no me escriban") == "baja"


@given(st.sampled_from(["baja", "stop", "alto", "no me escriban", "quiero darme de baja"]), st.randoms(use_true_random=False))
def test_ni_mayusculas_ni_signos_ni_caras_la_esconden(orden: str, azar: Any) -> None:
    disfrazada = "".join(azar.choice([letra.upper(), letra]) for letra in orden)
    assert leer_orden(azar.choice(["", " ", "🙏 ", "¡", "*"]) + disfrazada + azar.choice(["", ".", "!!!", " 😡", "*", "\n"])) == "baja"


@given(st.text(max_size=2_000))
def test_con_cualquier_texto_contesta_sin_levantarse(texto: str) -> None:
    assert leer_orden(texto) in {None, "baja", "alta"}


def test_el_texto_mas_retorcido_no_la_detiene() -> None:
    """Corre dentro de la recepción de cada mensaje: ni el peor texto puede costar más que unos milisegundos."""
    peores = ["no me manden " + "mas ya " * 300 + "x", "no quiero " * 160, "baja " * 320, "por favor " * 160, "a" * 1600, "¿" * 1600]
    for texto in peores:
        empieza = time.perf_counter()
        leer_orden(texto)
        assert time.perf_counter() - empieza < 0.25
