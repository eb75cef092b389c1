"""La entrada de los sockets: el mismo portero que las páginas, y las salas salen de la sesión, nunca del navegador.

`before_request` no corre para los sockets: se pregunta al abrirlos y, mientras siguen abiertos, cada pocos segundos.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask_security import current_user
from flask_socketio import ConnectionRefusedError, join_room

from registro.bitacora import registrar_error, registro, resumir_fallo
from registro.extensiones import enchufes
from registro.portero import listar_pasos
from registro.sesiones import usuarios
from registro.tiempo_real import MODULO_DE_AVISO, sala
from sql.conexion import ERRORES_DE_CONEXION

EN_TOTAL, POR_PERSONA = 192, 20
"""Cada pestaña abierta ocupa un hilo de los 256 de la web: los demás quedan para las páginas y para Twilio."""
CADA = 4.0
"""Segundos entre rondas: lo más que un socket oye después de que le quiten el derecho."""


@dataclass(frozen=True, slots=True)
class _Abierto:
    """Un socket abierto: de qué sesión es y en qué salas está."""

    sello: str
    salas: frozenset[str]


_abiertos: dict[str, _Abierto] = {}
_candado = threading.Lock()


def contar_abiertos() -> int:
    """Cuántas pestañas tienen abierto un socket con este proceso."""
    with _candado:
        return len(_abiertos)


@enchufes.on("connect")
def conectar(_datos: Any = None) -> None:
    """Sin sesión no hay socket. Con ella, entra a las salas de sus Noras cuyos módulos estén encendidos."""
    sid: str = request.sid  # type: ignore[attr-defined]
    try:
        if not current_user.is_authenticated:
            raise ConnectionRefusedError("Entra primero")
        if _no_caben_mas(current_user.fs_uniquifier):
            raise ConnectionRefusedError("Hay demasiadas pestañas abiertas")
        salas = _salas_de(current_user)
    except ERRORES_DE_CONEXION:
        # Sin base no se sabe si es quien dice: se cuelga, que no es rechazarlo, y el navegador vuelve a llamar.
        enchufes.server.eio.disconnect(enchufes.server.manager.eio_sid_from_sid(sid, "/"))
        raise ConnectionRefusedError("Sin base de datos") from None
    for nombre in salas:
        join_room(nombre)
    with _candado:
        _abiertos[sid] = _Abierto(current_user.fs_uniquifier, salas)


def _no_caben_mas(sello: str) -> bool:
    with _candado:
        return len(_abiertos) >= EN_TOTAL or sum(abierto.sello == sello for abierto in _abiertos.values()) >= POR_PERSONA


@enchufes.on("disconnect")
def colgar(_motivo: Any = None) -> None:
    """Se fue: ya no hay que mirarlo."""
    with _candado:
        _abiertos.pop(request.sid, None)  # type: ignore[attr-defined]


def _salas_de(usuario: Any) -> frozenset[str]:
    con_aviso = set(MODULO_DE_AVISO.values())
    return frozenset(sala(paso.nombre_nora, modulo) for paso in listar_pasos(usuario) for modulo in con_aviso & paso.modulos)


def rondar(app: Flask) -> None:
    """Repasa para siempre los sockets abiertos de este proceso. Corre en su propio hilo."""
    while True:
        time.sleep(CADA)
        try:
            with app.app_context():
                revisar()
        except ERRORES_DE_CONEXION as fallo:
            registro.warning("ronda sin base", causa=type(fallo).__name__)
        except Exception as fallo:  # una ronda rota no acaba con las demás
            registrar_error("SocketIO", f"Falló la ronda de los sockets: {resumir_fallo(fallo)}", origen="registro.enchufes")


def revisar() -> None:
    """Cuelga los sockets de sesiones que ya no valen y pone a los demás en las salas que hoy les tocan.

    Un cambio de clave, una cuenta apagada, alguien que sale del equipo o un módulo apagado se notan aquí.
    """
    por_sello: dict[str, list[tuple[str, _Abierto]]] = {}
    with _candado:
        for sid, abierto in list(_abiertos.items()):
            if enchufes.server.manager.is_connected(sid, "/"):
                por_sello.setdefault(abierto.sello, []).append((sid, abierto))
            else:
                del _abiertos[sid]  # se fue sin despedirse
    for sello, suyos in por_sello.items():
        usuario = usuarios.find_user(fs_uniquifier=sello)
        vale = usuario is not None and usuario.is_active
        salas = _salas_de(usuario) if vale else frozenset()
        for sid, abierto in suyos:
            if vale:
                _mudar(sid, abierto, salas)
            else:
                enchufes.server.disconnect(sid)


def _mudar(sid: str, abierto: _Abierto, salas: frozenset[str]) -> None:
    for nombre in abierto.salas - salas:
        enchufes.server.leave_room(sid, nombre)
    for nombre in salas:
        # También las que ya tenía: si se cerró la sala al apagar el módulo, hay que volver a entrar. Entrar dos veces no hace nada.
        enchufes.server.enter_room(sid, nombre)
    with _candado:
        if sid in _abiertos:
            _abiertos[sid] = _Abierto(abierto.sello, salas)
