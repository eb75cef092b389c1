"""El suelo: crea todas las tablas o adopta las de la base anterior, sin perder una fila."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from sql.migraciones import adopcion
from sql.migraciones.esquema import ejecutar
from sql.migraciones.suelo_adoptadas import ADOPTADAS
from sql.migraciones.suelo_nuevas import NUEVAS
from sql.migraciones.suelo_reglas import INDICES, REGLAS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ORDENES = Path(__file__).parents[1] / "ordenes"


def upgrade() -> None:
    """Tablas, reglas, índices, funciones y seguridad."""
    conexion = op.get_bind()
    ejecutar(conexion, (_ORDENES / "0001_funciones_texto.sql").read_text())
    adopcion.adoptar(conexion, (*ADOPTADAS, *NUEVAS), REGLAS, INDICES)
    ejecutar(conexion, (_ORDENES / "0001_funciones.sql").read_text())
    ejecutar(conexion, (_ORDENES / "0001_seguridad.sql").read_text())


def downgrade() -> None:
    """No hay vuelta: debajo del suelo no hay nada y borrar las tablas borraría los datos."""
    raise NotImplementedError("La primera migración no se deshace: restaura una copia de seguridad")
