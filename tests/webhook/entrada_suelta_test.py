"""Cualquier parámetro, en cualquier forma, por la lectura y por la puerta de verdad: ni se levanta, ni es un 500, ni se repite."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.base import Base
from tests.fabricas import sid
from tests.panel import FICHA
from tests.webhook.conftest import parametros_de
from webhook.entrada import LARGO_GUARDADO, aplanar, leer
from webhook.firma import firmar

CONOCIDOS = [
    "AccountSid", "MessageSid", "SmsSid", "SmsMessageSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "MediaUrl1",
    "MediaContentType0", "MessageType", "ProfileName", "WaId", "Latitude", "Longitude", "Address", "Label", "ButtonText",
    "ButtonPayload", "ButtonType", "ListId", "ListTitle", "InteractiveData", "FlowData", "ChannelMetadata",
    "OriginalRepliedMessageSid", "OriginalRepliedMessageSender", "Forwarded", "FrequentlyForwarded", "ReferralSourceId",
    "ReferralCtwaClid", "ReferralNumMedia", "ReferralBody", "ExternalUserIdentifier", "ParentExternalUserIdentifier", "Username",
    "MessagingServiceSid", "MessageStatus", "ErrorCode",
]  # fmt: skip
_DE_VERDAD = st.sampled_from(
    ["", "0", "10", "-34.6", "VOICE_CALL_REQUEST", "ACCEPTED", "image/webp", "text/vcard", "true", "BAJA", "whatsapp:+5215512345678",
     "whatsapp:US.ENT.1", "US.123", '{"data":{"context":{"Username":"x"}}}', '{"flowResponse":{"a":[1,{"b":2}]}}', "[[[", "\x00", "a\x00b"]
)  # fmt: skip
_VALOR = st.one_of(_DE_VERDAD, st.text(max_size=80))
_NOMBRE = st.one_of(st.sampled_from(CONOCIDOS), st.text(min_size=1, max_size=20))


@given(st.dictionaries(_NOMBRE, st.lists(_VALOR, max_size=3), max_size=20))
def test_leer_nunca_se_levanta_y_lo_leido_cabe_en_la_base(parametros: dict[str, list[str]]) -> None:
    mensaje = leer(parametros)
    assert len(mensaje.texto) <= LARGO_GUARDADO
    assert len(mensaje.adjuntos) <= 10
    assert mensaje.se_entiende <= bool(mensaje.identidades and mensaje.message_sid and mensaje.numero_nora)
    assert len({s["tipo"] for s in mensaje.identidades}) == len(mensaje.identidades)
    assert mensaje == leer(parametros)
    json.dumps([mensaje.texto, mensaje.resumen, mensaje.adjuntos, mensaje.identidades, mensaje.referido]).encode()
    json.dumps(aplanar({k: v or [""] for k, v in parametros.items()})).encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_NOMBRE.filter(lambda n: n not in {"AccountSid", "To"}), _VALOR, max_size=12))
def test_por_la_puerta_de_verdad_nada_es_un_500_y_dos_veces_es_una(
    publicar: Callable[..., TestResponse], base: Base, extra: dict[str, str]
) -> None:
    base.duena.execute("truncate webhooks_recibidos, historial_conversaciones, archivos, conversaciones, identidades, contactos cascade")
    # Lo que no se puede mandar por HTTP (un sustituto suelto) no es el caso: aquí sólo entra lo que cabe en un formulario.
    parametros = {n: v for n, v in (parametros_de() | extra).items() if (n + v).isprintable() or "\x00" in v}
    respuestas = [publicar("/webhook", parametros), publicar("/webhook", parametros)]
    assert {r.status_code for r in respuestas} <= {200, 403}
    assert respuestas[0].status_code == respuestas[1].status_code
    [(filas, mensajes)] = base.filas("select count(*), (select count(*) from historial_conversaciones) from webhooks_recibidos")
    assert int(str(mensajes)) <= 1
    if leer({n: [v] for n, v in parametros.items()}).message_sid:
        assert int(str(filas)) == (1 if respuestas[0].status_code == 200 else 0)
    assert publicar("/webhook/estado?i=1", parametros).status_code in {204, 403}


@pytest.mark.parametrize(
    ("cuerpo", "tipo"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"\xff\xfe\xfd=\xff", "application/x-www-form-urlencoded"),
        (b"&".join([b"a=1"] * 10_000), "application/x-www-form-urlencoded"),
        (b"=&" * 20_000, "application/x-www-form-urlencoded"),
        (b"AccountSid=%00&MessageSid=%ED%A0%80", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"[" * 60_000, "application/json"),
        (b"{", "application/json"),
        (b"hola", "text/plain"),
        (b"<x/>", "text/xml"),
        (b"--x\r\nContent-Disposition: form-data; name=\"Body\"\r\n\r\nhola\r\n--x--", "multipart/form-data; boundary=x"),
        (b"sin boundary", "multipart/form-data"),
        (b"a=1", ""),
        (b"a=1", "application/x-www-form-urlencoded; charset=utf-7"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ruta", ["/webhook", "/webhook/estado", "/webhook?bodySHA256=%00", "/webhook?%ff"])
def test_un_cuerpo_absurdo_sin_firma_es_403_y_no_deja_nada(visitante: FlaskClient, base: Base, cuerpo: bytes, tipo: str, ruta: str) -> None:
    respuesta = visitante.post(ruta, data=cuerpo, content_type=tipo, headers={"X-Twilio-Signature": "AAAA"})
    assert respuesta.status_code == 403
    assert base.filas("select count(*) from webhooks_recibidos") == [(0,)]


def test_diez_mil_parametros_bien_firmados_quedan_en_el_libro(publicar: Callable[..., TestResponse], base: Base) -> None:
    muchos = MultiDict([*parametros_de("hola").items(), *((f"{n:x}", "") for n in range(9_000)), *[("z", "1")] * 1_000])
    assert publicar("/webhook", muchos).status_code == 200
    assert base.filas("select count(*) from webhooks_recibidos w, jsonb_object_keys(w.parametros)") > [(9_000,)]


@pytest.mark.parametrize("tipo", ["application/x-www-form-urlencoded", "application/json", "text/plain"])
def test_mas_de_sesenta_y_cuatro_kilobytes_es_413_en_cualquier_forma(
    app: Flask, visitante: FlaskClient, base: Base, tipo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 50_000_000)  # aunque otras puertas admitan archivos
    monkeypatch.setitem(app.config, "MAX_FORM_MEMORY_SIZE", 50_000_000)
    for ruta in ("/webhook", "/webhook/estado"):
        assert visitante.post(ruta, data=b"Body=" + b"x" * 66_000, content_type=tipo).status_code == 413
    assert base.filas("select count(*) from webhooks_recibidos") == [(0,)]


def test_nul_y_sustitutos_en_cualquier_campo_entran_limpios(publicar: Callable[..., TestResponse], base: Base) -> None:
    raros: dict[str, Any] = parametros_de("ho\x00la", ProfileName="M\x00aría", Address="\x00", ButtonPayload="\x00", CosaNueva="\x00")
    assert publicar("/webhook", raros).status_code == 200
    assert base.filas("select mensaje from historial_conversaciones") == [("hola",)]
    assert base.filas("select nombre from contactos") == [("María",)]


def test_la_cabecera_de_reintento_y_la_consulta_quedan_en_el_libro(visitante: FlaskClient, base: Base) -> None:
    parametros = parametros_de(MessageSid=sid())
    url = "/webhook?nora=aura&x=%20"
    firma = firmar(FICHA, f"http://localhost{url}", parametros)
    cabeceras = {"X-Twilio-Signature": firma, "I-Twilio-Idempotency-Token": "f" * 36 + "\u00f1"}
    assert visitante.post(url, data=parametros, headers=cabeceras).status_code == 200
    [(ficha, consulta, firmado)] = base.filas("select ficha_idempotencia, consulta, firma from webhooks_recibidos")
    assert str(ficha).startswith("f" * 36)
    assert (consulta, firmado) == ("nora=aura&x=%20", "sha1")
