"""Leer lo que manda Twilio: todo lo documentado se entiende y nada de lo raro se levanta."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.entrada import LARGO_GUARDADO, aplanar, leer, limpiar

EJEMPLOS = Path(__file__).resolve().parents[3] / "shared/datos/twilio/ejemplos_webhook_entrante.json"
BASE = {
    "MessageSid": "SM" + "1" * 32,
    "AccountSid": "AC" + "0" * 32,
    "From": "whatsapp:+5491155550101",
    "To": "whatsapp:+14155238886",
    "Body": "Hola",
    "NumMedia": "0",
    "ProfileName": "Ana Pérez",
}


def _listas(parametros: dict[str, str]) -> dict[str, list[str]]:
    return {nombre: [valor] for nombre, valor in parametros.items()}


def test_un_texto_normal_se_entiende_entero() -> None:
    mensaje = leer(_listas(BASE))
    assert mensaje.se_entiende
    assert (mensaje.numero_nora, mensaje.texto, mensaje.clase) == ("+14155238886", "Hola", "texto")
    assert (mensaje.identidad_tipo, mensaje.identidad_valor) == ("telefono", "+541155550101")
    assert mensaje.direccion == "whatsapp:+5491155550101"
    assert mensaje.telefono == "+5491155550101"


def test_una_persona_sin_telefono_se_reconoce_por_su_bsuid() -> None:
    mensaje = leer(_listas(BASE | {"From": "whatsapp:US.13491208655302741918"}))
    assert mensaje.se_entiende
    assert (mensaje.identidad_tipo, mensaje.identidad_valor, mensaje.telefono) == ("bsuid", "US.13491208655302741918", None)


def test_mexico_con_y_sin_el_uno_es_la_misma_persona_y_se_responde_a_la_direccion_que_escribio() -> None:
    con_uno, sin_uno = (leer(_listas(BASE | {"From": f"whatsapp:+52{u}5512345678"})) for u in ("1", ""))
    assert con_uno.identidad_valor == sin_uno.identidad_valor == "+525512345678"
    assert con_uno.direccion == "whatsapp:+5215512345678"


@pytest.mark.parametrize(
    ("extra", "clase", "resumen"),
    [
        (
            {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/jpeg", "Body": "mira"},
            "imagen",
            "📷 Foto · mira",
        ),
        ({"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "audio/ogg", "Body": ""}, "audio", "🎤 Audio"),
        ({"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/webp", "Body": ""}, "sticker", "Sticker"),
        (
            {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "application/pdf", "Body": ""},
            "documento",
            "📄 Documento",
        ),
        (
            {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "text/vcard", "Body": ""},
            "contacto",
            "👤 Contacto",
        ),
        ({"Latitude": "19.4", "Longitude": "-99.1", "Body": ""}, "ubicacion", "📍 Ubicación"),
        ({"ButtonText": "Sí", "ButtonPayload": "si", "Body": ""}, "boton", "Sí"),
        ({"Body": ""}, "otro", "Mensaje"),
    ],
)
def test_cada_clase_se_muestra_como_lo_que_es(extra: dict[str, str], clase: str, resumen: str) -> None:
    mensaje = leer(_listas(BASE | extra))
    assert (mensaje.clase, mensaje.resumen) == (clase, resumen)


def test_veinte_adjuntos_caben_y_mas_no_rompen() -> None:
    muchos = {f"MediaUrl{i}": f"https://api.twilio.com/{i}" for i in range(30)} | {"NumMedia": "30"}
    assert len(leer(_listas(BASE | muchos)).adjuntos) == 20


@pytest.mark.parametrize("quita", ["MessageSid", "From", "To"])
def test_sin_lo_imprescindible_no_se_entiende_pero_se_lee(quita: str) -> None:
    parametros = {k: v for k, v in BASE.items() if k != quita}
    assert not leer(_listas(parametros)).se_entiende


@pytest.mark.parametrize("sid", ["", "SM1", "XX" + "1" * 32, "SM" + "1" * 32 + "NumMedia0", "SM" + "g" * 32])
def test_un_sid_que_no_es_de_twilio_no_pasa(sid: str) -> None:
    assert leer(_listas(BASE | {"MessageSid": sid})).message_sid is None


def test_nul_y_sustitutos_sueltos_se_limpian_y_lo_demas_queda_igual() -> None:
    assert limpiar("a\x00b\ud800c") == "ab?c"
    raro = "\u202eRTL \u200b\u200d cero 👨‍👩‍👧 z̷a̷l̷g̷o̷"
    assert leer(_listas(BASE | {"Body": raro})).texto == raro


def test_un_texto_enorme_se_recorta_pero_entra() -> None:
    assert len(leer(_listas(BASE | {"Body": "x" * 60_000})).texto) == LARGO_GUARDADO


def test_los_nombres_repetidos_se_guardan_todos_y_se_lee_el_primero() -> None:
    repetidos = {**_listas(BASE), "Body": ["uno", "dos"]}
    assert leer(repetidos).texto == "uno"
    assert aplanar(repetidos)["Body"] == ["uno", "dos"]


@given(
    st.dictionaries(
        st.one_of(st.sampled_from([*BASE, "NumMedia", "MediaUrl0", "Latitude", "Longitude"]), st.text()), st.lists(st.text(), max_size=3)
    )
)
def test_nada_de_lo_que_llegue_se_levanta(parametros: dict[str, list[str]]) -> None:
    leer(parametros)
    json.dumps(aplanar({k: v or [""] for k, v in parametros.items()})).encode()


@pytest.mark.skipif(not EJEMPLOS.exists(), reason="los ejemplos de referencia no están junto al proyecto")
def test_todas_las_formas_de_referencia_se_entienden() -> None:
    casos = json.loads(EJEMPLOS.read_text("utf-8"))["ejemplos"]
    assert len(casos) >= 15
    for caso in casos:
        assert leer(_listas(caso["params"])).se_entiende, caso["nombre"]
