"""El hilo con WhatsApp entero: remitentes, ritmo, cortacircuitos, identidades, archivos, plantillas, bajas y conciliación."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from sql.migraciones import adopcion
from sql.migraciones.cable_tablas import COLUMNAS, INDICES, NUEVAS, REGLAS
from sql.migraciones.esquema import ejecutar, literal

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ORDENES = Path(__file__).parents[1] / "ordenes"


def upgrade() -> None:
    """Tablas y columnas nuevas, seguridad, y las funciones que pasan a conocerlas."""
    conexion = op.get_bind()
    for tabla, columnas in COLUMNAS.items():
        for columna in columnas:
            ejecutar(conexion, f"alter table public.{tabla} add column if not exists {columna.definicion}")
            ejecutar(conexion, f'comment on column public.{tabla}."{columna.nombre}" is {literal(columna.comentario)}')
    adopcion.adoptar(conexion, NUEVAS, REGLAS, INDICES)
    ejecutar(conexion, (_ORDENES / "0002_seguridad.sql").read_text())
    ejecutar(conexion, (_ORDENES / "enlazar_ventanas.sql").read_text())
    ejecutar(conexion, (_ORDENES / "0002_identidades.sql").read_text())
    ejecutar(conexion, (_ORDENES / "0002_funciones.sql").read_text())
    ejecutar(conexion, (_ORDENES / "0002_envios.sql").read_text())


def downgrade() -> None:
    """No hay vuelta: se perderían los archivos, las bajas y las plantillas."""
    raise NotImplementedError("Esta migración no se deshace: restaura una copia de seguridad")
