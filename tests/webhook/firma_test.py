"""La firma: el vector publicado por Twilio, lo mismo que su biblioteca con cualquier cosa, y ninguna rendija."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from registro.config import Ajustes
from tests.panel import FICHA, ajustes_de_prueba
from webhook.firma import SHA1, SHA256, Firmante, Peticion, comprobar, direccion_firmada, firmar, leer_cabecera, mala_forma
from webhook.firmantes import Conocido, de_la_instalacion, elegir

URL = "https://nora.example.com/webhook"
AHORA = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
PARAMETROS = {"Body": "Hola & chau + 100% = ¿sí? 😀", "From": "whatsapp:+5491155550101", "MessageSid": "SM" + "a" * 32}
_TEXTO = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def _entra(ficha: str, url: str, parametros: dict[str, str], firma: str) -> bool:
    peticion = Peticion(url, {n: [v] for n, v in parametros.items()}, firma)
    return comprobar(peticion, Firmante("AC", (ficha,)), AHORA).firma == "sha1"


def test_el_vector_publicado_por_twilio_vale() -> None:
    parametros = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}
    assert _entra("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", parametros, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


def test_lo_que_firmamos_lo_damos_por_bueno() -> None:
    assert _entra(FICHA, URL, PARAMETROS, firmar(FICHA, URL, PARAMETROS))


@given(
    st.lists(st.tuples(_TEXTO, _TEXTO), max_size=8), st.sampled_from([SHA1, SHA256]), st.text(min_size=1, max_size=40).filter(str.isascii)
)
def test_firmamos_igual_que_la_biblioteca_de_twilio(pares: list[tuple[str, str]], algoritmo: str, ficha: str) -> None:
    parametros = MultiDict(pares)
    assert firmar(ficha, URL, parametros, algoritmo) == RequestValidator(ficha).compute_signature(URL, parametros, algoritmo)


@pytest.mark.parametrize("cambio", [{"Body": "otra cosa"}, {"Extra": "1"}, {"From": "whatsapp:+1"}])
def test_cambiar_un_parametro_la_invalida(cambio: dict[str, str]) -> None:
    assert not _entra(FICHA, URL, PARAMETROS | cambio, firmar(FICHA, URL, PARAMETROS))


@pytest.mark.parametrize("firma", ["", "x", "=" * 28, "á" * 10, "\ud800"])
def test_una_firma_vacia_o_rara_no_vale_ni_se_levanta(firma: str) -> None:
    assert not _entra(FICHA, URL, PARAMETROS, firma)


def test_sin_token_no_pasa_nadie() -> None:
    assert not _entra("", URL, PARAMETROS, firmar("", URL, PARAMETROS))
    peticion = Peticion(URL, {}, firmar("", URL, {}))
    assert comprobar(peticion, Firmante("AC", ()), AHORA).firma is None
    assert comprobar(peticion, None, AHORA).firma is None


@given(
    st.text(max_size=60), st.text(max_size=60), st.dictionaries(st.text(max_size=9), st.lists(st.text(max_size=9), max_size=3)), st.binary()
)
def test_nada_de_lo_que_llegue_se_levanta(firma: str, cabecera: str, parametros: dict[str, list[str]], cuerpo: bytes) -> None:
    firmante = Firmante("AC", (FICHA,), claves={"k": "s"})
    for peticion in (Peticion(URL, parametros, firma, cabecera), Peticion(f"{URL}?bodySHA256={firma}", {}, firma, cabecera, cuerpo)):
        assert comprobar(peticion, firmante, AHORA).firma is None
    mala_forma(parametros)


@pytest.mark.parametrize(
    ("cabecera", "leida"),
    [
        ("", ("", SHA1)),
        ("key=k,algorithm=HMAC_SHA256", ("k", SHA256)),
        (" algorithm = hmac_sha256 , key = k ", ("k", SHA256)),
        ("key=k", ("k", SHA1)),
        ("algorithm=", ("", SHA1)),
        ("basura", ("", SHA1)),
        ("algorithm=MD5", ("", "MD5")),
    ],
)
def test_la_cabecera_de_ajustes_se_lee_sin_fiarse(cabecera: str, leida: tuple[str, str]) -> None:
    assert leer_cabecera(cabecera) == leida


@pytest.mark.parametrize(
    ("base", "consulta", "firmada"),
    [
        ("https://x.mx", "", "https://x.mx/webhook"),
        ("https://x.mx/", "a=1&b=%20", "https://x.mx/webhook?a=1&b=%20"),
        ("https://x.mx/aura#rc=3", "", "https://x.mx/aura/webhook"),
    ],
)
def test_la_direccion_firmada_es_la_configurada(base: str, consulta: str, firmada: str) -> None:
    assert direccion_firmada(base, "/webhook", consulta) == firmada


def test_las_claves_no_se_ven_al_escribir_un_firmante() -> None:
    dicho = repr(Firmante("AC", ("secreto-1",), ficha_anterior="secreto-2", claves={"k": "secreto-3"}))
    assert "secreto" not in dicho


def _ajustes(**cambios: object) -> Ajustes:
    return ajustes_de_prueba("postgresql://x/y", **cambios)


def _elegir(ajustes: Ajustes, cuenta: str, *conocidos: Conocido) -> Firmante | None:
    return elegir(conocidos, ajustes, cuenta=cuenta, numero="whatsapp:+5215512345678", servicio="")


def test_el_token_de_la_demo_solo_vale_para_su_cuenta_y_en_modo_demo() -> None:
    con_demo = _ajustes(DEMO=True)
    assert _elegir(con_demo, con_demo.cuenta_demo) == Firmante(con_demo.cuenta_demo, (con_demo.ficha_demo,))
    assert _elegir(con_demo, "AC" + "0" * 32) == Firmante("AC" + "0" * 32, (FICHA,))
    sin_demo = _ajustes(DEMO=False, TWILIO_ACCOUNT_SID="AC" + "0" * 32)
    assert _elegir(sin_demo, sin_demo.cuenta_demo) is None


def test_sin_token_configurado_una_cuenta_ajena_no_tiene_con_que_firmar() -> None:
    assert de_la_instalacion(_ajustes(TWILIO_AUTH_TOKEN=None), "AC" + "0" * 32) is None


def test_con_cuenta_configurada_solo_vale_la_suya() -> None:
    ajustes = _ajustes(TWILIO_ACCOUNT_SID="AC" + "0" * 32)
    assert de_la_instalacion(ajustes, "AC" + "1" * 32) is None
    assert de_la_instalacion(ajustes, "") is None


def test_el_numero_se_reconoce_con_y_sin_el_uno_de_mexico() -> None:
    suyo = Conocido("+525512345678", "", Firmante("AC" + "a" * 32, ("t",), "aura"))
    hallado = _elegir(_ajustes(), "AC" + "a" * 32, suyo)
    assert hallado is not None
    assert hallado.nombre_nora == "aura"
