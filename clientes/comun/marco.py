"""Lo que el marco de cada página dice de la Nora. Se pinta también en las páginas de error: sin base, dice menos y no falla."""

from __future__ import annotations

from flask import g, session
from flask_security import current_user

from clientes.comun.peticion import nora_de
from sql.conexion import ERRORES_DE_CONEXION
from sql.modelos.base import NoEncontrado
from sql.modelos.usuarios import todas_las_noras_de_usuario


def titulo_de_nora() -> str:
    """Cómo se llama en pantalla la Nora de esta petición."""
    nombre_nora: str = g.paso.nombre_nora
    try:
        return nora_de(nombre_nora).titulo
    except (NoEncontrado, *ERRORES_DE_CONEXION):
        return nombre_nora


def varias_noras() -> bool:
    """Si quien entró tiene más de una Nora. Se averigua una vez por sesión: el marco lo pregunta en cada página."""
    guardado = session.get("varias_noras")
    if guardado is None or guardado[0] != current_user.id:
        try:
            guardado = [current_user.id, len(todas_las_noras_de_usuario(current_user.id)) > 1]
        except ERRORES_DE_CONEXION:
            return False
        session["varias_noras"] = guardado
    return bool(guardado[1])


def olvidar_varias_noras() -> None:
    """Para que la próxima página vuelva a preguntarlo."""
    session.pop("varias_noras", None)
