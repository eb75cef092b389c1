"""El panel en las pruebas: la aplicación entera, clientes que ya entraron y ajustes sin leer el entorno."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from registro import bitacora, config
from registro.config import Ajustes
from registro.extensiones import limitador
from registro.fabrica import armar
from tests.base import Base
from tests.personas import PERSONAS
from webhook import firmantes, rechazos

FICHA = "12345678901234567890123456789012"
"""El token de Twilio de todas las pruebas."""
CUENTA_TWILIO = "AC" + "0" * 32


def ajustes_de_prueba(url: str, **cambios: Any) -> Ajustes:
    """Ajustes completos para una prueba; `cambios` con los nombres de `.env.example`."""
    valores: dict[str, Any] = {
        "DATABASE_URL": url.replace("postgresql+psycopg://", "postgresql://"),
        "SECRET_KEY": "clave-secreta-de-las-pruebas",
        "CLAVES_CIFRADO": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "DEMO": True,
        "TWILIO_AUTH_TOKEN": FICHA,
        "PORT": 5999,
    }
    return Ajustes(**(valores | cambios))


class ClienteDePanel(FlaskClient):
    """Un navegador que ya entró y manda el sello CSRF como lo manda htmx."""

    sello = ""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Como el de Flask, con el sello puesto si la petición cambia algo."""
        if self.sello and kwargs.get("method", "GET") not in {"GET", "HEAD", "OPTIONS"}:
            kwargs["headers"] = {"X-CSRFToken": self.sello, **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def app_del_obrero(base_del_obrero: Base, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """La aplicación de este obrero, con todas las puertas abiertas (una rota hace fallar la prueba)."""
    ajustes = ajustes_de_prueba(base_del_obrero.url, DATOS_DIR=tmp_path_factory.mktemp("datos"))
    bitacora.configurar_buzon(ajustes.carpeta_de_datos, "pruebas")
    app = armar(config.fijar(ajustes), estricto=True)
    app.test_client_class = ClienteDePanel
    return app


@pytest.fixture
def app(app_del_obrero: Flask, base: Base) -> Iterator[Flask]:
    """La aplicación sobre la base recién sembrada; lo que una prueba cambie en los ajustes se deshace."""
    ajustes = app_del_obrero.extensions["ajustes"]
    base.apuntar()
    config.fijar(ajustes)
    limitador.reset()
    firmantes.olvidar()
    rechazos.olvidar()
    yield app_del_obrero
    app_del_obrero.extensions["ajustes"] = ajustes
    config.fijar(ajustes)
    bitacora.vaciar()


@pytest.fixture
def visitante(app: Flask) -> FlaskClient:
    """Un navegador que no ha entrado."""
    return app.test_client()


@pytest.fixture
def cliente_de(app: Flask) -> Callable[[str], ClienteDePanel]:
    """`cliente_de("alicia")`: un navegador donde esa persona ya entró."""
    sellos = {persona.nombre.lower(): f"sello-{persona.id}" for persona in PERSONAS}

    def _entrar(nombre: str) -> ClienteDePanel:
        cliente = app.test_client()
        assert isinstance(cliente, ClienteDePanel)
        with app.test_request_context():
            cliente.sello = generate_csrf()
            crudo = session["csrf_token"]
        with cliente.session_transaction() as sesion:
            sesion.update({"_user_id": sellos[nombre], "_fresh": True, "csrf_token": crudo})
        return cliente

    return _entrar
