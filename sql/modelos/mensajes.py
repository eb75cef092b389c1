"""Todo lo dicho (`historial_conversaciones`): lo que entra y lo que sale, con el estado de cada envío.

Una fila saliente es primero una intención (`listo`); después Twilio la acepta o no. La fila es la verdad.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, UniqueConstraint, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Id, NoEncontrado, NombreNora

ESTADOS = ("recibido", "listo", "enviando", "por_confirmar", "enviado", "entregado", "leido", "fallido", "cancelado")


class Mensaje(Base):
    """Un mensaje de un hilo. `tipo` es «usuario» (entra) o «respuesta» (sale)."""

    __tablename__ = "historial_conversaciones"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "message_sid"),
        UniqueConstraint("nombre_nora", "clave_cliente"),
        UniqueConstraint("nombre_nora", "responde_a"),
        UniqueConstraint("nombre_nora", "id"),
        ForeignKeyConstraint(["nombre_nora", "conversacion_id"], ["conversaciones.nombre_nora", "conversaciones.id"], ondelete="CASCADE"),
        CheckConstraint(f"estado in {ESTADOS}", name="estado_valido"),
        Index("ix_historial_hilo", "conversacion_id", text("id desc")),
        Index("ix_historial_nombre_nora_fecha_hora", "nombre_nora", "fecha_hora"),
        # Los avisos de estado llegan sólo con el SID: sin este índice cada uno recorrería la tabla entera.
        Index("ix_historial_message_sid", "message_sid", postgresql_where=text("message_sid is not null")),
        Index(
            "ix_historial_por_enviar",
            "conversacion_id",
            "id",
            postgresql_where=text("estado in ('listo', 'enviando', 'por_confirmar')"),
        ),
        Index(
            "uq_historial_en_duda",
            "nombre_nora",
            "conversacion_id",
            unique=True,
            postgresql_where=text("estado in ('enviando', 'por_confirmar')"),
        ),
        {"comment": "Mensajes que entran y salen, con el estado de cada envío"},
    )

    id: Mapped[Id]
    telefono: Mapped[str | None] = mapped_column(comment="Teléfono de la persona cuando se escribió el mensaje")
    mensaje: Mapped[str] = mapped_column(nullable=False, server_default="", comment="Texto; vacío si sólo trae adjuntos")
    tipo: Mapped[str] = mapped_column(nullable=False, server_default="usuario", comment="usuario (entra) o respuesta (sale)")
    origen: Mapped[str] = mapped_column(
        nullable=False, server_default="whatsapp", comment="whatsapp, ia, bienvenida, persona o lo que traía la tabla anterior"
    )
    nombre_nora: Mapped[NombreNora]
    fecha_hora: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Cuándo se recibió o se escribió")
    conversacion_id: Mapped[int | None] = mapped_column(comment="Hilo al que pertenece")
    clase: Mapped[str] = mapped_column(
        nullable=False, server_default="texto", comment="texto, imagen, audio, video, documento, ubicacion, contacto, sticker, boton o otro"
    )
    adjuntos: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, nullable=False, server_default="[]", comment="Archivos y ubicación tal como los describe Twilio"
    )
    message_sid: Mapped[str | None] = mapped_column(comment="Identificador de Twilio; único: un repetido se detiene aquí")
    estado: Mapped[str] = mapped_column(nullable=False, server_default="recibido", comment="Estado del envío; recibido si entra")
    rango: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Orden del estado: sólo avanza")
    codigo_error: Mapped[str | None] = mapped_column(comment="Código de Twilio si falló")
    motivo_error: Mapped[str | None] = mapped_column(comment="Por qué falló y qué hacer, en palabras")
    autor_id: Mapped[int | None] = mapped_column(comment="Usuario que lo escribió desde el panel")
    clave_cliente: Mapped[str | None] = mapped_column(comment="Clave hecha en el navegador: un doble clic es un solo mensaje")
    responde_a: Mapped[int | None] = mapped_column(comment="Último mensaje de la persona que esta respuesta atiende; único")
    intento: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Veces que se intentó enviar")
    reclamado_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo se tomó para enviar")
    revisar_en: Mapped[dt.datetime | None] = mapped_column(comment="Próximo intento o próxima pregunta a Twilio")
    revisiones: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default="0", comment="Veces que Twilio dijo que no lo tiene, desde el último intento"
    )
    enviado_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo lo aceptó Twilio")
    cambiado_en: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Último cambio de estado")
    dudoso_desde: Mapped[dt.datetime | None] = mapped_column(comment="Desde cuándo no se sabe si Twilio lo aceptó")
    enviado_a: Mapped[str | None] = mapped_column(comment="Dirección a la que se mandó, fijada al tomarlo")
    enviado_desde: Mapped[str | None] = mapped_column(comment="Dirección de la Nora desde la que se mandó, fijada al tomarlo")
    enviado_por: Mapped[str | None] = mapped_column(comment="AccountSid por el que se mandó, fijado al tomarlo")


def listar_mensajes(nombre_nora: str, conversacion_id: int, *, antes_de: int | None = None, limite: int = 40) -> list[Mensaje]:
    """Los últimos mensajes de un hilo (o los anteriores a `antes_de`), del más viejo al más nuevo."""
    orden = select(Mensaje).where(Mensaje.nombre_nora == nombre_nora, Mensaje.conversacion_id == conversacion_id)
    if antes_de is not None:
        orden = orden.where(Mensaje.id < antes_de)
    with transaccion(nombre_nora) as sesion:
        return list(reversed(list(sesion.scalars(orden.order_by(Mensaje.id.desc()).limit(limite)))))


def listar_mensajes_desde(nombre_nora: str, conversacion_id: int, despues_de: int, *, limite: int = 200) -> list[Mensaje]:
    """Los mensajes de un hilo posteriores a `despues_de`: lo que pide un navegador que vuelve."""
    with transaccion(nombre_nora) as sesion:
        return list(
            sesion.scalars(
                select(Mensaje)
                .where(Mensaje.nombre_nora == nombre_nora, Mensaje.conversacion_id == conversacion_id, Mensaje.id > despues_de)
                .order_by(Mensaje.id)
                .limit(limite)
            )
        )


def listar_entrantes_pendientes(nombre_nora: str, conversacion_id: int, despues_de: int, *, limite: int = 30) -> list[Mensaje]:
    """Lo que la persona escribió después de `despues_de`, en orden."""
    with transaccion(nombre_nora) as sesion:
        return list(
            sesion.scalars(
                select(Mensaje)
                .where(
                    Mensaje.nombre_nora == nombre_nora,
                    Mensaje.conversacion_id == conversacion_id,
                    Mensaje.id > despues_de,
                    Mensaje.tipo == "usuario",
                )
                .order_by(Mensaje.id)
                .limit(limite)
            )
        )


def obtener_mensaje(nombre_nora: str, mensaje_id: int) -> Mensaje:
    """Un mensaje de esa Nora.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    with transaccion(nombre_nora) as sesion:
        mensaje = sesion.scalar(select(Mensaje).where(Mensaje.nombre_nora == nombre_nora, Mensaje.id == mensaje_id))
    if mensaje is None:
        raise NoEncontrado(f"No existe el mensaje {mensaje_id}")
    return mensaje


