"""Cómo está un número, en palabras de aquí: estados, calidad, límite y qué hacer cuando algo va mal. Puro."""

from __future__ import annotations

import re
from typing import Any

from registro.textos import con_miles
from webhook.codigos import MOTIVOS

DE_PRUEBAS, SIN_REMITENTE = "PRUEBAS", "SIN_REMITENTE"
"""Estados nuestros: el número de pruebas, y un número que no es de la cuenta."""

ESTADOS = {
    "ONLINE": "En línea",
    "ONLINE:UPDATING": "En línea, aplicando cambios",
    "OFFLINE": "Fuera de línea",
    "CREATING": "Creándose",
    "PENDING_VERIFICATION": "Falta verificar el número",
    "VERIFYING": "Verificándose",
    "TWILIO_REVIEW": "En revisión por Twilio",
    "DRAFT": "Sin terminar de dar de alta",
    "STUBBED": "Sin terminar de dar de alta",
    DE_PRUEBAS: "Número de pruebas de Twilio",
    SIN_REMITENTE: "No está en esta cuenta",
}
CALIDADES = {"HIGH": "alta", "GREEN": "alta", "MEDIUM": "media", "YELLOW": "media", "LOW": "baja", "RED": "baja"}
_SIRVEN = frozenset({"ONLINE", "ONLINE:UPDATING", DE_PRUEBAS})


def problema(estado: str | None, calidad: str | None, razones: list[Any]) -> str | None:
    """Qué le pasa al número y qué hacer, en una frase; None si nada. Puro."""
    if estado and estado not in _SIRVEN:
        dichas = "; ".join(en_palabras(razon) for razon in razones)
        que = ESTADOS.get(estado, estado).lower()
        salida = "Ábrelo en la consola de Twilio › Messaging › Senders › WhatsApp senders."
        return f"El número no puede enviar: {que}{f' ({dichas})' if dichas else ''}. {salida}"
    if CALIDADES.get(calidad or "") == "baja":
        return (
            "La calidad del número es baja: muchas personas lo bloquean o lo denuncian. Para los envíos de promoción unos días y "
            "escribe sólo a quien lo pidió, o Meta puede limitarlo."
        )
    return None


def en_palabras(razon: Any) -> str:
    """Una razón de Twilio en español si se conoce su código; si no, tal como la dice él. Puro."""
    codigo, mensaje = (str(razon.get("codigo", "")), str(razon.get("mensaje", ""))) if isinstance(razon, dict) else ("", str(razon))
    if codigo in MOTIVOS:
        return MOTIVOS[codigo].frase.rstrip(".")
    return f"Twilio dice «{mensaje or 'sin explicación'}»{f', código {codigo}' if codigo else ''}"


def limite_en_palabras(limite: str | None) -> str:
    """«2K Customers/24hr» o «TIER_2K» como «2,000 personas cada 24 horas»; lo que no se entiende, igual. Puro."""
    if not limite:
        return "Sin decir"
    if "UNLIMITED" in limite.upper():
        return "Sin límite"
    hallado = re.search(r"(\d+)(K?)", limite, re.IGNORECASE)
    if hallado is None:
        return limite
    return f"{con_miles(int(hallado[1]) * (1000 if hallado[2] else 1))} personas cada 24 horas"
