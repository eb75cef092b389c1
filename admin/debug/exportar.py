"""Los errores como hoja de cálculo, sin que una celda pueda ejecutarse como fórmula. Puro."""

from __future__ import annotations

from collections.abc import Iterable

from admin.comun import hojas
from admin.comun.hojas import neutralizar as neutralizar
from sql.modelos.errores import ErrorRegistrado

COLUMNAS = ("id", "tipo", "nora", "descripcion", "origen", "veces", "primera_vez", "ultima_vez", "resuelto")


def a_csv(errores: Iterable[ErrorRegistrado]) -> str:
    """El texto CSV, con la marca que hace que Excel lo lea como UTF-8."""
    return hojas.a_csv(COLUMNAS, (_celdas(error) for error in errores))


def _celdas(e: ErrorRegistrado) -> list[str]:
    veces = [str(e.veces), e.primera_vez.isoformat(timespec="seconds"), e.fecha_hora.isoformat(timespec="seconds")]
    return [str(e.id), e.tipo, e.nombre_nora or "", e.descripcion, e.origen or "", *veces, "sí" if e.resuelto else "no"]
