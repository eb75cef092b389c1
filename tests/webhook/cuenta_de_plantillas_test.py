"""Con quién se habla de las plantillas de cada Nora y cuáles de una cuenta compartida son suyas."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from registro import config
from sql.modelos.remitentes import guardar_remitente
from tests.fabricas import CUENTA
from tests.personas import AURA
from webhook.contenido import ContenidoDeTwilio
from webhook.contenido_simulado import ContenidoSimulado
from webhook.credenciales import guardar_credenciales
from webhook.cuenta_de_plantillas import NoSePudo, conexion_de, es_de, exigir

_AHORA = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
PROPIA = "AC" + "7" * 32


def test_gana_el_prefijo_más_largo() -> None:
    todas = ["cafe", "cafe_sur", "cafe-norte"]
    assert es_de("cafe", "cafe_hola", todas)
    assert es_de("cafe_sur", "cafe_sur_hola", todas)
    assert not es_de("cafe", "cafe_sur_hola", todas)
    assert es_de("cafe-norte", "cafe_norte_hola", todas)
    assert not any(es_de(nora, "te_hola", todas) for nora in todas)


def test_en_modo_demo_sin_twilio_contesta_el_simulado(app: Flask) -> None:
    conexion = conexion_de(AURA)
    assert conexion is not None
    assert isinstance(conexion.cliente, ContenidoSimulado)
    assert conexion.simulada


def test_con_la_cuenta_de_la_instalación_se_reparte_y_con_la_propia_no(app: Flask) -> None:
    config.fijar(app.extensions["ajustes"].model_copy(update={"twilio_cuenta": CUENTA}))
    conexion = conexion_de(AURA)
    assert conexion is not None
    assert isinstance(conexion.cliente, ContenidoDeTwilio)
    assert conexion.compartida == CUENTA
    guardar_credenciales(AURA, ahora=_AHORA, cuenta=PROPIA, ficha="f" * 32)
    propia = conexion_de(AURA)
    assert propia is not None
    assert propia.compartida == ""
    assert not propia.simulada


def test_lo_simulado_no_sustituye_en_silencio_a_una_cuenta_propia_sin_token(app: Flask) -> None:
    guardar_remitente(AURA, cuenta=PROPIA)
    assert conexion_de(AURA) is None
    with pytest.raises(NoSePudo, match="no está conectado"):
        exigir(AURA)
