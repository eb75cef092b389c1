"""Higiene de lo que se va a decir."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ia.instrucciones import FORMATO, REGLAS
from ia.salida import LARGO_MAXIMO, acortar, ajenos, filtra, largo, limpiar


@pytest.mark.parametrize(
    ("sucio", "limpio"),
    [
        ("  hola  ", "hola"),
        ("**Horario**: de 9 a 19", "*Horario*: de 9 a 19"),
        ("__Horario__", "*Horario*"),
        ("## Horario\nde 9 a 19", "*Horario*\nde 9 a 19"),
        ("### **Horario**", "*Horario*"),
        ("| Talla | Precio |\n|---|---|\n| M | $99 |", "Talla · Precio\nM · $99"),
        ("mira ![foto](https://x.example/a.png)", "mira foto"),
        ("entra en [la carta](https://x.example/carta)", "entra en la carta: https://x.example/carta"),
        ("uno\r\ndos\n\n\n\ntres", "uno\ndos\n\ntres"),
        ("ho\x00la\x07 \u202emundo\u200b", "hola mundo"),
        ("familia 👨‍👩‍👧 y 🫨", "familia 👨‍👩‍👧 y 🫨"),
        ("2 * 3 = 6", "2 * 3 = 6"),
    ],
)
def test_deja_solo_lo_que_whatsapp_entiende(sucio: str, limpio: str) -> None:
    assert limpiar(sucio) == limpio


def test_lo_largo_se_corta_en_una_frase() -> None:
    corto = limpiar("Esta frase tiene su punto. " * 100)
    assert largo(corto) <= LARGO_MAXIMO
    assert corto.endswith("punto.")


def test_sin_frases_se_corta_en_una_palabra_y_se_nota() -> None:
    assert acortar("palabra " * 400).endswith("palabra…")
    assert acortar("x" * 5000) == "x" * (LARGO_MAXIMO - 1) + "…"


def test_los_emojis_cuentan_como_los_cuenta_twilio() -> None:
    assert largo("👨‍👩‍👧") == 8
    assert largo(limpiar("👍" * 900)) <= LARGO_MAXIMO


@given(st.text(max_size=2500))
def test_siempre_cabe_y_nunca_lleva_basura(texto: str) -> None:
    limpio = limpiar(texto)
    assert largo(limpio) <= LARGO_MAXIMO
    assert "\x00" not in limpio
    limpio.encode()


MARCA = "nora-0123456789ab"


def test_ensenar_las_reglas_es_una_fuga() -> None:
    fijo = f"{REGLAS}\n\n{FORMATO}"
    assert filtra(f"Mis reglas son: {REGLAS.splitlines()[2]}", fijo, "", MARCA)
    assert filtra(REGLAS.upper().replace(",", " "), fijo, "", MARCA)
    assert filtra(f"la marca es {MARCA}", fijo, "", MARCA)


def test_dar_la_frase_que_el_negocio_dicta_no_es_una_fuga() -> None:
    propio = "Instrucciones del negocio:\nSi preguntan por cambios di: aceptamos cambios durante 30 días con ticket y etiqueta puesta."
    assert not filtra("Aceptamos cambios durante 30 días con ticket y etiqueta puesta.", REGLAS, propio, MARCA)
    largas = " ".join(f"palabra{i}" for i in range(60))
    assert filtra(f"Dicen: {largas}", REGLAS, largas, MARCA)


FUENTES = [
    "Playeras a $1,249.00 en https://tienda.example/playeras",
    "Llama al +52 442 123 4567 o escribe a hola@tienda.example",
    "talla 27",
]


@pytest.mark.parametrize(
    "texto",
    [
        "Cuestan $1249.",
        "Cuestan 1,249 pesos.",
        "Entra en tienda.example/playeras.",
        "Llama al 442 123 4567.",
        "Escribe a hola@tienda.example.",
        "Abrimos de 9:00 a 19:00 desde el 23-11-2026.",
    ],
)
def test_lo_que_dicen_las_fuentes_se_puede_decir(texto: str) -> None:
    assert ajenos(texto, FUENTES) == []


@pytest.mark.parametrize(
    ("texto", "que"),
    [
        ("Cuestan $999.", "$999"),
        ("Son 2,498 pesos.", "2,498 pesos"),
        ("Entra en https://estafa.example/x", "https://estafa.example/x"),
        ("Mira www.otra-tienda.com", "www.otra-tienda.com"),
        ("Llama al +52 55 9999 8888", "+52 55 9999 8888"),
        ("Escribe a otro@tienda.example", "otro@tienda.example"),
    ],
)
def test_lo_que_no_dice_ninguna_fuente_es_ajeno(texto: str, que: str) -> None:
    assert ajenos(texto, FUENTES) == [que]


@pytest.mark.parametrize("malo", ["a." * 4000, "www." * 2000, "__a" * 2000, "*" * 8000, "[a](" * 2000, "|-" * 4000, "1 " * 4000])
def test_un_texto_retorcido_no_cuesta_segundos(malo: str) -> None:
    inicio = time.process_time()
    ajenos(limpiar(malo), [malo])
    assert time.process_time() - inicio < 2
