"""La tabla de interruptores: una fila por Nora, una columna por módulo."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.comun.agencia import exigir_nombre_de_nora, pide_fragmento
from admin.comun.modulos import CATALOGO
from admin.modulos import servicio
from registro.accesos import solo_admin
from sql.modelos.modulos import todas_las_noras_listar_modulos
from sql.modelos.noras import obtener_nora, todas_las_noras_listar

admin_modulos_bp = Blueprint("admin_modulos", __name__)
exigir_nombre_de_nora(admin_modulos_bp)

_POR_CLAVE = {modulo.clave: modulo for modulo in CATALOGO}


@admin_modulos_bp.get("/", strict_slashes=False)
@solo_admin
def tabla() -> str:
    """Todas las Noras con sus módulos."""
    return render_template(
        "admin/modulos/tabla.html",
        noras=todas_las_noras_listar(),
        catalogo=CATALOGO,
        encendidos=todas_las_noras_listar_modulos(),
    )


@admin_modulos_bp.post("/<nombre_nora>/<modulo>")
@solo_admin
def cambiar(nombre_nora: str, modulo: str) -> ResponseReturnValue:
    """Deja un módulo encendido (`activo=1`) o apagado, y dice qué cambió para el cliente."""
    if modulo not in _POR_CLAVE:
        abort(404)
    activo = request.form.get("activo") == "1"
    servicio.cambiar_modulo(nombre_nora, modulo, activo)
    if not pide_fragmento():
        return redirect(url_for(".tabla"), 303)
    return render_template("admin/modulos/_cambiado.html", nora=obtener_nora(nombre_nora), modulo=_POR_CLAVE[modulo], activo=activo)
