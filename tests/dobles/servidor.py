"""Un servidor de hilos para los dobles que aguantan miles de peticiones: el de pytest-httpserver apunta cada una y se cansa."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from werkzeug import Request
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.dobles.twilio import DobleDeTwilio


class _Callado(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """No escribe un renglón por petición."""


class ServidorDeHilos:
    """Escucha en 127.0.0.1; quien responde se pone después, porque necesita saber el puerto."""

    def __init__(self, puerto: int = 0) -> None:
        self.responder: Any = None
        self._servidor = make_server("127.0.0.1", puerto, self._atender, threaded=True, request_handler=_Callado)
        self._hilo = threading.Thread(target=self._servidor.serve_forever, name="doble", daemon=True)

    def url_for(self, suffix: str) -> str:
        """La dirección completa de una ruta."""
        return f"http://127.0.0.1:{self._servidor.port}{suffix}"

    def encender(self) -> None:
        """Empieza a atender, en otro hilo."""
        self._hilo.start()

    def apagar(self) -> None:
        """Deja de atender y suelta el puerto."""
        self._servidor.shutdown()
        self._hilo.join()
        self._servidor.server_close()

    def _atender(self, entorno: Any, empezar: Any) -> Any:
        return self.responder(Request(entorno))(entorno, empezar)


@contextmanager
def twilio_encendido(cuenta: str, ficha: str | None = None, *, puerto: int = 0, **opciones: Any) -> Iterator[DobleDeTwilio]:
    """Un doble de Twilio en su propio servidor; `opciones` son campos de `DobleDeTwilio`."""
    servidor = ServidorDeHilos(puerto)
    doble = DobleDeTwilio(servidor, cuenta, ficha, **opciones)
    servidor.responder = doble.responder
    servidor.encender()
    try:
        yield doble
    finally:
        servidor.apagar()


if __name__ == "__main__":
    lector = argparse.ArgumentParser(prog="python -m tests.dobles.servidor", description="Un doble de Twilio suelto, para TWILIO_API_URL")
    lector.add_argument("--puerto", type=int, default=4010)
    lector.add_argument("--cuenta", default="AC" + "0" * 32)
    lector.add_argument("--ficha", default=None, help="sin ella vale cualquier clave")
    pedido = lector.parse_args()
    with twilio_encendido(pedido.cuenta, pedido.ficha, puerto=pedido.puerto) as suelto:
        print(f"TWILIO_API_URL={suelto.url}  (Ctrl+C para apagar)", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
