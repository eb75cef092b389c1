"""Lo que piden las pruebas de la sala de pensar: un OpenAI local y la cuenta con que se le habla."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from ia import proveedor
from tests.dobles.openai import MODELO, DobleDeOpenAI


@pytest.fixture
def openai() -> Iterator[DobleDeOpenAI]:
    """Un OpenAI de mentira con HTTP de verdad, ya configurado como proveedor."""
    with HTTPServer(threaded=True) as servidor:
        doble = DobleDeOpenAI(servidor)
        proveedor.configurar("sk-clave-de-prueba", doble.url, MODELO)
        yield doble
        doble.soltar.set()
        proveedor.configurar(None, None, MODELO)


@pytest.fixture
def sin_modelo() -> None:
    """Sin cuenta: responden los bloques."""
    proveedor.configurar(None, None, MODELO)
