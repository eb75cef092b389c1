"""La petición de parar que llega por una señal: se puede pedir dos veces a la vez sin que nadie se quede esperando."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress

SENALES = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl+C, «termina» y «se cerró la terminal»."""


class Parada:
    """Como un Event, pero apto para manejadores de señales.

    `threading.Event` toma un candado: si la señal llega mientras el hilo principal lo tiene, se espera a sí mismo para siempre.
    """

    def __init__(self) -> None:
        self._pedida = False
        self._leer, self._escribir = os.pipe()
        os.set_blocking(self._escribir, False)

    def escuchar(self) -> Parada:
        """Desde ahora las señales de parar se anotan aquí; sólo se llama desde el hilo principal."""
        for senal in SENALES:
            signal.signal(senal, lambda _senal, _marco: self.set())
        return self

    def set(self) -> None:
        """Pide parar; repetirlo no cambia nada."""
        self._pedida = True
        with suppress(BlockingIOError):
            os.write(self._escribir, b".")

    def is_set(self) -> bool:
        """Si ya se pidió."""
        return self._pedida

    def wait(self, segundos: float) -> bool:
        """Espera esos segundos o hasta que se pida parar; dice si se pidió."""
        if not self._pedida:
            select.select([self._leer], [], [], segundos)
        return self._pedida
