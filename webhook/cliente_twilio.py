"""La única puerta a Twilio. Habla sus API y traduce cada final a lo que de verdad se sabe de él."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import requests

from webhook.codigos import Motivo, motivo_de
from webhook.credenciales import Credencial

CONECTAR_SEGUNDOS, LEER_SEGUNDOS = 3, 10


@dataclass(frozen=True, slots=True)
class Salida:
    """Lo que se le pide mandar: un texto, una plantilla (`content_sid`) o un archivo (`media_url`, con `texto` de pie)."""

    de: str
    para: str
    texto: str
    aviso_url: str
    media_url: str | None = None
    content_sid: str | None = None
    variables: Mapping[str, str] | None = None
    servicio: str | None = None


@dataclass(frozen=True, slots=True)
class EnvioVisto:
    """Un envío que Twilio dice tener."""

    sid: str
    cuerpo: str
    creado_en: dt.datetime


class NoAceptado(Exception):
    """Consta que Twilio no lo tomó (429, o no se llegó a conectar): se puede reintentar sin miedo.

    `averia`: fue un fallo de la conexión o de la cuenta, y cuenta para dejar de llamar; `corta`: basta éste.
    """

    def __init__(self, motivo: str, esperar_segundos: float = 5.0, *, averia: bool = False, corta: bool = False) -> None:
        super().__init__(motivo)
        self.esperar_segundos, self.averia, self.corta = esperar_segundos, averia or corta, corta


class Rechazado(Exception):
    """Twilio dijo que no, con un código: reintentar igual no sirve."""

    def __init__(self, codigo: str, motivo: Motivo) -> None:
        super().__init__(motivo.frase)
        self.codigo, self.motivo = codigo, motivo
        self.frase = motivo.frase

    @property
    def es_que_no_esta(self) -> bool:
        """Si lo que dijo Twilio es que lo pedido no existe, y no que algo falló."""
        return self.codigo == "20404"


class Incierto(Exception):
    """No se sabe si lo tomó (tiempo agotado, corte, 5xx): hay que preguntar, nunca reenviar a ciegas."""


class ClienteDeWhatsApp(Protocol):
    """Lo que saben hacer igual Twilio y el WhatsApp simulado."""

    def crear(self, nombre_nora: str, salida: Salida) -> str:
        """Pide un envío y devuelve su SID. Levanta NoAceptado, Rechazado o Incierto."""
        ...

    def listar(self, nombre_nora: str, *, de: str, para: str, desde: dt.datetime) -> list[EnvioVisto]:
        """Los envíos a esa dirección creados desde ese momento. Levanta Incierto si no se pudo preguntar."""
        ...


class ClienteTwilio:
    """Twilio de verdad, o un doble suyo en TWILIO_API_URL."""

    def __init__(self, credencial: Credencial) -> None:
        self._mensajes = _abrir(credencial.cuenta, credencial.usuario, credencial.clave, credencial.url)

    def crear(self, nombre_nora: str, salida: Salida) -> str:
        """Pide un envío. Sin clave de idempotencia en esta API, un final dudoso es Incierto (dominio de Twilio, «Messages»)."""
        del nombre_nora
        pedido: dict[str, Any] = {"from_": salida.de, "to": salida.para, "status_callback": salida.aviso_url}
        if salida.servicio:
            pedido["messaging_service_sid"] = salida.servicio
        if salida.content_sid:
            # Fuera de la ventana, una plantilla con Body se rechaza: sólo ContentSid y sus variables.
            pedido["content_sid"] = salida.content_sid
            if salida.variables:
                pedido["content_variables"] = json.dumps(dict(salida.variables), ensure_ascii=False)
        else:
            if salida.texto:
                pedido["body"] = salida.texto
            if salida.media_url:
                pedido["media_url"] = [salida.media_url]
        mensaje = _traducir(lambda: self._mensajes.create(**pedido))
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


def pedir(
    credencial: Credencial,
    metodo: str,
    url: str,
    *,
    datos: Mapping[str, Any] | None = None,
    cuerpo_json: Any = None,
    parametros: Mapping[str, Any] | None = None,
) -> Any:
    """Llama a una dirección de Twilio con esas credenciales y devuelve su JSON ({} si no trae cuerpo).

    Con TWILIO_API_URL va a ese servidor. Nunca sigue redirecciones: llevarían la clave a otro sitio.

    Raises:
        NoAceptado, Rechazado, Incierto: como en los envíos.
    """

    def llamar() -> Any:
        with requests.Session() as sesion:
            sesion.trust_env = False if credencial.url else sesion.trust_env
            respuesta = sesion.request(
                metodo,
                _desviar(url, credencial.url),
                params=parametros,
                data=datos,
                json=cuerpo_json,
                auth=(credencial.usuario, credencial.clave),
                timeout=(CONECTAR_SEGUNDOS, LEER_SEGUNDOS),
                allow_redirects=False,
            )
        if respuesta.status_code == 404:
            # Al pedir algo por su nombre, 404 es que eso no está; sólo al enviar significa que la cuenta no existe.
            raise Rechazado("20404", motivo_de("20404"))
        if respuesta.status_code >= 300:
            raise _de_respuesta(respuesta.status_code, _codigo_en(respuesta))
        return respuesta.json() if respuesta.content else {}

    return _traducir(llamar)


def _codigo_en(respuesta: requests.Response) -> str:
    try:
        return str(respuesta.json().get("code") or respuesta.status_code)
    except (ValueError, AttributeError):
        return str(respuesta.status_code)


@lru_cache(64)
def _abrir(cuenta: str, usuario: str, clave: str, url: str | None) -> Any:
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
    return Client(usuario, clave, cuenta, http_client=Transporte(pool_connections=False)).messages


def _desviar(url: str, destino: str | None) -> str:
    """La misma ruta en otro servidor (para un doble); sin destino, igual."""
    if not destino:
        return url
    otra, esta = urlsplit(destino), urlsplit(url)
    return urlunsplit((otra.scheme, otra.netloc, otra.path.rstrip("/") + esta.path, esta.query, ""))


def _traducir(llamar: Callable[[], Any]) -> Any:
    from twilio.base.exceptions import TwilioException, TwilioRestException

    try:
        return llamar()
    except TwilioRestException as fallo:
        raise _de_respuesta(fallo.status, str(fallo.code or fallo.status)) from fallo
    except requests.exceptions.ConnectTimeout as fallo:
        raise NoAceptado("No se pudo conectar con Twilio", averia=True) from fallo
    except requests.exceptions.ConnectionError as fallo:
        if "NewConnectionError" in repr(fallo) or "NameResolutionError" in repr(fallo):
            raise NoAceptado("No se pudo conectar con Twilio", averia=True) from fallo
        raise Incierto(f"Se cortó la conexión con Twilio ({type(fallo).__name__})") from fallo
    except (requests.exceptions.RequestException, TwilioException, ValueError, KeyError, TypeError) as fallo:
        raise Incierto(f"Twilio contestó algo que no se entiende ({type(fallo).__name__})") from fallo


def _de_respuesta(http: int, codigo: str) -> Exception:
    if http == 429:
        return NoAceptado("Twilio pidió ir más despacio", esperar_segundos=5.0)
    if http >= 500 or http == 408 or http < 400:
        return Incierto(f"Twilio contestó {http}")
    motivo = motivo_de("20003" if http == 401 else codigo)
    if motivo.corta or motivo.clase in {"reintentar", "esperar"}:
        return NoAceptado(motivo.frase, esperar_segundos=float(motivo.esperar_segundos), corta=motivo.corta)
    return Rechazado(codigo, motivo)
