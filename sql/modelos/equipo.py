"""Quién trabaja en una Nora: miembros con su correo y su rol (`membresias` junto a `usuarios`)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import NoEncontrado
from sql.modelos.usuarios import Membresia, Usuario


@dataclass(frozen=True, slots=True)
class Miembro:
    """Una persona del equipo de una Nora."""

    usuario_id: int
    nombre: str
    correo: str
    rol: str
    ultima_entrada: dt.datetime | None


def todas_las_noras_listar_equipo(nombre_nora: str) -> list[Miembro]:
    """Los miembros de esa Nora por nombre. Cruza porque los usuarios no son de ninguna Nora."""
    orden = (
        select(Usuario.id, Usuario.nombre, Usuario.email, Membresia.rol, Usuario.current_login_at)
        .join(Membresia, Membresia.usuario_id == Usuario.id)
        .where(Membresia.nombre_nora == nombre_nora)
        .order_by(Usuario.nombre, Usuario.email)
    )
    with transaccion_de_todas_las_noras() as sesion:
        return [Miembro(f.id, f.nombre or f.email, f.email, f.rol, f.current_login_at) for f in sesion.execute(orden)]


def cambiar_rol(nombre_nora: str, usuario_id: int, rol: str) -> None:
    """Cambia el rol de quien ya es miembro.

    Raises:
        NoEncontrado: si no es miembro de esa Nora.
    """
    with transaccion(nombre_nora) as sesion:
        cambiada = sesion.execute(
            update(Membresia)
            .where(Membresia.nombre_nora == nombre_nora, Membresia.usuario_id == usuario_id)
            .values(rol=rol)
            .returning(Membresia.id)
        )
        if cambiada.first() is None:
            raise NoEncontrado(f"El usuario {usuario_id} no es del equipo")


def borrar_membresia(nombre_nora: str, usuario_id: int) -> None:
    """Saca a un usuario de esa Nora; si ya no estaba, no pasa nada."""
    with transaccion(nombre_nora) as sesion:
        sesion.execute(delete(Membresia).where(Membresia.nombre_nora == nombre_nora, Membresia.usuario_id == usuario_id))
