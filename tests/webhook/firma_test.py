"""La firma: los vectores publicados y los nuestros, y ninguna rendija."""

from __future__ import annotations

import pytest

from registro.config import Ajustes
from tests.panel import FICHA, ajustes_de_prueba
from webhook.firma import elegir_ficha, es_valida, firmar

URL = "https://nora.example.com/webhook"
PARAMETROS = {"Body": "Hola & chau + 100% = ¿sí? 😀", "From": "whatsapp:+5491155550101", "MessageSid": "SM" + "a" * 32}


def test_el_vector_publicado_por_twilio_vale() -> None:
    parametros = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}
    assert es_valida("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", parametros, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


def test_lo_que_firmamos_lo_damos_por_bueno() -> None:
    assert es_valida(FICHA, URL, PARAMETROS, firmar(FICHA, URL, PARAMETROS))


@pytest.mark.parametrize("cambio", [{"Body": "otra cosa"}, {"Extra": "1"}, {"From": "whatsapp:+1"}])
def test_cambiar_un_parametro_la_invalida(cambio: dict[str, str]) -> None:
    assert not es_valida(FICHA, URL, PARAMETROS | cambio, firmar(FICHA, URL, PARAMETROS))


@pytest.mark.parametrize("firma", ["", "x", "=" * 28, "á" * 10])
def test_una_firma_vacia_o_rara_no_vale_ni_se_levanta(firma: str) -> None:
    assert not es_valida(FICHA, URL, PARAMETROS, firma)


def test_sin_token_no_pasa_nadie() -> None:
    assert not es_valida(None, URL, PARAMETROS, firmar("", URL, PARAMETROS))
    assert not es_valida("", URL, PARAMETROS, firmar("", URL, PARAMETROS))


def _ajustes(**cambios: object) -> Ajustes:
    return ajustes_de_prueba("postgresql://x/y", **cambios)


def test_el_token_de_la_demo_solo_vale_para_su_cuenta_y_en_modo_demo() -> None:
    con_demo = _ajustes(DEMO=True)
    assert elegir_ficha(con_demo, con_demo.cuenta_demo) == con_demo.ficha_demo
    assert elegir_ficha(con_demo, "AC" + "0" * 32) == FICHA
    sin_demo = _ajustes(DEMO=False, TWILIO_ACCOUNT_SID="AC" + "0" * 32)
    assert elegir_ficha(sin_demo, sin_demo.cuenta_demo) is None


def test_sin_token_configurado_una_cuenta_ajena_no_tiene_con_que_firmar() -> None:
    assert elegir_ficha(_ajustes(TWILIO_AUTH_TOKEN=None), "AC" + "0" * 32) is None
