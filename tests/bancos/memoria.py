"""Memoria en reposo de todo lo que no es Postgres, y segundos en volver a servir."""

from __future__ import annotations

import time

from tests.bancos.casa import casa_encendida

REPOSO_SEGUNDOS = 20


def medir() -> list[str]:
    """Corre el banco y devuelve los renglones de resultado."""
    with casa_encendida() as casa:
        casa.apagar()
        otra_vez = casa.encender()
        time.sleep(REPOSO_SEGUNDOS)
        detalle = []
        total = 0
        for proceso in casa.procesos():
            memoria = proceso.memory_full_info()
            total += memoria.pss
            detalle.append(f"{' '.join(proceso.cmdline()[-2:])[-30:]} {memoria.pss / 1e6:.0f}")
    return [
        f"otra vez hasta servir: {otra_vez:.1f} s (meta ≤ 6)",
        f"memoria en reposo sin Postgres: {total / 1e6:.0f} MB de PSS (meta ≤ 300): {'; '.join(detalle)}",
    ]
