"""Sirve la web con gunicorn: un proceso de muchos hilos, porque cada pestaña abierta ocupa uno mientras dura."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from registro.config import Ajustes

HILOS = 256
CONEXIONES = 1000


class _Gunicorn(BaseApplication):
    def __init__(self, crear: Callable[[], Any], opciones: dict[str, Any]) -> None:
        self._crear, self._opciones = crear, opciones
        super().__init__()

    def load_config(self) -> None:
        for clave, valor in self._opciones.items():
            self.cfg.set(clave, valor)

    def load(self) -> Any:
        return self._crear()


def opciones_de(ajustes: Ajustes) -> dict[str, Any]:
    """Las opciones de gunicorn para estos ajustes. Puro."""
    return {
        "bind": ajustes.enlace,
        "worker_class": "gthread",
        "workers": 1,
        "threads": HILOS,
        "worker_connections": CONEXIONES,
        "timeout": 60,
        "graceful_timeout": 10,
        "keepalive": 30,
        "control_socket_disable": True,
        "loglevel": "warning",
        "proc_name": "aura-web",
    }


def servir(ajustes: Ajustes) -> int:
    """Sirve hasta que se pida parar."""
    _Gunicorn(lambda: _cargar(ajustes), opciones_de(ajustes)).run()
    return 0


def _cargar(ajustes: Ajustes) -> Any:
    from registro.fabrica import armar

    return armar(ajustes)
