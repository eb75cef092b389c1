"""Lo que sale de la sala: qué hacer con lo que escribió una persona, y el recibo de cómo se pensó."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Accion = Literal["responder", "pasar_a_persona", "callar"]
Motor = Literal["openai", "extractivo"]


@dataclass(frozen=True, slots=True)
class Recibo:
    """Cómo se llegó a una respuesta; sus campos son las columnas de `recibos_ia`. Cada bloque es {id, texto, cobertura}."""

    motor: Motor
    accion: Accion
    motivo: str
    modelo: str | None = None
    bloques: list[dict[str, Any]] = field(default_factory=list)
    fichas_entrada: int = 0
    fichas_salida: int = 0
    costo_usd: Decimal | None = None
    milisegundos: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """Qué hacer. `texto` va a la persona (vacío al callar); `motivo` es para el equipo."""

    accion: Accion
    texto: str
    motivo: str
    recibo: Recibo | None = None
