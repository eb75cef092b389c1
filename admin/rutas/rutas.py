"""Las direcciones de la auditoría: /debug_rutas y /debug_info."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.blueprints import BlueprintSetupState

from admin.comun.agencia import pide_fragmento
from admin.rutas import servicio
from registro.accesos import CON_SESION, FIRMADA, PUBLICA, SOLO_ADMIN, solo_admin
from registro.textos import una_linea

admin_rutas_bp = Blueprint("admin_rutas", __name__)

PROTECCIONES = ((PUBLICA, "Pública"), (CON_SESION, "Con sesión"), (SOLO_ADMIN, "Sólo agencia"), (FIRMADA, "Firmada"))


@admin_rutas_bp.get("/", strict_slashes=False)
@solo_admin
def debug_rutas() -> str:
    """Todas las rutas con su protección; primero, las que alguien debe mirar."""
    texto, proteccion = una_linea(request.args.get("q", ""))[:100], request.args.get("proteccion", "")
    if proteccion not in dict(PROTECCIONES):
        proteccion = ""
    plantilla = "_tabla" if pide_fragmento() else "debug_rutas"
    return render_template(
        f"admin/rutas/{plantilla}.html",
        rutas=servicio.listar_rutas(texto, proteccion),
        texto=texto,
        proteccion=proteccion,
        protecciones=PROTECCIONES,
    )


@solo_admin
def debug_info() -> str:
    """Versiones, migraciones, servicios y procesos."""
    return render_template("admin/rutas/debug_info.html", estado=servicio.describir_estado(current_app.extensions["ajustes"]))


@admin_rutas_bp.record
def _fuera_del_prefijo(estado: BlueprintSetupState) -> None:
    # /debug_info no cuelga de /debug_rutas: se añade entera.
    estado.app.add_url_rule("/debug_info", f"{admin_rutas_bp.name}.debug_info", debug_info, methods=["GET"])
