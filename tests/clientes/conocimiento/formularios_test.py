"""Lo que se escribe en Conocimiento, limpio y medido."""

from __future__ import annotations

import pytest

from clientes.conocimiento.formularios import TextoNoValido, leer_busqueda, leer_contenido, leer_pregunta


@pytest.mark.parametrize("vacio", ["", "   \n", "\x00\u200b", "¿?¡!… —", "👍👍"])
def test_lo_que_no_dice_nada_no_es_un_bloque(vacio: str) -> None:
    with pytest.raises(TextoNoValido, match="Escribe algo"):
        leer_contenido(vacio)


def test_mil_caracteres_caben_y_uno_mas_no_contando_emojis_como_uno() -> None:
    justo = "a" + "👍" * 999
    assert leer_contenido(justo) == justo
    with pytest.raises(TextoNoValido, match="1000 caracteres y escribiste 1001"):
        leer_contenido(justo + "👍")


def test_los_saltos_de_linea_del_navegador_cuentan_uno() -> None:
    assert leer_contenido("a" * 499 + "\r\n" + "b" * 500) == "a" * 499 + "\n" + "b" * 500


def test_busqueda_y_pregunta_no_crecen_sin_medida() -> None:
    assert leer_busqueda(" a\x00 " + "b" * 500) == "a " + "b" * 98
    assert leer_pregunta("¿" + "a" * 1000) == "¿" + "a" * 299
