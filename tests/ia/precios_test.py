"""Lo que cuesta una respuesta."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ia.precios import costo


@pytest.mark.parametrize(
    ("modelo", "entrada", "salida", "dolares"),
    [
        ("gpt-6-luna", 1_000_000, 0, "0.100000"),
        ("gpt-6-luna", 1200, 60, "0.000150"),
        ("gpt-6-luna-2026-09-22", 1200, 60, "0.000150"),
        ("gpt-6-sol", 1000, 1000, "0.012000"),
        ("gpt-5.4-mini", 0, 0, "0.000000"),
    ],
)
def test_sale_de_la_tabla(modelo: str, entrada: int, salida: int, dolares: str) -> None:
    assert costo(modelo, entrada, salida) == Decimal(dolares)


@pytest.mark.parametrize("modelo", ["llama-4", "gpt-6-luna-mini", "gpt-6", ""])
def test_de_lo_que_no_se_conoce_no_se_inventa_el_precio(modelo: str) -> None:
    assert costo(modelo, 10, 10) is None
