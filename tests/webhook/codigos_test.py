"""Cada código de Twilio tiene su clase y una frase con salida."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from webhook.codigos import MOTIVOS, motivo_de

POLITICA = Path(__file__).parents[3] / "shared" / "datos" / "twilio" / "politica_errores.json"
CLASES_DE = {
    "reintentar": {"reintentar"},
    "esperar": {"esperar", "definitivo"},
    "reconciliar": {"reconciliar"},
    "con_cuidado": {"una_vez"},
    "no_reintentar": {"corregir", "definitivo", "baja", "alertar"},
}


@pytest.mark.skipif(not POLITICA.exists(), reason="la tabla de referencia no está en esta máquina")
def test_toda_la_tabla_tiene_su_clase() -> None:
    for error in json.loads(POLITICA.read_text())["errores"]:
        codigo = str(error["codigo"])
        assert codigo in MOTIVOS, codigo
        assert MOTIVOS[codigo].clase in CLASES_DE[error["accion"]], codigo


@pytest.mark.parametrize("codigo", sorted(MOTIVOS))
def test_cada_frase_se_entiende_y_acaba(codigo: str) -> None:
    frase = MOTIVOS[codigo].frase
    assert frase[0].isupper()
    assert frase.endswith(".")
    assert 20 < len(frase) < 160


def test_solo_lo_que_nadie_puede_arreglar_solo_corta_los_envios() -> None:
    assert {codigo for codigo, motivo in MOTIVOS.items() if motivo.corta} == {"20003", "20404", "30002"}
    assert all(motivo.clase == "alertar" for motivo in MOTIVOS.values() if motivo.corta)


def test_un_codigo_desconocido_no_se_repite_y_lo_dice() -> None:
    assert (motivo_de("99999").clase, motivo_de(None).clase) == ("definitivo", "definitivo")
