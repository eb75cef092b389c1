"""Prism sirviendo la especificación publicada de Twilio: contesta 2xx sólo a lo que la cumple."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

CARPETA = Path(__file__).parent
ARCHIVO = "twilio_mensajes_para_prism.json"
VARIABLE = "ESPECIFICACION_DE_TWILIO"
PRISM = CARPETA / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
NPM_CI = ("npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
ESPERA_SEGUNDOS = 60


def especificacion() -> Path | None:
    """El archivo de la especificación: el que diga la variable, o el que haya en una carpeta de datos al lado del proyecto."""
    if dicho := os.environ.get(VARIABLE):
        return Path(dicho)
    return next(CARPETA.parents[2].glob(f"*/datos/twilio/{ARCHIVO}"), None)


@pytest.fixture(scope="session")
def prism() -> Iterator[str]:
    """La dirección de un Prism encendido; sin la especificación o sin Node, la prueba se salta y dice por qué."""
    archivo, node = especificacion(), shutil.which("node")
    if archivo is None or not archivo.is_file():
        pytest.skip(f"falta {ARCHIVO}: ponlo en {VARIABLE}")
    if node is None or shutil.which("npm") is None:
        pytest.skip("falta Node con su npm")
    _instalar()
    with socket.socket() as libre:
        libre.bind(("127.0.0.1", 0))
        puerto = libre.getsockname()[1]
    orden = [node, str(PRISM), "mock", "--host", "127.0.0.1", "--port", str(puerto), "--errors", str(archivo)]
    proceso = subprocess.Popen(orden, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _esperar(proceso, puerto)
        yield f"http://127.0.0.1:{puerto}"
    finally:
        proceso.terminate()
        proceso.wait(10)


def _instalar() -> None:
    """Instala Prism si no está, de uno en uno aunque lo pidan varios obreros; sin red, se salta la prueba."""
    with (CARPETA / "package.json").open() as candado:
        fcntl.flock(candado, fcntl.LOCK_EX)
        if PRISM.exists():
            return
        hecho = subprocess.run(NPM_CI, cwd=CARPETA, capture_output=True, text=True, check=False)
    if hecho.returncode:
        pytest.skip(f"no se pudo instalar Prism: {hecho.stderr.strip()[:200]}")


def _esperar(proceso: subprocess.Popen[bytes], puerto: int) -> None:
    limite = time.monotonic() + ESPERA_SEGUNDOS
    while time.monotonic() < limite:
        if proceso.poll() is not None:
            raise RuntimeError(f"Prism no arrancó (código {proceso.returncode})")
        with socket.socket() as prueba:
            if prueba.connect_ex(("127.0.0.1", puerto)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"Prism no escucha tras {ESPERA_SEGUNDOS} segundos")
