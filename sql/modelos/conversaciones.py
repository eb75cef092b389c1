"""El hilo con cada persona (`conversaciones`): quién responde, qué falta por leer y cuándo hay que atenderlo."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func, or_, select, text, tuple_, update
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Cambiado, Creado, Id, NoEncontrado, NombreNora
from sql.modelos.contactos import Contacto, coincide


class Conversacion(Base):
    """Un hilo por persona. `atender_en` es la promesa escrita de que alguien mirará lo que llegó."""

    __tablename__ = "conversaciones"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "contacto_id"),
        UniqueConstraint("nombre_nora", "id"),
        ForeignKeyConstraint(["nombre_nora", "contacto_id"], ["contactos.nombre_nora", "contactos.id"], ondelete="CASCADE"),
        CheckConstraint("modo in ('ia', 'persona')", name="modo_valido"),
        Index("ix_conversaciones_por_atender", "atender_en", postgresql_where=text("atender_en is not null")),
        {"comment": "Un hilo por persona: quién responde, sin leer y cuándo toca atender"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    contacto_id: Mapped[int] = mapped_column(nullable=False, comment="Persona del hilo")
    direccion: Mapped[str | None] = mapped_column(comment="Última dirección exacta que escribió: a ella se responde")
    remitente: Mapped[str | None] = mapped_column(comment="Dirección de la Nora a la que escribió")
    cuenta: Mapped[str | None] = mapped_column(comment="AccountSid por el que llegó: por la misma cuenta se responde")
    modo: Mapped[str] = mapped_column(nullable=False, server_default="ia", comment="Quién responde: ia o persona")
    atendida_por: Mapped[int | None] = mapped_column(comment="Usuario que tomó el control")
    necesita_persona: Mapped[bool] = mapped_column(nullable=False, server_default="false", comment="La IA pidió ayuda y nadie la tomó aún")
    motivo_persona: Mapped[str | None] = mapped_column(comment="Por qué se pidió una persona, en palabras")
    caso_desde: Mapped[dt.datetime | None] = mapped_column(comment="Desde cuándo cuenta el caso actual; lo anterior no va a la IA")
    sin_leer: Mapped[int] = mapped_column(nullable=False, server_default="0", comment="Mensajes de la persona que el equipo no ha visto")
    ultimo_entrante_id: Mapped[int | None] = mapped_column(comment="Último mensaje de la persona")
    ultimo_entrante_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo llegó; abre la ventana de 24 horas")
    ventana_hasta: Mapped[dt.datetime | None] = mapped_column(comment="Hasta cuándo se le puede escribir libremente")
    anuncio_en: Mapped[dt.datetime | None] = mapped_column(comment="Última vez que llegó por un anuncio")
    atendido_hasta_id: Mapped[int] = mapped_column(
        nullable=False, server_default="0", comment="Último mensaje de la persona ya resuelto (respondido, pasado o callado)"
    )
    pendiente_desde: Mapped[dt.datetime | None] = mapped_column(comment="Primer mensaje aún sin atender; pone tope a la espera")
    atender_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo toca atender; vacío si no hay nada pendiente")
    arriendo_hasta: Mapped[dt.datetime | None] = mapped_column(comment="Un trabajador la tiene hasta esta hora")
    intentos: Mapped[int] = mapped_column(nullable=False, server_default="0", comment="Intentos fallidos seguidos de atenderla")
    created_at: Mapped[Creado]
    updated_at: Mapped[Cambiado]


@dataclass(frozen=True, slots=True)
class Hilo:
    """Una fila de la lista de chats: el hilo y su persona."""

    conversacion: Conversacion
    contacto: Contacto


def buscar_conversacion(nombre_nora: str, conversacion_id: int, *, con_candado: bool = False) -> Conversacion | None:
    """El hilo con esa clave dentro de esa Nora, o None. Con candado, nadie más lo cambia hasta confirmar."""
    orden = select(Conversacion).where(Conversacion.nombre_nora == nombre_nora, Conversacion.id == conversacion_id)
    if con_candado:
        orden = orden.with_for_update().execution_options(populate_existing=True)
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(orden)


def obtener_conversacion(nombre_nora: str, conversacion_id: int, *, con_candado: bool = False) -> Conversacion:
    """El hilo con esa clave dentro de esa Nora.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    conversacion = buscar_conversacion(nombre_nora, conversacion_id, con_candado=con_candado)
    if conversacion is None:
        raise NoEncontrado(f"No existe la conversación {conversacion_id}")
    return conversacion


