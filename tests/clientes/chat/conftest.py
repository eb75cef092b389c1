"""Lo que las pruebas de Chats tienen a mano: el paso de Alicia, el reloj y los avisos que salieron."""

from __future__ import annotations

import datetime as dt

import pytest

from registro import tiempo_real
from registro.portero import Paso
from tests.personas import ALICIA, AURA, MODULOS_ACTIVOS


@pytest.fixture
def ahora() -> dt.datetime:
    """Un mismo momento para toda la prueba."""
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def paso() -> Paso:
    """El permiso de Alicia, dueña de «aura»."""
    return Paso(AURA, "dueno", frozenset(MODULOS_ACTIVOS), ALICIA.id)


@pytest.fixture
def avisos(monkeypatch) -> list[tuple[str, dict[str, object]]]:
    """Lo que se habría dicho a los navegadores, en orden."""
    dichos: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(tiempo_real, "avisar", lambda _nora, que, **ids: dichos.append((que, ids)))
    return dichos
