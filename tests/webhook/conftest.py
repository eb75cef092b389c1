"""Lo que usan las pruebas del hilo con WhatsApp: avisos firmados y un Twilio con memoria."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pytest_httpserver import HTTPServer
from werkzeug.test import TestResponse

from registro import config
from tests.dobles.contenido import DobleDeContenido
from tests.dobles.twilio import DobleDeTwilio
from tests.fabricas import CUENTA, sid
from tests.panel import FICHA
from tests.personas import AURA, NUMEROS
from webhook.firma import firmar

MariaEscribe = Callable[..., TestResponse]


def parametros_de(texto: str = "Hola", **cambios: str) -> dict[str, str]:
    """Los parámetros de un mensaje de texto de María a «aura»."""
    un_sid = cambios.pop("MessageSid", "") or sid()
    base = {
        "MessageSid": un_sid,
        "SmsMessageSid": un_sid,
        "SmsSid": un_sid,
        "SmsStatus": "received",
        "AccountSid": CUENTA,
        "From": "whatsapp:+5215512345678",
        "To": f"whatsapp:{NUMEROS[AURA]}",
        "Body": texto,
        "NumMedia": "0",
        "ProfileName": "María",
        "WaId": "5215512345678",
        "ApiVersion": "2010-04-01",
    }
    return base | cambios


@pytest.fixture
def publicar(visitante: FlaskClient) -> Callable[..., TestResponse]:
    """Publica un formulario firmado como Twilio en la dirección que se diga."""

    def _publicar(ruta: str, parametros: Any, firma: str | None = None) -> TestResponse:
        url = f"http://localhost{ruta}"
        return visitante.post(
            ruta, data=parametros, headers={"X-Twilio-Signature": firmar(FICHA, url, parametros) if firma is None else firma}
        )

    return _publicar


@pytest.fixture
def maria_escribe(publicar: Callable[..., TestResponse]) -> MariaEscribe:
    """`maria_escribe("hola")`: un mensaje firmado de María a /webhook."""
    return lambda texto="Hola", **cambios: publicar("/webhook", parametros_de(texto, **cambios))


@pytest.fixture
def twilio(httpserver: HTTPServer, app: Flask) -> DobleDeTwilio:
    """Un Twilio de mentira con memoria, conectado como el de verdad."""
    doble = DobleDeTwilio(httpserver, CUENTA, FICHA)
    conectados = app.extensions["ajustes"].model_copy(update={"twilio_cuenta": CUENTA, "twilio_url": doble.url})
    config.fijar(conectados)
    return doble


@pytest.fixture
def contenido(httpserver: HTTPServer, app: Flask) -> DobleDeContenido:
    """Una Content API de mentira con memoria, conectada como la de verdad."""
    doble = DobleDeContenido(httpserver, CUENTA)
    config.fijar(app.extensions["ajustes"].model_copy(update={"twilio_cuenta": CUENTA, "twilio_url": doble.url}))
    return doble
