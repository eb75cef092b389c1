"""Cómo está la casa: /salud (¿sirvo?) y /listo (¿puedo atender?)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from registro.accesos import publica
from sql import conexion
from sql.modelos.latidos import todas_las_noras_segundos_desde_latido

salud_bp = Blueprint("salud", __name__)

LATIDO_VIEJO_SEGUNDOS = 30


def _base() -> str | None:
    """None si la base responde; si no, por qué, sin enseñar direcciones ni claves."""
    try:
        conexion.responde()
    except conexion.ERRORES_DE_CONEXION as fallo:
        return f"la base de datos no responde ({type(fallo).__name__}); se reintenta sola"
    return None


@salud_bp.get("/salud")
@publica
def salud() -> tuple[Response, int]:
    """200 si el proceso sirve y la base responde; 503 con el motivo si no."""
    motivo = _base()
    rotas: dict[str, str] = current_app.extensions.get("puertas_rotas", {})
    cuerpo: dict[str, Any] = {"estado": "ok" if motivo is None else "sin_base", "base": motivo or "ok", "puertas_rotas": sorted(rotas)}
    return jsonify(cuerpo), 200 if motivo is None else 503


@salud_bp.get("/listo")
@publica
def listo() -> tuple[Response, int]:
    """200 si además hay un trabajador vivo que atienda y envíe."""
    motivo = _base()
    if motivo is not None:
        return jsonify(estado="no", base=motivo), 503
    segundos = todas_las_noras_segundos_desde_latido("trabajador")
    vivo = segundos is not None and segundos < LATIDO_VIEJO_SEGUNDOS
    return jsonify(estado="listo" if vivo else "no", base="ok", trabajador="ok" if vivo else "sin señales"), 200 if vivo else 503
