"""Encender y apagar módulos."""

from __future__ import annotations

from registro.bitacora import registrar_error
from registro.tiempo_real import cerrar_sala
from sql.conexion import ERRORES_DE_CONEXION, transaccion
from sql.modelos.modulos import guardar_modulo
from sql.modelos.noras import obtener_nora


def cambiar_modulo(nombre_nora: str, modulo: str, activo: bool) -> None:
    """Enciende o apaga un módulo y, si lo apaga, echa de su sala a quien estuviera oyendo.

    Raises:
        NoEncontrado: si la Nora no existe.
        ValueError: si el módulo no es de los que se venden.
    """
    with transaccion(nombre_nora):
        obtener_nora(nombre_nora)
        guardar_modulo(nombre_nora, modulo, activo)
    if activo:
        return
    try:
        cerrar_sala(nombre_nora, modulo)
    except ERRORES_DE_CONEXION as fallo:
        # El módulo ya está apagado para todas las páginas; quien siga en la sala sólo oye claves que no puede abrir.
        registrar_error("SocketIO", f"No se pudo cerrar la sala de {modulo}: {type(fallo).__name__}", nombre_nora, "admin.modulos")
