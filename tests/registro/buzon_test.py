"""El buzón de errores: nada se pierde aunque falten la base, el disco o el propio proceso, y nadie roba el archivo de otro."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from registro.buzon import MAXIMO_EN_COLA, Apunte, Buzon
from registro.config import RAIZ

PLAZO = 15.0
"""Segundos como mucho para que un hilo haga lo suyo; se espera al suceso, no al reloj."""


class BaseDeJuguete:
    """Quien recibe los apuntes: se puede apagar, y avisa de cada entrega."""

    def __init__(self) -> None:
        self.recibidos: list[Apunte] = []
        self.encendida = True
        self.rechaza = ""
        self._cambio = threading.Condition()

    def entregar(self, apunte: Apunte) -> None:
        if not self.encendida:
            raise psycopg.OperationalError("apagada")
        if self.rechaza and apunte["n"] == self.rechaza:
            raise ValueError("esto no")
        with self._cambio:
            self.recibidos.append(apunte)
            self._cambio.notify_all()

    def espera(self, cuantos: int) -> list[str]:
        with self._cambio:
            assert self._cambio.wait_for(lambda: len(self.recibidos) >= cuantos, PLAZO), f"llegaron {len(self.recibidos)} de {cuantos}"
            return sorted(apunte["n"] for apunte in self.recibidos)


@pytest.fixture
def lejana() -> BaseDeJuguete:
    return BaseDeJuguete()


@pytest.fixture
def buzon(lejana: BaseDeJuguete, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Buzon]:
    monkeypatch.setattr("registro.buzon._ESPERA_SIN_BASE", 0.05)
    nuevo = Buzon(lejana.entregar, cada=0.05)
    nuevo.configurar(tmp_path, "prueba")
    yield nuevo
    lejana.encendida = True
    assert nuevo.vaciar(PLAZO)


def archivos(carpeta: Path) -> list[Path]:
    return sorted(carpeta.glob("errores_pendientes_*.jsonl"))


def pendientes(carpeta: Path) -> list[str]:
    return sorted(json.loads(renglon)["n"] for archivo in archivos(carpeta) for renglon in archivo.read_text("utf-8").splitlines())


def test_con_base_lo_echado_llega_y_no_se_escribe_ningun_archivo(buzon: Buzon, lejana: BaseDeJuguete, tmp_path: Path) -> None:
    for n in range(20):
        buzon.echar({"n": f"{n:02}"})
    assert buzon.vaciar(PLAZO)
    assert lejana.espera(20) == [f"{n:02}" for n in range(20)]
    assert archivos(tmp_path) == []


def test_sin_base_espera_en_el_archivo_y_al_volver_entra_todo_una_vez(buzon: Buzon, lejana: BaseDeJuguete, tmp_path: Path) -> None:
    lejana.encendida = False
    for n in range(30):
        buzon.echar({"n": f"{n:02}", "texto": "ñandú 🌷 \u2028"})
    assert buzon.vaciar(PLAZO)
    assert pendientes(tmp_path) == [f"{n:02}" for n in range(30)]
    assert archivos(tmp_path)[0].stat().st_mode & 0o077 == 0
    lejana.encendida = True
    assert lejana.espera(30) == [f"{n:02}" for n in range(30)]
    assert lejana.recibidos[0]["texto"] == "ñandú 🌷 \u2028"


def test_lo_que_llega_al_archivo_mientras_se_vacía_no_se_pierde(tmp_path: Path) -> None:
    recibidos: list[str] = []

    def entregar(apunte: Apunte) -> None:
        if apunte["n"] == "a":
            # Justo ahora, con el archivo ya leído, se desborda la cola.
            uno._al_archivo([{"n": "tardío"}])
        recibidos.append(apunte["n"])

    uno = Buzon(entregar, cada=60)
    uno.configurar(tmp_path, "prueba")
    uno._al_archivo([{"n": "a"}, {"n": "b"}])
    assert uno.vaciar(PLAZO)
    assert recibidos == ["a", "b"]
    assert pendientes(tmp_path) == ["tardío"]
    assert uno.vaciar(PLAZO)
    assert recibidos == ["a", "b", "tardío"]
    assert archivos(tmp_path) == []


def test_lo_que_la_base_rechaza_no_estorba_a_los_demas(buzon: Buzon, lejana: BaseDeJuguete, tmp_path: Path) -> None:
    lejana.rechaza = "malo"
    for n in ("malo", "a", "b"):
        buzon.echar({"n": n})
    assert lejana.espera(2) == ["a", "b"]
    assert buzon.vaciar(PLAZO)
    assert pendientes(tmp_path) == ["malo"]
    lejana.rechaza = ""
    assert lejana.espera(3) == ["a", "b", "malo"]


def test_sin_carpeta_ni_base_espera_en_memoria(lejana: BaseDeJuguete, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registro.buzon.time.sleep", lambda _: None)
    monkeypatch.setattr("registro.buzon._ESPERA_SIN_BASE", 0.0)
    suelto = Buzon(lejana.entregar, cada=0.05)
    lejana.encendida = False
    suelto.echar({"n": "a"})
    assert not suelto.vaciar(0.2)
    lejana.encendida = True
    assert lejana.espera(1) == ["a"]


def test_una_avalancha_que_no_cabe_en_la_cola_va_al_archivo(lejana: BaseDeJuguete, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lento = Buzon(lejana.entregar)
    lento.configurar(tmp_path, "prueba")
    monkeypatch.setattr(lento, "abrir", lambda: None)
    for n in range(MAXIMO_EN_COLA + 3):
        lento.echar({"n": f"{n:04}"})
    assert pendientes(tmp_path) == [f"{n:04}" for n in range(MAXIMO_EN_COLA, MAXIMO_EN_COLA + 3)]
    lento.configurar(tmp_path, "suelta el archivo")


def test_al_cerrar_a_destiempo_lo_que_estaba_en_la_mano_y_en_la_cola_queda_guardado(tmp_path: Path) -> None:
    en_la_mano, soltar = threading.Event(), threading.Event()

    def atascarse(_apunte: Apunte) -> None:
        en_la_mano.set()
        soltar.wait(PLAZO)

    atascado = Buzon(atascarse)
    atascado.configurar(tmp_path, "prueba")
    for n in "abc":
        atascado.echar({"n": n})
    assert en_la_mano.wait(PLAZO)
    atascado.cerrar(0.05)
    soltar.set()
    assert pendientes(tmp_path) == ["a", "b", "c"]


def test_el_archivo_de_un_proceso_vivo_no_se_toca_y_el_de_uno_muerto_se_recoge(lejana: BaseDeJuguete, buzon: Buzon, tmp_path: Path) -> None:
    orden = [sys.executable, "-c", OTRO_PROCESO, str(tmp_path)]
    with subprocess.Popen(orden, cwd=RAIZ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as otro:
        assert otro.stdout is not None
        assert otro.stdout.readline() == "escrito\n"
        [ajeno] = archivos(tmp_path)
        buzon.echar({"n": "propio"})
        assert lejana.espera(1) == ["propio"]
        buzon._recoger()
        assert "ajeno" in ajeno.read_text("utf-8")  # su dueño vive: se queda
        otro.kill()
    assert lejana.espera(2) == ["ajeno", "propio"]


OTRO_PROCESO = """
import sys
from pathlib import Path
from registro.buzon import Buzon
import psycopg

