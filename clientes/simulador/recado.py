"""Un mensaje por mandar desde el teléfono, y los que se ofrecen de un toque. Puro."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Recado:
    """Un mensaje por mandar: su texto y los parámetros de Twilio que añade si no es sólo texto."""

    texto: str
    extra: dict[str, str] = field(default_factory=dict)
    muestra: str = ""
    """Clave de la muestra que lleva adjunta; vacía si ninguna."""


UBICACION = {
    "MessageType": "location",
    "Latitude": "19.4326",
    "Longitude": "-99.1332",
    "Label": "Parque central (ejemplo)",
    "Address": "Avenida de ejemplo 1",
}
ATAJOS: Mapping[str, tuple[str, Recado]] = {
    "horario": ("¿A qué hora abren?", Recado("¿A qué hora abren?")),
    "envios": ("¿Hacen envíos a Monterrey?", Recado("¿Hacen envíos a Monterrey?")),
    "persona": ("Quiero hablar con una persona", Recado("Quiero hablar con una persona")),
    "foto": ("foto", Recado("¿Tienen esta taza?", muestra="foto")),
    "audio": ("audio", Recado("", muestra="audio")),
    "documento": ("documento", Recado("", muestra="documento")),
    "ubicacion": ("Ubicación", Recado("", UBICACION)),
}
"""Por clave: cómo se ofrece y qué manda."""
