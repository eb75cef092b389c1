"""La puerta de Twilio: sólo lo firmado pasa, lo que pasa queda guardado una vez, y nada de lo que llegue es un 500."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from ia.caso import leer_caso
from registro import bitacora
from sql import conexion
from sql.modelos import conversaciones
from tests.base import Base
from tests.fabricas import sid
from tests.panel import FICHA
from tests.personas import AURA, NUMEROS
from tests.webhook.conftest import MariaEscribe, parametros_de
from webhook.firma import firmar
from webhook.rechazos import SEGUIDOS_PARA_AVISAR

EJEMPLOS = Path(__file__).resolve().parents[3] / "shared/datos/twilio/ejemplos_webhook_entrante.json"


def _contar(base: Base, tabla: str) -> int:
    return int(str(base.filas(f"select count(*) from {tabla}")[0][0]))


def test_un_mensaje_firmado_queda_guardado_y_con_cita(maria_escribe: MariaEscribe, base: Base) -> None:
    respuesta = maria_escribe("¿A qué hora abren?")
    assert respuesta.status_code == 200
    assert respuesta.mimetype == "text/xml"
    assert "<Response/>" in respuesta.text
    assert base.filas("select nombre_nora, mensaje, tipo, estado from historial_conversaciones") == [
        (AURA, "¿A qué hora abren?", "usuario", "recibido")
    ]
    assert base.filas("select telefono, nombre, mensaje_reciente from contactos") == [("+5215512345678", "María", "¿A qué hora abren?")]
    assert base.filas("select sin_leer, atender_en > now(), direccion from conversaciones") == [(1, True, "whatsapp:+5215512345678")]
    assert base.filas("select veredicto, parametros ->> 'Body' from webhooks_recibidos") == [("guardado", "¿A qué hora abren?")]


@pytest.mark.parametrize("firma", ["", "mala", firmar("otro-token", "http://localhost/webhook", {})])
def test_sin_firma_o_con_firma_mala_es_403_y_no_queda_nada(publicar: Callable[..., TestResponse], base: Base, firma: str) -> None:
    assert publicar("/webhook", parametros_de(), firma=firma).status_code == 403
    assert publicar("/webhook/estado", parametros_de(), firma=firma).status_code == 403
    assert _contar(base, "webhooks_recibidos") == _contar(base, "historial_conversaciones") == _contar(base, "logs_errores") == 0


def test_si_a_un_numero_se_le_rechaza_todo_la_agencia_se_entera_una_vez(
    publicar: Callable[..., TestResponse], maria_escribe: MariaEscribe, base: Base
) -> None:
    for _ in range(SEGUIDOS_PARA_AVISAR - 1):
        publicar("/webhook", parametros_de(), firma="mala")
    maria_escribe("una buena entre medias")
    for _ in range(SEGUIDOS_PARA_AVISAR - 1):
        publicar("/webhook", parametros_de(), firma="mala")
    bitacora.vaciar()
    assert _contar(base, "logs_errores") == 0
    for _ in range(10):
        publicar("/webhook", parametros_de(), firma="mala")
    bitacora.vaciar()
    [(nora, descripcion, veces)] = base.filas("select nombre_nora, descripcion, veces from logs_errores")
    assert (nora, veces) == (AURA, 1)
    assert "Auth Token" in str(descripcion)


def test_con_url_publica_manda_la_configurada_y_no_la_del_host(app: Flask, visitante: FlaskClient) -> None:
    app.extensions["ajustes"] = app.extensions["ajustes"].model_copy(update={"url_publica": "https://nora.example.com"})
    parametros = parametros_de()
    buena = firmar(FICHA, "https://nora.example.com/webhook", parametros)
    del_host = firmar(FICHA, "http://localhost/webhook", parametros)
    assert visitante.post("/webhook", data=parametros, headers={"X-Twilio-Signature": del_host}).status_code == 403
    assert visitante.post("/webhook", data=parametros, headers={"X-Twilio-Signature": buena}).status_code == 200


def test_el_mismo_sid_dos_veces_es_una_fila(maria_escribe: MariaEscribe, base: Base) -> None:
    un_sid = sid()
    assert [maria_escribe("hola", MessageSid=un_sid).status_code for _ in range(2)] == [200, 200]
    assert _contar(base, "historial_conversaciones") == 1
    assert base.filas("select repeticiones from webhooks_recibidos") == [(1,)]
    assert base.filas("select sin_leer from conversaciones") == [(1,)]


def test_el_mismo_sid_cincuenta_veces_a_la_vez_es_una_fila(app: Flask, base: Base) -> None:
    parametros = parametros_de("a la vez")
    firma = firmar(FICHA, "http://localhost/webhook", parametros)

    def _uno(_: int) -> int:
        return app.test_client().post("/webhook", data=parametros, headers={"X-Twilio-Signature": firma}).status_code

    with ThreadPoolExecutor(16) as mesa:
        assert set(mesa.map(_uno, range(50))) == {200}
    assert _contar(base, "historial_conversaciones") == _contar(base, "contactos") == _contar(base, "conversaciones") == 1


def test_un_numero_que_no_es_de_nadie_queda_en_el_libro_y_se_avisa(maria_escribe: MariaEscribe, base: Base) -> None:
    assert maria_escribe("hola", To="whatsapp:+15005550006").status_code == 200
    assert base.filas("select veredicto, nombre_nora from webhooks_recibidos") == [("sin_nora", None)]
    assert _contar(base, "historial_conversaciones") == 0
    bitacora.vaciar()
    assert [tipo for (tipo,) in base.filas("select tipo from logs_errores")] == ["Webhook"]


@pytest.mark.parametrize("quita", ["MessageSid", "From", "To", "Body", "AccountSid", "ProfileName"])
def test_si_falta_un_parametro_se_contesta_200_y_queda_en_el_libro(publicar: Callable[..., TestResponse], base: Base, quita: str) -> None:
    parametros = {k: v for k, v in parametros_de().items() if k not in {quita, "SmsMessageSid", "SmsSid"}}
    if quita != "MessageSid":
        parametros["MessageSid"] = sid()
    assert publicar("/webhook", parametros).status_code == 200
    assert _contar(base, "webhooks_recibidos") == 1


def test_un_cuerpo_vacio_firmado_no_rompe(publicar: Callable[..., TestResponse], base: Base) -> None:
    assert publicar("/webhook", {"AccountSid": "AC" + "0" * 32}).status_code == 200
    assert base.filas("select veredicto from webhooks_recibidos") == [("no_entendido",)]


@pytest.mark.parametrize(
    "texto",
    [
        "x" * 1600,
        "😀👨‍👩‍👧‍👦" * 200,
        "\u202eRTL\u202c",
        "\u200b\u200d\ufeff",
        "a\x00b",
        "<script>alert(1)</script>",
        "'; drop table contactos; --",
        "\\u0000",
    ],
)
def test_ningun_texto_se_pierde_ni_es_un_500(maria_escribe: MariaEscribe, base: Base, texto: str) -> None:
    assert maria_escribe(texto).status_code == 200
    assert base.filas("select mensaje from historial_conversaciones") == [(texto.replace("\x00", ""),)]


def test_diez_adjuntos_se_guardan(maria_escribe: MariaEscribe, base: Base) -> None:
    extra = {f"MediaUrl{i}": f"https://api.twilio.com/{i}" for i in range(10)} | {f"MediaContentType{i}": "image/png" for i in range(10)}
    assert maria_escribe("", NumMedia="10", **extra).status_code == 200
    assert base.filas("select clase, jsonb_array_length(adjuntos) from historial_conversaciones") == [("imagen", 10)]


def test_los_nombres_repetidos_se_firman_y_se_guardan(publicar: Callable[..., TestResponse], base: Base) -> None:
    repetidos = MultiDict([*parametros_de("uno").items(), ("Body", "dos")])
    assert publicar("/webhook", repetidos).status_code == 200
    assert base.filas("select parametros -> 'Body' from webhooks_recibidos") == [(["uno", "dos"],)]


def test_un_parametro_desconocido_se_firma_y_se_guarda(maria_escribe: MariaEscribe, base: Base) -> None:
    assert maria_escribe("hola", CosaNueva="42").status_code == 200
    assert base.filas("select parametros ->> 'CosaNueva' from webhooks_recibidos") == [("42",)]


def test_con_las_credenciales_en_memoria_un_mensaje_es_una_sola_ida_a_la_base(maria_escribe: MariaEscribe) -> None:
    maria_escribe("la primera lee las credenciales")
    idas: list[int] = []
    yo = threading.get_ident()

    def _contar_ida(*_: object) -> None:
        if threading.get_ident() == yo:  # los hilos de fondo de la aplicación no son de este mensaje
            idas.append(1)

    deposito = conexion.motor().pool
    event.listen(deposito, "checkout", _contar_ida)
    try:
        assert maria_escribe("la segunda no").status_code == 200
    finally:
        event.remove(deposito, "checkout", _contar_ida)
    assert len(idas) == 1


def test_el_permiso_de_llamada_se_guarda_y_ni_se_atiende_ni_lo_ve_la_ia(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("VOICE_CALL_REQUEST", ButtonText="VOICE_CALL_REQUEST", ButtonPayload="ACCEPTED", MessageType="interactive")
    assert base.filas("select atender_en, pendiente_desde, sin_leer from conversaciones") == [(None, None, 1)]
    assert base.filas("select clase, mensaje from historial_conversaciones") == [("permiso_llamada", "Aceptó que la llamen por WhatsApp")]
    maria_escribe("¿A qué hora abren?")
    hilo = conversaciones.listar_hilos(AURA)[0].conversacion.id
    caso = leer_caso(AURA, hilo)
    assert (caso.textos, caso.medios_sin_texto, caso.historial) == (("¿A qué hora abren?",), (), ())


def test_lo_nuevo_que_trae_un_mensaje_llega_a_sus_tablas(maria_escribe: MariaEscribe, base: Base) -> None:
    cita = "MM" + "4" * 32
    maria_escribe(
        "vi el anuncio",
        ReferralSourceId="120210",
        ReferralSourceType="ad",
        OriginalRepliedMessageSid=cita,
        Forwarded="true",
        ExternalUserIdentifier="US.13491208655302741918",
        Username="@Maria.Perez",
    )
    assert base.filas("select referido, cita_sid, reenviado, direccion from historial_conversaciones") == [
        ({"tipo": "ad", "anuncio_id": "120210"}, cita, True, "whatsapp:+5215512345678")
    ]
    assert set(base.filas("select tipo, valor from identidades")) == {
        ("telefono", "+525512345678"),
        ("bsuid", "US.13491208655302741918"),
        ("usuario", "maria.perez"),
    }
    assert base.filas("select anuncio_en is not null, ventana_hasta > now() + interval '23 hours' from conversaciones") == [(True, True)]


def test_un_cuerpo_enorme_es_413(publicar: Callable[..., TestResponse], base: Base) -> None:
    assert publicar("/webhook", parametros_de("x" * 70_000)).status_code == 413
    assert _contar(base, "webhooks_recibidos") == 0


def test_sin_base_es_503_para_que_twilio_reintente_y_vuelve_sola(app: Flask, maria_escribe: MariaEscribe, base: Base) -> None:
    conexion.configurar("postgresql://nadie@127.0.0.1:1/nada")
    assert maria_escribe("hola").status_code == 503
    base.apuntar()
    assert maria_escribe("hola").status_code == 200
    assert _contar(base, "historial_conversaciones") == 1


@pytest.mark.skipif(not EJEMPLOS.exists(), reason="los ejemplos de referencia no están junto al proyecto")
def test_todas_las_formas_de_referencia_entran_una_vez(publicar: Callable[..., TestResponse], base: Base) -> None:
    casos = json.loads(EJEMPLOS.read_text("utf-8"))["ejemplos"]
    for caso in casos:
        parametros = caso["params"] | {"MessageSid": sid(), "To": f"whatsapp:{NUMEROS[AURA]}"}
        assert publicar("/webhook", parametros).status_code == 200, caso["nombre"]
    entradas = base.filas("select count(*) from webhooks_recibidos where veredicto = 'guardado'")
    assert entradas == [(len(casos),)]
    assert _contar(base, "historial_conversaciones") == len(casos)
