"""Las puertas de la agencia: /admin/… y /debug_rutas."""

from __future__ import annotations

from registro.modulos import Puerta

PUERTAS: tuple[Puerta, ...] = (
    Puerta("admin_dashboard", "Inicio", "layout-dashboard", "admin.dashboard.rutas:admin_dashboard_bp", "/admin", opcional=False),
    Puerta("admin_noras", "Noras", "robot", "admin.noras.rutas:admin_noras_bp", "/admin/noras"),
    Puerta(
        "admin_whatsapp",
        "WhatsApp de la Nora",
        "brand-whatsapp",
        "admin.whatsapp.rutas:admin_whatsapp_bp",
        "/admin/noras/<nombre_nora>/whatsapp",
        en_menu=False,
    ),
    Puerta("admin_modulos", "Módulos", "toggle-right", "admin.modulos.rutas:admin_modulos_bp", "/admin/modulos"),
    Puerta("admin_consumo", "Consumo", "gauge", "admin.consumo.rutas:admin_consumo_bp", "/admin/consumo"),
    Puerta("admin_debug", "Errores", "bug", "admin.debug.rutas:admin_debug_bp", "/admin/debug"),
    Puerta("admin_salud", "Salud", "activity-heartbeat", "admin.salud.rutas:admin_salud_bp", "/admin/salud"),
    Puerta("admin_rutas", "Rutas", "route", "admin.rutas.rutas:admin_rutas_bp", "/debug_rutas"),
)
