"""La campana: despierta a quien espera, esté en este proceso o en otro; y nadie espera a quien pidió parar."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from registro import campana
from registro.campana import Campana
from registro.tiempo_real import CANAL_DE_TRABAJO
from sql import conexion
from tests.base import Base
from tests.registro.salud_test import cortar_todas

LARGO = 30.0
"""Segundos que nadie debería llegar a esperar en estas pruebas."""


@pytest.fixture(autouse=True)
def _sin_campanas_viejas(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campana, "_campanas", {})
    monkeypatch.setattr(campana, "_oido", None)


def tocar_desde_otro_proceso(motivo: str) -> None:
    with psycopg.connect(conexion.dsn(), autocommit=True) as otro:
        otro.execute("select pg_notify(%s, %s)", (CANAL_DE_TRABAJO, motivo))


def esperando(una: Campana, parar: threading.Event | None = None, segundos: float = LARGO) -> Callable[[], float]:
    """Empieza a esperar en otro hilo; devuelve una función que dice cuántos segundos esperó."""
    tardo: list[float] = []

    def _esperar() -> None:
        antes = time.monotonic()
        una.esperar(parar or threading.Event(), segundos)
        tardo.append(time.monotonic() - antes)

    hilo = threading.Thread(target=_esperar)
    hilo.start()

    def _cuanto() -> float:
        hilo.join(LARGO * 2)
        return tardo[0]

    return _cuanto


def lista(motivo: str) -> Campana:
    """Una campana que ya está oyendo a los demás procesos (al empezar a oír suena una vez)."""
    nueva = Campana(motivo)
    assert nueva._sono.wait(LARGO)
    nueva._sono.clear()
    return nueva


def test_suena_cuando_la_tocan_desde_otro_proceso() -> None:
    cuanto = esperando(lista("atender"))
    tocar_desde_otro_proceso("atender")
    assert cuanto() < LARGO


def test_suena_cuando_la_tocan_desde_este() -> None:
    una = lista("enviar")
    cuanto = esperando(una)
    una.tocar()
    assert cuanto() < LARGO


def test_otro_motivo_no_la_despierta() -> None:
    una = lista("enviar")
    tocar_desde_otro_proceso("atender")
    otra = Campana("atender")
    tocar_desde_otro_proceso("atender")
    assert otra._sono.wait(LARGO)
    assert not una._sono.is_set()


def test_si_nadie_la_toca_vuelve_a_su_hora() -> None:
    cuanto = esperando(lista("enviar"), segundos=0.2)
    assert 0.2 <= cuanto() < LARGO


def test_pedir_parar_la_suelta_aunque_ya_estuviera_esperando() -> None:
    parar = threading.Event()
    cuanto = esperando(lista("enviar"), parar)
    parar.set()
    assert cuanto() < 5


def test_un_toque_antes_de_esperar_no_se_pierde() -> None:
    una = lista("enviar")
    una.tocar()
    assert esperando(una)() < 5


def test_tras_un_corte_de_la_base_suenan_todas_por_si_se_perdió_algo(base: Base) -> None:
    una, otra = lista("enviar"), Campana("atender")
    otra._sono.clear()
    assert cortar_todas(base) >= 1
    assert una._sono.wait(LARGO)
    assert otra._sono.wait(LARGO)
    conexion.motor().dispose()
