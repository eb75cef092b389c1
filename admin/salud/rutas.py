"""La dirección de la salud: la misma página entera y, para refrescarse, sólo su contenido."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from admin.comun.agencia import ZONA_DE_LA_AGENCIA, pide_fragmento
from admin.salud.luces import duracion
from admin.salud.servicio import mirar_la_casa
from registro.accesos import solo_admin

admin_salud_bp = Blueprint("admin_salud", __name__)


@admin_salud_bp.get("/", strict_slashes=False)
@solo_admin
def ver() -> str:
    """Todas las luces."""
    plantilla = "admin/salud/_casa.html" if pide_fragmento() else "admin/salud/salud.html"
    return render_template(plantilla, casa=mirar_la_casa(current_app.extensions["ajustes"]), duracion=duracion, zona=ZONA_DE_LA_AGENCIA)
