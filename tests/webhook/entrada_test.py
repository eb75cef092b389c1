"""Leer lo que manda Twilio: todo lo documentado se entiende y nada de lo raro se levanta."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from webhook.entrada import LARGO_GUARDADO, MensajeEntrante, aplanar, de_json, desaplanar, leer, limpiar

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


def test_diez_adjuntos_caben_y_mas_no_rompen() -> None:
    muchos = {f"MediaUrl{i}": f"https://api.twilio.com/{i}" for i in range(30)} | {"NumMedia": "30"}
    assert len(leer(_listas(BASE | muchos)).adjuntos) == 10


@pytest.mark.parametrize("quita", ["MessageSid", "From", "To"])
def test_sin_lo_imprescindible_no_se_entiende_pero_se_lee(quita: str) -> None:
    parametros = {k: v for k, v in BASE.items() if k != quita}
    assert not leer(_listas(parametros)).se_entiende


@pytest.mark.parametrize("sid", ["", "SM1", "XX" + "1" * 32, "SM" + "1" * 32 + "NumMedia0", "SM" + "1" * 32 + "\n", "SM" + "g" * 32])
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


@pytest.mark.skipif(not EJEMPLOS.exists(), reason="los ejemplos de referencia no están junto al proyecto")
def test_todas_las_formas_de_referencia_se_entienden() -> None:
    casos = json.loads(EJEMPLOS.read_text("utf-8"))["ejemplos"]
    assert len(casos) >= 15
    for caso in casos:
        assert leer(_listas(caso["params"])).se_entiende, caso["nombre"]


def _leer(**extra: str) -> MensajeEntrante:
    return leer(_listas(BASE | extra))


FOTO = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "Body": ""}


@pytest.mark.parametrize(
    ("extra", "clase"),
    [
        (FOTO | {"MediaContentType0": "image/webp", "MessageType": "image"}, "imagen"),
        (FOTO | {"MediaContentType0": "audio/ogg; codecs=opus", "MessageType": "document"}, "audio"),
        (FOTO | {"MediaContentType0": "application/octet-stream", "MessageType": "video"}, "video"),
        (FOTO | {"MediaContentType0": "", "MessageType": ""}, "documento"),
        (FOTO | {"MediaContentType0": "text/x-vcard", "MessageType": "text"}, "contacto"),
        ({"Body": "", "MessageType": "sticker"}, "sticker"),
        ({"Body": "", "MessageType": "reaction"}, "otro"),
        ({"Body": "hola", "MessageType": "image"}, "texto"),
        ({"Body": "", "Latitude": "norte", "Longitude": "sur"}, "otro"),
        ({"Body": "", "Latitude": "91", "Longitude": "0"}, "otro"),
        ({"Body": "", "Latitude": "nan", "Longitude": "inf"}, "otro"),
        ({"Body": "aquí", "Latitude": "-34.6", "Longitude": "-58.38"}, "ubicacion"),
    ],
)
def test_mandan_los_archivos_y_el_lugar_y_messagetype_solo_desempata(extra: dict[str, str], clase: str) -> None:
    assert _leer(**extra).clase == clase


@pytest.mark.parametrize(
    ("extra", "esperado"),
    [
        (
            {"Body": "Confirmar", "ButtonText": "Confirmar", "ButtonPayload": "c_42", "ButtonType": "REPLY"},
            ("boton", "Confirmar", ({"boton": "c_42", "texto": "Confirmar"},)),
        ),
        ({"Body": "", "ListId": "t10", "ListTitle": "Turno 10:00"}, ("lista", "Turno 10:00", ({"boton": "t10", "texto": "Turno 10:00"},))),
        (
            {"Body": "", "InteractiveData": '{"flowResponse":{"nombre":"Ana","edad":30}}', "FlowData": '{"sede":"Norte","vacio":""}'},
            ("formulario", "nombre: Ana\nedad: 30\nsede: Norte", ({"formulario": {"nombre": "Ana", "edad": "30", "sede": "Norte"}},)),
        ),
        ({"Body": "", "FlowData": "esto no es JSON"}, ("formulario", "", ({"formulario": {}},))),
        ({"Body": "", "FlowData": "[" * 50_000}, ("formulario", "", ({"formulario": {}},))),
    ],
)
def test_botones_listas_y_formularios(extra: dict[str, str], esperado: tuple[Any, ...]) -> None:
    mensaje = _leer(**extra)
    assert (mensaje.clase, mensaje.texto, mensaje.adjuntos) == esperado


@pytest.mark.parametrize(
    ("respuesta", "frase"),
    [("ACCEPTED", "Aceptó que la llamen"), ("REJECTED", "No aceptó que la llamen"), ("", "Respondió sobre las llamadas")],
)
def test_la_respuesta_a_una_llamada_se_dice_y_no_se_atiende(respuesta: str, frase: str) -> None:
    mensaje = _leer(Body="VOICE_CALL_REQUEST", ButtonText="VOICE_CALL_REQUEST", ButtonPayload=respuesta, MessageType="interactive")
    assert (mensaje.clase, mensaje.sin_atender) == ("permiso_llamada", True)
    assert mensaje.texto.startswith(frase)
    assert "VOICE_CALL_REQUEST" not in mensaje.resumen
    assert not _leer(Body="quiero una llamada").sin_atender


def test_responder_citar_y_reenviar() -> None:
    cita = "MM" + "4" * 32
    mensaje = _leer(OriginalRepliedMessageSid=cita, OriginalRepliedMessageSender="whatsapp:+14155238886", Forwarded="true")
    assert (mensaje.cita_sid, mensaje.reenviado) == (cita, True)
    assert _leer(FrequentlyForwarded="True").reenviado
    assert not _leer(Forwarded="false").reenviado
    assert _leer(OriginalRepliedMessageSid="otra cosa").cita_sid is None


def test_un_anuncio_se_reconoce_por_su_id_o_por_su_clic_y_nunca_por_referralnummedia() -> None:
    assert _leer(ReferralNumMedia="1", ReferralBody="x", ReferralMediaUrl="https://x").referido is None
    assert _leer(ReferralSourceId="120210", ReferralSourceType="ad", ReferralHeadline="Oferta", ReferralCtwaClid="ARA").referido == {
        "anuncio_id": "120210",
        "clic_id": "ARA",
        "tipo": "ad",
        "titulo": "Oferta",
    }
    assert _leer(ReferralCtwaClid="ARA").referido == {"clic_id": "ARA"}


TELEFONO = {"tipo": "telefono", "valor": "+541155550101", "direccion": "whatsapp:+5491155550101"}
BSUID = {"tipo": "bsuid", "valor": "US.13491208655302741918", "direccion": "whatsapp:US.13491208655302741918"}
PADRE = {"tipo": "bsuid_padre", "valor": "US.ENT.99887766", "direccion": "whatsapp:US.ENT.99887766"}


@pytest.mark.parametrize(
    ("extra", "senas"),
    [
        ({}, [TELEFONO]),
        ({"WaId": "5491155550101"}, [TELEFONO]),
        ({"ExternalUserIdentifier": BSUID["valor"]}, [TELEFONO, BSUID]),
        ({"From": BSUID["direccion"], "WaId": "", "ExternalUserIdentifier": BSUID["valor"]}, [BSUID]),
        ({"From": BSUID["direccion"], "WaId": "5491155550101"}, [BSUID, TELEFONO]),
        ({"From": PADRE["direccion"]}, [PADRE]),
        ({"From": BSUID["direccion"], "ParentExternalUserIdentifier": PADRE["valor"]}, [BSUID, PADRE]),
        ({"Username": "@Ana.Perez"}, [TELEFONO, {"tipo": "usuario", "valor": "ana.perez", "direccion": "@ana.perez"}]),
        (
            {
                "ChannelMetadata": json.dumps(
                    {"type": "whatsapp", "data": {"context": {"Username": "ana", "UserId": BSUID["valor"], "n": 1}}}
                )
            },
            [TELEFONO, {"tipo": "usuario", "valor": "ana", "direccion": "@ana"}, BSUID],
        ),
        ({"ChannelMetadata": "[" * 60_000}, [TELEFONO]),
        ({"ChannelMetadata": '{"data": [1]}'}, [TELEFONO]),
        ({"ExternalUserIdentifier": "+5215500000000"}, [TELEFONO]),
        ({"From": "messenger:123"}, []),
    ],
)
def test_las_senas_de_quien_escribe(extra: dict[str, str], senas: list[dict[str, str]]) -> None:
    mensaje = _leer(**extra)
    assert list(mensaje.identidades) == senas
    assert mensaje.se_entiende == bool(senas)


def test_el_telefono_se_dice_aunque_escriba_desde_su_bsuid() -> None:
    assert _leer(From=BSUID["direccion"], WaId="5491155550101").telefono == "+5491155550101"
    assert _leer(From=BSUID["direccion"]).telefono is None


def test_una_orden_de_baja_se_reconoce_en_lo_que_dice_la_persona_y_no_en_un_archivo() -> None:
    assert _leer(Body="BAJA").baja == "baja"
    assert _leer(Body="ALTA").baja == "alta"
    assert _leer(Body="", ButtonText="STOP", ButtonPayload="x").baja == "baja"
    assert _leer(Body="hola").baja is None
    assert _leer(**FOTO | {"Body": "baja", "MediaContentType0": "application/pdf"}).baja is None


def test_un_cuerpo_json_da_los_mismos_parametros() -> None:
    assert de_json(json.dumps(BASE).encode()) == _listas(BASE)
    assert de_json(b'{"NumMedia": 0, "x": null}') == {"NumMedia": ["0"], "x": ["None"]}
    for raro in (b"", b"[1]", b"\xff", b"[" * 60_000, b"7" * 6_000):
        assert de_json(raro) == {}


def test_lo_guardado_en_el_libro_se_vuelve_a_leer_igual() -> None:
    parametros = {**_listas(BASE), "Body": ["uno", "dos"]}
    assert desaplanar(aplanar(parametros)) == parametros
