"""Una mitad del producto (web o trabajador) con las esperas acortadas, para que un ensayo de horas dure minutos.

`python -m tests.fallas.mitad trabajador 4`: las esperas que dependen de Twilio, divididas entre cuatro, todas en la misma proporción.
Con «sin_asentar» detrás, además se estropea a propósito: se reenvía a la primera ausencia y sin dar tiempo a Twilio. El juez debe notarlo.
"""

from __future__ import annotations

import datetime as dt
import sys
from importlib import import_module
from typing import Any

ESPERAS = (
    "LEER_SEGUNDOS",
    "REVISAR_SEGUNDOS",
    "ARRIENDO_SEGUNDOS",
    "DEMORA_PROHIBIDA",
    "CADA_SEGUNDOS",
    "RECIENTE",
)
"""Constantes que se acortan: lo que se espera a Twilio, a un trabajador muerto y a la próxima pasada."""
IMPRESCINDIBLES = {"LEER_SEGUNDOS", "REVISAR_SEGUNDOS", "ARRIENDO_SEGUNDOS", "CADA_SEGUNDOS"}


def acortar(veces: float) -> None:
    """Divide las esperas de todos los módulos del cable.

    Raises:
        RuntimeError: si alguna ya no existe con ese nombre (el ensayo no mediría lo que dice).
    """
    from registro.trabajador import OFICIOS

    for oficio in OFICIOS:
        import_module(oficio.partition(":")[0])
    hechas = set()
    for nombre, modulo in list(sys.modules.items()):
        for espera in ESPERAS if nombre.startswith("webhook.") else ():
            valor: Any = getattr(modulo, espera, None)
            if isinstance(valor, int | float | dt.timedelta):
                setattr(modulo, espera, valor / veces)
                hechas.add(espera)
    if faltan := IMPRESCINDIBLES - hechas:
        raise RuntimeError(f"Ya no hay estas esperas que acortar: {', '.join(sorted(faltan))}")


def dejar_de_asentar() -> None:
    """Lo dudoso se busca una sola vez y enseguida: lo que Twilio acepta tarde sale dos veces."""
    from webhook import conciliacion, despacho

    for modulo in (conciliacion, despacho):
        modulo.REVISAR_SEGUNDOS = 0  # type: ignore[attr-defined]
    conciliacion.AUSENCIAS_NECESARIAS = 1


if __name__ == "__main__":
    from registro.ordenes import correr

    mitad, proporcion = sys.argv[1], float(sys.argv[2])
    if mitad == "trabajador" and proporcion != 1:
        acortar(proporcion)
    if mitad == "trabajador" and sys.argv[3:] == ["sin_asentar"]:
        dejar_de_asentar()
    sys.exit(correr([mitad]))
