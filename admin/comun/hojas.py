"""Hojas de cálculo en CSV sin que una celda pueda ejecutarse como fórmula. Puro."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_EMPIEZAN_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutralizar(celda: str) -> str:
    """La celda con un apóstrofo delante si una hoja de cálculo la leería como fórmula (OWASP, «CSV Injection»)."""
    if celda.startswith(_EMPIEZAN_FORMULA) or celda.lstrip().startswith(_EMPIEZAN_FORMULA):
        return "'" + celda
    return celda


def a_csv(columnas: Sequence[str], filas: Iterable[Sequence[str]]) -> str:
    """El texto CSV con su cabecera, y con la marca que hace que Excel lo lea como UTF-8."""
    salida = io.StringIO()
    escritor = csv.writer(salida, lineterminator="\r\n")
    escritor.writerow(columnas)
    for fila in filas:
        escritor.writerow([neutralizar(celda) for celda in fila])
    return "\ufeff" + salida.getvalue()
