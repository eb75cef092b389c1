"""La única puerta a Twilio. Habla la API REST de mensajes y traduce cada final a lo que de verdad se sabe de él."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import requests

from webhook.codigos import motivo_de

CONECTAR_SEGUNDOS, LEER_SEGUNDOS = 3, 10


@dataclass(frozen=True, slots=True)
class EnvioVisto:
    """Un envío que Twilio dice tener."""

    sid: str
    cuerpo: str
    creado_en: dt.datetime


class NoAceptado(Exception):
    """Consta que Twilio no lo tomó (429, o no se llegó a conectar): se puede reintentar sin miedo."""

    def __init__(self, motivo: str, esperar_segundos: float = 5.0) -> None:
        super().__init__(motivo)
        self.esperar_segundos = esperar_segundos


class Rechazado(Exception):
    """Twilio dijo que no, con un código: reintentar igual no sirve."""

    def __init__(self, codigo: str, frase: str, *, alertar: bool = False) -> None:
        super().__init__(frase)
        self.codigo, self.frase, self.alertar = codigo, frase, alertar


class Incierto(Exception):
    """No se sabe si lo tomó (tiempo agotado, corte, 5xx): hay que preguntar, nunca reenviar a ciegas."""


class ClienteDeWhatsApp(Protocol):
    """Lo que saben hacer igual Twilio y el WhatsApp simulado."""

    def crear(self, nombre_nora: str, *, de: str, para: str, texto: str, aviso_url: str) -> str:
        """Pide un envío y devuelve su SID. Levanta NoAceptado, Rechazado o Incierto."""
        ...

    def listar(self, nombre_nora: str, *, de: str, para: str, desde: dt.datetime) -> list[EnvioVisto]:
        """Los envíos a esa dirección creados desde ese momento. Levanta Incierto si no se pudo preguntar."""
        ...


class ClienteTwilio:
    """Twilio de verdad, o un doble suyo en TWILIO_API_URL."""

    def __init__(self, cuenta: str, ficha: str, url: str | None) -> None:
        self._mensajes = _abrir(cuenta, ficha, url)

    def crear(self, nombre_nora: str, *, de: str, para: str, texto: str, aviso_url: str) -> str:
        """Pide un envío. Sin clave de idempotencia en esta API, un final dudoso es Incierto (dominio de Twilio, «Messages»)."""
        del nombre_nora
        mensaje = _traducir(lambda: self._mensajes.create(from_=de, to=para, body=texto, status_callback=aviso_url))
        if not getattr(mensaje, "sid", None):
            raise Incierto("Twilio contestó sin SID")
        return str(mensaje.sid)

    def listar(self, nombre_nora: str, *, de: str, para: str, desde: dt.datetime) -> list[EnvioVisto]:
        """Los últimos envíos a esa dirección; DateSent puede venir vacío, así que se filtra por la fecha de creación."""
        del nombre_nora
        try:
            vistos = _traducir(lambda: self._mensajes.list(from_=de, to=para, limit=50, page_size=50))
        except (NoAceptado, Rechazado) as fallo:
            raise Incierto(str(fallo)) from fallo
        return [
            EnvioVisto(str(v.sid), v.body or "", v.date_created)
            for v in vistos
            if str(v.direction).startswith("outbound") and v.date_created and v.date_created >= desde
        ]


@lru_cache(8)
def _abrir(cuenta: str, ficha: str, url: str | None) -> Any:
    # Se importa aquí porque twilio.rest pesa y la mitad de los procesos no envía.
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    class Transporte(TwilioHttpClient):
        """Conexión nueva en cada envío, con límites de tiempo y, si se pidió, hacia otro servidor."""

        def request(self, method: str, url: str, *resto: Any, **opciones: Any) -> Any:
            # El SDK sólo admite un número por petición; como atributo acepta el par (conectar, leer) de requests.
            self.timeout = (CONECTAR_SEGUNDOS, LEER_SEGUNDOS)
            return super().request(method, _desviar(url, destino), *resto, **opciones)

    destino = url
    # Reusar una conexión a punto de cerrarse convierte un envío normal en dudoso: sin pool y sin reintentos de librería.
    return Client(cuenta, ficha, http_client=Transporte(pool_connections=False)).messages


def _desviar(url: str, destino: str | None) -> str:
    """La misma ruta en otro servidor (para un doble); sin destino, igual."""
    if not destino:
        return url
    otra, esta = urlsplit(destino), urlsplit(url)
    return urlunsplit((otra.scheme, otra.netloc, otra.path.rstrip("/") + esta.path, esta.query, ""))


def _traducir(pedir: Callable[[], Any]) -> Any:
    from twilio.base.exceptions import TwilioException, TwilioRestException

    try:
        return pedir()
    except TwilioRestException as fallo:
        raise _de_respuesta(fallo.status, str(fallo.code or fallo.status)) from fallo
    except requests.exceptions.ConnectTimeout as fallo:
        raise NoAceptado("No se pudo conectar con Twilio") from fallo
    except requests.exceptions.ConnectionError as fallo:
        if "NewConnectionError" in repr(fallo) or "NameResolutionError" in repr(fallo):
            raise NoAceptado("No se pudo conectar con Twilio") from fallo
        raise Incierto(f"Se cortó la conexión con Twilio ({type(fallo).__name__})") from fallo
    except (requests.exceptions.RequestException, TwilioException, ValueError, KeyError, TypeError) as fallo:
        raise Incierto(f"Twilio contestó algo que no se entiende ({type(fallo).__name__})") from fallo


def _de_respuesta(http: int, codigo: str) -> Exception:
    if http == 429:
        return NoAceptado("Twilio pidió ir más despacio", esperar_segundos=5.0)
    if http >= 500 or http == 408 or http < 400:
        return Incierto(f"Twilio contestó {http}")
    motivo = motivo_de(codigo)
    if motivo.clase == "reintentar":
        return NoAceptado(motivo.frase, esperar_segundos=30.0)
    return Rechazado(codigo, motivo.frase, alertar=motivo.clase == "alertar")