def hay_respuestas(nombre_nora: str, conversacion_id: int) -> bool:
    """Si alguna vez se le respondió algo a esa persona; lo que no salió no cuenta."""
    with transaccion(nombre_nora) as sesion:
        return (
            sesion.scalar(
                select(Mensaje.id)
                .where(
                    Mensaje.nombre_nora == nombre_nora,
                    Mensaje.conversacion_id == conversacion_id,
                    Mensaje.tipo == "respuesta",
                    Mensaje.estado.not_in(("fallido", "cancelado")),
                )
                .limit(1)
            )
            is not None
        )


def crear_saliente(
    nombre_nora: str,
    conversacion_id: int,
    texto: str,
    *,
    origen: str,
    telefono: str | None,
    autor_id: int | None = None,
    clave_cliente: str | None = None,
    responde_a: int | None = None,
) -> tuple[int, bool]:
    """Deja escrita la intención de enviar y la refleja en la lista de chats. Devuelve (id, si es nueva).

    La misma `clave_cliente`, o una segunda respuesta al mismo mensaje, devuelve la fila que ya estaba.
    """
    with transaccion(nombre_nora) as sesion:
        nuevo = sesion.scalar(
            insert(Mensaje)
            .values(
                nombre_nora=nombre_nora,
                conversacion_id=conversacion_id,
                mensaje=texto,
                tipo="respuesta",
                origen=origen,
                telefono=telefono,
                autor_id=autor_id,
                clave_cliente=clave_cliente,
                responde_a=responde_a,
                estado="listo",
            )
            .on_conflict_do_nothing()
            .returning(Mensaje.id)
        )
        if nuevo is None:
            igual = Mensaje.clave_cliente == clave_cliente if clave_cliente else Mensaje.responde_a == responde_a
            return sesion.scalars(select(Mensaje.id).where(Mensaje.nombre_nora == nombre_nora, igual)).one(), False
        sesion.execute(
            text(
                "update contactos p set mensaje_reciente = :texto, ultimo_mensaje = clock_timestamp(), updated_at = now()"
                " from conversaciones c"
                " where c.id = :conversacion and c.nombre_nora = :nora and p.id = c.contacto_id and p.nombre_nora = :nora"
            ),
            {"texto": texto[:200], "conversacion": conversacion_id, "nora": nombre_nora},
        )
        return nuevo, True


