"""El código del producto visto como texto y como árbol, para que las leyes de la casa sean pruebas."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

RAIZ = Path(__file__).resolve().parents[2]
CUARTOS = ("sql", "registro", "ia", "webhook", "clientes", "admin")


@cache
def archivos_python() -> tuple[Path, ...]:
    """Los .py del producto (no las pruebas)."""
    return (RAIZ / "app.py", *sorted(archivo for cuarto in CUARTOS for archivo in (RAIZ / cuarto).rglob("*.py")))


@cache
def pruebas_python() -> tuple[Path, ...]:
    """Los .py de las pruebas, sin lo que instalan los servidores que usan."""
    return tuple(sorted(a for a in (RAIZ / "tests").rglob("*.py") if "node_modules" not in a.parts))


@cache
def arbol(archivo: Path) -> ast.Module:
    """El árbol de un archivo."""
    return ast.parse(archivo.read_text("utf-8"), str(archivo))


def corto(archivo: Path) -> str:
    """La ruta tal como se escribe en el proyecto."""
    return archivo.relative_to(RAIZ).as_posix()


def importados(archivo: Path) -> Iterator[str]:
    """Cada módulo (o «módulo.nombre») que importa un archivo, también dentro de funciones."""
    for nodo in ast.walk(arbol(archivo)):
        if isinstance(nodo, ast.Import):
            yield from (alias.name for alias in nodo.names)
        elif isinstance(nodo, ast.ImportFrom) and nodo.module and not nodo.level:
            yield from (f"{nodo.module}.{alias.name}" for alias in nodo.names)


def _es_explicacion(nodo: ast.stmt) -> bool:
    return isinstance(nodo, ast.Expr) and isinstance(nodo.value, ast.Constant) and isinstance(nodo.value.value, str)


def textos(archivo: Path) -> Iterator[str]:
    """Los textos escritos en un archivo, sin los que sólo explican."""
    explicaciones = {id(nodo.value) for nodo in ast.walk(arbol(archivo)) if isinstance(nodo, ast.stmt) and _es_explicacion(nodo)}  # type: ignore[attr-defined]
    for nodo in ast.walk(arbol(archivo)):
        if isinstance(nodo, ast.Constant) and isinstance(nodo.value, str) and id(nodo) not in explicaciones:
            yield nodo.value
