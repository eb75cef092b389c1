"""El libro mayor de lo que Twilio manda (`webhooks_recibidos`) y las dos puertas de una sola ida: recibir y anotar estado."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, InterfaceError, OperationalError
from psycopg.errors import DeadlockDetected
from sqlalchemy import Index, Integer, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import motor, transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Id


class WebhookRecibido(Base):
    """Un aviso de Twilio tal como llegó. Sin Nora si el número no es de nadie."""

    __tablename__ = "webhooks_recibidos"
    __table_args__ = (
        Index(
            "uq_webhooks_recibidos_mensaje",
            "message_sid",
            unique=True,
            postgresql_where=text("tipo = 'mensaje' and message_sid is not null"),
        ),
        Index("uq_webhooks_recibidos_estado", "message_sid", "estado", unique=True, postgresql_where=text("tipo = 'estado'")),
        Index("ix_webhooks_recibidos_recibido_en", "recibido_en"),
        Index("ix_webhooks_recibidos_nombre_nora", "nombre_nora"),
        Index("ix_webhooks_recibidos_veredicto", "veredicto", "id", postgresql_where=text("veredicto <> 'guardado'")),
        {"comment": "Libro mayor: cada aviso de Twilio con sus parámetros y su veredicto"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[str | None] = mapped_column(comment="Nora del número; vacía si no es de nadie")
    tipo: Mapped[str] = mapped_column(nullable=False, comment="mensaje o estado")
    message_sid: Mapped[str | None] = mapped_column(comment="Identificador de Twilio")
    estado: Mapped[str | None] = mapped_column(comment="Estado que avisa Twilio, si es un aviso de estado")
    veredicto: Mapped[str] = mapped_column(nullable=False, comment="guardado, sin_nora, no_entendido, aplicado, atrasado o desconocido")
    parametros: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, comment="Parámetros tal como llegaron")
    ficha_idempotencia: Mapped[str | None] = mapped_column(comment="Cabecera I-Twilio-Idempotency-Token")
    repeticiones: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Veces que Twilio lo repitió")
    firma: Mapped[str | None] = mapped_column(comment="Cómo se comprobó: sha1, sha256, anterior, sombra o conciliacion")
    consulta: Mapped[str | None] = mapped_column(comment="Lo que iba tras el ? en la dirección")
    reprocesos: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default="0", comment="Veces que una persona lo volvió a procesar"
    )
    reprocesado_en: Mapped[dt.datetime | None] = mapped_column(comment="Última vez que se volvió a procesar")
    recibido_en: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Primera vez que llegó")


@dataclass(frozen=True, slots=True)
class Recibido:
    """Qué pasó con un mensaje entrante. Sin Nora: el número no es de nadie, pero quedó en el libro."""

    nombre_nora: str | None
    conversacion_id: int | None
    mensaje_id: int | None
    es_nuevo: bool


@dataclass(frozen=True, slots=True)
class EstadoAplicado:
    """Un aviso de estado que hizo avanzar un mensaje nuestro, o que prueba que salió dos veces (`doble`, sin estado)."""

    nombre_nora: str
    conversacion_id: int
    mensaje_id: int
    estado: str | None
    doble: bool = False


class _Cortada(OperationalError):
    """La conexión prestada se quedó sin servidor detrás."""


def _una_ida(orden: str, valor: dict[str, Any]) -> Any:
    """Ejecuta una función de la base en una sola ida y vuelta (sin BEGIN ni COMMIT aparte).

    Si la conexión guardada ya estaba cortada (la base se reinició), se repite una vez con una nueva: las dos funciones que
    pasan por aquí dejan lo mismo llamadas una vez o dos, así que no importa si la primera llegó a confirmar.
    """
    try:
        return _llamar(orden, valor)
    except DeadlockDetected:
        # Postgres eligió esta ida como víctima y la deshizo entera: otra vez, ya sin el otro delante.
        return _llamar(orden, valor)
    except _Cortada:
        # Las demás conexiones guardadas son del mismo servidor de antes: se renuevan todas.
        motor().dispose()
        return _llamar(orden, valor)


def _llamar(orden: str, valor: dict[str, Any]) -> Any:
    prestada = motor().raw_connection()
    cruda: Connection[Any] = prestada.driver_connection  # type: ignore[assignment]
    try:
        cruda.autocommit = True
        fila = cruda.execute(orden, (json.dumps(valor, ensure_ascii=False),)).fetchone()
        cruda.autocommit = False
    except BaseException as fallo:
        cortada = isinstance(fallo, OperationalError | InterfaceError) and (cruda.closed or cruda.broken)
        prestada.invalidate()
        if cortada:
            raise _Cortada(str(fallo)) from fallo
        raise
    finally:
        prestada.close()
    return fila[0] if fila else None


def todas_las_noras_recibir(entrante: dict[str, Any]) -> Recibido:
    """Guarda un mensaje entrante entero en una ida: libro, persona, hilo, historial y la promesa de atenderlo.

    Cruza Noras porque la Nora se busca por su número dentro de la función. Un MessageSid repetido no cambia nada.
    """
    r = _una_ida("select public.recibir_entrante(%s::jsonb)", entrante)
    return Recibido(r["nora"], r["conversacion"], r["mensaje"], r["nuevo"])


def todas_las_noras_anotar_estado(aviso: dict[str, Any]) -> EstadoAplicado | None:
    """Anota un aviso de estado; si hace avanzar un mensaje nuestro lo devuelve. Lo atrasado o ajeno sólo queda en el libro."""
    r = _una_ida("select public.anotar_estado(%s::jsonb)", aviso)
    return EstadoAplicado(r["nora"], r["conversacion"], r["mensaje"], r["estado"], bool(r["doble"])) if r else None


def todas_las_noras_listar_webhooks(*, veredicto: str = "", limite: int = 100) -> list[WebhookRecibido]:
    """Los últimos avisos, el más reciente primero."""
    orden = select(WebhookRecibido).order_by(WebhookRecibido.id.desc()).limit(limite)
    if veredicto:
        orden = orden.where(WebhookRecibido.veredicto == veredicto)
    with transaccion_de_todas_las_noras() as sesion:
        return list(sesion.scalars(orden))


def listar_webhooks_de_persona(nombre_nora: str, direccion: str, *, desde: dt.datetime, limite: int = 30) -> list[WebhookRecibido]:
    """Los últimos avisos de esa dirección de WhatsApp (lo que escribió y los estados de lo que se le envió), el más reciente primero.

    `desde` acota por el índice de `recibido_en`: la dirección está dentro de los parámetros y no tiene índice propio.
    """
    de, para = WebhookRecibido.parametros["From"].astext, WebhookRecibido.parametros["To"].astext
    orden = (
        select(WebhookRecibido)
        .where(WebhookRecibido.nombre_nora == nombre_nora, WebhookRecibido.recibido_en >= desde, or_(de == direccion, para == direccion))
        .order_by(WebhookRecibido.id.desc())
        .limit(limite)
    )
    with transaccion(nombre_nora) as sesion:
        return list(sesion.scalars(orden))


def buscar_ultimo_entrante(nombre_nora: str, direccion: str, cuenta: str) -> WebhookRecibido | None:
    """El último mensaje que esa dirección mandó por esa cuenta de Twilio, o None."""
    orden = (
        select(WebhookRecibido)
        .where(
            WebhookRecibido.nombre_nora == nombre_nora,
            WebhookRecibido.tipo == "mensaje",
            WebhookRecibido.parametros["From"].astext == direccion,
            WebhookRecibido.parametros["AccountSid"].astext == cuenta,
        )
        .order_by(WebhookRecibido.id.desc())
        .limit(1)
    )
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(orden)
