"""La salud del número de cada Nora según Twilio (API de Senders): en línea o no, calidad, límite y adónde manda sus avisos."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, urldefrag, urlsplit

from registro.bitacora import registrar_error, registro, resumir_fallo
from registro.config import Ajustes, vigentes
from registro.telefonos import clave_canonica
from sql.conexion import ERRORES_DE_CONEXION
from sql.modelos.noras import buscar_nora, todas_las_noras_listar
from sql.modelos.remitentes import Remitente, buscar_remitente, guardar_remitente
from webhook.cliente_twilio import Incierto, Rechazado, pedir
from webhook.credenciales import Credencial, buscar_credencial
from webhook.salud_del_numero import DE_PRUEBAS, SIN_REMITENTE, problema

SENDERS = "https://messaging.twilio.com/v2/Channels/Senders"
PAGINAS_MAXIMAS = 10
NUMERO_DE_PRUEBAS = "+14155238886"
"""El número compartido de pruebas de Twilio: no figura entre los remitentes de nadie."""
SENDER_SIMULADO = "XE" + "0" * 32
"""El identificador que da el WhatsApp simulado: lo que se sepa con él no lo dijo Twilio."""
REINTENTOS_DEL_WEBHOOK = "#rc=3&rp=5xx,ct,rt"
"""Tres reintentos si no contestamos o contestamos 5xx (twilio.com/docs/usage/webhooks/webhooks-connection-overrides)."""


@dataclass(frozen=True, slots=True)
class Salud:
    """Lo que Twilio dice de un número; con los nombres de la tabla `remitentes`."""

    estado: str
    calidad: str | None = None
    limite: str | None = None
    razones: list[dict[str, str]] = field(default_factory=list)
    sender_sid: str | None = None
    webhook_url: str | None = None


class Remitentes(Protocol):
    """Lo que saben hacer igual la API de Senders y la simulada."""

    def buscar(self, numero: str, sid: str | None) -> Salud:
        """La salud de ese número. Levanta lo que levante `pedir`."""
        ...

    def poner_webhook(self, sid: str, url: str, estado_url: str) -> None:
        """Cambia adónde manda sus avisos. Levanta lo que levante `pedir`."""
        ...


@dataclass(frozen=True)
class RemitentesDeTwilio:
    """La API de Senders de una cuenta (messaging v2, Channels/Senders)."""

    credencial: Credencial

    def buscar(self, numero: str, sid: str | None) -> Salud:
        """Por su identificador si ya se conoce; si no, en la lista de la cuenta."""
        if sid:
            try:
                fila = pedir(self.credencial, "GET", f"{SENDERS}/{sid}")
            except Rechazado as fallo:
                if not fallo.es_que_no_esta:
                    raise
            else:
                if _es_de(fila, numero):
                    return leer(fila)
        hallada = self._en_la_lista(numero)
        if hallada is None:
            return Salud(DE_PRUEBAS if numero == NUMERO_DE_PRUEBAS else SIN_REMITENTE)
        # La lista puede venir resumida: los avisos y los motivos están en la ficha.
        return leer(hallada | pedir(self.credencial, "GET", f"{SENDERS}/{hallada['sid']}"))

    def poner_webhook(self, sid: str, url: str, estado_url: str) -> None:
        """Cambia las dos direcciones de avisos y nada más."""
        avisos = {"callback_url": url, "callback_method": "POST", "status_callback_url": estado_url, "status_callback_method": "POST"}
        pedir(self.credencial, "POST", f"{SENDERS}/{sid}", cuerpo_json={"webhook": avisos})

    def _en_la_lista(self, numero: str) -> dict[str, Any] | None:
        parametros: dict[str, Any] = {"Channel": "whatsapp", "PageSize": 1000}
        for _ in range(PAGINAS_MAXIMAS):
            cuerpo = pedir(self.credencial, "GET", SENDERS, parametros=parametros)
            for fila in cuerpo.get("senders") or []:
                if fila.get("sid") and _es_de(fila, numero):
                    return dict(fila)
            siguiente = (cuerpo.get("meta") or {}).get("next_page_url")
            if not siguiente:
                return None
            # Sólo se toman sus parámetros: la dirección es siempre la nuestra.
            parametros = dict(parse_qsl(urlsplit(str(siguiente)).query))
        raise Incierto("La cuenta tiene demasiados remitentes para encontrar éste")


@dataclass(frozen=True)
class RemitentesSimulados:
    """El WhatsApp simulado: su número siempre está bien y avisa a donde debe."""

    ajustes: Ajustes

    def buscar(self, numero: str, sid: str | None) -> Salud:
        """En línea, con la mejor calidad."""
        del numero, sid
        return Salud("ONLINE", "GREEN", "TIER_1K", [], SENDER_SIMULADO, direccion_del_webhook(self.ajustes))

    def poner_webhook(self, sid: str, url: str, estado_url: str) -> None:
        """No hay nada que cambiar: avisa siempre a la dirección de esta instalación."""


def remitentes_para(nombre_nora: str) -> Remitentes | None:
    """Por dónde se pregunta por el número de esa Nora, o None si no hay cuenta."""
    credencial = buscar_credencial(nombre_nora, None)
    if credencial is not None:
        return RemitentesDeTwilio(credencial)
    return RemitentesSimulados(vigentes()) if vigentes().demo else None


def _es_de(fila: dict[str, Any], numero: str) -> bool:
    return clave_canonica(str(fila.get("sender_id") or "").removeprefix("whatsapp:")) == clave_canonica(numero)


def leer(fila: dict[str, Any]) -> Salud:
    """Un remitente tal como lo describe Twilio, con sólo lo que se guarda. Puro."""
    propiedades, avisos = fila.get("properties") or {}, fila.get("webhook") or {}
    razones = [
        {"codigo": str(r.get("code") or ""), "mensaje": str(r.get("message") or "")[:300], "enlace": str(r.get("more_info") or "")}
        for r in fila.get("offline_reasons") or []
        if isinstance(r, dict)
    ]
    return Salud(
        estado=str(fila.get("status") or ""),
        calidad=propiedades.get("quality_rating"),
        limite=propiedades.get("messaging_limit"),
        razones=razones,
        sender_sid=fila.get("sid"),
        webhook_url=avisos.get("callback_url"),
    )


def direccion_del_webhook(ajustes: Ajustes) -> str:
    """La dirección que hay que poner en Twilio, con sus reintentos."""
    return f"{ajustes.url_base}/webhook{REINTENTOS_DEL_WEBHOOK}"


def apunta_aqui(webhook_url: str | None, ajustes: Ajustes) -> bool:
    """Si esa dirección es la nuestra, sin contar los reintentos que lleve detrás de «#»."""
    return bool(webhook_url) and urldefrag(str(webhook_url)).url.rstrip("/") == f"{ajustes.url_base}/webhook"


