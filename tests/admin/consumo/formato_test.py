"""El dinero en pantalla."""

from __future__ import annotations

from decimal import Decimal

import pytest

from admin.consumo.formato import en_dolares, nombre_de_categoria


@pytest.mark.parametrize(
    ("cantidad", "texto"),
    [
        ("0", "US$0.00"),
        ("0.001", "<US$0.01"),
        ("0.005", "<US$0.01"),
        ("0.01", "US$0.01"),
        ("0.015", "US$0.02"),
        ("1234.565", "US$1,234.57"),
    ],
)
def test_el_dinero_se_escribe_con_dos_cifras(cantidad: str, texto: str) -> None:
    assert en_dolares(Decimal(cantidad)) == texto


def test_una_categoria_desconocida_se_dice_tal_cual() -> None:
    assert nombre_de_categoria("marketing") == "Marketing"
    assert nombre_de_categoria("otra") == "otra"
