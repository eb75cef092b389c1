"""Cómo está la casa: /salud (¿sirvo?) y /listo (¿puedo atender?)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import DBAPIError

from registro.accesos import publica
from sql import conexion
from sql.modelos.latidos import todas_las_noras_segundos_desde_latido

salud_bp = Blueprint("salud", __name__)

LATIDO_VIEJO_SEGUNDOS = 30


Valor = TypeVar("Valor")


def _preguntar(pregunta: Callable[[], Valor]) -> tuple[Valor | None, str | None]:
    """Lo que dice la base y None, o None y por qué no responde, sin enseñar direcciones ni claves."""
    try:
        try:
            return pregunta(), None
        except DBAPIError as fallo:
            if not fallo.connection_invalidated:
                raise
            # La conexión guardada era de antes de un reinicio: con una nueva se sabe si la base está de verdad.
            return pregunta(), None
    except conexion.ERRORES_DE_CONEXION as fallo:
        return None, f"la base de datos no responde ({type(fallo).__name__}); se reintenta sola"


@salud_bp.get("/salud")
@publica
def salud() -> tuple[Response, int]:
    """200 si el proceso sirve y la base responde; 503 con el motivo si no."""
    _, motivo = _preguntar(conexion.responde)
    rotas: dict[str, str] = current_app.extensions.get("puertas_rotas", {})
    cuerpo: dict[str, Any] = {"estado": "ok" if motivo is None else "sin_base", "base": motivo or "ok", "puertas_rotas": sorted(rotas)}
    return jsonify(cuerpo), 200 if motivo is None else 503


@salud_bp.get("/listo")
@publica
def listo() -> tuple[Response, int]:
    """200 si además hay un trabajador vivo que atienda y envíe."""
    segundos, motivo = _preguntar(lambda: todas_las_noras_segundos_desde_latido("trabajador"))
    if motivo is not None:
        return jsonify(estado="no", base=motivo), 503
    vivo = segundos is not None and segundos < LATIDO_VIEJO_SEGUNDOS
    return jsonify(estado="listo" if vivo else "no", base="ok", trabajador="ok" if vivo else "sin señales"), 200 if vivo else 503
