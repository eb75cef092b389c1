"""La entrada de los sockets: el mismo portero que las páginas, y las salas salen de la sesión, nunca del navegador."""

from __future__ import annotations

from typing import Any

from flask_security import current_user
from flask_socketio import ConnectionRefusedError, join_room

from registro.extensiones import enchufes
from registro.portero import pedir_paso
from registro.tiempo_real import MODULO_DE_AVISO, sala
from sql.modelos.noras import todas_las_noras_listar
from sql.modelos.usuarios import ROL_ADMIN, todas_las_noras_de_usuario


@enchufes.on("connect")
def conectar(_datos: Any = None) -> None:
    """Sin sesión no hay socket. Con ella, entra a las salas de sus Noras cuyos módulos estén encendidos.

    `before_request` no corre para los sockets: por eso se pregunta aquí.
    """
    if not current_user.is_authenticated:
        raise ConnectionRefusedError("Entra primero")
    for nombre_nora in _noras_de(current_user):
        for modulo in set(MODULO_DE_AVISO.values()):
            if pedir_paso(current_user, nombre_nora, modulo) is not None:
                join_room(sala(nombre_nora, modulo))


def _noras_de(usuario: Any) -> list[str]:
    if usuario.has_role(ROL_ADMIN):
        return [nora.nombre_nora for nora in todas_las_noras_listar()]
    return [nombre for nombre, _, _ in todas_las_noras_de_usuario(usuario.id)]
