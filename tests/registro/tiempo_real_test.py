"""Los avisos entre procesos: llegan una vez, se juntan, sobreviven a un corte de la base y nunca tumban a quien avisa."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from registro import bitacora, tiempo_real
from registro.config import RAIZ, Ajustes
from registro.tiempo_real import CANAL_DE_SOCKETS, CANAL_DE_TRABAJO, GestorPorPostgres, _Pregonero, avisar, cerrar_sala, despertar, escuchar
from sql import conexion
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import AURA, OTRA
from tests.registro.apoyo import BASE_MUERTA
from tests.registro.oyente import PLAZO, Oyente
from tests.registro.salud_test import cortar_todas

Entrar = Callable[[str], ClienteDePanel]

EMISOR = """
import sys
from registro import tiempo_real
from sql import conexion

conexion.configurar(sys.argv[1])
tiempo_real.configurar(solo_emitir=True)
for renglon in sys.stdin:
    nora, desde, hasta = renglon.split()
    for n in range(int(desde), int(hasta)):
        tiempo_real.avisar(nora, "mensaje.nuevo", conversacion=1, id=n)
    print("dicho", flush=True)
"""


@contextmanager
def otro_proceso(base: Base) -> Iterator[Callable[[str, int, int], None]]:
    """Un trabajador de verdad: otro proceso que sólo avisa. Da `decir(nora, desde, hasta)`."""
    orden = [sys.executable, "-c", EMISOR, base.url]
    with subprocess.Popen(orden, cwd=RAIZ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as proceso:
        assert proceso.stdin is not None
        assert proceso.stdout is not None

        def decir(nora: str, desde: int, hasta: int) -> None:
            proceso.stdin.write(f"{nora} {desde} {hasta}\n")  # type: ignore[union-attr]
            proceso.stdin.flush()  # type: ignore[union-attr]
            assert proceso.stdout.readline() == "dicho\n"  # type: ignore[union-attr]

        yield decir
        proceso.kill()


def ids(oyente: Oyente) -> list[int]:
    return [aviso["id"] for aviso in oyente.avisos if aviso["que"] == "mensaje.nuevo"]


class TestEntreDosProcesos:
    def test_lo_que_dice_un_proceso_lo_oye_el_navegador_del_otro_una_vez_y_en_orden(
        self, servida: Ajustes, cliente_de: Entrar, base: Base
    ) -> None:
        with otro_proceso(base) as decir, Oyente(servida, cliente_de("alicia")) as alicia:
            decir(AURA, 0, 200)
            alicia.esperar("mensaje.nuevo", id=199)
            # Y lo que dice este mismo proceso tampoco se repite aunque le llegue también por la base.
            avisar(AURA, "mensaje.nuevo", conversacion=1, id=200)
            alicia.esperar("mensaje.nuevo", id=200)
            decir(AURA, 201, 202)
            alicia.esperar("mensaje.nuevo", id=201)
            assert ids(alicia) == list(range(202))

    def test_lo_de_otra_nora_no_llega_tampoco_por_ese_camino(self, servida: Ajustes, cliente_de: Entrar, base: Base) -> None:
        with otro_proceso(base) as decir, Oyente(servida, cliente_de("carla")) as carla:
            decir(AURA, 0, 50)
            decir(OTRA, 50, 51)
            carla.esperar("mensaje.nuevo", id=50)
            assert ids(carla) == [50]

    def test_si_cortan_la_conexión_que_escucha_se_vuelve_a_oír_y_se_pide_ponerse_al_día(
        self, servida: Ajustes, cliente_de: Entrar, base: Base
    ) -> None:
        with otro_proceso(base) as decir, Oyente(servida, cliente_de("alicia")) as alicia:
            decir(AURA, 0, 1)
            alicia.esperar("mensaje.nuevo", id=0)
            assert cortar_todas(base) >= 2
            # Lo que se dijera mientras nadie escuchaba se perdió: el navegador sabe que tiene que preguntar.
            assert alicia.esperar("reconectado") == {"que": "reconectado", "nora": AURA}
            decir(AURA, 1, 20)
            alicia.esperar("mensaje.nuevo", id=19)
            assert ids(alicia) == list(range(20))
        conexion.motor().dispose()


class GestorDeMentira:
    """Apunta lo que le mandan emitir y puede quedarse parado a media emisión."""

    def __init__(self) -> None:
        self.emitidos: list[tuple[str, list[dict[str, Any]]]] = []
        self.avisos: list[tuple[str, str]] = []
        self.empezo, self.seguir = threading.Event(), threading.Event()
        self.termino = threading.Semaphore(0)
        self.falla = False

    @contextmanager
    def juntar(self) -> Iterator[list[tuple[str, str]]]:
        self.empezo.set()
        assert self.seguir.wait(PLAZO)
        yield self.avisos
        self.termino.release()
        if self.falla:
            raise psycopg.OperationalError("sin base")

    def emit(self, _evento: str, avisos: list[dict[str, Any]], *, room: str) -> None:
        self.emitidos.append((room, avisos))


class TestJuntar:
    @pytest.fixture
    def gestor(self) -> GestorDeMentira:
        return GestorDeMentira()

    @pytest.fixture
    def pregonero(self, gestor: GestorDeMentira) -> _Pregonero:
        nuevo = _Pregonero()
        nuevo.gestor = gestor  # type: ignore[assignment]
        return nuevo

    def test_lo_repetido_mientras_se_habla_se_dice_una_vez(self, pregonero: _Pregonero, gestor: GestorDeMentira) -> None:
        pregonero.apuntar("sala", {"id": 0})
        assert gestor.empezo.wait(PLAZO)
        for _ in range(100):
            pregonero.apuntar("sala", {"id": 1})
            pregonero.apuntar("sala", {"id": 2})
            pregonero.apuntar("otra", {"id": 1})
            pregonero.apuntar(None, None, "atender")
        gestor.seguir.set()
        assert gestor.termino.acquire(timeout=PLAZO)
        assert gestor.termino.acquire(timeout=PLAZO)
        assert gestor.emitidos == [("sala", [{"id": 0}]), ("sala", [{"id": 1}, {"id": 2}]), ("otra", [{"id": 1}])]
        assert gestor.avisos == [(CANAL_DE_TRABAJO, "atender")]

    def test_un_fallo_no_calla_al_pregonero(self, pregonero: _Pregonero, gestor: GestorDeMentira) -> None:
        gestor.falla = True
        gestor.seguir.set()
        for n in range(3):
            pregonero.apuntar("sala", {"id": n})
            assert gestor.termino.acquire(timeout=PLAZO)
        assert [avisos[0]["id"] for _, avisos in gestor.emitidos] == [0, 1, 2]

    def test_sin_gestor_no_pasa_nada(self) -> None:
        _Pregonero()._mandar({"sala": [{"id": 1}]}, {"atender"})


@pytest.fixture
def gestor_suelto(base: Base) -> Iterator[GestorPorPostgres]:
    """Un gestor que sólo emite, como el de un trabajador."""
    nuevo = GestorPorPostgres(conexion.dsn, write_only=True)
    yield nuevo
    if nuevo._salida is not None:
        nuevo._salida.close()


def test_la_tanda_más_grande_cabe_en_un_notify(gestor_suelto: GestorPorPostgres) -> None:
    gestor = gestor_suelto
    mayor = 2**63 - 1
    aviso = {"que": "conversacion.cambio", "nora": "n" * 63, "conversacion": mayor, "id": mayor, "estado": "por_confirmar"}
    with psycopg.connect(conexion.dsn(), autocommit=True) as oido:
        oido.execute(f"listen {CANAL_DE_SOCKETS}")
        gestor.emit("avisos", [aviso] * tiempo_real._POR_TANDA, room=tiempo_real.sala("n" * 63, "conocimiento"))
        [llegado] = list(oido.notifies(timeout=PLAZO, stop_after=1))
    assert len(llegado.payload) < 8000
    assert len(json.loads(llegado.payload)["data"][0]) == tiempo_real._POR_TANDA


def test_despertar_toca_el_canal_de_los_trabajadores(gestor_suelto: GestorPorPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiempo_real._pregonero, "gestor", gestor_suelto)
    oido = escuchar(conexion.dsn, CANAL_DE_TRABAJO)
    assert next(oido) is None  # ya escucha
    despertar("atender")
    assert next(oido) == "atender"
    oido.close()


class TestSinBase:
    @pytest.fixture(autouse=True)
    def _gestor_sin_base(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tiempo_real._pregonero, "gestor", GestorPorPostgres(lambda: BASE_MUERTA, write_only=True))

    def test_avisar_y_despertar_no_levantan(self, base: Base) -> None:
        for n in range(50):
            avisar(AURA, "mensaje.nuevo", id=n)
            despertar("enviar")

    def test_un_aviso_que_no_existe_se_anota_y_no_levanta(self, base: Base) -> None:
        avisar(AURA, "esto.no.existe", id=1)
        bitacora.vaciar()
        [(tipo, descripcion)] = base.filas("select tipo, descripcion from logs_errores")
        assert tipo == "SocketIO"
        assert "esto.no.existe" in str(descripcion)

    def test_cerrar_una_sala_dice_que_no_pudo_y_quien_llama_decide(self, base: Base) -> None:
        with pytest.raises(conexion.ERRORES_DE_CONEXION):
            cerrar_sala(AURA, "chat")


def test_una_conexión_de_salida_cortada_se_cambia_sola(base: Base, gestor_suelto: GestorPorPostgres) -> None:
    gestor_suelto.notificar([(CANAL_DE_TRABAJO, "uno")])
    assert gestor_suelto._salida is not None
    base.filas("select pg_terminate_backend(%s)", gestor_suelto._salida.info.backend_pid)
    oido = escuchar(conexion.dsn, CANAL_DE_TRABAJO)
    assert next(oido) is None
    gestor_suelto.notificar([(CANAL_DE_TRABAJO, "dos")])
    assert next(oido) == "dos"
    oido.close()
