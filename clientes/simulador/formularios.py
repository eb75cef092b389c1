"""Lo que se manda desde el teléfono del simulador: un texto, o uno de los atajos de debajo. Puro."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from registro.textos import varias_lineas

LARGO_MAXIMO = 1600
"""Caracteres que WhatsApp entrega por Twilio en un mensaje entrante."""


class NoSePuedeMandar(ValueError):
    """Lo escrito no es un mensaje; el motivo se enseña tal cual."""


@dataclass(frozen=True, slots=True)
class Recado:
    """Un mensaje por mandar: su texto y los parámetros de Twilio que añade si no es sólo texto."""

    texto: str
    extra: dict[str, str] = field(default_factory=dict)


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
    "ubicacion": ("📍 Ubicación", Recado("", UBICACION)),
}
"""Por clave: cómo se ofrece y qué manda."""


def leer_recado(campos: Mapping[str, str]) -> Recado:
    """El mensaje que se pidió mandar.

    Raises:
        NoSePuedeMandar: si está vacío, es demasiado largo o el atajo no existe.
    """
    if "atajo" in campos:
        if campos["atajo"] not in ATAJOS:
            raise NoSePuedeMandar("Ese atajo no existe. Recarga la página.")
        return ATAJOS[campos["atajo"]][1]
    texto = varias_lineas(campos.get("texto", ""))
    if not texto:
        raise NoSePuedeMandar("Escribe algo antes de enviar.")
    if len(texto) > LARGO_MAXIMO:
        raise NoSePuedeMandar(f"El mensaje tiene {len(texto)} caracteres y WhatsApp admite {LARGO_MAXIMO}.")
    return Recado(texto)
