"""Lo que cuesta cada modelo, en dólares por millón de fichas (tokens), según la página de precios de OpenAI de noviembre de 2026."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

MILLON = Decimal(1_000_000)


class Precio(NamedTuple):
    """Dólares por millón de fichas de entrada y de salida."""

    entrada: Decimal
    salida: Decimal


PRECIOS: dict[str, Precio] = {
    "gpt-6-luna": Precio(Decimal("0.10"), Decimal("0.50")),
    "gpt-6-sol": Precio(Decimal("2"), Decimal("10")),
    "gpt-5.6-luna": Precio(Decimal("0.20"), Decimal("1.20")),
    "gpt-5.4-mini": Precio(Decimal("0.75"), Decimal("4.50")),
}


def costo(modelo: str, fichas_entrada: int, fichas_salida: int) -> Decimal | None:
    """Dólares de una llamada, con seis decimales; None si no se conoce el precio del modelo (por ejemplo, uno propio).

    Un nombre con fecha («gpt-6-luna-2026-09-22») vale lo mismo que sin ella. La entrada en caché se cuenta a precio entero, para no decir
    nunca de menos.
    """
    precio = next((p for nombre, p in PRECIOS.items() if modelo == nombre or modelo.startswith(f"{nombre}-20")), None)
    if precio is None:
        return None
    return ((precio.entrada * fichas_entrada + precio.salida * fichas_salida) / MILLON).quantize(Decimal("0.000001"))
