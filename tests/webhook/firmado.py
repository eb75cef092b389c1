"""Peticiones de Twilio hechas a mano para la matriz de firmas: qué se manda, con qué se firma y cómo está puesto el número."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.fabricas import CUENTA, sid
from tests.panel import FICHA
from tests.personas import AURA, NUMEROS
from webhook import firmantes
from webhook.credenciales import guardar_credenciales
from webhook.firma import SHA1, firmar

PROPIA, AJENA = "AC" + "a" * 32, "AC" + "f" * 32
FICHA_PROPIA, FICHA_VIEJA, SECRETO = "p" * 32, "v" * 32, "clave-compartida-de-prueba"
SERVICIO = "MG" + "5" * 32
CLAVE = "webhooks_sharedkey_01"
PUBLICA = "https://nora.example.com"
AHORA = dt.datetime.now(dt.UTC)

Pares = list[tuple[str, str]]


def mensaje(**cambios: str | None) -> Pares:
    """Los parámetros de un mensaje de María a «aura», en el orden en que los manda Twilio; None quita uno."""
    un_sid = sid()
    todos: dict[str, str | None] = {
        "SmsMessageSid": un_sid,
        "NumMedia": "0",
        "ProfileName": "José Ñandú 😀",
        "MessageType": "text",
        "SmsSid": un_sid,
        "WaId": "5215512345678",
        "SmsStatus": "received",
        "Body": "Hola & chau + 100% = ¿sí?",
        "To": f"whatsapp:{NUMEROS[AURA]}",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": un_sid,
        "AccountSid": CUENTA,
        "From": "whatsapp:+5215512345678",
        "ApiVersion": "2010-04-01",
    }
    return [(nombre, valor) for nombre, valor in (todos | cambios).items() if valor is not None]


@dataclass
class Intento:
    """Una petición y lo que debe pasar: `entra` es la firma anotada en el libro, o vacío si es un 403."""

    nombre: str
    entra: str
    pares: Pares = field(default_factory=mensaje)
    manda: Pares | None = None
    """Lo que se manda de verdad si no es lo firmado."""
    consulta: str = ""
    firma_url: str | None = None
    """La dirección que firma Twilio; sin ella, la pública de verdad."""
    secreto: str = FICHA
    algoritmo: str = SHA1
    cabecera: str = ""
    firma: str | None = None
    numero: dict[str, Any] = field(default_factory=dict)
    cuerpo: bytes | None = None
    publica: str = PUBLICA

    def __str__(self) -> str:
        return self.nombre


def con_claves(**cambios: Any) -> dict[str, Any]:
    """Cómo está puesto un número con cuenta y token propios."""
    return {"cuenta": PROPIA, "ficha": FICHA_PROPIA} | cambios


def propio(**cambios: str | None) -> Pares:
    """Un mensaje que llega por la cuenta propia de «aura»."""
    return mensaje(AccountSid=PROPIA, **cambios)


def dentro_de(minutos: float) -> dt.datetime:
    """Un momento cercano; negativo es pasado."""
    return AHORA + dt.timedelta(minutes=minutos)


def con_token_cambiado(minutos: float) -> Callable[[], None]:
    """Un número que cambió de token: el viejo vale `minutos` más."""

    def _cambiar() -> None:
        guardar_credenciales(AURA, ahora=AHORA, cuenta=PROPIA, ficha=FICHA_VIEJA)
        guardar_credenciales(AURA, ahora=AHORA, ficha=FICHA_PROPIA, gracia=dt.timedelta(minutes=minutos))

    return _cambiar


def resumen_de(cuerpo: bytes) -> str:
    """El bodySHA256 de un cuerpo."""
    return hashlib.sha256(cuerpo).hexdigest()


def preparar(numero: dict[str, Any] | Callable[[], None]) -> None:
    """Deja el número de «aura» como pide el intento, con sus secretos cifrados de verdad."""
    if callable(numero):
        numero()
    elif numero:
        guardar_credenciales(AURA, ahora=AHORA, **numero)
    firmantes.olvidar()


def mandar(cliente: FlaskClient, intento: Intento, ruta: str = "/webhook") -> TestResponse:
    """Firma como lo haría Twilio y lo manda por la puerta de verdad."""
    direccion = ruta + (f"?{intento.consulta}" if intento.consulta else "")
    url = intento.firma_url if intento.firma_url is not None else intento.publica + direccion
    parametros: Any = {} if intento.cuerpo is not None else MultiDict(intento.pares)
    firma = firmar(intento.secreto, url, parametros, intento.algoritmo) if intento.firma is None else intento.firma
    cabeceras = {"X-Twilio-Signature": firma} if firma else {}
    if intento.cabecera:
        cabeceras["X-Twilio-Webhooks-Signature-Settings"] = intento.cabecera
    cuerpo = intento.cuerpo if intento.cuerpo is not None else urlencode(_mandado(intento)).encode()
    tipo = "application/json" if intento.cuerpo is not None else "application/x-www-form-urlencoded"
    return cliente.post(direccion, data=cuerpo, headers=cabeceras, content_type=tipo)


def _mandado(intento: Intento) -> Sequence[tuple[str, str]]:
    return intento.pares if intento.manda is None else intento.manda
