"""Qué es cada módulo y qué deja de verse al apagarlo, en palabras de quien lo vende. Puro."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Modulo:
    """Un módulo tal como se explica en la tabla de interruptores."""

    clave: str
    titulo: str
    que_es: str
    al_apagar: str


_SIN_PANTALLA = "Todavía no tiene pantalla: encenderlo o apagarlo no cambia nada a la vista."

CATALOGO = (
    Modulo("chat", "Chats", "Leer y responder conversaciones.", "Chats sale de su menú y deja de actualizarse en las pantallas abiertas."),
    Modulo("ia", "IA", "La Nora responde sola.", "Nadie responde solo: cada mensaje espera a una persona."),
    Modulo("contactos", "Contactos", "Personas, etiquetas y notas.", "Contactos sale de su menú; las personas y sus notas se conservan."),
    Modulo(
        "conocimiento",
        "Conocimiento",
        "Lo que la Nora sabe.",
        "Conocimiento sale de su menú; lo escrito se conserva y la IA lo sigue usando.",
    ),
    Modulo("respuestas", "Respuestas", "Respuestas automáticas por reglas.", _SIN_PANTALLA),
    Modulo(
        "envios",
        "Envíos",
        "Plantillas de WhatsApp.",
        "Plantillas sale de su menú; las que hay se conservan y se pueden seguir enviando desde un chat.",
    ),
    Modulo("ads", "Anuncios", "Campañas de Meta e informes.", _SIN_PANTALLA),
)
