"""Lo que Alembic ejecuta: usa la conexión que le pasa `sql.migrar`, ya con candado y transacción abierta."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from alembic import context

import sql.modelos
from sql.modelos.base import Base


def _es_nuestra(_objeto: Any, nombre: str | None, tipo: str, _reflejada: bool, _contraria: Any) -> bool:
    # La base puede ser de un proyecto de Supabase con más tablas: no son nuestras y no se tocan.
    return tipo != "table" or nombre in Base.metadata.tables


for modulo in pkgutil.iter_modules(sql.modelos.__path__):
    importlib.import_module(f"sql.modelos.{modulo.name}")

context.configure(
    connection=context.config.attributes["conexion"],
    target_metadata=Base.metadata,
    include_object=_es_nuestra,
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
