"""La salud del número según Twilio: se lee, se guarda, se avisa una vez si empeora y se le puede poner la dirección."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from registro import bitacora, config
from sql.modelos.remitentes import buscar_remitente
from tests.base import Base
from tests.dobles.twilio import DobleDeTwilio
from tests.personas import AURA, NUMEROS
from webhook import remitentes
from webhook.cliente_twilio import Incierto
from webhook.credenciales import buscar_credencial
from webhook.remitentes import RemitentesDeTwilio, apunta_aqui, direccion_del_webhook, mirar, mirar_a_todas, poner_webhook
from webhook.salud_del_numero import DE_PRUEBAS, SIN_REMITENTE

AHORA = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
NUMERO = f"whatsapp:{NUMEROS[AURA]}"


@pytest.fixture
def publica(twilio: DobleDeTwilio) -> str:
    """Una instalación con dirección pública."""
    del twilio
    config.fijar(config.vigentes().model_copy(update={"url_publica": "https://noras.example"}))
    return "https://noras.example"


def test_lo_que_dice_twilio_queda_guardado(twilio: DobleDeTwilio) -> None:
    sid = twilio.salas.dar_de_alta(NUMERO)
    salud = mirar(AURA, AHORA)
    fila = buscar_remitente(AURA)
    assert salud is not None
    assert fila is not None
    assert (fila.estado, fila.calidad, fila.limite, fila.sender_sid, fila.mirado_en) == ("ONLINE", "HIGH", "2K Customers/24hr", sid, AHORA)


def test_el_mismo_numero_dicho_de_otra_forma_se_encuentra(twilio: DobleDeTwilio) -> None:
    sid = twilio.salas.dar_de_alta("whatsapp:+5215512345678")
    credencial = buscar_credencial(AURA, None)
    assert credencial is not None
    assert RemitentesDeTwilio(credencial).buscar("+525512345678", None).sender_sid == sid


def test_un_numero_que_no_es_de_la_cuenta_y_el_de_pruebas_no_son_lo_mismo(twilio: DobleDeTwilio) -> None:
    twilio.salas.dar_de_alta("whatsapp:+14155559999")
    credencial = buscar_credencial(AURA, None)
    assert credencial is not None
    api = RemitentesDeTwilio(credencial)
    assert api.buscar(NUMEROS[AURA], None).estado == SIN_REMITENTE
    assert api.buscar(NUMEROS[AURA], "XE" + "f" * 32).estado == SIN_REMITENTE, "un identificador viejo no engaña"
    assert api.buscar(remitentes.NUMERO_DE_PRUEBAS, None).estado == DE_PRUEBAS


def test_si_empeora_se_avisa_una_vez_en_espanol(twilio: DobleDeTwilio, base: Base) -> None:
    sid = twilio.salas.dar_de_alta(NUMERO)
    mirar(AURA, AHORA)
    razones = [{"code": "63051", "message": "WABA locked", "more_info": "https://www.twilio.com/docs/api/errors/63051"}]
    twilio.salas.fichas_de_remitente[sid] |= {"status": "OFFLINE", "offline_reasons": razones}
    for _ in range(3):
        mirar(AURA, AHORA)
    bitacora.vaciar()
    [(que, veces)] = base.filas("select descripcion, veces from logs_errores")
    assert "fuera de línea (Meta bloqueó el número" in str(que)
    assert "consola de Twilio" in str(que)
    assert veces == 1


def test_el_que_no_contesta_no_deja_a_los_demas_sin_mirar(twilio: DobleDeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    twilio.salas.dar_de_alta(NUMERO)
    de_verdad = remitentes.mirar

    def cojo(nombre_nora: str, ahora: dt.datetime) -> object:
        if nombre_nora == "otra":
            raise Incierto("no contesta")
        return de_verdad(nombre_nora, ahora)

    monkeypatch.setattr(remitentes, "mirar", cojo)
    assert mirar_a_todas() == 1


def test_se_le_pone_la_direccion_con_sus_reintentos(twilio: DobleDeTwilio, publica: str) -> None:
    sid = twilio.salas.dar_de_alta(NUMERO)
    salud = poner_webhook(AURA, AHORA)
    puesto = twilio.salas.fichas_de_remitente[sid]["webhook"]
    assert salud is not None
    assert puesto["callback_url"] == f"{publica}/webhook#rc=3&rp=5xx,ct,rt" == salud.webhook_url
    assert puesto["status_callback_url"] == f"{publica}/webhook/estado"
    assert apunta_aqui(salud.webhook_url, config.vigentes())


def test_sin_direccion_publica_no_se_manda_una_que_twilio_no_alcanza(twilio: DobleDeTwilio) -> None:
    sid = twilio.salas.dar_de_alta(NUMERO)
    with pytest.raises(ValueError, match="PUBLIC_URL"):
        poner_webhook(AURA, AHORA)
    assert twilio.salas.fichas_de_remitente[sid]["webhook"]["callback_url"] is None


def test_el_simulado_siempre_esta_bien(app: Flask) -> None:
    salud = mirar(AURA, AHORA)
    assert salud is not None
    assert (salud.estado, salud.calidad) == ("ONLINE", "GREEN")
    assert salud.webhook_url == direccion_del_webhook(app.extensions["ajustes"])
    assert poner_webhook(AURA, AHORA) == salud


@pytest.mark.parametrize(
    ("puesta", "es"),
    [
        ("https://noras.example/webhook", True),
        ("https://noras.example/webhook#rc=1", True),
        ("https://noras.example/webhook/", True),
        ("https://noras.example/otra", False),
        ("https://noras.example.malo/webhook", False),
        ("", False),
        (None, False),
    ],
)
def test_la_direccion_es_la_nuestra_o_no(publica: str, puesta: str | None, es: bool) -> None:
    assert apunta_aqui(puesta, config.vigentes()) is es
