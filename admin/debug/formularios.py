"""Los filtros que viajan en la dirección: el de errores y el del libro de avisos. Puro."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from admin.debug.veredictos import TIPOS_DE_AVISO, VEREDICTOS
from registro.textos import una_linea
from sql.modelos.errores import FiltroDeErrores
from sql.modelos.libro import FiltroDelLibro

TIPOS = ("IA", "Meta", "Modulo", "OpenAI", "Servidor", "SocketIO", "Supabase", "Twilio", "Webhook")
"""Los que anota la casa; en la pantalla se suman los que haya en la tabla."""

PASO = 100
MAXIMO = 2000
"""Errores en pantalla como mucho; para más está el CSV."""


def leer_filtro(argumentos: Mapping[str, str]) -> FiltroDeErrores:
    """Tipo, Nora, texto y estado; lo que no se entiende es «todos»."""
    return FiltroDeErrores(
        tipo=una_linea(argumentos.get("tipo", ""))[:60],
        nombre_nora=una_linea(argumentos.get("nora", ""))[:63],
        resueltos=argumentos.get("estado") == "resueltos",
        texto=una_linea(argumentos.get("q", ""))[:200],
    )


def leer_cuantos(texto: str) -> int:
    """Cuántos errores enseñar: de 100 a 2000."""
    return min(max(int(texto), PASO), MAXIMO) if texto.isascii() and texto.isdigit() and len(texto) < 6 else PASO


def leer_filtro_del_libro(argumentos: Mapping[str, str], zona: str) -> FiltroDelLibro:
    """Nora, veredicto, tipo, SID y días (de esa zona, los dos incluidos); lo que no se entiende es «todos»."""
    veredicto, tipo = argumentos.get("veredicto", ""), argumentos.get("tipo", "")
    hasta = leer_dia(argumentos.get("hasta", ""), zona)
    return FiltroDelLibro(
        nombre_nora=una_linea(argumentos.get("nora", ""))[:63],
        veredicto=veredicto if veredicto in VEREDICTOS else "",
        tipo=tipo if tipo in TIPOS_DE_AVISO else "",
        sid=una_linea(argumentos.get("sid", ""))[:40],
        desde=leer_dia(argumentos.get("desde", ""), zona),
        hasta=hasta + dt.timedelta(days=1) if hasta else None,
    )


def leer_dia(texto: str, zona: str) -> dt.datetime | None:
    """El comienzo de ese día («2026-11-23») en esa zona, o None si no es un día."""
    try:
        fecha = dt.date.fromisoformat(texto)
    except ValueError:
        return None
    # Fuera de aquí no hay avisos y cerca de los extremos del calendario las cuentas con zonas se desbordan.
    return dt.datetime.combine(fecha, dt.time(), ZoneInfo(zona)) if 2000 <= fecha.year <= 2999 else None


def leer_tras(texto: str) -> int:
    """Desde qué id se sigue reprocesando; 0 es desde el principio."""
    return int(texto) if texto.isascii() and texto.isdigit() and len(texto) < 19 else 0
