"""Las marcas de acceso: cada ruta lleva una y sólo una, y la que no la lleva no se sirve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

Vista = TypeVar("Vista", bound=Callable[..., Any])

PUBLICA, CON_SESION, SOLO_ADMIN, FIRMADA = "publica", "con_sesion", "solo_admin", "firmada"

MARCAS_AJENAS = {
    # Rutas de librerías, que no podemos decorar: se marcan aquí a la vista de todos.
    "static": PUBLICA,
    "security.login": PUBLICA,
    "security.logout": CON_SESION,
    "security.forgot_password": PUBLICA,
    "security.reset_password": PUBLICA,
    "security.change_password": CON_SESION,
}


@dataclass(frozen=True, slots=True)
class Marca:
    """Cómo está protegida una ruta."""

    nombre: str


def _marcar(vista: Vista, nombre: str) -> Vista:
    vista.__acceso__ = Marca(nombre)  # type: ignore[attr-defined]
    return vista


def publica(vista: Vista) -> Vista:
    """Cualquiera puede pedirla; se dice en voz alta porque lo normal es lo contrario."""
    return _marcar(vista, PUBLICA)


def con_sesion(vista: Vista) -> Vista:
    """Pide haber entrado; si la dirección nombra una Nora, pide además pertenecer a ella y que el módulo esté encendido."""
    return _marcar(vista, CON_SESION)


def solo_admin(vista: Vista) -> Vista:
    """Sólo la agencia; para los demás no existe (404)."""
    return _marcar(vista, SOLO_ADMIN)


def firmada(vista: Vista) -> Vista:
    """La llama un servicio y la vista comprueba su firma antes de nada."""
    return _marcar(vista, FIRMADA)


def marca_de(app: Flask, punto_final: str) -> str | None:
    """La marca de una ruta por su nombre interno, o None si nadie se la puso."""
    if punto_final in MARCAS_AJENAS:
        return MARCAS_AJENAS[punto_final]
    marca = getattr(app.view_functions.get(punto_final), "__acceso__", None)
    return marca.nombre if isinstance(marca, Marca) else None
