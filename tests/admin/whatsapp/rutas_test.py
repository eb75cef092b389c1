"""El WhatsApp de una Nora de punta a punta: secretos que no vuelven, comprobar renglón a renglón y conciliar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from pytest_httpserver import HTTPServer

from registro import config, tiempo_real
from sql.modelos.conciliaciones import buscar_ultima_conciliacion, todas_las_noras_tomar_conciliacion
from sql.modelos.interruptores import anotar_fallo
from sql.modelos.remitentes import buscar_remitente, guardar_remitente
from tests import fabricas
from tests.base import Base
from tests.dobles.twilio import DobleDeTwilio
from tests.fabricas import CUENTA
from tests.panel import FICHA, ClienteDePanel
from tests.personas import AURA, NUMEROS, OTRA
from webhook.balance_pedido import hacer
from webhook.process_message import recibir

Entrar = Callable[[str], ClienteDePanel]

HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
AQUI = f"/admin/noras/{AURA}/whatsapp/"
NUMERO = f"whatsapp:{NUMEROS[AURA]}"
PROPIA, VIEJA, NUEVA = "AC" + "a" * 32, "0123456789abcdef0123456789ab3f9a", "fedcba9876543210fedcba9876540000"


@pytest.fixture
def diego(cliente_de: Entrar) -> ClienteDePanel:
    """Diego, de la agencia."""
    return cliente_de("diego")


@pytest.fixture
def twilio(httpserver: HTTPServer, app: Flask) -> DobleDeTwilio:
    """Un Twilio de mentira con el número de «aura», y una dirección pública."""
    doble = DobleDeTwilio(httpserver, CUENTA)
    doble.salas.dar_de_alta(NUMERO)
    cambios = {"twilio_cuenta": CUENTA, "twilio_url": doble.url, "url_publica": "https://noras.example"}
    config.fijar(app.extensions["ajustes"].model_copy(update=cambios))
    return doble


def test_la_pagina_dice_de_donde_salen_las_credenciales(diego: ClienteDePanel) -> None:
    pagina = diego.get(AQUI).text
    assert "WhatsApp simulado" in pagina
    assert "/webhook#rc=3&amp;rp=5xx,ct,rt" in pagina
    assert diego.get("/admin/noras/no-existe/whatsapp/").status_code == 404


def test_el_token_se_guarda_cifrado_y_solo_vuelve_su_cola(diego: ClienteDePanel, base: Base) -> None:
    respuesta = diego.post(f"{AQUI}credenciales", data={"cuenta": PROPIA, "ficha": VIEJA})
    assert respuesta.status_code == 303
    pagina = diego.get(AQUI).text
    assert "••••3f9a" in pagina
    assert VIEJA not in pagina
    [(cifrada,)] = base.filas("select ficha_cifrada from remitentes")
    assert VIEJA not in str(cifrada)


def test_al_cambiar_el_token_el_anterior_vale_media_hora(diego: ClienteDePanel) -> None:
    diego.post(f"{AQUI}credenciales", data={"cuenta": PROPIA, "ficha": VIEJA})
    antes = dt.datetime.now(dt.UTC)
    diego.post(f"{AQUI}credenciales", data={"cuenta": PROPIA, "ficha": NUEVA})
    fila = buscar_remitente(AURA)
    assert fila is not None
    assert fila.ficha_anterior_hasta is not None
    assert dt.timedelta(minutes=29) < fila.ficha_anterior_hasta - antes < dt.timedelta(minutes=31)
    assert "El token anterior vale hasta las" in diego.get(AQUI).text


@pytest.mark.parametrize("camino", ["credenciales", "credenciales/quitar"])
def test_al_cambiar_las_credenciales_se_vuelve_a_enviar_ya(
    diego: ClienteDePanel, base: Base, monkeypatch: pytest.MonkeyPatch, camino: str
) -> None:
    for nora in (AURA, OTRA):
        anotar_fallo(nora, "twilio", "No aceptó las credenciales", cortar_ya=True)
    al_despertar: list[object] = []

    def despertar(motivo: str) -> None:
        # Otra conexión lo lee: sólo ve lo que ya está confirmado.
        al_despertar.append((motivo, base.filas("select estado, abierto_hasta from interruptores where nombre_nora = 'aura'")))

    monkeypatch.setattr(tiempo_real, "despertar", despertar)
    diego.post(f"{AQUI}{camino}", data={"cuenta": PROPIA, "ficha": NUEVA})
    assert al_despertar == [("enviar", [("cerrado", None)])]
    assert base.filas("select estado from interruptores where nombre_nora = 'otra'") == [("abierto",)]


def test_con_errores_se_conserva_lo_escrito_menos_los_secretos(diego: ClienteDePanel) -> None:
    respuesta = diego.post(f"{AQUI}credenciales", data={"cuenta": "AC12", "ficha": VIEJA})
    assert respuesta.status_code == 422
    assert 'value="AC12"' in respuesta.text
    assert VIEJA not in respuesta.text
    assert buscar_remitente(AURA) is None


def test_cambiar_de_cuenta_olvida_la_salud_de_la_otra(diego: ClienteDePanel) -> None:
    guardar_remitente(AURA, estado="ONLINE", sender_sid="XE" + "1" * 32, webhook_url="https://x.example")
    diego.post(f"{AQUI}credenciales", data={"cuenta": PROPIA, "ficha": VIEJA})
    fila = buscar_remitente(AURA)
    assert fila is not None
    assert (fila.estado, fila.sender_sid, fila.webhook_url) == (None, None, None)


def test_desconectar_vuelve_a_las_de_la_instalacion(diego: ClienteDePanel) -> None:
    diego.post(f"{AQUI}credenciales", data={"cuenta": PROPIA, "ficha": VIEJA})
    assert diego.post(f"{AQUI}credenciales/quitar").status_code == 303
    fila = buscar_remitente(AURA)
    assert fila is not None
    assert (fila.cuenta, fila.ficha_cifrada, fila.ficha_anterior_cifrada) == (None, None, None)


def test_la_firma_nueva_se_exige_con_su_clave_y_al_quitarla_vuelve_la_de_siempre(diego: ClienteDePanel) -> None:
    assert diego.post(f"{AQUI}firma", data={"esquema": "sha256"}).status_code == 422
    datos = {"esquema": "sha256", "clave_id": "WHK1", "clave_secreto": "un-secreto-compartido-largo-7777"}
    assert diego.post(f"{AQUI}firma", data=datos).status_code == 303
    pagina = diego.get(AQUI).text
    assert "WHK1" in pagina
    assert "••••7777" in pagina
    assert "un-secreto" not in pagina
    diego.post(f"{AQUI}firma/quitar", data={"clave_id": "WHK1"})
    fila = buscar_remitente(AURA)
    assert fila is not None
    assert (fila.esquema, fila.claves_compartidas_cifradas) == ("sha1", None)


def test_en_simulado_la_sombra_y_el_webhook_estan_apagados_y_dicen_por_que(diego: ClienteDePanel) -> None:
    pagina = diego.get(AQUI).text
    assert pagina.count("Sólo con una cuenta de Twilio") == 2
    assert "?sombra=24" not in pagina
    respuesta = diego.post(f"{AQUI}sombra", data={"horas": "24", "confirmo": "1"})
    assert (respuesta.status_code, "Sólo con una cuenta de Twilio" in respuesta.text) == (422, True)
    trozo = diego.post(f"{AQUI}webhook", headers=HX).text
    assert "Puesta en Twilio" not in trozo
    assert "Sólo con una cuenta de Twilio" in trozo
    assert diego.post(f"{AQUI}salud", headers=HX).text.count(">simulado<") == 4


def test_en_simulado_se_espera_al_simulador_y_se_dice(diego: ClienteDePanel) -> None:
    diego.post(f"{AQUI}comprobar")
    espera = diego.get(f"{AQUI}espera", headers=HX).text
    assert f'href="/panel_cliente/{AURA}/simulador/"' in espera
    assert "Desde tu teléfono" not in espera
    cuenta = config.vigentes().cuenta_demo
    aviso = {"MessageSid": [fabricas.sid()], "AccountSid": [cuenta], "From": ["whatsapp:+5215512345678"], "To": [NUMERO], "Body": ["hola"]}
    recibir(aviso, firma="sha1")
    verde = diego.get(f"{AQUI}espera", headers=HX).text
    assert "Llegó un mensaje del simulador" in verde
    assert "de verdad</p>" not in verde


def test_las_guardadas_sin_probar_lo_dicen_y_las_del_simulador_siguen_alli(diego: ClienteDePanel) -> None:
    diego.post(f"{AQUI}comprobar")
    diego.post(f"{AQUI}credenciales", data={"cuenta": PROPIA, "ficha": VIEJA})
    pagina = diego.get(AQUI).text
    assert 'id="estado-de-comprobacion">Sin comprobar<' in pagina
    assert "Las credenciales cambiaron desde la última comprobación" in pagina
    assert "A las personas del Simulador se les sigue respondiendo allí" in pagina


def test_la_chapa_se_pone_verde_con_los_tres_pasos_y_ambar_al_cambiarlas(diego: ClienteDePanel, twilio: DobleDeTwilio) -> None:
    assert "Sin comprobar<" in diego.get(AQUI).text
    diego.post(f"{AQUI}comprobar")
    assert "La comprobación falló<" in diego.get(AQUI).text
    diego.post(f"{AQUI}webhook")
    diego.post(f"{AQUI}comprobar")
    assert "Comprobadas<" in diego.get(AQUI).text
    diego.post(f"{AQUI}credenciales", data={"cuenta": CUENTA, "ficha": NUEVA})
    assert "Sin comprobar<" in diego.get(AQUI).text


def test_encender_la_sombra_se_pregunta_antes_sin_javascript(diego: ClienteDePanel, twilio: DobleDeTwilio) -> None:
    respuesta = diego.post(f"{AQUI}sombra", data={"horas": "24"})
    assert (respuesta.status_code, respuesta.location) == (303, f"{AQUI}?sombra=24#firma")
    assert buscar_remitente(AURA) is None
    pregunta = diego.get(f"{AQUI}?sombra=24").text
    assert "¿Encender el modo sombra 24 horas?" in pregunta
    assert 'name="confirmo" value="1"' in pregunta
    assert "¿Encender" not in diego.get(f"{AQUI}?sombra=9999").text


def test_la_sombra_empieza_de_cero_se_ve_y_se_apaga(diego: ClienteDePanel, twilio: DobleDeTwilio) -> None:
    guardar_remitente(AURA, sombra_veces=7, sombra_motivo="firma distinta")
    diego.post(f"{AQUI}sombra", data={"horas": "24", "confirmo": "1"})
    fila = buscar_remitente(AURA)
    assert fila is not None
    assert fila.sombra_veces == 0
    guardar_remitente(AURA, sombra_veces=3, sombra_motivo="firma distinta", sombra_ultima=dt.datetime.now(dt.UTC))
    pagina = diego.get(AQUI).text
    assert "habrían rechazado 3 avisos" in pagina
    assert "firma distinta" in pagina
    diego.post(f"{AQUI}sombra", data={"horas": "0"})
    apagada = buscar_remitente(AURA)
    assert apagada is not None
    assert apagada.sombra_hasta is None
    assert diego.post(f"{AQUI}sombra", data={"horas": "9999"}).status_code == 422


def test_el_ritmo_se_guarda_y_se_quita(diego: ClienteDePanel) -> None:
    diego.post(f"{AQUI}ritmo", data={"por_segundo": "0,5"})
    assert 'value="0.5"' in diego.get(AQUI).text
    diego.post(f"{AQUI}ritmo", data={"por_segundo": ""})
    fila = buscar_remitente(AURA)
    assert fila is not None
    assert fila.por_segundo is None
    assert diego.post(f"{AQUI}ritmo", data={"por_segundo": "9000"}).status_code == 422


def test_comprobar_llega_renglon_a_renglon_y_termina_esperando(diego: ClienteDePanel, twilio: DobleDeTwilio) -> None:
    trozo = diego.post(f"{AQUI}comprobar", headers=HX).text
    for paso, hecho in (("credenciales", "Twilio las acepta"), ("numero", "en línea, calidad alta"), ("webhook", "la dirección vacía")):
        assert f"comprobar/{paso}" in trozo
        assert "every 2s" not in trozo
        trozo = diego.post(f"{AQUI}comprobar/{paso}", headers=HX).text
        assert hecho in trozo
    assert "every 2s" in trozo
    assert "Esperando un mensaje" in trozo
    assert FICHA not in trozo
    assert diego.post(f"{AQUI}comprobar/otro", headers=HX).status_code == 404


def test_la_espera_se_pone_verde_o_se_deja(diego: ClienteDePanel, twilio: DobleDeTwilio) -> None:
    diego.post(f"{AQUI}comprobar", headers=HX)
    assert "every 2s" in diego.get(f"{AQUI}espera", headers=HX).text
    dejada = diego.get(f"{AQUI}espera?cancelar=1", headers=HX).text
    assert "every 2s" not in dejada
    assert "Ya no se espera" in dejada
    aviso = {"MessageSid": [fabricas.sid()], "AccountSid": [CUENTA], "From": ["whatsapp:+5215512345678"], "To": [NUMERO], "Body": ["hola"]}
    recibir(aviso, firma="sha1")
    verde = diego.get(f"{AQUI}espera", headers=HX).text
    assert "Llegó un mensaje de verdad" in verde
    assert "every 2s" not in verde


def test_sin_javascript_se_comprueba_todo_de_una_vez(diego: ClienteDePanel, twilio: DobleDeTwilio) -> None:
    respuesta = diego.post(f"{AQUI}comprobar")
    assert (respuesta.status_code, respuesta.location) == (303, f"{AQUI}#comprobar")
    assert "Twilio tiene la dirección vacía" in diego.get(AQUI).text


def test_la_direccion_se_pone_con_un_clic_y_la_salud_lo_ensena(diego: ClienteDePanel, twilio: DobleDeTwilio) -> None:
    trozo = diego.post(f"{AQUI}webhook", headers=HX).text
    assert "Puesta en Twilio." in trozo
    assert "https://noras.example/webhook#rc=3" in trozo
    assert "En línea" in diego.post(f"{AQUI}salud", headers=HX).text


def test_lo_que_twilio_no_deja_se_dice(diego: ClienteDePanel, twilio: DobleDeTwilio) -> None:
    twilio.salas.fichas_de_remitente.clear()
    assert "ponla a mano" in diego.post(f"{AQUI}webhook", headers=HX).text
    assert diego.post(f"{AQUI}webhook").status_code == 303


def test_conciliar_ahora_se_ve_correr_y_termina_con_su_frase(diego: ClienteDePanel, twilio: DobleDeTwilio) -> None:
    trozo = diego.post(f"{AQUI}conciliar", data={"dias": "7"}, headers=HX).text
    assert "every 2s" in trozo
    assert "Comparando" in trozo
    tomada = todas_las_noras_tomar_conciliacion()
    assert tomada is not None
    assert tomada.hasta - tomada.desde == dt.timedelta(days=7)
    assert tomada.pedida_por == "Diego"
    hacer(tomada)
    hecho = diego.get(f"{AQUI}conciliacion", headers=HX).text
    assert "0 perdidos de 0" in hecho
    assert "every 2s" not in hecho


def test_dos_clics_son_una_conciliacion(diego: ClienteDePanel, base: Base) -> None:
    for _ in range(2):
        assert diego.post(f"{AQUI}conciliar", data={"dias": "1"}).status_code == 303
    assert base.filas("select count(*) from conciliaciones") == [(1,)]
    ultima = buscar_ultima_conciliacion(AURA)
    assert ultima is not None
    assert ultima.estado == "corriendo"
