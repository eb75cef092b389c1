"""Quién pidió no recibir promociones (`contactos.baja_…`): anotarlo y deshacerlo. Lo que escribe la persona lo anota `recibir_entrante`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select, update

from sql.conexion import transaccion
from sql.modelos.contactos import Contacto, obtener_contacto
from sql.modelos.mensajes import Mensaje

ORIGENES = ("palabra", "twilio", "panel")
LARGO_DEL_TEXTO = 200


def anotar_baja(nombre_nora: str, contacto_id: int, origen: str, texto: str) -> bool:
    """Deja a esa persona fuera de las promociones y dice si es nuevo: la primera baja conserva su fecha y su motivo.

    Args:
        origen: «palabra» (lo escribió), «twilio» (códigos 21610 y 63014: bloqueó o se dio de baja allí) o «panel» (lo anotó el equipo).
        texto: lo que escribió, o el motivo; se guardan 200 caracteres.

    Raises:
        NoEncontrado: si la persona no es de esa Nora.
        ValueError: si el origen no es uno de los tres.
    """
    if origen not in ORIGENES:
        raise ValueError(f"No hay bajas de origen {origen!r}")
    campos = {"baja_en": dt.datetime.now(dt.UTC), "baja_origen": origen, "baja_texto": texto[:LARGO_DEL_TEXTO]}
    return _cambiar(nombre_nora, contacto_id, Contacto.baja_en.is_(None), campos)


def quitar_baja(nombre_nora: str, contacto_id: int) -> bool:
    """Vuelve a admitirle promociones; dice si estaba de baja.

    Raises:
        NoEncontrado: si la persona no es de esa Nora.
    """
    campos = {"baja_en": None, "baja_origen": None, "baja_texto": None}
    return _cambiar(nombre_nora, contacto_id, Contacto.baja_en.is_not(None), campos)


def _cambiar(nombre_nora: str, contacto_id: int, si: Any, campos: dict[str, Any]) -> bool:
    with transaccion(nombre_nora) as sesion:
        cambiado = sesion.scalar(
            update(Contacto)
            .where(Contacto.nombre_nora == nombre_nora, Contacto.id == contacto_id, si)
            .values(**campos)
            .returning(Contacto.id)
        )
        if cambiado is None:
            obtener_contacto(nombre_nora, contacto_id)
        return cambiado is not None


def listar_ordenes_pendientes(nombre_nora: str, conversacion_id: int, despues_de: int) -> list[tuple[int, str]]:
    """Las órdenes (id, intención) que la persona escribió en ese hilo después de `despues_de`, de la más vieja a la más nueva."""
    with transaccion(nombre_nora) as sesion:
        filas = sesion.execute(
            select(Mensaje.id, Mensaje.intencion)
            .where(
                Mensaje.nombre_nora == nombre_nora,
                Mensaje.conversacion_id == conversacion_id,
                Mensaje.id > despues_de,
                Mensaje.intencion.is_not(None),
            )
            .order_by(Mensaje.id)
        )
        return [(fila.id, fila.intencion) for fila in filas]
