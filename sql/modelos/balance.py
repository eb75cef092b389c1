"""Lo que hace falta leer aquí para compararlo con Twilio, siempre por lotes: qué se conoce, en qué estado y qué falta."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.conversaciones import Conversacion
from sql.modelos.mensajes import Mensaje
from sql.modelos.webhooks import WebhookRecibido

VIDA_DE_UN_ENVIO = dt.timedelta(hours=25)
"""Lo que puede pasar entre escribir un mensaje y que salga: se rinde a las 24 horas."""
SIN_CONFIRMAR = "sin_confirmar"
"""Código de los envíos que una persona debía mirar porque no se supo si salieron."""


@dataclass(frozen=True, slots=True)
class Saliente:
    """Un envío nuestro, como hace falta para compararlo."""

    mensaje_id: int
    sid: str
    estado: str
    rango: int


@dataclass(frozen=True, slots=True)
class Dudoso:
    """Un envío del que no se sabe si Twilio lo tomó."""

    mensaje_id: int
    texto: str
    content_sid: str | None
    para: str
    de: str
    reclamado_en: dt.datetime


def todas_las_noras_entrantes_conocidos(sids: list[str]) -> frozenset[str]:
    """De esos SID, los que ya están en el libro o en el historial de quien sea: lo que llegó cuando el número no era de nadie cuenta."""
    en_el_libro = select(WebhookRecibido.message_sid).where(WebhookRecibido.tipo == "mensaje", WebhookRecibido.message_sid.in_(sids))
    en_el_historial = select(Mensaje.message_sid).where(Mensaje.message_sid.in_(sids))
    with transaccion_de_todas_las_noras() as sesion:
        return frozenset(sid for sid in sesion.scalars(en_el_libro.union(en_el_historial)) if sid)


def listar_salientes_conocidos(nombre_nora: str, sids: list[str]) -> dict[str, Saliente]:
    """De esos SID, los envíos nuestros, por su SID."""
    orden = select(Mensaje.id, Mensaje.message_sid, Mensaje.estado, Mensaje.rango).where(
        Mensaje.nombre_nora == nombre_nora, Mensaje.message_sid.in_(sids), Mensaje.tipo == "respuesta"
    )
    with transaccion(nombre_nora) as sesion:
        return {f.message_sid: Saliente(f.id, f.message_sid, f.estado, f.rango) for f in sesion.execute(orden)}


def listar_sids_de_otros_intentos(nombre_nora: str, sids: list[str], desde: dt.datetime) -> frozenset[str]:
    """De esos SID, los de intentos nuestros que fallaron y se repitieron con otro; sólo mensajes escritos desde ese momento."""
    guardados = func.unnest(Mensaje.sids_anteriores).label("sid")
    orden = select(guardados).where(
        Mensaje.nombre_nora == nombre_nora,
        Mensaje.fecha_hora >= desde - VIDA_DE_UN_ENVIO,
        Mensaje.sids_anteriores.overlap(sids),
    )
    with transaccion(nombre_nora) as sesion:
        return frozenset(sesion.scalars(orden)) & frozenset(sids)


def listar_dudosos(nombre_nora: str, cuenta: str, desde: dt.datetime, *, limite: int = 2000) -> list[Dudoso]:
    """Los envíos por esa cuenta que siguen sin confirmarse, o que se dieron por no confirmados, desde ese momento."""
    orden = (
        select(Mensaje.id, Mensaje.mensaje, Mensaje.content_sid, Mensaje.enviado_a, Mensaje.enviado_desde, Mensaje.reclamado_en)
        .where(
            Mensaje.nombre_nora == nombre_nora,
            Mensaje.tipo == "respuesta",
            Mensaje.message_sid.is_(None),
            Mensaje.enviado_por == cuenta,
            Mensaje.reclamado_en >= desde,
            or_(Mensaje.estado == "por_confirmar", and_(Mensaje.estado == "fallido", Mensaje.codigo_error == SIN_CONFIRMAR)),
        )
        .order_by(Mensaje.id)
        .limit(limite)
    )
    with transaccion(nombre_nora) as sesion:
        return [
            Dudoso(f.id, f.mensaje, f.content_sid, f.enviado_a or "", f.enviado_desde or "", f.reclamado_en) for f in sesion.execute(orden)
        ]


def listar_enviados(
    nombre_nora: str, cuenta: str, desde: dt.datetime, hasta: dt.datetime, *, despues_de: int = 0, limite: int = 500
) -> list[Saliente]:
    """Un lote de lo que Twilio nos aceptó por esa cuenta en ese rango, por id; lo que sigue se pide con el último id."""
    orden = (
        select(Mensaje.id, Mensaje.message_sid, Mensaje.estado, Mensaje.rango)
        .where(
            Mensaje.nombre_nora == nombre_nora,
            Mensaje.tipo == "respuesta",
            Mensaje.message_sid.is_not(None),
            Mensaje.enviado_por == cuenta,
            Mensaje.fecha_hora.between(desde - VIDA_DE_UN_ENVIO, hasta),
            Mensaje.enviado_en.between(desde, hasta),
            Mensaje.id > despues_de,
        )
        .order_by(Mensaje.id)
        .limit(limite)
    )
    with transaccion(nombre_nora) as sesion:
        return [Saliente(f.id, f.message_sid or "", f.estado, f.rango) for f in sesion.execute(orden)]


def listar_direcciones_propias(nombre_nora: str, cuenta: str) -> list[str]:
    """Las direcciones de la Nora por las que de verdad se habló con esa cuenta (el mismo número puede escribirse de dos formas)."""
    orden = (
        select(Conversacion.remitente)
        .where(Conversacion.nombre_nora == nombre_nora, Conversacion.cuenta == cuenta, Conversacion.remitente.is_not(None))
        .distinct()
        .limit(5)
    )
    with transaccion(nombre_nora) as sesion:
        return [remitente for remitente in sesion.scalars(orden) if remitente]


def listar_direcciones_de_salida(nombre_nora: str, cuenta: str, desde: dt.datetime, hasta: dt.datetime) -> list[str]:
    """Las direcciones de la Nora desde las que salió algo por esa cuenta en ese rango: pudo cambiar de número a media semana."""
    orden = (
        select(Mensaje.enviado_desde)
        .where(
            Mensaje.nombre_nora == nombre_nora,
            Mensaje.enviado_por == cuenta,
            Mensaje.enviado_desde.is_not(None),
            Mensaje.fecha_hora.between(desde - VIDA_DE_UN_ENVIO, hasta),
        )
        .distinct()
        .limit(5)
    )
    with transaccion(nombre_nora) as sesion:
        return [direccion for direccion in sesion.scalars(orden) if direccion]


def listar_simulados(
    nombre_nora: str, cuenta: str, remitente: str, *, antes_de: int | None = None, limite: int = 200
) -> list[WebhookRecibido]:
    """Lo que el WhatsApp simulado mandó a esa dirección de la Nora, lo último primero."""
    orden = select(WebhookRecibido).where(
        WebhookRecibido.nombre_nora == nombre_nora,
        WebhookRecibido.tipo == "mensaje",
        WebhookRecibido.parametros["AccountSid"].astext == cuenta,
        WebhookRecibido.parametros["To"].astext == remitente,
    )
    if antes_de is not None:
        orden = orden.where(WebhookRecibido.id < antes_de)
    with transaccion(nombre_nora) as sesion:
        return list(sesion.scalars(orden.order_by(WebhookRecibido.id.desc()).limit(limite)))
