"""El lanzador: dice en una frase qué estorba, vuelve a encender lo que se cae y no deja nada encendido al irse."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from registro.config import RAIZ
from registro.lanzador import _que_estorba
from sql.embebida import detener, esta_viva
from tests.bancos.casa import Casa, entorno_nuevo, puerto_libre
from tests.panel import ajustes_de_prueba

PLAZO = 60.0
URL = "postgresql://x/y"


def correr(entorno: dict[str, str], *orden: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py", *orden], cwd=RAIZ, env=entorno, capture_output=True, text=True, timeout=PLAZO, check=False
    )


def test_el_puerto_ocupado_se_dice_en_una_frase_con_lo_que_hay_que_escribir(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as otro:
        puerto = otro.getsockname()[1]
        hecho = correr(entorno_nuevo(tmp_path, PORT=str(puerto)))
    assert (hecho.returncode, hecho.stdout) == (1, "")
    assert hecho.stderr == f"El puerto {puerto} está ocupado. Escribe: PORT={puerto + 1} make run\n"
    assert list(tmp_path.iterdir()) == []  # no se tocó nada


@pytest.mark.parametrize(
    ("direccion", "dice"),
    [("127.0.0.1", None), ("localhost", None), ("203.0.113.1", "HOST=203.0.113.1"), ("nombre-que-no-existe", "HOST=")],
)
def test_dónde_se_puede_escuchar(direccion: str, dice: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if direccion == "nombre-que-no-existe":

        def no_existe(*_: object, **__: object) -> list[object]:
            raise socket.gaierror(socket.EAI_NONAME, "no existe")

        monkeypatch.setattr(socket, "getaddrinfo", no_existe)
    elif direccion == "203.0.113.1":
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (direccion, 0))])
    estorbo = _que_estorba(ajustes_de_prueba(URL, HOST=direccion, PORT=puerto_libre()))
    assert estorbo is None if dice is None else dice in str(estorbo)


def test_con_el_último_puerto_ocupado_se_propone_uno_que_existe() -> None:
    with socket.socket() as otro:
        otro.bind(("127.0.0.1", 65535))
        otro.listen()
        assert "PORT=1 " in str(_que_estorba(ajustes_de_prueba(URL, PORT=65535)))


@pytest.fixture(scope="module")
def casa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Casa]:
    """Una instalación de verdad, con su base embebida; cada prueba la enciende."""
    carpeta = tmp_path_factory.mktemp("casa")
    nueva = Casa(carpeta, entorno_nuevo(carpeta))
    yield nueva
    detener(carpeta / "datos" / "postgres")


@pytest.fixture(autouse=True)
def _nada_encendido(request: pytest.FixtureRequest) -> Iterator[None]:
    """Aunque la prueba falle, lo que encendió se apaga."""
    yield
    if "casa" in request.fixturenames:
        request.getfixturevalue("casa").apagar()


def vive(proceso: psutil.Process) -> bool:
    """Si sigue corriendo; uno que terminó y nadie ha recogido no cuenta."""
    try:
        return bool(proceso.is_running() and proceso.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def mitad(casa: Casa, nombre: str) -> psutil.Process | None:
    """La mitad viva con ese nombre."""
    assert casa.proceso is not None
    for proceso in psutil.Process(casa.proceso.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if proceso.cmdline()[-1:] == [nombre]:
                return proceso
    return None


def hasta_que(condicion: Callable[[], bool], segundos: float = PLAZO) -> bool:
    limite = time.monotonic() + segundos
    while time.monotonic() < limite:
        if condicion():
            return True
        time.sleep(0.05)
    return False


def test_enciende_las_dos_mitades_vuelve_a_encender_la_que_se_cae_y_apaga_todo_con_sigterm(casa: Casa) -> None:
    casa.encender()
    assert hasta_que(lambda: casa.responde("/listo"))
    web, trabajador = mitad(casa, "web"), mitad(casa, "trabajador")
    assert web is not None
    assert trabajador is not None
    trabajador.kill()
    assert hasta_que(lambda: mitad(casa, "trabajador") not in {None, trabajador})
    assert vive(web)

    procesos = casa.procesos() + casa.base()
    empezo = time.monotonic()
    assert casa.proceso is not None
    casa.proceso.send_signal(signal.SIGTERM)
    assert casa.proceso.wait(PLAZO) == 0
    assert time.monotonic() - empezo < 30
    assert hasta_que(lambda: not any(vive(p) for p in procesos), 10)
    assert not esta_viva(casa.carpeta / "datos" / "postgres")
    salida = (casa.carpeta / "salida.txt").read_text("utf-8")
    assert f"Listo: {casa.url}" in salida
    assert "«trabajador» se cayó (código -9)" in salida
    assert "Traceback" not in salida
    for servicio in ("Base de datos", "WhatsApp (Twilio)", "IA (OpenAI)", "duena@example.com"):
        assert servicio in salida
    for secreto in (casa.entorno["SECRET_KEY"], casa.entorno["CLAVES_CIFRADO"], casa.ficha):
        assert secreto not in salida


@pytest.mark.skipif(sys.platform != "linux", reason="sólo Linux avisa a un proceso de que murió el que lo encendió")
def test_si_matan_al_lanzador_sus_mitades_no_quedan_huérfanas_y_se_puede_volver_a_encender(casa: Casa) -> None:
    casa.encender()
    assert casa.proceso is not None
    mitades = [mitad(casa, "web"), mitad(casa, "trabajador")]
    assert None not in mitades
    os.kill(casa.proceso.pid, signal.SIGKILL)
    casa.proceso.wait(PLAZO)
    assert hasta_que(lambda: not any(vive(m) for m in mitades if m is not None), 40)
    casa.encender()
    casa.apagar()
    assert not esta_viva(casa.carpeta / "datos" / "postgres")
