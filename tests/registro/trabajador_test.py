"""El trabajador: un oficio que se cae vuelve a empezar y se anota, los demás siguen, y parar para a todos."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from registro import bitacora, config, tiempo_real, trabajador
from registro.trabajador import OFICIOS, latir_sin_parar, trabajar
from sql.modelos.latidos import todas_las_noras_segundos_desde_latido
from tests.base import Base
from tests.panel import ajustes_de_prueba

Poner = Callable[..., str]
PLAZO = 20.0


@pytest.fixture
def en_marcha() -> Iterator[Callable[..., threading.Event]]:
    """`en_marcha(oficios)`: corre el trabajador en un hilo; devuelve con qué se para."""
    lanzados: list[tuple[threading.Thread, threading.Event]] = []

    def _lanzar(*oficios: str) -> threading.Event:
        parar = threading.Event()
        hilo = threading.Thread(target=trabajar, args=(oficios, parar))
        hilo.start()
        lanzados.append((hilo, parar))
        return parar

    yield _lanzar
    for hilo, parar in lanzados:
        parar.set()
        hilo.join(PLAZO)
        assert not hilo.is_alive()


def errores(base: Base) -> list[tuple[object, ...]]:
    bitacora.vaciar()
    return base.filas("select origen, descripcion, veces from logs_errores order by origen")


def test_un_oficio_que_se_cae_vuelve_a_empezar_se_anota_y_no_tumba_a_los_demás(
    base: Base, modulo_de_mentira: Poner, en_marcha: Callable[..., threading.Event]
) -> None:
    veces, sigue, otro = [], threading.Event(), threading.Event()

    def cojo(parar: threading.Event) -> None:
        veces.append(1)
        if len(veces) == 1:
            raise ValueError("me caí con token=canario")
        sigue.set()
        parar.wait(PLAZO)

    def sano(parar: threading.Event) -> None:
        otro.set()
        parar.wait(PLAZO)

    nombre = modulo_de_mentira("oficios", cojo=cojo, sano=sano)
    en_marcha(f"{nombre}:cojo", f"{nombre}:sano")
    assert otro.wait(PLAZO)
    assert sigue.wait(PLAZO)
    [(origen, descripcion, cuantas)] = errores(base)
    assert (origen, cuantas) == ("oficios:cojo", 1)
    assert "ValueError: me caí" in str(descripcion)
    assert "canario" not in str(descripcion)


def test_un_oficio_que_no_se_puede_ni_importar_se_anota_y_los_demás_trabajan(
    base: Base, modulo_de_mentira: Poner, en_marcha: Callable[..., threading.Event]
) -> None:
    hecho = threading.Event()

    def sano(parar: threading.Event) -> None:
        hecho.set()
        parar.wait(PLAZO)

    en_marcha("no.existe:nada", f"{modulo_de_mentira('oficios', sano=sano)}:sano")
    assert hecho.wait(PLAZO)
    vez = threading.Event()
    assert any([origen for origen, *_ in errores(base)] == ["no.existe:nada"] or vez.wait(0.05) for _ in range(400))


def test_sin_base_un_oficio_espera_y_no_llena_la_tabla(
    base: Base, modulo_de_mentira: Poner, en_marcha: Callable[..., threading.Event]
) -> None:
    veces: list[int] = []
    tercera = threading.Event()

    def sin_base(_parar: threading.Event) -> None:
        veces.append(1)
        if len(veces) == 3:
            tercera.set()
        raise psycopg.OperationalError("sin base")

    en_marcha(f"{modulo_de_mentira('oficios', sin_base=sin_base)}:sin_base")
    assert tercera.wait(PLAZO)
    assert errores(base) == []


def test_un_oficio_que_vuelve_solo_no_da_vueltas_en_vacío(modulo_de_mentira: Poner, en_marcha: Callable[..., threading.Event]) -> None:
    veces: list[int] = []
    segunda = threading.Event()

    def breve(_parar: threading.Event) -> None:
        veces.append(1)
        if len(veces) == 2:
            segunda.set()

    en_marcha(f"{modulo_de_mentira('oficios', breve=breve)}:breve")
    assert segunda.wait(PLAZO)
    assert len(veces) < 5


def test_parar_no_espera_a_un_oficio_terco_más_de_la_cuenta(modulo_de_mentira: Poner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trabajador, "_ESPERA_AL_CERRAR", 0.2)
    soltar, parar = threading.Event(), threading.Event()

    def terco(_parar: threading.Event) -> None:
        soltar.wait(PLAZO)

    nombre = modulo_de_mentira("oficios", terco=terco)
    hilo = threading.Thread(target=trabajar, args=((f"{nombre}:terco",) * 3, parar))
    hilo.start()
    parar.set()
    hilo.join(PLAZO)
    soltar.set()
    assert not hilo.is_alive()


def test_los_oficios_de_verdad_arrancan_laten_y_paran_sin_quejas(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    antes = config._vigentes
    config.fijar(ajustes_de_prueba(base.url))
    monkeypatch.setattr(tiempo_real._pregonero, "gestor", tiempo_real.GestorPorPostgres(tiempo_real.conexion.dsn, write_only=True))
    parar = threading.Event()
    hilo = threading.Thread(target=trabajar, args=(OFICIOS, parar))
    hilo.start()
    try:
        vez = threading.Event()
        assert any(todas_las_noras_segundos_desde_latido("trabajador") is not None or vez.wait(0.05) for _ in range(400))
        vivos = {h.name for h in threading.enumerate()}
        assert set(OFICIOS) <= vivos
    finally:
        parar.set()
        hilo.join(PLAZO)
        config._vigentes = antes
    assert not hilo.is_alive()
    assert not set(OFICIOS) & {h.name for h in threading.enumerate()}
    assert errores(base) == []


def test_el_latido_aguanta_sin_base_y_sigue_al_volver(base: Base, base_lejos: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    vueltas: list[bool] = []

    class Parar(threading.Event):
        """Cuenta las vueltas; a la segunda vuelve la base y a la tercera se para."""

        def wait(self, timeout: float | None = None) -> bool:
            vueltas.append(True)
            if len(vueltas) == 2:
                base.apuntar()
            if len(vueltas) == 3:
                self.set()
            return self.is_set()

    base_lejos()
    latir_sin_parar(Parar())
    assert len(vueltas) == 3
    segundos = todas_las_noras_segundos_desde_latido("trabajador")
    assert segundos is not None
    assert segundos < 60
