"""Tres plantillas para empezar sin la hoja en blanco, y la vista de una a medio escribir. Puro."""

from __future__ import annotations

from webhook.canal import texto_de_plantilla

Propuesta = texto_de_plantilla.Propuesta

INICIALES: dict[str, tuple[str, str, Propuesta]] = {
    "cita": (
        "Recordatorio de cita",
        "Para que nadie olvide que lo esperas.",
        Propuesta(
            "recordatorio_de_cita",
            "utilidad",
            "es",
            "Hola {{1}}, te recordamos tu cita del {{2}} a las {{3}}. Si necesitas cambiarla, responde a este mensaje.",
            {"1": "María", "2": "martes 24 de noviembre", "3": "10:30"},
            ("Confirmo", "Cambiar la hora"),
        ),
    ),
    "pedido": (
        "Pedido listo",
        "Para avisar de que ya pueden recogerlo.",
        Propuesta(
            "pedido_listo",
            "utilidad",
            "es",
            "Hola {{1}}, tu pedido {{2}} ya está listo. Puedes pasar por él hasta las {{3}} de hoy. ¡Te esperamos!",
            {"1": "María", "2": "A-1042", "3": "19:00"},
        ),
    ),
    "retomar": (
        "Retomar una conversación",
        "Para responder a quien escribió hace más de 24 horas.",
        Propuesta(
            "retomar_conversacion",
            "utilidad",
            "es",
            "Hola {{1}}, ya tenemos respuesta a tu consulta sobre {{2}}. ¿Te viene bien que sigamos por aquí?",
            {"1": "María", "2": "el pedido del sábado"},
            ("Sí, sigamos", "Ahora no"),
        ),
    ),
}
"""Por clave: título, para qué sirve y lo que se propone."""

VACIA = Propuesta("", "utilidad", "es", "")
