"""El consumo de un mes como hoja de cálculo: números sin adornos, en dólares. Puro."""

from __future__ import annotations

from collections.abc import Iterable

from admin.comun import hojas
from admin.consumo.resumen import Fila

COLUMNAS = (
    "mes", "nora", "nombre", "entrantes", "salientes", "fallidos", "sin_salir", "servicio", "servicio_gratis", "twilio_usd", "meta_usd",
    "total_usd", "tarifa_aproximada",
)  # fmt: skip


def a_csv(mes: str, filas: Iterable[Fila]) -> str:
    """Una línea por Nora."""
    return hojas.a_csv(COLUMNAS, (_celdas(mes, fila) for fila in filas))


def _celdas(mes: str, fila: Fila) -> list[str]:
    c = fila.consumo
    cuentas = (c.entrantes, c.salientes, c.fallidos, c.sin_salir, c.servicio, c.cupo_usado, c.twilio, c.meta, c.total)
    return [mes, fila.nombre_nora, fila.titulo, *(str(cuenta) for cuenta in cuentas), "sí" if c.aproximado else "no"]
