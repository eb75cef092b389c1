"""Los números en modo sombra ahora mismo, para decirlo donde la agencia mira primero."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sql.modelos.remitentes import RemitenteDeNora


@dataclass(frozen=True, slots=True)
class EnSombra:
    """Una Nora cuya firma se cuenta y no se exige, y hasta cuándo."""

    nombre_nora: str
    hasta: dt.datetime


def en_sombra(filas: Iterable[RemitenteDeNora], ahora: dt.datetime) -> list[EnSombra]:
    """Las que siguen en sombra en ese momento, por su nombre. Puro."""
    return [
        EnSombra(fila.nombre_nora, hasta) for fila in filas if fila.remitente and (hasta := fila.remitente.sombra_hasta) and hasta > ahora
    ]
