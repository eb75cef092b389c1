"""Lo que la bandeja de chats lee de varias tablas de una vez: el último mensaje de cada hilo y cuántos hay por filtro."""

from __future__ import annotations

from sqlalchemy import func, select, true

from sql.conexion import transaccion
from sql.modelos.contactos import Contacto, coincide
from sql.modelos.conversaciones import Conversacion
from sql.modelos.mensajes import Mensaje


def listar_ultimos_mensajes(nombre_nora: str, conversaciones: list[int]) -> dict[int, Mensaje]:
    """El último mensaje de cada una de esas conversaciones, por id de conversación. Una ida, y por índice en cada hilo."""
    if not conversaciones:
        return {}
    ultimo = (
        select(Mensaje.id)
        .where(Mensaje.nombre_nora == nombre_nora, Mensaje.conversacion_id == Conversacion.id)
        .order_by(Mensaje.id.desc())
        .limit(1)
        .correlate(Conversacion)
        .lateral("ultimo")
    )
    orden = (
        select(Mensaje)
        .select_from(Conversacion)
        .join(ultimo, true())
        .join(Mensaje, (Mensaje.nombre_nora == nombre_nora) & (Mensaje.id == ultimo.c.id))
        .where(Conversacion.nombre_nora == nombre_nora, Conversacion.id.in_(conversaciones))
    )
    with transaccion(nombre_nora) as sesion:
        return {mensaje.conversacion_id: mensaje for mensaje in sesion.scalars(orden) if mensaje.conversacion_id is not None}


def contar_por_filtro(nombre_nora: str, texto: str = "") -> dict[str, int]:
    """Cuántas conversaciones hay en total («») y en cada filtro, con la misma búsqueda que la lista."""
    cuentas = (
        select(
            func.count(),
            func.count().filter(Conversacion.sin_leer > 0),
            func.count().filter(Conversacion.necesita_persona),
            func.count().filter(Conversacion.modo == "ia"),
            func.count().filter(Conversacion.modo == "persona"),
        )
        .join(Contacto, (Contacto.nombre_nora == Conversacion.nombre_nora) & (Contacto.id == Conversacion.contacto_id))
        .where(Conversacion.nombre_nora == nombre_nora, Contacto.unido_a.is_(None))
    )
    if texto:
        cuentas = cuentas.where(coincide(texto))
    with transaccion(nombre_nora) as sesion:
        total, sin_leer, necesita, ia, persona = sesion.execute(cuentas).one()
    return {"": total, "sin_leer": sin_leer, "necesita_persona": necesita, "ia": ia, "persona": persona}


def buscar_por_clave(nombre_nora: str, clave_cliente: str) -> Mensaje | None:
    """El mensaje que ya se escribió con esa clave del navegador, o None."""
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(select(Mensaje).where(Mensaje.nombre_nora == nombre_nora, Mensaje.clave_cliente == clave_cliente))