def obtener_hilo(nombre_nora: str, conversacion_id: int) -> Hilo:
    """El hilo con su persona, en una ida.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    with transaccion(nombre_nora) as sesion:
        fila = sesion.execute(_hilos(nombre_nora).where(Conversacion.id == conversacion_id)).one_or_none()
    if fila is None:
        raise NoEncontrado(f"No existe la conversación {conversacion_id}")
    return Hilo(fila[0], fila[1])


def buscar_hilo_de_contacto(nombre_nora: str, contacto_id: int) -> Hilo | None:
    """El hilo de una persona, o None si nunca hubo mensajes."""
    with transaccion(nombre_nora) as sesion:
        fila = sesion.execute(_hilos(nombre_nora).where(Conversacion.contacto_id == contacto_id)).one_or_none()
    return Hilo(fila[0], fila[1]) if fila else None


def listar_hilos(
    nombre_nora: str,
    *,
    texto: str = "",
    solo: str = "",
    antes_de: tuple[dt.datetime | None, int] | None = None,
    limite: int = 30,
) -> list[Hilo]:
    """Hilos por último mensaje, el más reciente primero.

    `solo` puede ser «sin_leer», «necesita_persona», «ia» o «persona»; `antes_de` es el (ultimo_mensaje, contacto_id)
    de la última fila vista.
    """
    orden = _hilos(nombre_nora).where(Contacto.unido_a.is_(None))
    if texto:
        orden = orden.where(coincide(texto))
    if solo == "sin_leer":
        orden = orden.where(Conversacion.sin_leer > 0)
    elif solo == "necesita_persona":
        orden = orden.where(Conversacion.necesita_persona)
    elif solo in {"ia", "persona"}:
        orden = orden.where(Conversacion.modo == solo)
    if antes_de is not None:
        momento, clave = antes_de
        if momento is None:
            orden = orden.where(Contacto.ultimo_mensaje.is_(None), Contacto.id < clave)
        else:
            anteriores = tuple_(Contacto.ultimo_mensaje, Contacto.id) < tuple_(momento, clave)
            orden = orden.where(or_(anteriores, Contacto.ultimo_mensaje.is_(None)))
    orden = orden.order_by(Contacto.ultimo_mensaje.desc().nulls_last(), Contacto.id.desc()).limit(limite)
    with transaccion(nombre_nora) as sesion:
        return [Hilo(conversacion, contacto) for conversacion, contacto in sesion.execute(orden)]


def _hilos(nombre_nora: str) -> Any:
    return (
        select(Conversacion, Contacto)
        .join(Contacto, (Contacto.nombre_nora == Conversacion.nombre_nora) & (Contacto.id == Conversacion.contacto_id))
        .where(Conversacion.nombre_nora == nombre_nora)
    )


def contar_pendientes(nombre_nora: str) -> tuple[int, int]:
    """(conversaciones con mensajes sin leer, conversaciones que esperan a una persona)."""
    with transaccion(nombre_nora) as sesion:
        fila = sesion.execute(
            select(
                func.count().filter(Conversacion.sin_leer > 0),
                func.count().filter(Conversacion.necesita_persona),
            ).where(Conversacion.nombre_nora == nombre_nora)
        ).one()
        return fila[0], fila[1]


def cambiar_conversacion(nombre_nora: str, conversacion_id: int, **cambios: Any) -> None:
    """Cambia los campos dados de un hilo.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    with transaccion(nombre_nora) as sesion:
        resultado: Any = sesion.execute(
            update(Conversacion).where(Conversacion.nombre_nora == nombre_nora, Conversacion.id == conversacion_id).values(**cambios)
        )
        if resultado.rowcount == 0:
            raise NoEncontrado(f"No existe la conversación {conversacion_id}")


def todas_las_noras_reclamar_por_atender(limite: int, arriendo_segundos: int) -> list[tuple[str, int]]:
    """Toma hasta `limite` hilos cuya hora llegó y los arrienda; devuelve (nombre_nora, conversacion_id).

    Un hilo arrendado no se reparte otra vez hasta que se suelte o venza el arriendo (por si el trabajador murió).
    """
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            text(
                """
                update conversaciones c set arriendo_hasta = clock_timestamp() + make_interval(secs => :arriendo)
                from (
                    select id from conversaciones
                    where atender_en <= clock_timestamp() and (arriendo_hasta is null or arriendo_hasta < clock_timestamp())
                    order by atender_en limit :limite for update skip locked
                ) toca
                where c.id = toca.id
                returning c.nombre_nora, c.id
                """
            ),
            {"arriendo": arriendo_segundos, "limite": limite},
        )
        return [(fila.nombre_nora, fila.id) for fila in filas]


def todas_las_noras_segundos_hasta_la_proxima() -> float | None:
    """Segundos hasta que venza el próximo hilo por atender; None si no hay ninguno, 0 si ya venció."""
    with transaccion_de_todas_las_noras() as sesion:
        valor = sesion.scalar(
            text(
                "select extract(epoch from min(greatest(atender_en, coalesce(arriendo_hasta, atender_en))) - clock_timestamp())"
                " from conversaciones where atender_en is not null"
            )
        )
        return None if valor is None else max(0.0, float(valor))
