"""Lo que todas las pruebas tienen a mano: la base (`base`), el servidor (`servidor`) y la red cortada."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.base import Base, Serie, encender
from tests.panel import app, app_del_obrero, cliente_de, visitante  # noqa: F401 - son fixtures
from tests.sin_red import cortar

# Una máquina cargada no es un fallo: sin plazo por ejemplo, y siempre los mismos ejemplos.
hypothesis.settings.register_profile("casa", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("casa")

_SERIE = pytest.StashKey[Serie]()


def pytest_configure(config: pytest.Config) -> None:
    """Quien manda (no los obreros de xdist) es dueño de la carpeta de la serie."""
    if not hasattr(config, "workerinput"):
        config.stash[_SERIE] = Serie()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Cada obrero de xdist recibe la carpeta de quien manda: todos usan el mismo servidor."""
    node.workerinput["carpeta_de_la_serie"] = str(node.config.stash[_SERIE].carpeta)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Al final, aunque haya fallos o se interrumpa, se apaga el servidor."""
    if _SERIE in config.stash:
        config.stash[_SERIE].terminar()


@pytest.fixture(scope="session", autouse=True)
def _sin_red() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as parche:
        cortar(parche)
        yield


@pytest.fixture(scope="session")
def servidor(request: pytest.FixtureRequest) -> str:
    """Dirección del Postgres de la serie (base `aura`, vacía); se enciende la primera vez que alguien lo pide."""
    entrada = getattr(request.config, "workerinput", None)
    carpeta = Path(entrada["carpeta_de_la_serie"]) if entrada else request.config.stash[_SERIE].carpeta
    return encender(carpeta)


@pytest.fixture(scope="session")
def base_del_obrero(servidor: str, request: pytest.FixtureRequest) -> Iterator[Base]:
    """La base de este obrero, migrada y con `sql.conexion` apuntando a ella."""
    obrero = getattr(request.config, "workerinput", {}).get("workerid", "unico")
    base = Base(servidor, f"obrero_{obrero}")
    yield base
    base.cerrar()


@pytest.fixture
def base(base_del_obrero: Base) -> Base:
    """La base recién sembrada: dos Noras, sus módulos y las cuatro personas, y nada más."""
    base_del_obrero.apuntar()
    base_del_obrero.vaciar()
    base_del_obrero.sembrar()
    return base_del_obrero
