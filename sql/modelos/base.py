"""Lo que todas las tablas comparten: la base declarativa, los nombres de sus restricciones y las columnas comunes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Identity, MetaData, Text, func
from sqlalchemy.orm import DeclarativeBase, mapped_column

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True, comment="Clave de la fila")]
Momento = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]
Creado = Annotated[
    dt.datetime, mapped_column(DateTime(timezone=True), nullable=False, server_default=func.now(), comment="Cuándo se creó la fila")
]
Cambiado = Annotated[
    dt.datetime,
    mapped_column(
        DateTime(timezone=True), nullable=False, server_default=func.now(), onupdate=func.now(), comment="Último cambio de la fila"
    ),
]
NombreNora = Annotated[str, mapped_column(Text, nullable=False, comment="Nora dueña de la fila (clave lógica)")]


class Base(DeclarativeBase):
    """Base de todas las tablas; los nombres de índices y restricciones salen solos y son estables para Alembic."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text, dt.datetime: DateTime(timezone=True), int: BigInteger}  # noqa: RUF012 - así lo pide SQLAlchemy


class NoEncontrado(LookupError):
    """Lo pedido no existe para esa Nora; ante un navegador es siempre un 404."""


def patron_de_busqueda(texto: str) -> str:
    """El texto de una persona como patrón LIKE «contiene», con los comodines escapados."""
    limpio = texto.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{limpio}%"
