"""A qué responde un mensaje y por qué anuncio llegó."""

from __future__ import annotations

import pytest

from clientes.chat.contexto import Cita, Referido, citar, leer_referido
from sql.modelos.mensajes import Mensaje


def test_la_cita_dice_de_quien_es_y_que_decia():
    nuestro = Mensaje(id=3, tipo="respuesta", mensaje="De 9\na 19", clase="texto")
    assert citar(nuestro) == Cita(3, True, "De 9 a 19")
    assert citar(Mensaje(id=4, tipo="usuario", mensaje="", clase="imagen")) == Cita(4, False, "📷 Foto")
    assert citar(None) is None


@pytest.mark.parametrize("enlace", ["javascript:alert(1)", "data:text/html,x", "", "http://[::1", "//malo"])
def test_el_anuncio_solo_enlaza_lo_que_es_web(enlace):
    assert leer_referido({"titulo": "Flores", "texto": "Hoy", "url": enlace}) == Referido("Flores", "Hoy", "")


def test_el_anuncio_sin_titulo_se_dice_por_su_id():
    assert leer_referido({"anuncio_id": "120", "url": "https://fb.me/x"}) == Referido("120", "", "https://fb.me/x")
    assert leer_referido(None) is None
