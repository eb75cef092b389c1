"""La campana de los trabajadores: esperan a que suene o a que pase su tiempo, lo que ocurra antes."""

from __future__ import annotations

import threading

from registro.tiempo_real import CANAL_DE_TRABAJO, escuchar
from sql import conexion

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
        """Espera a que suene o a que pasen esos segundos; si se pidió parar, vuelve enseguida."""
        if not parar.is_set():
            self._sono.wait(segundos)
        self._sono.clear()


def _oir() -> None:
    for motivo in escuchar(conexion.dsn, CANAL_DE_TRABAJO):
        if motivo is not None:
            for campana in _campanas.get(motivo, []):
                campana.set()
