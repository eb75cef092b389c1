"""La campana de los trabajadores: esperan a que suene o a que pase su tiempo, lo que ocurra antes."""

from __future__ import annotations

import threading
import time

from registro.tiempo_real import CANAL_DE_TRABAJO, escuchar
from sql import conexion

_MIRAR_CADA = 0.5
"""Cada cuántos segundos mira quien espera si se pidió parar."""
_campanas: dict[str, list[threading.Event]] = {}
_candado = threading.Lock()
_oido: threading.Thread | None = None


class Campana:
    """Suena cuando alguien llama a `tiempo_real.despertar(motivo)` en cualquier proceso."""

    def __init__(self, motivo: str) -> None:
        global _oido
        self._sono = threading.Event()
        with _candado:
            _campanas.setdefault(motivo, []).append(self._sono)
            if _oido is None or not _oido.is_alive():
                _oido = threading.Thread(target=_oir, name="campana", daemon=True)
                _oido.start()

    def tocar(self) -> None:
        """La hace sonar desde este mismo proceso."""
        self._sono.set()

    def esperar(self, parar: threading.Event, segundos: float) -> None:
        """Espera a que suene o a que pasen esos segundos; si se pide parar, vuelve enseguida."""
        limite = time.monotonic() + segundos
        while not parar.is_set() and (queda := limite - time.monotonic()) > 0:
            if self._sono.wait(min(queda, _MIRAR_CADA)):
                break
        self._sono.clear()


def _oir() -> None:
    for motivo in escuchar(conexion.dsn, CANAL_DE_TRABAJO):
        with _candado:
            # Sin motivo: se empieza a oír y pudo perderse alguno; que miren todos.
            sonar = [c for otro, campanas in _campanas.items() if motivo in {None, otro} for c in campanas]
        for campana in sonar:
            campana.set()
