"""Qué módulos tiene cada Nora (`modulos_disponibles`). Una fila que falta es un módulo apagado."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Id, NombreNora

MODULOS = ("chat", "ia", "contactos", "conocimiento", "respuestas", "envios", "ads")
"""Los módulos que se venden, en el orden en que se muestran."""


class ModuloDisponible(Base):
    """Un módulo encendido o apagado para una Nora."""

    __tablename__ = "modulos_disponibles"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "modulo"),
        {"comment": "Módulos de cada Nora; si falta la fila, el módulo está apagado"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    modulo: Mapped[str] = mapped_column(nullable=False, comment="chat, ia, contactos, envios, ads, respuestas o conocimiento")
    activo: Mapped[bool] = mapped_column(nullable=False, server_default="false", comment="Encendido o apagado")


def listar_modulos_activos(nombre_nora: str) -> frozenset[str]:
    """Los módulos encendidos de esa Nora."""
    with transaccion(nombre_nora) as sesion:
        filas = sesion.scalars(select(ModuloDisponible.modulo).where(ModuloDisponible.nombre_nora == nombre_nora, ModuloDisponible.activo))
        return frozenset(filas)


def todas_las_noras_listar_modulos() -> dict[str, frozenset[str]]:
    """Módulos encendidos por Nora, para la tabla de interruptores de la agencia."""
    with transaccion_de_todas_las_noras() as sesion:
        mapa: dict[str, set[str]] = {}
        for nora, modulo in sesion.execute(select(ModuloDisponible.nombre_nora, ModuloDisponible.modulo).where(ModuloDisponible.activo)):
            mapa.setdefault(nora, set()).add(modulo)
        return {nora: frozenset(modulos) for nora, modulos in mapa.items()}


def guardar_modulo(nombre_nora: str, modulo: str, activo: bool) -> None:
    """Enciende o apaga un módulo.

    Raises:
        ValueError: si el módulo no es de los que se venden.
    """
    if modulo not in MODULOS:
        raise ValueError(f"No existe el módulo {modulo!r}")
    with transaccion(nombre_nora) as sesion:
        sesion.execute(
            insert(ModuloDisponible)
            .values(nombre_nora=nombre_nora, modulo=modulo, activo=activo)
            .on_conflict_do_update(index_elements=["nombre_nora", "modulo"], set_={"activo": activo})
        )
