"""Comparaciones entre lo que Twilio dice que pasó y lo que hay aquí (`conciliaciones`): pedirlas, tomarlas y dejar su resultado."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, distinct_on, insert
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Id, NombreNora

ARRIENDO = dt.timedelta(minutes=5)
"""Sin avanzar en este tiempo, quien la hacía murió y otro la empieza de nuevo: repetirla no cambia nada."""


class Conciliacion(Base):
    """Una comparación de un rango de tiempo de una Nora."""

    __tablename__ = "conciliaciones"
    __table_args__ = (
        CheckConstraint("estado in ('corriendo', 'hecha', 'fallida')", name="estado_valido"),
        Index("ix_conciliaciones_nombre_nora_empezada_en", "nombre_nora", "empezada_en"),
        Index("uq_conciliaciones_corriendo", "nombre_nora", unique=True, postgresql_where=text("estado = 'corriendo'")),
        {"comment": "Comparaciones entre lo que Twilio dice que pasó y lo que hay aquí"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    desde: Mapped[dt.datetime] = mapped_column(nullable=False, comment="Primer momento comparado")
    hasta: Mapped[dt.datetime] = mapped_column(nullable=False, comment="Último momento comparado")
    pedida_por: Mapped[str] = mapped_column(nullable=False, server_default="noche", comment="noche o quién la pidió")
    estado: Mapped[str] = mapped_column(nullable=False, server_default="corriendo", comment="corriendo, hecha o fallida")
    en_twilio: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Mensajes que Twilio tiene")
    nuestros: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Mensajes que hay aquí")
    entrantes_perdidos: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default="0", comment="Entrantes que Twilio tiene y aquí faltaban"
    )
    entrantes_recuperados: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default="0", comment="De esos, los que se recuperaron"
    )
    salientes_ajenos: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default="0", comment="Envíos del número hechos fuera de aquí"
    )
    salientes_sin_rastro: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default="0", comment="Envíos nuestros que Twilio no tiene"
    )
    estados_corregidos: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Estados que estaban atrasados")
    detalle: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, server_default="{}", comment="SID de lo que no cuadraba")
    motivo: Mapped[str | None] = mapped_column(comment="Por qué no se pudo, en palabras")
    empezada_en: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Cuándo empezó")
    terminada_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo terminó")
    arriendo_hasta: Mapped[dt.datetime | None] = mapped_column(comment="Un trabajador la está haciendo hasta esta hora")

    @property
    def perdidos(self) -> int:
        """Entrantes que faltaban y tampoco se pudieron traer."""
        return self.entrantes_perdidos - self.entrantes_recuperados


def pedir_conciliacion(nombre_nora: str, desde: dt.datetime, hasta: dt.datetime, pedida_por: str) -> int | None:
    """Deja pedida una comparación y devuelve su id; None si esa Nora ya tiene una en marcha."""
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(
            insert(Conciliacion)
            .values(nombre_nora=nombre_nora, desde=desde, hasta=hasta, pedida_por=pedida_por)
            .on_conflict_do_nothing(index_elements=["nombre_nora"], index_where=text("estado = 'corriendo'"))
            .returning(Conciliacion.id)
        )


def todas_las_noras_tomar_conciliacion() -> Conciliacion | None:
    """Toma la pedida más antigua que nadie esté haciendo, o None; otro trabajador no la verá mientras siga avanzando."""
    libre = Conciliacion.arriendo_hasta.is_(None) | (Conciliacion.arriendo_hasta < func.clock_timestamp())
    elegida = select(Conciliacion.id).where(Conciliacion.estado == "corriendo", libre).order_by(Conciliacion.id).limit(1)
    with transaccion_de_todas_las_noras() as sesion:
        return sesion.scalar(
            update(Conciliacion)
            .where(Conciliacion.id == elegida.with_for_update(skip_locked=True).scalar_subquery())
            .values(arriendo_hasta=func.clock_timestamp() + ARRIENDO, empezada_en=func.clock_timestamp())
            .returning(Conciliacion)
        )


def guardar_avance(nombre_nora: str, conciliacion_id: int, **cifras: Any) -> bool:
    """Anota lo que va contado y renueva el turno; False si ya no está en marcha."""
    return _cambiar(nombre_nora, conciliacion_id, arriendo_hasta=func.clock_timestamp() + ARRIENDO, **cifras)


def terminar_conciliacion(nombre_nora: str, conciliacion_id: int, *, motivo: str | None = None, **cifras: Any) -> bool:
    """La cierra: hecha, o fallida si hay `motivo`. Dice si seguía en marcha."""
    return _cambiar(
        nombre_nora,
        conciliacion_id,
        estado="fallida" if motivo else "hecha",
        motivo=motivo,
        terminada_en=func.clock_timestamp(),
        arriendo_hasta=None,
        **cifras,
    )


def _cambiar(nombre_nora: str, conciliacion_id: int, **cambios: Any) -> bool:
    with transaccion(nombre_nora) as sesion:
        resultado: Any = sesion.execute(
            update(Conciliacion)
            .where(Conciliacion.nombre_nora == nombre_nora, Conciliacion.id == conciliacion_id, Conciliacion.estado == "corriendo")
            .values(**cambios)
        )
        return bool(resultado.rowcount)


def buscar_ultima_conciliacion(nombre_nora: str, *, solo_hechas: bool = False) -> Conciliacion | None:
    """La última comparación de esa Nora (en marcha o terminada), o None."""
    orden = select(Conciliacion).where(Conciliacion.nombre_nora == nombre_nora)
    if solo_hechas:
        orden = orden.where(Conciliacion.estado == "hecha")
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(orden.order_by(Conciliacion.id.desc()).limit(1))


def todas_las_noras_listar_ultimas_conciliaciones() -> dict[str, Conciliacion]:
    """La última de cada Nora, por su nombre."""
    orden = select(Conciliacion).ext(distinct_on(Conciliacion.nombre_nora)).order_by(Conciliacion.nombre_nora, Conciliacion.id.desc())
    with transaccion_de_todas_las_noras() as sesion:
        return {fila.nombre_nora: fila for fila in sesion.scalars(orden)}
