"""El producto de verdad encendido una vez, y un navegador de verdad que lo mira."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.bancos.casa import RAIZ, Casa, casa_encendida
from tests.recorridos.fuente import copiar_fuente
from tests.recorridos.navegador import OPCIONES_DE_CHROMIUM, Vigia, exigir_chromium

ESPERA_MS = 15_000
"""Cuánto se espera a que algo se vea; la IA junta mensajes unos segundos antes de responder."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """El ejecutable, antes de encender nada: sin él no hay recorrido."""
    return exigir_chromium()


@pytest.fixture(scope="session")
def producto(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Casa]:
    """`python app.py` con su base, su web y su trabajador, en modo demo, sin ninguna clave y sin `.env`."""
    app = copiar_fuente(RAIZ, tmp_path_factory.mktemp("fuente"))
    sin_twilio = {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "TWILIO_API_URL": ""}
    # Los cuatro procesos comparten lo compilado aunque el entorno prohíba guardarlo: compilar cada uno por su cuenta son segundos.
    compilado = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("compilado"))}
    with casa_encendida(orden=(str(app),), **sin_twilio, **compilado) as casa:
        yield casa


@pytest.fixture(scope="session")
def navegador(chromium: str) -> Iterator[Browser]:
    """El Chromium del sistema, sin ventana."""
    with sync_playwright() as p:
        abierto = p.chromium.launch(executable_path=chromium, args=OPCIONES_DE_CHROMIUM)
        yield abierto
        abierto.close()


@pytest.fixture
def vigia(producto: Casa) -> Vigia:
    """Quien anota las quejas de las páginas de esta prueba."""
    return Vigia(producto.url.removeprefix("http://"))


@pytest.fixture
def contexto(navegador: Browser, producto: Casa, vigia: Vigia) -> Iterator[BrowserContext]:
    """Un navegador recién estrenado que ya sabe dónde está el producto."""
    expect.set_options(timeout=ESPERA_MS)
    abierto = navegador.new_context(base_url=producto.url, locale="es-MX", viewport={"width": 1440, "height": 900})
    abierto.set_default_timeout(ESPERA_MS)
    vigia.mirar(abierto)
    yield abierto
    abierto.close()
