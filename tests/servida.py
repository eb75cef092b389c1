"""La aplicación servida de verdad: el simulador escribe por HTTP a nuestra propia dirección."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

from registro import config
from registro.config import Ajustes


@pytest.fixture
def servida(app: Flask) -> Iterator[Ajustes]:
    """Atiende en un puerto libre mientras dura la prueba; da los ajustes que lo dicen."""
    servidor = make_server("127.0.0.1", 0, app, threaded=True)
    ajustes = app.extensions["ajustes"].model_copy(update={"puerto": servidor.server_port})
    app.extensions["ajustes"] = config.fijar(ajustes)
    hilo = threading.Thread(target=servidor.serve_forever, daemon=True)
    hilo.start()
    yield ajustes
    servidor.shutdown()
    hilo.join(5)
    servidor.server_close()
