"""Las señas de las personas, para leerlas: teléfonos, nombres de usuario e identificadores de WhatsApp (`identidades`)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from sql.conexion import transaccion
from sql.modelos.contactos import Identidad


def listar_identidades(nombre_nora: str, personas: Iterable[int]) -> dict[int, list[Identidad]]:
    """Las señas de esas personas por id de persona, la última que escribió primero. Quien no tiene ninguna sale con la lista vacía."""
    por_persona: dict[int, list[Identidad]] = {persona: [] for persona in personas}
    with transaccion(nombre_nora) as sesion:
        filas = sesion.scalars(
            select(Identidad)
            .where(Identidad.nombre_nora == nombre_nora, Identidad.contacto_id.in_(por_persona))
            .order_by(Identidad.visto_en.desc(), Identidad.id.desc())
        )
        for fila in filas:
            por_persona[fila.contacto_id].append(fila)
    return por_persona
