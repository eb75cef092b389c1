"""«Comprobar»: cada renglón dice la verdad, cada fallo trae su salida y el diagnóstico no lleva secretos."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from registro import config
from sql.modelos.noras import guardar_nora
from sql.modelos.remitentes import buscar_remitente, guardar_remitente
from tests.dobles.twilio import DobleDeTwilio
from tests.panel import FICHA
from tests.personas import AURA, NUMEROS
from tests.webhook.conftest import MariaEscribe
from tests.webhook.conftest import parametros_de as parametros
from webhook.comprobacion import ESPERA_MAXIMA, PASOS, como_quedo, comprobar, diagnostico, empezar, llegada_de_prueba, ver_pasos
from webhook.credenciales import guardar_credenciales
from webhook.listado_twilio import Visto
from webhook.process_message import recibir
from webhook.recuperacion import parametros_de

NUMERO = f"whatsapp:{NUMEROS[AURA]}"

PROPIA = "AC" + "a" * 32


def llega(cuenta: str, firma: str = "sha1") -> None:
    """Un mensaje de María que entró por esa cuenta."""
    recibir({clave: [valor] for clave, valor in parametros(AccountSid=cuenta).items()}, firma=firma)


def _ahora() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def publica(twilio: DobleDeTwilio) -> None:
    """Una instalación con dirección pública."""
    del twilio
    config.fijar(config.vigentes().model_copy(update={"url_publica": "https://noras.example"}))


def _todo() -> dict[str, str]:
    empezar(AURA, _ahora())
    return {clave: comprobar(AURA, clave, _ahora()).estado for clave in PASOS}


def test_con_todo_en_su_sitio_los_tres_salen_bien(twilio: DobleDeTwilio, publica: None) -> None:
    twilio.salas.dar_de_alta(NUMERO, webhook={"callback_url": "https://noras.example/webhook#rc=3&rp=5xx,ct,rt"})
    assert _todo() == {"credenciales": "bien", "numero": "bien", "webhook": "bien"}
    assert [p.clave for p in ver_pasos(AURA)] == list(PASOS)


def test_con_el_token_mal_se_dice_donde_se_arregla(twilio: DobleDeTwilio, publica: None) -> None:
    twilio.abrir_cuenta(twilio.cuenta, "f" * 32)
    paso = comprobar(AURA, "credenciales", _ahora())
    assert (paso.estado, "no aceptó las credenciales" in paso.detalle) == ("mal", True)
    assert paso.enlace is not None
    assert paso.enlace[1].startswith("https://console.twilio.com/")


def test_un_numero_de_otra_cuenta_y_una_direccion_ajena_se_notan(twilio: DobleDeTwilio, publica: None) -> None:
    assert "no está entre los números" in comprobar(AURA, "numero", _ahora()).detalle
    twilio.salas.dar_de_alta(NUMERO, webhook={"callback_url": "https://otra.example/bot"})
    comprobar(AURA, "numero", _ahora())
    paso = comprobar(AURA, "webhook", _ahora())
    assert (paso.estado, paso.detalle) == ("mal", "Twilio tiene «https://otra.example/bot».")
    assert "https://noras.example/webhook#rc=3" in paso.arreglo


def test_sin_direccion_publica_no_puede_salir_bien(twilio: DobleDeTwilio) -> None:
    twilio.salas.dar_de_alta(NUMERO)
    assert "PUBLIC_URL" in comprobar(AURA, "webhook", _ahora()).arreglo


def test_apuntar_aqui_sin_reintentos_se_avisa(twilio: DobleDeTwilio, publica: None) -> None:
    twilio.salas.dar_de_alta(NUMERO, webhook={"callback_url": "https://noras.example/webhook"})
    assert _todo()["webhook"] == "ojo"


def test_el_numero_de_pruebas_explica_el_codigo(twilio: DobleDeTwilio, publica: None) -> None:
    guardar_nora(AURA, numero_nora="+14155238886")
    paso = comprobar(AURA, "numero", _ahora())
    assert (paso.estado, "join" in paso.arreglo) == ("ojo", True)
    assert comprobar(AURA, "webhook", _ahora()).estado == "ojo"


def test_en_la_demo_no_hace_falta_nada(app: Flask) -> None:
    assert _todo() == dict.fromkeys(PASOS, "bien")


def test_con_twilio_caido_no_se_levanta_nada(twilio: DobleDeTwilio, publica: None) -> None:
    twilio.listado_caido = True
    paso = comprobar(AURA, "credenciales", _ahora())
    assert (paso.estado, paso.detalle) == ("mal", "Twilio contestó 503")


def test_la_espera_se_pone_verde_con_un_mensaje_de_verdad(twilio: DobleDeTwilio, maria_escribe: MariaEscribe) -> None:
    assert llegada_de_prueba(AURA, _ahora())[0] == "nada"
    maria_escribe("de antes")
    empezar(AURA, _ahora())
    assert llegada_de_prueba(AURA, _ahora())[0] == "esperando"
    maria_escribe("hola")
    estado, llegada = llegada_de_prueba(AURA, _ahora())
    assert estado == "llego"
    assert llegada is not None
    assert llegada.de == "whatsapp:+5215512345678"


def test_un_mensaje_del_simulador_no_prueba_una_cuenta_de_twilio(app: Flask) -> None:
    del app
    guardar_credenciales(AURA, ahora=_ahora(), cuenta=PROPIA, ficha="f" * 32)
    empezar(AURA, _ahora())
    llega(config.vigentes().cuenta_demo)
    assert llegada_de_prueba(AURA, _ahora())[0] == "esperando"
    llega(PROPIA, firma="sombra")
    assert llegada_de_prueba(AURA, _ahora())[0] == "esperando"
    llega(PROPIA, firma="anterior")
    assert llegada_de_prueba(AURA, _ahora())[0] == "llego"


def test_en_la_demo_sirve_el_del_simulador(app: Flask) -> None:
    del app
    empezar(AURA, _ahora())
    llega(config.vigentes().cuenta_demo)
    assert llegada_de_prueba(AURA, _ahora())[0] == "llego"


def test_lo_empezado_con_otras_credenciales_nunca_se_pone_verde(twilio: DobleDeTwilio, publica: None) -> None:
    twilio.salas.dar_de_alta(NUMERO, webhook={"callback_url": "https://noras.example/webhook#rc=3&rp=5xx,ct,rt"})
    assert como_quedo(buscar_remitente(AURA)) == "sin_comprobar"
    _todo()
    assert como_quedo(buscar_remitente(AURA)) == "bien"
    guardar_credenciales(AURA, ahora=_ahora(), cuenta=PROPIA, ficha="f" * 32)
    llega(PROPIA)
    llega(twilio.cuenta)
    assert como_quedo(buscar_remitente(AURA)) == "sin_comprobar"
    assert ver_pasos(AURA) == []
    assert llegada_de_prueba(AURA, _ahora()) == ("nada", None)
    # El paso que aún estaba en marcha tampoco la resucita.
    comprobar(AURA, "webhook", _ahora())
    assert ver_pasos(AURA) == []


def test_lo_recuperado_no_cuenta_como_llegada(twilio: DobleDeTwilio) -> None:
    empezar(AURA, _ahora())
    visto = Visto("SM" + "a" * 32, "whatsapp:+5215512345678", NUMERO, "hola", "received", _ahora())
    recibir(parametros_de(visto, twilio.cuenta, []), via="conciliacion", firma="conciliacion", recibido_en=_ahora().isoformat())
    assert llegada_de_prueba(AURA, _ahora())[0] == "esperando"


def test_a_los_cinco_minutos_se_deja_de_esperar(app: Flask) -> None:
    empezar(AURA, _ahora())
    assert llegada_de_prueba(AURA, _ahora() + ESPERA_MAXIMA)[0] == "nada"


def test_el_diagnostico_no_lleva_secretos_ni_telefonos(twilio: DobleDeTwilio, publica: None) -> None:
    guardar_remitente(AURA, webhook_url="https://noras.example/webhook")
    _todo()
    texto = diagnostico(AURA, ver_pasos(AURA), _ahora())
    assert "Dirección que debe tener Twilio: https://noras.example/webhook" in texto
    assert FICHA not in texto
    assert NUMEROS[AURA][-8:] not in texto.replace(" ", "").replace("-", "")
