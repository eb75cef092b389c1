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
from tests.personas import AURA

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
