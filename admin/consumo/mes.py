"""El mes que se mira: leerlo de la dirección, moverse por ellos y nombrarlo. Puro."""

from __future__ import annotations

import datetime as dt
import re

from babel.dates import format_date

PRIMERO = dt.date(2020, 1, 1)
"""Antes no hay nada que contar."""


def leer_mes(texto: str, hoy: dt.date) -> dt.date:
    """El primer día del mes escrito como «2026-11»; el de hoy si no se entiende, es futuro o es anterior a 2020."""
    actual = hoy.replace(day=1)
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", texto, re.ASCII) or texto.startswith("0000"):
        return actual
    mes = dt.date(int(texto[:4]), int(texto[5:]), 1)
    return mes if PRIMERO <= mes <= actual else actual


def escribir_mes(mes: dt.date) -> str:
    """El mes como va en la dirección."""
    return f"{mes:%Y-%m}"


def nombrar(mes: dt.date) -> str:
    """«noviembre de 2026»."""
    return format_date(mes, "MMMM 'de' y", locale="es")


def anterior(mes: dt.date) -> dt.date | None:
    """El mes de antes, o None si ya es el primero."""
    return (mes - dt.timedelta(days=1)).replace(day=1) if mes > PRIMERO else None


def siguiente(mes: dt.date, hoy: dt.date) -> dt.date | None:
    """El mes de después, o None si aún no empieza."""
    despues = (mes + dt.timedelta(days=31)).replace(day=1)
    return despues if despues <= hoy else None
