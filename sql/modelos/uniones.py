"""Personas que parecen la misma, o que se unieron y se pueden separar (`uniones`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, aliased, mapped_column

from sql.conexion import transaccion
from sql.modelos.base import Base, Cambiado, Creado, Id, NoEncontrado, NombreNora
from sql.modelos.contactos import Contacto
from sql.modelos.conversaciones import Conversacion
from sql.modelos.mensajes import Mensaje


class Union(Base):
    """Personas que parecen la misma o que ya se unieron, con lo necesario para deshacerlo."""

    __tablename__ = "uniones"
    __table_args__ = (
        CheckConstraint("estado in ('sugerida', 'hecha', 'deshecha', 'descartada')", name="estado_valido"),
        CheckConstraint("principal_id <> secundario_id", name="dos_personas"),
        ForeignKeyConstraint(["nombre_nora", "principal_id"], ["contactos.nombre_nora", "contactos.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["nombre_nora", "secundario_id"], ["contactos.nombre_nora", "contactos.id"], ondelete="CASCADE"),
        Index("ix_uniones_nombre_nora_principal_id", "nombre_nora", "principal_id"),
        Index("ix_uniones_nombre_nora_secundario_id", "nombre_nora", "secundario_id"),
        Index(
            "uq_uniones_sugerida",
            "nombre_nora",
            text("least(principal_id, secundario_id)"),
            text("greatest(principal_id, secundario_id)"),
            unique=True,
            postgresql_where=text("estado = 'sugerida'"),
        ),
        {"comment": "Personas que parecen la misma o que ya se unieron, con lo necesario para deshacerlo"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    principal_id: Mapped[int] = mapped_column(nullable=False, comment="Persona que queda")
    secundario_id: Mapped[int] = mapped_column(nullable=False, comment="Persona que se une a la otra")
    estado: Mapped[str] = mapped_column(nullable=False, server_default="sugerida", comment="sugerida, hecha, deshecha o descartada")
    motivo: Mapped[str] = mapped_column(nullable=False, server_default="", comment="Por qué parecen la misma persona")
    hecha_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo se unieron")
    hecha_por: Mapped[int | None] = mapped_column(comment="Usuario que las unió")
    deshecha_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo se deshizo")
    movido: Mapped[dict[str, Any]] = mapped_column(
        JSONB, nullable=False, server_default="{}", comment="Lo que se movió y cómo estaba antes"
    )
    created_at: Mapped[Creado]
    updated_at: Mapped[Cambiado]


@dataclass(frozen=True, slots=True)
class Sugerencia:
    """Dos personas que parecen la misma, tal como están hoy: si una ya se unió a otra, es esa otra."""

    id: int
    principal_id: int
    secundario_id: int
    motivo: str


def listar_sugerencias(nombre_nora: str, contacto_id: int) -> list[Sugerencia]:
    """Las uniones sugeridas que tocan a esa persona, la más antigua primero."""
    return [s for s in _sugerencias(nombre_nora, [contacto_id]) if contacto_id in (s.principal_id, s.secundario_id)]


def obtener_sugerencia(nombre_nora: str, contacto_id: int, union_id: int) -> Sugerencia:
    """Esa sugerencia de esa persona.

    Raises:
        NoEncontrado: si no existe, es de otra Nora, no es de esa persona o ya se decidió.
    """
    for sugerencia in listar_sugerencias(nombre_nora, contacto_id):
        if sugerencia.id == union_id:
            return sugerencia
    raise NoEncontrado(f"No existe la sugerencia {union_id}")


def listar_con_sugerencia(nombre_nora: str, personas: Iterable[int]) -> frozenset[int]:
    """De esas personas, las que parecen la misma que otra."""
    elegidas = set(personas)
    sugerencias = _sugerencias(nombre_nora, list(elegidas))
    return frozenset(elegidas & {clave for s in sugerencias for clave in (s.principal_id, s.secundario_id)})


def _sugerencias(nombre_nora: str, personas: list[int]) -> list[Sugerencia]:
    una, otra = aliased(Contacto), aliased(Contacto)
    clave_una, clave_otra = func.coalesce(una.unido_a, una.id), func.coalesce(otra.unido_a, otra.id)
    orden = (
        select(Union.id, clave_una.label("principal_id"), clave_otra.label("secundario_id"), Union.motivo)
        .join(una, (una.nombre_nora == Union.nombre_nora) & (una.id == Union.principal_id))
        .join(otra, (otra.nombre_nora == Union.nombre_nora) & (otra.id == Union.secundario_id))
        .where(Union.nombre_nora == nombre_nora, Union.estado == "sugerida", clave_una != clave_otra)
        .where(or_(clave_una.in_(personas), clave_otra.in_(personas)))
        .order_by(Union.id)
    )
    with transaccion(nombre_nora) as sesion:
        return [Sugerencia(f.id, f.principal_id, f.secundario_id, f.motivo) for f in sesion.execute(orden)]


def descartar_sugerencia(nombre_nora: str, union_id: int) -> None:
    """Anota que no son la misma persona: no se vuelve a sugerir.

    Raises:
        NoEncontrado: si no existe, es de otra Nora o ya se decidió.
    """
    with transaccion(nombre_nora) as sesion:
        union = sesion.scalar(
            select(Union).where(Union.nombre_nora == nombre_nora, Union.id == union_id, Union.estado == "sugerida").with_for_update()
        )
        if union is None:
            raise NoEncontrado(f"No existe la sugerencia {union_id}")
        union.estado = "descartada"


def listar_uniones_hechas(nombre_nora: str, contacto_id: int, desde: dt.datetime) -> list[tuple[Union, Contacto]]:
    """Las uniones hechas en esa ficha desde ese momento, con la persona que se unió; la más reciente primero."""
    orden = (
        select(Union, Contacto)
        .join(Contacto, (Contacto.nombre_nora == Union.nombre_nora) & (Contacto.id == Union.secundario_id))
        .where(Union.nombre_nora == nombre_nora, Union.principal_id == contacto_id, Union.estado == "hecha", Union.hecha_en >= desde)
        .order_by(Union.hecha_en.desc())
    )
    with transaccion(nombre_nora) as sesion:
        return [(union, persona) for union, persona in sesion.execute(orden)]


def buscar_hilo_vivo(nombre_nora: str, conversacion_id: int) -> int | None:
    """El hilo de la persona con la que se unió la de ese hilo; None si no se unió a nadie (o ese hilo no existe)."""
    suyo, vivo = aliased(Conversacion), aliased(Conversacion)
    orden = (
        select(vivo.id)
        .join(Contacto, (Contacto.nombre_nora == vivo.nombre_nora) & (Contacto.unido_a == vivo.contacto_id))
        .join(suyo, (suyo.nombre_nora == Contacto.nombre_nora) & (suyo.contacto_id == Contacto.id))
        .where(vivo.nombre_nora == nombre_nora, suyo.id == conversacion_id)
    )
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(orden)


def contar_mensajes(nombre_nora: str, personas: Iterable[int]) -> dict[int, int]:
    """Cuántos mensajes, en los dos sentidos, hay con cada una de esas personas."""
    cuentas = dict.fromkeys(personas, 0)
    orden = (
        select(Conversacion.contacto_id, func.count())
        .join(Mensaje, (Mensaje.nombre_nora == Conversacion.nombre_nora) & (Mensaje.conversacion_id == Conversacion.id))
        .where(Conversacion.nombre_nora == nombre_nora, Conversacion.contacto_id.in_(cuentas))
        .group_by(Conversacion.contacto_id)
    )
    with transaccion(nombre_nora) as sesion:
        return cuentas | {fila[0]: fila[1] for fila in sesion.execute(orden)}
