"""`python -m tests.bancos [webhook vivo memoria arranque]`: sin nombres, todos."""

from __future__ import annotations

import sys
from importlib import import_module

BANCOS = ("webhook", "vivo", "memoria", "arranque")


def correr(pedidos: list[str]) -> int:
    """Corre los bancos pedidos y escribe sus renglones. Devuelve 0, o 2 si se pidió uno que no existe."""
    raros = set(pedidos) - set(BANCOS)
    if raros:
        print(f"No existe: {', '.join(sorted(raros))}. Hay: {', '.join(BANCOS)}.", file=sys.stderr)
        return 2
    for nombre in pedidos or BANCOS:
        print(f"· {nombre}…", flush=True)
        for renglon in import_module(f"tests.bancos.{nombre}").medir():
            print(f"  {renglon}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(correr(sys.argv[1:]))
