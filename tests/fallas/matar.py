"""kill -9 de todo (en las rondas pares, también Postgres) después del 200 y antes de la respuesta: al volver, una y sólo una.

`python -m tests.fallas.matar [rondas]`. El Twilio de al lado tiene memoria y es quien cuenta lo que recibió la persona.
"""

from __future__ import annotations

import logging
import random
import sys
import time
from pathlib import Path

from pytest_httpserver import HTTPServer

from tests.bancos.casa import CUENTA, Casa, Enchufe, casa_encendida, parametros, peticion_cruda
from tests.dobles.twilio import DobleDeTwilio

RONDAS = 20
ESPERA_DEL_SILENCIO = 4.3
"""La espera por omisión de una Nora y un poco más: el golpe cae en cualquier punto, también durante el envío."""
LIMITE_POR_RONDA = 240
SOBRAN_SEGUNDOS = 3
"""Después de la respuesta se espera un poco por si llegara otra."""


def correr(rondas: int, semilla: int) -> int:
    """Corre las rondas y devuelve cuántas no acabaron con exactamente una respuesta."""
    azar = random.Random(semilla)
    malas = 0
    with HTTPServer(host="127.0.0.1", port=0, threaded=True) as servidor:
        doble = DobleDeTwilio(servidor, CUENTA)
        with casa_encendida(TWILIO_API_URL=doble.url) as casa:
            for ronda in range(rondas):
                golpe = azar.uniform(0, ESPERA_DEL_SILENCIO)
                telefono = f"+52155555{ronda:05d}"
                con_la_base = ronda % 2 == 1
                cuantas, tardo = _ronda(casa, doble, telefono, golpe, con_la_base=con_la_base)
                malas += cuantas != 1
                que = "todo, también Postgres" if con_la_base else "web y trabajador"
                print(
                    f"  ronda {ronda + 1:>2}: golpe a {golpe:.2f} s del 200 ({que}) → {cuantas} respuesta(s) en {tardo:.1f} s", flush=True
                )
    print(f"exactamente una respuesta: {rondas - malas} de {rondas} (semilla {semilla})")
    return malas


def _ronda(casa: Casa, doble: DobleDeTwilio, telefono: str, golpe: float, *, con_la_base: bool) -> tuple[int, float]:
    enchufe = Enchufe(int(casa.entorno["PORT"]))
    codigo = enchufe.pedir(peticion_cruda(casa, "/webhook", parametros("¿A qué hora abren?", telefono=telefono)))
    enchufe.cerrar()
    if codigo != 200:
        raise RuntimeError(f"/webhook contestó {codigo}")
    time.sleep(golpe)
    casa.matar(con_la_base=con_la_base)
    casa.encender()
    empezo = time.monotonic()
    while not _recibidas(doble, telefono) and time.monotonic() - empezo < LIMITE_POR_RONDA:
        time.sleep(0.1)
    tardo = time.monotonic() - empezo
    time.sleep(SOBRAN_SEGUNDOS)
    return _recibidas(doble, telefono), tardo


def _recibidas(doble: DobleDeTwilio, telefono: str) -> int:
    return sum(1 for mensaje in list(doble.aceptados) if mensaje["to"] == f"whatsapp:{telefono}")


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    print(f"kill -9 después del 200 ({Path(__file__).name})")
    pedidas = int(sys.argv[1]) if len(sys.argv) > 1 else RONDAS
    sys.exit(1 if correr(pedidas, semilla=20261123) else 0)
