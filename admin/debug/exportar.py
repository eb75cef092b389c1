"""Los errores como hoja de cálculo, sin que una celda pueda ejecutarse como fórmula. Puro."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from sql.modelos.errores import ErrorRegistrado

COLUMNAS = ("id", "tipo", "nora", "descripcion", "origen", "veces", "primera_vez", "ultima_vez", "resuelto")
_EMPIEZAN_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutralizar(celda: str) -> str:
    """La celda con un apóstrofo delante si una hoja de cálculo la leería como fórmula (OWASP, «CSV Injection»)."""
    if celda.startswith(_EMPIEZAN_FORMULA) or celda.lstrip().startswith(_EMPIEZAN_FORMULA):
        return "'" + celda
    return celda


def a_csv(errores: Iterable[ErrorRegistrado]) -> str:
    """El texto CSV, con la marca que hace que Excel lo lea como UTF-8."""
    salida = io.StringIO()
    escritor = csv.writer(salida, lineterminator="\r\n")
    escritor.writerow(COLUMNAS)
    for error in errores:
        escritor.writerow([neutralizar(celda) for celda in _celdas(error)])
    return "\ufeff" + salida.getvalue()


def _celdas(e: ErrorRegistrado) -> list[str]:
    veces = [str(e.veces), e.primera_vez.isoformat(timespec="seconds"), e.fecha_hora.isoformat(timespec="seconds")]
    return [str(e.id), e.tipo, e.nombre_nora or "", e.descripcion, e.origen or "", *veces, "sí" if e.resuelto else "no"]
