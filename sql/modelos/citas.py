"""Los mensajes que otros citan al responder."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from sql.conexion import transaccion
from sql.modelos.mensajes import Mensaje


def listar_citados(nombre_nora: str, conversacion_id: int, sids: Collection[str]) -> dict[str, Mensaje]:
    """Los mensajes de ese hilo con esos MessageSid; los de otro hilo o de otra Nora no están."""
    if not sids:
        return {}
    orden = select(Mensaje).where(
        Mensaje.nombre_nora == nombre_nora, Mensaje.conversacion_id == conversacion_id, Mensaje.message_sid.in_(sids)
    )
    with transaccion(nombre_nora) as sesion:
        return {mensaje.message_sid or "": mensaje for mensaje in sesion.scalars(orden)}