@dataclass(frozen=True, slots=True)
class PorEnviar:
    """Lo que hace falta para pedirle a Twilio un envío."""

    nombre_nora: str
    mensaje_id: int
    conversacion_id: int
    texto: str
    para: str
    de: str
    cuenta: str | None
    intento: int
    tomado_en: dt.datetime
    """Sello de esta toma: quien la perdió (otro la tomó después) ya no puede cambiar el envío."""
    edad_segundos: float


def todas_las_noras_reclamar_por_enviar(limite: int) -> list[PorEnviar]:
    """Toma la primera intención de cada hilo sin nada en vuelo y la marca `enviando`.

    El orden dentro del hilo se conserva: mientras haya un envío en vuelo o por confirmar, los siguientes esperan.
    Si otro trabajador tomó a la vez uno del mismo hilo, el índice lo impide y se devuelve vacío: ya le tocará.
    """
    try:
        return _reclamar_por_enviar(limite)
    except IntegrityError:
        return []


def _reclamar_por_enviar(limite: int) -> list[PorEnviar]:
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            text(
                """
                with candidatas as (
                    select m.id from historial_conversaciones m
                    where m.estado = 'listo' and (m.revisar_en is null or m.revisar_en <= clock_timestamp())
                      and not exists (
                        select 1 from historial_conversaciones a
                        where a.conversacion_id = m.conversacion_id and a.nombre_nora = m.nombre_nora
                          and a.estado in ('listo', 'enviando', 'por_confirmar') and a.id <> m.id
                          and (a.id < m.id or a.estado <> 'listo')
                      )
                    order by m.id limit :limite for update skip locked
                )
                update historial_conversaciones m
                set estado = 'enviando', intento = m.intento + 1, reclamado_en = clock_timestamp(), revisiones = 0,
                    revisar_en = null, dudoso_desde = null, cambiado_en = clock_timestamp(),
                    enviado_a = c.direccion, enviado_desde = c.remitente, enviado_por = c.cuenta
                from candidatas t, conversaciones c
                where m.id = t.id and c.id = m.conversacion_id and c.nombre_nora = m.nombre_nora
                returning m.nombre_nora, m.id, m.conversacion_id, m.mensaje, m.enviado_a, m.enviado_desde, m.enviado_por, m.intento,
                    m.reclamado_en, extract(epoch from clock_timestamp() - m.fecha_hora) as edad
                """
            ),
            {"limite": limite},
        )
        return [
            PorEnviar(
                f.nombre_nora,
                f.id,
                f.conversacion_id,
                f.mensaje,
                f.enviado_a or "",
                f.enviado_desde or "",
                f.enviado_por,
                f.intento,
                f.reclamado_en,
                float(f.edad),
            )
            for f in filas
        ]


def confirmar_envio(nombre_nora: str, mensaje_id: int, message_sid: str) -> str:
    """Twilio lo aceptó: guarda su SID y aplica los avisos que llegaron antes que esta confirmación. Devuelve el estado."""
    with transaccion(nombre_nora) as sesion:
        return str(
            sesion.scalar(
                text("select public.confirmar_envio(:nora, :mensaje, :sid)"),
                {"nora": nombre_nora, "mensaje": mensaje_id, "sid": message_sid},
            )
        )


def cambiar_envio(nombre_nora: str, mensaje_id: int, tomado_en: dt.datetime | None, *, desde: tuple[str, ...], **cambios: Any) -> bool:
    """Cambia el estado de un envío sólo si sigue en uno de `desde` y su toma es la de `tomado_en` (None: nunca se tomó).

    Dice si lo cambió.
    """
    with transaccion(nombre_nora) as sesion:
        resultado: Any = sesion.execute(
            update(Mensaje)
            .where(
                Mensaje.nombre_nora == nombre_nora,
                Mensaje.id == mensaje_id,
                Mensaje.estado.in_(desde),
                Mensaje.reclamado_en == tomado_en,
            )
            .values(cambiado_en=func.clock_timestamp(), **cambios)
        )
        return bool(resultado.rowcount)