def mirar(nombre_nora: str, ahora: dt.datetime) -> Salud | None:
    """Pregunta por el número de esa Nora y guarda lo que conteste; None si no hay a quién o por qué número preguntar.

    Raises:
        NoAceptado, Rechazado, Incierto: si Twilio no contestó bien; lo guardado queda como estaba.
    """
    nora, api = buscar_nora(nombre_nora), remitentes_para(nombre_nora)
    if nora is None or not nora.numero_nora or api is None:
        return None
    antes = buscar_remitente(nombre_nora)
    salud = api.buscar(nora.numero_nora, antes.sender_sid if antes else None)
    guardar_remitente(nombre_nora, mirado_en=ahora, **asdict(salud))
    _avisar_si_empeoro(nombre_nora, antes, salud)
    return salud


def _avisar_si_empeoro(nombre_nora: str, antes: Remitente | None, salud: Salud) -> None:
    ahora_mal = problema(salud.estado, salud.calidad, salud.razones)
    ya_mal = problema(antes.estado, antes.calidad, antes.razones) if antes else None
    if ahora_mal and ahora_mal != ya_mal:
        registrar_error("Twilio", ahora_mal, nombre_nora, "webhook.remitentes")


def mirar_a_todas() -> int:
    """La salud de todos los números; la llama el reloj cada hora. Devuelve cuántos contestaron."""
    contestaron = 0
    for nora in todas_las_noras_listar():
        try:
            contestaron += mirar(nora.nombre_nora, dt.datetime.now(dt.UTC)) is not None
        except ERRORES_DE_CONEXION:
            raise
        except Exception as fallo:  # el número que no contesta no deja a los demás sin mirar
            registro.warning("no se pudo mirar un remitente", nombre_nora=nora.nombre_nora, causa=resumir_fallo(fallo))
    return contestaron


def poner_webhook(nombre_nora: str, ahora: dt.datetime) -> Salud | None:
    """Escribe en Twilio la dirección de avisos de esta instalación y devuelve cómo quedó; None si el número no está en la cuenta.

    Raises:
        NoAceptado, Rechazado, Incierto: si Twilio no lo cambió.
        ValueError: si no hay PUBLIC_URL: Twilio no puede llegar a una dirección de esta máquina.
    """
    ajustes, api = vigentes(), remitentes_para(nombre_nora)
    if isinstance(api, RemitentesDeTwilio) and not ajustes.url_publica:
        raise ValueError("Falta PUBLIC_URL: Twilio sólo puede avisar a una dirección pública https.")
    salud = mirar(nombre_nora, ahora)
    if api is None or salud is None or not salud.sender_sid:
        return None
    api.poner_webhook(salud.sender_sid, direccion_del_webhook(ajustes), f"{ajustes.url_base}/webhook/estado")
    return mirar(nombre_nora, ahora)
