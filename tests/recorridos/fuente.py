"""Una copia limpia del producto, como la de quien acaba de clonarlo."""

from __future__ import annotations

import shutil
from pathlib import Path

CARPETAS = ("registro", "sql", "ia", "webhook", "clientes", "admin", "templates", "static")


def copiar_fuente(raiz: Path, destino: Path) -> Path:
    """Copia el producto sin el `.env` de quien corre las pruebas (tendría sus claves); devuelve su app.py."""
    for nombre in CARPETAS:
        shutil.copytree(raiz / nombre, destino / nombre, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(raiz / "app.py", destino / "app.py")
    (destino / "node_modules").symlink_to(raiz / "node_modules", target_is_directory=True)
    return destino / "app.py"
