"""La entrada de los sockets: el mismo portero que las páginas, y las salas salen de la sesión, nunca del navegador."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_security import current_user
from flask_socketio import ConnectionRefusedError, join_room

from registro.extensiones import enchufes
from registro.portero import listar_pasos
from registro.tiempo_real import MODULO_DE_AVISO, sala
from sql.conexion import ERRORES_DE_CONEXION


@enchufes.on("connect")
def conectar(_datos: Any = None) -> None:
    """Sin sesión no hay socket. Con ella, entra a las salas de sus Noras cuyos módulos estén encendidos.

    `before_request` no corre para los sockets: por eso se pregunta aquí.
    """
    try:
        if not current_user.is_authenticated:
            raise ConnectionRefusedError("Entra primero")
        pasos = listar_pasos(current_user)
    except ERRORES_DE_CONEXION:
        # Sin base no se sabe si es quien dice: se cuelga, que no es rechazarlo, y el navegador vuelve a llamar.
        servidor = enchufes.server
        servidor.eio.disconnect(servidor.manager.eio_sid_from_sid(request.sid, "/"))  # type: ignore[attr-defined]
        raise ConnectionRefusedError("Sin base de datos") from None
    for paso in pasos:
        for modulo in set(MODULO_DE_AVISO.values()) & paso.modulos:
            join_room(sala(paso.nombre_nora, modulo))
