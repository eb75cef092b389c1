"""Plantillas: los mensajes que WhatsApp deja enviar fuera de las 24 horas."""
