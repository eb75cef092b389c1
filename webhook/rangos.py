"""El orden de los estados de Twilio: en cualquier orden que lleguen, un mensaje sólo avanza."""

from __future__ import annotations

RANGOS = {
    "accepted": 2,
    "scheduled": 2,
    "queued": 2,
    "sending": 2,
    "sent": 3,
    "partially_delivered": 3,
    "canceled": 4,
    "failed": 5,
    "undelivered": 5,
    "delivered": 6,
    "read": 7,
}
"""Los mismos números que la función `rango_de_estado` de la base, que es quien decide; una prueba los compara."""


def rango_de(estado: str) -> int:
    """El lugar de ese estado; 0 si no se conoce. Puro."""
    return RANGOS.get(estado, 0)
