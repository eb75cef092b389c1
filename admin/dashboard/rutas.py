"""El inicio de la agencia: cómo está cada Nora y adónde ir."""

from __future__ import annotations

from flask import Blueprint, render_template

from admin.comun.agencia import ZONA_DE_LA_AGENCIA, direccion_del_panel
from registro.accesos import solo_admin
from sql.modelos.errores import todas_las_noras_contar_errores
from sql.modelos.modulos import MODULOS
from sql.modelos.resumen import todas_las_noras_resumir

admin_dashboard_bp = Blueprint("admin_dashboard", __name__)


@admin_dashboard_bp.get("/", strict_slashes=False)
@solo_admin
def inicio() -> str:
    """Las Noras con su estado y los errores sin resolver por tipo."""
    return render_template(
        "admin/dashboard/inicio.html",
        noras=todas_las_noras_resumir(),
        errores=todas_las_noras_contar_errores(),
        cuantos_modulos=len(MODULOS),
        direccion_del_panel=direccion_del_panel,
        zona=ZONA_DE_LA_AGENCIA,
    )
