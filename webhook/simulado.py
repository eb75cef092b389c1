"""El WhatsApp simulado del modo demo: acepta envíos en su libro y avisa los estados al /webhook de verdad, con firma de verdad."""

from __future__ import annotations

import datetime as dt
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests

from registro.bitacora import registro
from registro.config import Ajustes
from sql.modelos.simulador import aceptar_envio, buscar_envio, listar_envios
from sql.modelos.webhooks import buscar_ultimo_entrante
from webhook.cliente_twilio import EnvioVisto, Salida
from webhook.firma import firmar

ESPERA_SEGUNDOS = 10
ERRORES_DEL_SIMULADO: tuple[type[Exception], ...] = (requests.RequestException,)
"""Lo que se levanta cuando nuestra propia dirección no contesta."""


class ClienteSimulado:
    """Se comporta como Twilio hacia nosotros, sin salir de la máquina ni llegar a ningún teléfono."""

    def __init__(self, ajustes: Ajustes) -> None:
        self._ajustes = ajustes

    def crear(self, nombre_nora: str, salida: Salida) -> str:
        """Acepta el envío y avisa después «sent» y «delivered», como haría Twilio."""
        sid = ("MM" if salida.media_url else "SM") + secrets.token_hex(16)
        aceptar_envio(nombre_nora, sid, para=salida.para, de=salida.de, cuerpo=salida.texto, aviso_url=salida.aviso_url)
        _avisos().submit(_avisar_entrega, self._ajustes, sid, salida.de, salida.para, salida.aviso_url)
        return sid

    def listar(self, nombre_nora: str, *, de: str, para: str, desde: dt.datetime) -> list[EnvioVisto]:
        """Lo que este libro aceptó para esa dirección desde ese momento."""
        return [
            EnvioVisto(envio.message_sid, envio.cuerpo, envio.created_at)
            for envio in listar_envios(nombre_nora, para=para)
            if envio.de == de and envio.created_at >= desde
        ]


@lru_cache(1)
def _avisos() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4, thread_name_prefix="simulado")


def _avisar_entrega(ajustes: Ajustes, sid: str, de: str, para: str, aviso_url: str) -> None:
    for estado in ("sent", "delivered"):
        try:
            avisar_estado(ajustes, sid, estado, de=de, para=para, aviso_url=aviso_url)
        except requests.RequestException as fallo:
            # Un aviso perdido es vida normal también con Twilio: el mensaje se queda en su estado anterior.
            registro.info("aviso simulado sin destino", estado=estado, causa=type(fallo).__name__)
            return


def avisar_estado(ajustes: Ajustes, sid: str, estado: str, *, de: str, para: str, aviso_url: str) -> int:
    """Manda un aviso de estado firmado a nuestra propia dirección; devuelve el código HTTP."""
    parametros = {
        "AccountSid": ajustes.cuenta_demo,
        "ApiVersion": "2010-04-01",
        "From": de,
        "To": para,
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": estado,
        "SmsStatus": estado,
        "ChannelPrefix": "whatsapp",
    }
    if estado == "read":
        parametros["EventType"] = "READ"
    return _publicar(ajustes, aviso_url, parametros).status_code


def leer_como_persona(ajustes: Ajustes, nombre_nora: str, sid: str) -> bool:
    """La persona del simulador vio ese mensaje: avisa «read». Dice si el envío existía."""
    envio = buscar_envio(nombre_nora, sid)
    if envio is None or not envio.aviso_url:
        return False
    avisar_estado(ajustes, sid, "read", de=envio.de, para=envio.para, aviso_url=envio.aviso_url)
    return True


def escribir_como_persona(
    ajustes: Ajustes, *, numero_nora: str, telefono: str, nombre: str, texto: str, extra: dict[str, str] | None = None
) -> int:
    """Manda a /webhook un mensaje como lo mandaría Twilio; devuelve el código HTTP."""
    parametros = _mensaje_de(ajustes, numero_nora=numero_nora, telefono=telefono, nombre=nombre, texto=texto) | (extra or {})
    return _publicar(ajustes, f"{ajustes.url_base}/webhook", parametros).status_code


def repetir_ultimo(ajustes: Ajustes, nombre_nora: str, direccion: str) -> int | None:
    """Manda otra vez, idéntico, el último mensaje simulado de esa dirección; devuelve el código HTTP, o None si no hay ninguno."""
    ultimo = buscar_ultimo_entrante(nombre_nora, direccion, ajustes.cuenta_demo)
    if ultimo is None:
        return None
    return _publicar(ajustes, f"{ajustes.url_base}/webhook", ultimo.parametros).status_code


def escribir_con_firma_falsa(ajustes: Ajustes, *, numero_nora: str, telefono: str, nombre: str, texto: str) -> int:
    """Manda a /webhook un mensaje firmado por quien no tiene el token; devuelve el código HTTP."""
    parametros = _mensaje_de(ajustes, numero_nora=numero_nora, telefono=telefono, nombre=nombre, texto=texto)
    return _publicar(ajustes, f"{ajustes.url_base}/webhook", parametros, ficha=secrets.token_hex(16)).status_code


def _mensaje_de(ajustes: Ajustes, *, numero_nora: str, telefono: str, nombre: str, texto: str) -> dict[str, str]:
    """Los parámetros de un texto nuevo de esa persona (twilio.com/docs/messaging/guides/webhook-request)."""
    sid = "SM" + secrets.token_hex(16)
    return {
        "AccountSid": ajustes.cuenta_demo,
        "ApiVersion": "2010-04-01",
        "Body": texto,
        "From": f"whatsapp:{telefono}",
        "To": f"whatsapp:{numero_nora}",
        "MessageSid": sid,
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "NumMedia": "0",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageType": "text",
        "ProfileName": nombre,
        "WaId": telefono.lstrip("+"),
    }


def _publicar(ajustes: Ajustes, url: str, parametros: dict[str, Any], *, ficha: str = "") -> requests.Response:
    # Se firma la dirección pública, que es la que se comprueba, y se entrega por dentro de la máquina.
    partes = urlsplit(url)
    interna = ajustes.url_interna + partes.path + (f"?{partes.query}" if partes.query else "")
    cabeceras = {"X-Twilio-Signature": firmar(ficha or ajustes.ficha_demo, url, parametros), "User-Agent": "WhatsAppSimulado/1"}
    with requests.Session() as sesion:
        sesion.trust_env = False  # ningún proxy del entorno entre la máquina y ella misma
        return sesion.post(interna, data=parametros, headers=cabeceras, timeout=ESPERA_SEGUNDOS)
