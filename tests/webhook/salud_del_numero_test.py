"""Un número en palabras: si sirve, qué le pasa y a cuántos puede escribir."""

from __future__ import annotations

import pytest

from webhook.salud_del_numero import DE_PRUEBAS, en_palabras, limite_en_palabras, problema


@pytest.mark.parametrize("estado", ["ONLINE", "ONLINE:UPDATING", DE_PRUEBAS, None])
def test_un_numero_que_sirve_no_tiene_problema(estado: str | None) -> None:
    assert problema(estado, "HIGH", []) is None


def test_la_calidad_baja_dice_que_hacer() -> None:
    assert "escribe sólo a quien lo pidió" in (problema("ONLINE", "LOW", []) or "")


def test_una_razon_desconocida_se_dice_como_la_dice_twilio() -> None:
    assert en_palabras({"codigo": "99999", "mensaje": "Something"}) == "Twilio dice «Something», código 99999"


@pytest.mark.parametrize(
    ("limite", "dicho"),
    [
        ("2K Customers/24hr", "2,000 personas cada 24 horas"),
        ("250 Customers/24hr", "250 personas cada 24 horas"),
        ("TIER_100K", "100,000 personas cada 24 horas"),
        ("TIER_UNLIMITED", "Sin límite"),
        ("otra cosa", "otra cosa"),
        (None, "Sin decir"),
    ],
)
def test_el_limite_se_lee(limite: str | None, dicho: str) -> None:
    assert limite_en_palabras(limite) == dicho
