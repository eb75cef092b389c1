"""La matriz de firmas: peticiones con la forma de las de verdad, por la puerta de verdad; cada una dice si entra y con qué firma."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from registro import config
from tests.base import Base
from tests.fabricas import CUENTA, sid
from tests.panel import FICHA
from tests.personas import AURA, NUMEROS
from tests.webhook.firma_casos import TODOS
from tests.webhook.firmado import (
    AHORA,
    FICHA_PROPIA,
    PROPIA,
    PUBLICA,
    Intento,
    con_claves,
    dentro_de,
    mandar,
    mensaje,
    preparar,
    propio,
)
from webhook.credenciales import guardar_credenciales
from webhook.firma import SHA1, Firmante, Peticion, comprobar, firmar

VECTORES = Path(__file__).resolve().parents[3] / "shared/datos/twilio/vectores_firma.json"


@pytest.fixture
def instalacion(app: Flask) -> Flask:
    """La casa con su cuenta de Twilio y su dirección pública puestas."""
    return _con_direccion(app, PUBLICA)


def _con_direccion(app: Flask, publica: str) -> Flask:
    ajustes = app.extensions["ajustes"].model_copy(update={"twilio_cuenta": CUENTA, "url_publica": publica})
    app.extensions["ajustes"] = config.fijar(ajustes)
    return app


@pytest.mark.parametrize("intento", TODOS, ids=str)
def test_la_matriz(instalacion: Flask, visitante: FlaskClient, base: Base, intento: Intento) -> None:
    _con_direccion(instalacion, intento.publica)
    preparar(intento.numero.get("_", intento.numero))
    respuesta = mandar(visitante, intento)
    assert respuesta.status_code == (200 if intento.entra else 403), respuesta.text
    assert base.filas("select firma from webhooks_recibidos") == ([(intento.entra,)] if intento.entra else [])


def test_la_matriz_no_se_encoge() -> None:
    assert len(TODOS) >= 60
    assert len({str(intento) for intento in TODOS}) == len(TODOS)
    assert sum(1 for intento in TODOS if not intento.entra) >= 30


@pytest.mark.parametrize(
    ("intento", "codigo"),
    [
        (Intento("aviso de estado bueno", "sha1"), 204),
        (Intento("aviso de estado con token de otro", "", secreto="x" * 32), 403),
        (Intento("aviso de estado con cuenta propia", "sha1", secreto=FICHA_PROPIA, numero=con_claves()), 204),
        (Intento("aviso de estado con la intención cambiada", "", firma_url=f"{PUBLICA}/webhook/estado?i=7&a=1"), 403),
        (Intento("aviso de estado en sombra", "sombra", firma="", numero={"sombra_hasta": dentro_de(60)}), 204),
    ],
    ids=str,
)
def test_los_avisos_de_estado_pasan_por_lo_mismo(
    instalacion: Flask, visitante: FlaskClient, base: Base, intento: Intento, codigo: int
) -> None:
    cuenta = PROPIA if intento.secreto == FICHA_PROPIA else CUENTA
    nora, persona = f"whatsapp:{NUMEROS[AURA]}", "whatsapp:+5215512345678"
    aviso = {"MessageSid": sid(), "MessageStatus": "sent", "AccountSid": cuenta, "From": nora, "To": persona}
    intento.pares = list(aviso.items())
    intento.consulta = "i=8&a=1"
    preparar(intento.numero)
    assert mandar(visitante, intento, "/webhook/estado").status_code == codigo
    esperado = [(intento.entra, "i=8&a=1")] if intento.entra else []
    assert base.filas("select firma, consulta from webhooks_recibidos") == esperado


def test_la_direccion_con_barra_al_final_no_existe(instalacion: Flask, visitante: FlaskClient) -> None:
    """Redirigirla rompería la firma: Twilio tiene que llamar a la exacta."""
    del instalacion
    assert mandar(visitante, Intento("con barra", ""), "/webhook/").status_code == 404


def test_la_cuenta_simulada_firma_con_su_token_y_solo_en_demo(instalacion: Flask, visitante: FlaskClient) -> None:
    ajustes = instalacion.extensions["ajustes"]
    simulado = mensaje(AccountSid=ajustes.cuenta_demo)
    assert mandar(visitante, Intento("demo", "sha1", simulado, secreto=ajustes.ficha_demo)).status_code == 200
    assert mandar(visitante, Intento("demo con el token de verdad", "", simulado, secreto=FICHA)).status_code == 403
    guardar_credenciales(AURA, ahora=AHORA, sombra_hasta=dentro_de(60))
    assert mandar(visitante, Intento("ni en sombra se cuela", "", simulado, secreto="x")).status_code == 403
    instalacion.extensions["ajustes"] = ajustes.model_copy(update={"demo": False})
    assert mandar(visitante, Intento("sin demo", "", simulado, secreto=ajustes.ficha_demo)).status_code == 403


def test_una_credencial_recien_guardada_vale_al_momento(instalacion: Flask, visitante: FlaskClient) -> None:
    del instalacion
    assert mandar(visitante, Intento("antes", "sha1")).status_code == 200  # lo leído queda en memoria
    guardar_credenciales(AURA, ahora=AHORA, **con_claves())
    assert mandar(visitante, Intento("después", "sha1", propio(), secreto=FICHA_PROPIA)).status_code == 200


@pytest.mark.skipif(not VECTORES.exists(), reason="los vectores de referencia no están junto al proyecto")
def test_los_vectores_de_referencia() -> None:
    vectores = json.loads(VECTORES.read_text("utf-8"))["vectores_twilio"]
    assert len(vectores) >= 8
    for v in vectores:
        parametros = MultiDict(v.get("params_lista") or v.get("params") or {})
        assert firmar(v["auth_token"], v["url"], parametros, v["algoritmo"]) == v["firma"], v["nombre"]
        cuerpo = v["cuerpo"].encode() if "cuerpo" in v else None
        es_sha1 = v["algoritmo"] == SHA1
        firmante = Firmante("AC", (v["auth_token"],), claves={"k": v["auth_token"]}, esquema="sha1" if es_sha1 else "sha256")
        cabecera = "" if es_sha1 else "key=k,algorithm=HMAC_SHA256"
        buena = Peticion(v["url"], parametros.to_dict(flat=False), v["firma"], cabecera, cuerpo)
        assert comprobar(buena, firmante, AHORA).firma == ("sha1" if es_sha1 else "sha256"), v["nombre"]
        mala = Peticion(v["url"] + "x", parametros.to_dict(flat=False), v["firma"], cabecera, cuerpo)
        assert comprobar(mala, firmante, AHORA).firma is None, v["nombre"]
