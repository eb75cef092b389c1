"""Las puertas de los servicios: Twilio entra por /webhook."""

from __future__ import annotations

from registro.modulos import Puerta

PUERTAS: tuple[Puerta, ...] = (
    Puerta("webhook", "Webhook de Twilio", "webhook", "webhook.rutas:webhook_bp", "/webhook", opcional=False, en_menu=False),
    Puerta("salud", "Salud", "heartbeat", "registro.salud:salud_bp", "", opcional=False, en_menu=False),
    Puerta("enlaces", "Archivos con enlace firmado", "paperclip", "registro.enlaces:enlaces_bp", "", opcional=False, en_menu=False),
    Puerta("terceros", "Archivos del navegador", "package", "registro.terceros:terceros_bp", "", opcional=False, en_menu=False),
)
