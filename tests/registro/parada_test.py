"""La petición de parar: muchas señales seguidas, a mitad de cualquier espera, y nadie se queda colgado."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

from registro.config import RAIZ
from registro.parada import Parada

PROGRAMA = """
import os, signal, threading
from registro.parada import Parada
parar = Parada().escuchar()
def lluvia():
    for _ in range(400):
        os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=lluvia).start()
while not parar.wait(0.5):
    pass
for _ in range(2000):
    parar.set()
    parar.is_set()
print("paro")
"""


def test_una_lluvia_de_senales_no_cuelga_a_nadie() -> None:
    fin = subprocess.run([sys.executable, "-c", PROGRAMA], capture_output=True, text=True, timeout=30, check=False, cwd=RAIZ)
    assert (fin.returncode, fin.stdout.strip()) == (0, "paro"), fin.stderr


def test_esperar_vuelve_en_cuanto_se_pide() -> None:
    parar = Parada()
    assert not parar.wait(0.01)
    threading.Timer(0.05, parar.set).start()
    desde = time.monotonic()
    assert parar.wait(20)
    assert time.monotonic() - desde < 10
    assert parar.is_set()


def test_escucha_las_tres_senales_de_parar() -> None:
    antes = {senal: signal.getsignal(senal) for senal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        parar = Parada().escuchar()
        signal.raise_signal(signal.SIGHUP)
        assert parar.wait(5)
    finally:
        for senal, manejador in antes.items():
            signal.signal(senal, manejador)
