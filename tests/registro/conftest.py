"""Lo que comparten las pruebas de la portería: otra aplicación en el mismo proceso, clientes de cualquiera de ellas y la base lejos."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from registro import config, extensiones, fabrica, tiempo_real
from registro.modulos import Puerta
from sql import conexion
from tests.base import Base
from tests.panel import ClienteDePanel, ajustes_de_prueba
from tests.personas import PERSONAS
from tests.servida import servida  # noqa: F401 - es una fixture

BASE_MUERTA = "postgresql://nadie:clave-canaria@127.0.0.1:1/nada"
"""Nadie escucha en el puerto 1: la base no está."""

_EXTENSIONES = (extensiones.csrf, extensiones.seguridad, extensiones.idiomas, extensiones.limitador, extensiones.enchufes)


@pytest.fixture
def armar_otra(base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Flask]]:
    """`armar_otra(puertas=…, estricto=…, PUBLIC_URL=…)`: otra aplicación; al final las extensiones quedan como estaban."""
    antes = [dict(vars(extension)) for extension in _EXTENSIONES]
    gestor, ajustes = tiempo_real._pregonero.gestor, config._vigentes

    def _armar(*, puertas: tuple[Puerta, ...] = (), estricto: bool = True, **cambios: Any) -> Flask:
        monkeypatch.setattr(fabrica, "PUERTAS", fabrica.PUERTAS + puertas)
        nueva = fabrica.armar(config.fijar(ajustes_de_prueba(base.url, **{"DATOS_DIR": tmp_path, **cambios})), estricto=estricto)
        nueva.test_client_class = ClienteDePanel
        return nueva

    yield _armar
    for extension, estado in zip(_EXTENSIONES, antes, strict=True):
        vars(extension).clear()
        vars(extension).update(estado)
    tiempo_real._pregonero.gestor, config._vigentes = gestor, ajustes


@pytest.fixture
def modulo_de_mentira(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`modulo_de_mentira(nombre, **contenido)`: un módulo importable sólo en esta prueba; devuelve su nombre."""

    def _poner(nombre: str, **contenido: Any) -> str:
        modulo = types.ModuleType(nombre)
        vars(modulo).update(contenido)
        monkeypatch.setitem(sys.modules, nombre, modulo)
        return nombre

    return _poner


@pytest.fixture
def base_lejos(base: Base) -> Iterator[Callable[[], None]]:
    """`base_lejos()`: desde ahí la base no responde, hasta el final de la prueba o hasta `base.apuntar()`."""
    yield lambda: conexion.configurar(BASE_MUERTA) and None
    base.apuntar()


def cliente_en(app: Flask, nombre: str) -> ClienteDePanel:
    """Un navegador de esa aplicación donde ya entró esa persona."""
    [sello] = [f"sello-{persona.id}" for persona in PERSONAS if persona.nombre.lower() == nombre]
    cliente = app.test_client()
    assert isinstance(cliente, ClienteDePanel)
    with app.test_request_context():
        cliente.sello = generate_csrf()
        crudo = session["csrf_token"]
    with cliente.session_transaction() as sesion:
        sesion.update({"_user_id": sello, "_fresh": True, "csrf_token": crudo})
    return cliente
