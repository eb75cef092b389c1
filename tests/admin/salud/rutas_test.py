"""La salud de la casa: lo que enseña es lo que hay, también cuando algo falta."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import psycopg
import pytest

from registro.reloj import CANDADO_DEL_RELOJ
from sql.conexion import dsn
from sql.modelos.conciliaciones import pedir_conciliacion, terminar_conciliacion
from sql.modelos.interruptores import anotar_fallo
from sql.modelos.latidos import todas_las_noras_latir
from sql.modelos.remitentes import guardar_remitente
from tests import fabricas
from tests.panel import ClienteDePanel
from tests.personas import AURA, OTRA
from webhook import comprobacion
from webhook.recuperacion import BUENA_DE, FALLIDA_DE, LATIDO_BUENO

Entrar = Callable[[str], ClienteDePanel]
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def diego(cliente_de: Entrar) -> ClienteDePanel:
    """Diego, de la agencia."""
    return cliente_de("diego")


def test_solo_la_agencia_la_ve(cliente_de: Entrar) -> None:
    assert cliente_de("alicia").get("/admin/salud/").status_code == 404


def test_sin_trabajador_lo_dice_y_con_el_no(diego: ClienteDePanel) -> None:
    pagina = diego.get("/admin/salud/").text
    assert "Nunca dio señales" in pagina
    assert "Algo no funciona" in pagina
    todas_las_noras_latir("trabajador")
    assert "Dio señales hace 0 s" in diego.get("/admin/salud/").text


def test_el_reloj_se_ve_si_alguien_lo_tiene(diego: ClienteDePanel) -> None:
    assert "Nadie lo tiene" in diego.get("/admin/salud/").text
    with psycopg.connect(dsn(), autocommit=True) as otro:
        otro.execute("select pg_advisory_lock(%s)", (CANDADO_DEL_RELOJ,))
        assert "En marcha, en un solo proceso" in diego.get("/admin/salud/").text


def test_la_cola_dice_cuantos_y_cuanto_llevan(diego: ClienteDePanel) -> None:
    hace = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=20)
    fabricas.mensaje(tipo="respuesta", estado="listo", message_sid=None, fecha_hora=hace)
    fabricas.mensaje(tipo="respuesta", estado="por_confirmar", message_sid=None)
    pagina = diego.get("/admin/salud/").text
    assert "1 esperan; el más viejo, 20 min. 1 por confirmar." in pagina


def test_los_cortes_los_numeros_y_las_conciliaciones_se_ven(diego: ClienteDePanel) -> None:
    anotar_fallo(AURA, "twilio", "No aceptó las credenciales", cortar_ya=True)
    guardar_remitente(AURA, estado="OFFLINE")
    ahora = dt.datetime.now(dt.UTC)
    pedida = pedir_conciliacion(AURA, ahora - dt.timedelta(days=1), ahora, "noche")
    assert pedida is not None
    terminar_conciliacion(AURA, pedida, en_twilio=12_431, nuestros=12_431)
    pagina = diego.get("/admin/salud/").text
    for dicho in ("Cortado hasta las", "No aceptó las credenciales", "Fuera de línea", "0 perdidos de 12,431"):
        assert dicho in pagina


def test_la_busqueda_que_falla_se_ve_en_cuanto_falla_y_dice_de_quien(diego: ClienteDePanel) -> None:
    for nora in (AURA, OTRA):
        guardar_remitente(nora, cuenta="AC" + "a" * 32)
    todas_las_noras_latir(LATIDO_BUENO)
    todas_las_noras_latir(f"{BUENA_DE}{AURA}")
    assert "Se buscaron hace" in diego.get("/admin/salud/").text
    todas_las_noras_latir(f"{FALLIDA_DE}{AURA}")
    assert f"El último intento falló: {AURA}. Se buscaron bien hace" in diego.get("/admin/salud/").text
    todas_las_noras_latir(f"{BUENA_DE}{AURA}")
    assert "El último intento falló" not in diego.get("/admin/salud/").text


def test_una_cuenta_que_no_acepta_las_credenciales_pone_la_luz_en_ambar(diego: ClienteDePanel) -> None:
    guardar_remitente(AURA, cuenta="AC" + "a" * 32)
    anotar_fallo(AURA, "twilio", "No aceptó las credenciales", cortar_ya=True)
    assert f"El último intento falló: {AURA}." in diego.get("/admin/salud/").text


def test_las_credenciales_sin_comprobar_y_las_que_fallaron_se_ven(diego: ClienteDePanel) -> None:
    assert "Nadie las ha comprobado" not in diego.get("/admin/salud/").text
    guardar_remitente(AURA, cuenta="AC" + "a" * 32)
    assert f"Nadie las ha comprobado: {AURA}." in diego.get("/admin/salud/").text
    comprobacion.empezar(AURA, dt.datetime.now(dt.UTC))
    comprobacion.comprobar(AURA, "credenciales", dt.datetime.now(dt.UTC))
    assert f"La última comprobación falló: {AURA}." in diego.get("/admin/salud/").text


def test_el_modo_sombra_se_ve_con_su_nora_y_su_fin(diego: ClienteDePanel) -> None:
    assert "Se exige en todos los números" in diego.get("/admin/salud/").text
    guardar_remitente(AURA, sombra_hasta=dt.datetime.now(dt.UTC) + dt.timedelta(hours=24))
    trozo = diego.get("/admin/salud/", headers=HX).text
    assert f"Modo sombra: {AURA}, hasta el " in trozo
    assert "entra también lo que no firme Twilio" in trozo


def test_lo_que_dijo_el_simulador_se_marca(diego: ClienteDePanel) -> None:
    guardar_remitente(AURA, estado="ONLINE", sender_sid="XE" + "0" * 32)
    assert "En línea · simulado" in diego.get("/admin/salud/").text


def test_se_refresca_sola_con_el_mismo_trozo(diego: ClienteDePanel) -> None:
    trozo = diego.get("/admin/salud/", headers=HX).text
    assert 'hx-trigger="every 10s"' in trozo
    assert "<html" not in trozo


def test_una_base_que_no_contesta_a_una_pregunta_no_esconde_lo_demas(diego: ClienteDePanel, monkeypatch: pytest.MonkeyPatch) -> None:
    def caida() -> None:
        raise psycopg.OperationalError("no está")

    monkeypatch.setattr("admin.salud.servicio.todas_las_noras_contar_cola", caida)
    monkeypatch.setattr("admin.salud.servicio.migrar.esta_al_dia", lambda _: caida())
    pagina = diego.get("/admin/salud/")
    assert pagina.status_code == 200
    assert "No contesta." in pagina.text
    assert "hilos de" in pagina.text
