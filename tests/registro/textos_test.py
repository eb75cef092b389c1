"""Lo que escribe una persona, limpio."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registro.textos import una_linea, varias_lineas

SIN_PRISA = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""En una máquina cargada tardan los primeros ejemplos; no es lo que se mira aquí."""


@pytest.mark.parametrize(
    ("crudo", "limpio"),
    [
        ("  hola \x00 mundo\t", "hola mundo"),
        ("a\u2028b\u0085c\rd", "a b c d"),
        ("\u202egnp.exe", "gnp.exe"),
        ("re\u0301gimen", "régimen"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\ufeff\u200b", ""),
    ],
)
def test_una_linea(crudo: str, limpio: str) -> None:
    assert una_linea(crudo) == limpio


def test_varias_lineas_guarda_los_renglones_y_quita_las_orillas() -> None:
    assert varias_lineas("\r\n  uno\r\n\r\n dos \x07\n") == "uno\n\n dos"


@SIN_PRISA
@given(st.text())
def test_limpiar_dos_veces_no_cambia_nada_y_nunca_deja_nul(texto: str) -> None:
    assert "\x00" not in varias_lineas(texto)
    assert una_linea(una_linea(texto)) == una_linea(texto)
    assert varias_lineas(varias_lineas(texto)) == varias_lineas(texto)