def apagada(_):
    raise psycopg.OperationalError

buzon = Buzon(apagada)
buzon.configurar(Path(sys.argv[1]), "prueba")
buzon.echar({"n": "ajeno"})
buzon.vaciar(10)
print("escrito", flush=True)
sys.stdin.read()
"""


def test_un_renglon_cortado_por_un_apagon_no_impide_leer_los_demas(buzon: Buzon, lejana: BaseDeJuguete, tmp_path: Path) -> None:
    (tmp_path / "errores_pendientes_web_1_aa.jsonl").write_text('{"n": "a"}\n{"n": "b"}\n{"n": "cor', "utf-8")
    buzon.abrir()
    assert lejana.espera(2) == ["a", "b"]


def test_tras_un_fork_cada_proceso_estrena_su_archivo(buzon: Buzon, lejana: BaseDeJuguete, tmp_path: Path) -> None:
    lejana.encendida = False
    buzon.echar({"n": "padre"})
    assert buzon.vaciar(PLAZO)
    guion = ESTRENAR.format(raiz=str(RAIZ))
    subprocess.run([sys.executable, "-c", guion, str(tmp_path)], check=True, timeout=60)
    assert len(archivos(tmp_path)) == 3
    assert pendientes(tmp_path) == ["hijo", "padre", "padre"]


ESTRENAR = """
import os, sys
sys.path.insert(0, {raiz!r})
from pathlib import Path
from registro.buzon import Buzon
import psycopg

def apagada(_):
    raise psycopg.OperationalError

buzon = Buzon(apagada, cada=60)
buzon.configurar(Path(sys.argv[1]), "prueba")
buzon.echar({{"n": "padre"}})
buzon.vaciar(10)
hijo = os.fork()
if hijo == 0:
    buzon.echar({{"n": "hijo"}})
    os._exit(0 if buzon.vaciar(10) else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(hijo, 0)[1]))
"""


def repetir(cuantos: int, que: Callable[[int], None]) -> None:
    hilos = [threading.Thread(target=que, args=(n,)) for n in range(cuantos)]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join(PLAZO)


def test_ocho_hilos_a_la_vez_con_la_base_yendo_y_viniendo_no_pierden_ninguno(buzon: Buzon, lejana: BaseDeJuguete) -> None:
    def echar_cien(hilo: int) -> None:
        for n in range(100):
            lejana.encendida = (hilo + n) % 3 != 0
            buzon.echar({"n": f"{hilo}-{n:03}"})

    repetir(8, echar_cien)
    lejana.encendida = True
    assert lejana.espera(800) == sorted(f"{hilo}-{n:03}" for hilo in range(8) for n in range(100))
