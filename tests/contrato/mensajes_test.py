"""Toda petición que el producto hace a la API de mensajes cumple la especificación publicada de Twilio."""

from __future__ import annotations

import datetime as dt

import pytest
import requests

from tests.fabricas import CUENTA
from webhook.cliente_twilio import ClienteTwilio, Rechazado, Salida
from webhook.credenciales import Credencial
from webhook.listado_twilio import LibroDeTwilio

NORA, MARIA = "whatsapp:+14155238886", "whatsapp:+5215512345678"
AVISO = "https://nora.example/webhook/estado?i=41&a=1"
SERVICIO, PLANTILLA = "MG" + "a" * 32, "HX" + "b" * 32
SALIDAS = {
    "texto": Salida(NORA, MARIA, "¡Hola! Abrimos de 9:00 a 19:00.", AVISO),
    "texto largo con emoji": Salida(NORA, MARIA, "👩‍👩‍👧 ñ\n" * 100, AVISO),
    "a quien no tiene teléfono": Salida(NORA, "whatsapp:MX.13491208655302741918", "Hola", AVISO),
    "archivo": Salida(NORA, MARIA, "", AVISO, media_url="https://nora.example/archivos/abc.pdf?firma=1&hasta=2"),
    "archivo con pie": Salida(NORA, MARIA, "El menú", AVISO, media_url="https://nora.example/archivos/menu.jpg"),
    "plantilla": Salida(NORA, MARIA, "", AVISO, content_sid=PLANTILLA),
    "plantilla con variables": Salida(NORA, MARIA, "", AVISO, content_sid=PLANTILLA, variables={"1": "María", "2": "10:00"}),
    "por un servicio": Salida(NORA, MARIA, "Hola", AVISO, servicio=SERVICIO),
    "plantilla por un servicio": Salida(NORA, MARIA, "", AVISO, content_sid=PLANTILLA, variables={"1": "a"}, servicio=SERVICIO),
}


@pytest.fixture
def credencial(prism: str) -> Credencial:
    """Una credencial que lleva a Prism."""
    return Credencial(CUENTA, CUENTA, "f" * 32, prism)


@pytest.mark.parametrize("salida", SALIDAS.values(), ids=SALIDAS)
def test_cada_envio_cumple_la_especificacion(credencial: Credencial, salida: Salida) -> None:
    assert ClienteTwilio(credencial).crear("aura", salida).startswith(("SM", "MM"))


def test_buscar_un_envio_dudoso_cumple_la_especificacion(credencial: Credencial) -> None:
    desde = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
    assert ClienteTwilio(credencial).listar("aura", de=NORA, para=MARIA, desde=desde) == []


def test_leer_el_historial_cumple_la_especificacion(credencial: Credencial) -> None:
    libro = LibroDeTwilio(credencial)
    next(libro.entrantes(NORA, por_pagina=1000))
    next(libro.salientes(NORA, por_pagina=1000))


def test_preguntar_por_uno_y_por_sus_archivos_cumple_la_especificacion(credencial: Credencial) -> None:
    libro = LibroDeTwilio(credencial)
    assert libro.tiene("SM" + "a" * 32)
    libro.medios("MM" + "a" * 32)


@pytest.mark.parametrize(
    "mala",
    [
        Salida(NORA, MARIA, "Hola", "esto no es una dirección"),
        Salida(NORA, MARIA, "", AVISO, content_sid="HX1"),
        Salida(NORA, MARIA, "Hola", AVISO, servicio="MG1"),
    ],
    ids=["aviso", "plantilla", "servicio"],
)
def test_lo_que_no_la_cumple_se_nota(credencial: Credencial, mala: Salida) -> None:
    with pytest.raises(Rechazado):
        ClienteTwilio(credencial).crear("aura", mala)


def test_sin_clave_no_se_entra(prism: str) -> None:
    respuesta = requests.post(f"{prism}/2010-04-01/Accounts/{CUENTA}/Messages.json", data={"To": MARIA, "From": NORA}, timeout=10)
    assert respuesta.status_code == 401
