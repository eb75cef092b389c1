"""Lo que falló y alguien debe mirar (`logs_errores`), agrupado por huella para que una avalancha sea una fila."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Index, Integer, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import TODAS, transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Id

DIAS_DE_RETENCION = 90


class ErrorRegistrado(Base):
    """Un fallo con su causa. El mismo fallo sin resolver suma en `veces`."""

    __tablename__ = "logs_errores"
    __table_args__ = (
        Index(
            "uq_logs_errores_abierto",
            "huella",
            unique=True,
            postgresql_where=text("not resuelto and huella is not null"),
        ),
        Index("ix_logs_errores_fecha_hora", "fecha_hora"),
        Index("ix_logs_errores_nombre_nora", "nombre_nora"),
        {"comment": "Fallos que una persona debe mirar; se guardan 90 días"},
    )

    id: Mapped[Id]
    tipo: Mapped[str] = mapped_column(
        nullable=False, server_default="Otro", comment="IA, Supabase, OpenAI, Twilio, Webhook, SocketIO, Meta…"
    )
    descripcion: Mapped[str] = mapped_column(nullable=False, server_default="", comment="Qué pasó y qué hacer, sin secretos")
    fecha_hora: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Última vez que pasó")
    origen: Mapped[str | None] = mapped_column(comment="Dónde pasó: archivo, ruta o tarea")
    nombre_nora: Mapped[str | None] = mapped_column(comment="Nora afectada, si se sabe")
    resuelto: Mapped[bool] = mapped_column(nullable=False, server_default="false", comment="Alguien lo dio por resuelto")
    huella: Mapped[str | None] = mapped_column(comment="Qué fallos cuentan como el mismo")
    veces: Mapped[int] = mapped_column(Integer, nullable=False, server_default="1", comment="Veces que se repitió")
    primera_vez: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Primera vez que pasó")


@dataclass(frozen=True, slots=True)
class FiltroDeErrores:
    """Qué errores se quieren ver; vacío es «todos»."""

    tipo: str = ""
    nombre_nora: str = ""
    resueltos: bool = False
    texto: str = ""


def guardar_error(nombre_nora: str | None, *, tipo: str, descripcion: str, origen: str | None, huella: str, cuando: dt.datetime) -> None:
    """Anota un fallo; si el mismo sigue sin resolver, suma una vez y refresca la hora."""
    orden = insert(ErrorRegistrado).values(
        tipo=tipo,
        descripcion=descripcion,
        origen=origen,
        nombre_nora=nombre_nora,
        huella=huella,
        fecha_hora=cuando,
        primera_vez=cuando,
    )
    with transaccion(nombre_nora or TODAS) as sesion:
        sesion.execute(
            orden.on_conflict_do_update(
                index_elements=["huella"],
                index_where=text("not resuelto and huella is not null"),
                set_={
                    "veces": ErrorRegistrado.veces + 1,
                    "fecha_hora": func.greatest(ErrorRegistrado.fecha_hora, orden.excluded.fecha_hora),
                    "descripcion": orden.excluded.descripcion,
                },
            )
        )


def todas_las_noras_listar_errores(filtro: FiltroDeErrores, *, limite: int = 200) -> list[ErrorRegistrado]:
    """Errores que cumplen el filtro, el más reciente primero."""
    orden = select(ErrorRegistrado).where(ErrorRegistrado.resuelto == filtro.resueltos)
    if filtro.tipo:
        orden = orden.where(ErrorRegistrado.tipo == filtro.tipo)
    if filtro.nombre_nora:
        orden = orden.where(ErrorRegistrado.nombre_nora == filtro.nombre_nora)
    if filtro.texto:
        orden = orden.where(ErrorRegistrado.descripcion.icontains(filtro.texto, autoescape=True))
    with transaccion_de_todas_las_noras() as sesion:
        return list(sesion.scalars(orden.order_by(ErrorRegistrado.fecha_hora.desc(), ErrorRegistrado.id.desc()).limit(limite)))


def todas_las_noras_contar_errores() -> list[tuple[str, int]]:
    """Errores sin resolver por tipo, el más frecuente primero (cuenta las repeticiones)."""
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            select(ErrorRegistrado.tipo, func.sum(ErrorRegistrado.veces))
            .where(ErrorRegistrado.resuelto.is_(False))
            .group_by(ErrorRegistrado.tipo)
            .order_by(func.sum(ErrorRegistrado.veces).desc())
        )
        return [(tipo, int(veces)) for tipo, veces in filas]


def todas_las_noras_resolver_error(error_id: int, resuelto: bool) -> bool:
    """Marca un error como resuelto (o lo reabre); dice si existía."""
    with transaccion_de_todas_las_noras() as sesion:
        return (
            sesion.execute(
                update(ErrorRegistrado).where(ErrorRegistrado.id == error_id).values(resuelto=resuelto).returning(ErrorRegistrado.id)
            ).first()
            is not None
        )


def todas_las_noras_limpiar_errores(ahora: dt.datetime) -> int:
    """Borra los errores de más de 90 días; devuelve cuántos."""
    with transaccion_de_todas_las_noras() as sesion:
        viejos = sesion.execute(
            delete(ErrorRegistrado)
            .where(ErrorRegistrado.fecha_hora < ahora - dt.timedelta(days=DIAS_DE_RETENCION))
            .returning(ErrorRegistrado.id)
        )
        return len(viejos.all())
