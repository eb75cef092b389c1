"""Lo que comparten las pruebas de la portería: otra aplicación en el mismo proceso, módulos de mentira y la base lejos."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from registro import config, fabrica
from registro.modulos import Puerta
from sql import conexion
from tests.base import Base
from tests.panel import ClienteDePanel, ajustes_de_prueba
from tests.registro.apoyo import BASE_MUERTA, extensiones_como_estaban
from tests.servida import servida  # noqa: F401 - es una fixture


@pytest.fixture
def armar_otra(base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Flask]]:
    """`armar_otra(puertas=…, estricto=…, PUBLIC_URL=…)`: otra aplicación; al final las extensiones quedan como estaban."""

    def _armar(*, puertas: tuple[Puerta, ...] = (), estricto: bool = True, **cambios: Any) -> Flask:
        monkeypatch.setattr(fabrica, "PUERTAS", fabrica.PUERTAS + puertas)
        nueva = fabrica.armar(config.fijar(ajustes_de_prueba(base.url, **{"DATOS_DIR": tmp_path, **cambios})), estricto=estricto)
        nueva.test_client_class = ClienteDePanel
        return nueva

    with extensiones_como_estaban():
        yield _armar


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
