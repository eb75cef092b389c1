"""docs/tablas.md dice lo que la base es."""

from __future__ import annotations

from sql.tablas import ARCHIVO, generar
from tests.base import Base


def test_la_documentacion_de_las_tablas_esta_al_dia(base: Base) -> None:
    assert ARCHIVO.read_text(encoding="utf-8") == generar(base.url), "Escribe de nuevo docs/tablas.md: python -m sql.tablas"
