"""El inicio de la agencia: cómo está cada Nora y adónde ir."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, render_template

from admin.comun.agencia import ZONA_DE_LA_AGENCIA, direccion_del_panel
from admin.comun.sombra import en_sombra
from registro.accesos import solo_admin
from sql.modelos.errores import todas_las_noras_contar_errores
from sql.modelos.modulos import MODULOS
from sql.modelos.remitentes import todas_las_noras_listar_remitentes
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
        sombras=en_sombra(todas_las_noras_listar_remitentes(), dt.datetime.now(dt.UTC)),
        cuantos_modulos=len(MODULOS),
        direccion_del_panel=direccion_del_panel,
        zona=ZONA_DE_LA_AGENCIA,
    )
