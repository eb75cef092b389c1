"""Filas que no cupieron al adoptar o importar (`filas_apartadas`): no se pierde ninguna, se guarda entera con su motivo."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sql.modelos.base import Base, Creado, Id


class FilaApartada(Base):
    """Una fila ajena guardada tal como venía."""

    __tablename__ = "filas_apartadas"
    __table_args__ = (
        Index("ix_filas_apartadas_tabla", "tabla"),
        {"comment": "Filas que no cupieron al adoptar una base anterior o al importar, con su motivo"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[str | None] = mapped_column(comment="Nora de la fila, si la traía")
    tabla: Mapped[str] = mapped_column(nullable=False, comment="Tabla de la que venía")
    fila: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, comment="La fila entera")
    motivo: Mapped[str] = mapped_column(nullable=False, comment="Por qué no cupo")
    created_at: Mapped[Creado]
