"""Lo que toda plantilla tiene a mano: menú, iconos, archivos de npm, fechas y teléfonos en español."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask import Flask, current_app, g, url_for
from flask_security import current_user

from registro import registro_admin, registro_clientes, telefonos
from registro.modulos import menu_de
from registro.terceros import icono, url_tercero
from sql.modelos.usuarios import ROL_ADMIN


def hora(momento: dt.datetime | None, zona: str) -> str:
    """«18:03» en la zona de la Nora; vacío si no hay momento."""
    return "" if momento is None else format_time(momento, "HH:mm", tzinfo=ZoneInfo(zona), locale="es")


def dia(momento: dt.datetime, zona: str, ahora: dt.datetime) -> str:
    """«Hoy», «Ayer» o «lunes 16 nov», como separador de días."""
    fecha, hoy = momento.astimezone(ZoneInfo(zona)).date(), ahora.astimezone(ZoneInfo(zona)).date()
    if fecha == hoy:
        return "Hoy"
    if fecha == hoy - dt.timedelta(days=1):
        return "Ayer"
    return format_date(fecha, "EEEE d MMM" if fecha.year == hoy.year else "d MMM y", locale="es")


def hace(momento: dt.datetime | None, zona: str, ahora: dt.datetime) -> str:
    """Fecha corta para listas: «ahora», «5 min», «18:03», «ayer» o «12 nov»."""
    if momento is None:
        return ""
    segundos = (ahora - momento).total_seconds()
    if segundos < 60:
        return "ahora"
    if segundos < 3600:
        return f"{int(segundos // 60)} min"
    nombre = dia(momento, zona, ahora)
    if nombre == "Hoy":
        return hora(momento, zona)
    return "ayer" if nombre == "Ayer" else format_date(momento.astimezone(ZoneInfo(zona)).date(), "d MMM", locale="es")


def fecha_entera(momento: dt.datetime, zona: str) -> str:
    """«22 nov 2026, 18:03», para cuando lo corto no basta."""
    return f"{format_date(momento.astimezone(ZoneInfo(zona)).date(), 'd MMM y', locale='es')}, {hora(momento, zona)}"


def iniciales(nombre: str | None) -> str:
    """Una o dos letras para el círculo de una persona sin foto."""
    palabras = [p for p in (nombre or "").split() if p[0].isalnum()]
    return "".join(p[0] for p in palabras[:2]).upper() or "?"


def tono(nombre: str) -> int:
    """Uno de los seis colores de círculo; el mismo nombre lleva siempre el mismo."""
    return zlib.crc32(nombre.encode()) % 6


def vestir(app: Flask) -> None:
    """Da a Jinja sus funciones y a cada página su menú."""
    app.jinja_env.globals.update(icono=icono, url_tercero=url_tercero, url_propia=_url_propia)
    app.jinja_env.filters.update(hora=hora, dia=dia, hace=hace, fecha_entera=fecha_entera)
    app.jinja_env.filters.update(iniciales=iniciales, tono=tono, telefono=telefonos.mostrar)
    app.context_processor(_contexto)


def _url_propia(archivo: str) -> str:
    """La dirección de un archivo de static/ con su fecha, para que el navegador no use uno viejo."""
    ruta = f"{current_app.static_folder}/{archivo}"
    from os.path import getmtime

    return url_for("static", filename=archivo, v=f"{getmtime(ruta):.0f}")


def _contexto() -> dict[str, Any]:
    paso = g.get("paso")
    ajustes = current_app.extensions["ajustes"]
    rotas = frozenset(current_app.extensions.get("puertas_rotas", {}))
    admin = bool(current_user.is_authenticated and current_user.has_role(ROL_ADMIN))
    return {
        "paso": paso,
        "es_admin": admin,
        "menu": menu_de(registro_clientes.PUERTAS, paso.modulos, paso.nombre_nora, rotas, demo=ajustes.demo) if paso else [],
        "menu_admin": menu_de(registro_admin.PUERTAS, frozenset(), "", rotas) if admin else [],
        "ajustes": ajustes,
        "ahora": dt.datetime.now(dt.UTC),
    }