def explicar_fallo(nombre_nora: str, mensaje_id: int, explicar: Callable[[str], str]) -> None:
    """Pone en palabras el código de un envío fallido que aún no las tenga."""
    with transaccion(nombre_nora) as sesion:
        mensaje = obtener_mensaje(nombre_nora, mensaje_id)
        if mensaje.estado == "fallido" and mensaje.codigo_error and not mensaje.motivo_error:
            sesion.execute(
                update(Mensaje)
                .where(Mensaje.nombre_nora == nombre_nora, Mensaje.id == mensaje_id)
                .values(motivo_error=explicar(mensaje.codigo_error))
            )


def devolver_a_la_cola(
    nombre_nora: str, mensaje_id: int, tomado_en: dt.datetime, *, dentro_de_segundos: float, desde: tuple[str, ...], cuenta: bool
) -> bool:
    """Lo que consta que Twilio no aceptó vuelve a `listo` para otro intento; dice si lo cambió.

    `cuenta` dice si gastó un intento: sólo los gastan los de final dudoso, no los que ni llegaron a Twilio.
    """
    return cambiar_envio(
        nombre_nora,
        mensaje_id,
        tomado_en,
        desde=desde,
        estado="listo",
        intento=Mensaje.intento if cuenta else Mensaje.intento - 1,
        revisar_en=func.clock_timestamp() + dt.timedelta(seconds=dentro_de_segundos),
    )


def dejar_por_confirmar(
    nombre_nora: str, mensaje_id: int, tomado_en: dt.datetime, *, revisar_en_segundos: float, ausencias: int = 0
) -> bool:
    """No se sabe si Twilio lo aceptó: se preguntará dentro de esos segundos. Dice si lo cambió."""
    return cambiar_envio(
        nombre_nora,
        mensaje_id,
        tomado_en,
        desde=("enviando", "por_confirmar"),
        estado="por_confirmar",
        revisiones=ausencias,
        dudoso_desde=func.coalesce(Mensaje.dudoso_desde, func.clock_timestamp()),
        revisar_en=func.clock_timestamp() + dt.timedelta(seconds=revisar_en_segundos),
    )


def todas_las_noras_abandonados(arriendo_segundos: int) -> list[tuple[str, int, dt.datetime]]:
    """Envíos `enviando` cuyo trabajador murió: (nombre_nora, mensaje_id, cuándo se tomó)."""
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            select(Mensaje.nombre_nora, Mensaje.id, Mensaje.reclamado_en).where(
                Mensaje.estado == "enviando",
                Mensaje.reclamado_en < func.clock_timestamp() - dt.timedelta(seconds=arriendo_segundos),
            )
        )
        return [(f.nombre_nora, f.id, f.reclamado_en) for f in filas]


@dataclass(frozen=True, slots=True)
class EnDuda:
    """Un envío del que no se sabe si Twilio lo aceptó."""

    nombre_nora: str
    mensaje_id: int
    conversacion_id: int
    texto: str
    para: str
    de: str
    cuenta: str | None
    intento: int
    ausencias: int
    reclamado_en: dt.datetime
    dudoso_desde: dt.datetime


def todas_las_noras_en_duda(limite: int = 50) -> list[EnDuda]:
    """Envíos `por_confirmar` a los que ya les toca que se pregunte a Twilio."""
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            text(
                """
                select m.nombre_nora, m.id, m.conversacion_id, m.mensaje, m.enviado_a, m.enviado_desde, m.enviado_por,
                       m.intento, m.revisiones, m.reclamado_en, coalesce(m.dudoso_desde, m.reclamado_en) as dudoso_desde
                from historial_conversaciones m
                where m.estado = 'por_confirmar' and m.revisar_en <= clock_timestamp()
                order by m.revisar_en limit :limite
                """
            ),
            {"limite": limite},
        )
        return [
            EnDuda(
                f.nombre_nora,
                f.id,
                f.conversacion_id,
                f.mensaje,
                f.enviado_a or "",
                f.enviado_desde or "",
                f.enviado_por,
                f.intento,
                f.revisiones,
                f.reclamado_en,
                f.dudoso_desde,
            )
            for f in filas
        ]


def listar_sids_conocidos(nombre_nora: str, sids: list[str]) -> frozenset[str]:
    """De esos SID de Twilio, los que ya están en alguna fila de la Nora."""
    with transaccion(nombre_nora) as sesion:
        filas = sesion.scalars(select(Mensaje.message_sid).where(Mensaje.nombre_nora == nombre_nora, Mensaje.message_sid.in_(sids)))
        return frozenset(sid for sid in filas if sid)
