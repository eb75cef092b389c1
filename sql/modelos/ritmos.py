"""Cuándo puede salir el próximo mensaje de cada número (`ritmos_de_envio`); lo mueve la función `reclamar_envios`."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from sql.modelos.base import Base, Id, NombreNora


class RitmoDeEnvio(Base):
    """Cuándo puede salir el próximo mensaje de cada número; lo comparten todos los trabajadores."""

    __tablename__ = "ritmos_de_envio"
    __table_args__ = (
        UniqueConstraint("remitente"),
        {"comment": "Cuándo puede salir el próximo mensaje de cada número; lo comparten todos los trabajadores"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    remitente: Mapped[str] = mapped_column(nullable=False, comment="Dirección de la Nora (whatsapp:+…)")
    siguiente_en: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Hueco del próximo envío")
