"""El índice del libro: `crear_app()` arma la web; `python app.py` prepara la base y sirve."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from registro.config import Ajustes, AjustesInvalidos, cargar
from registro.ordenes import correr, entorno_de

if TYPE_CHECKING:
    from flask import Flask


def crear_app(ajustes: Ajustes | None = None, *, estricto: bool = False) -> Flask:
    """La aplicación web, con la base y los servicios que digan los ajustes."""
    from registro.fabrica import armar  # la web pesa: las demás órdenes arrancan sin cargarla

    return armar(entorno_de(ajustes or cargar()), estricto=estricto)


if __name__ == "__main__":
    try:
        sys.exit(correr(sys.argv[1:]))
    except AjustesInvalidos as motivo:
        print(motivo, file=sys.stderr)
        sys.exit(2)
