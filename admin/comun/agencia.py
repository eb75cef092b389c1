"""Lo que es igual en todos los despachos de la agencia."""

from __future__ import annotations

import re

from flask import Blueprint, abort, current_app, request

from registro import registro_clientes
from registro.modulos import menu_de

ZONA_DE_LA_AGENCIA = "America/Mexico_City"
"""Con ella se muestran las horas que no son de una Nora concreta; las de una Nora van en la suya."""

_NOMBRE_DE_NORA = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)


def es_nombre_de_nora(texto: str) -> bool:
    """Si ese texto puede ser la clave de una Nora: minúsculas, cifras, guiones, hasta 63."""
    return _NOMBRE_DE_NORA.fullmatch(texto) is not None


def pide_fragmento() -> bool:
    """Si htmx pide un trozo de la página; al volver atrás pide la página entera."""
    return request.headers.get("HX-Request-Type") == "partial"


def exigir_nombre_de_nora(blueprint: Blueprint) -> None:
    """Una dirección de ese blueprint con una Nora imposible no llega a la base: es un 404."""

    @blueprint.before_request
    def _revisar() -> None:
        nombre_nora = (request.view_args or {}).get("nombre_nora")
        if nombre_nora is not None and not es_nombre_de_nora(nombre_nora):
            abort(404)


def direccion_del_panel(nombre_nora: str, modulos: frozenset[str]) -> str:
    """La primera puerta abierta del panel de esa Nora; vacío si no tiene ninguna."""
    rotas = frozenset(current_app.extensions.get("puertas_rotas", {}))
    menu = menu_de(registro_clientes.PUERTAS, modulos, nombre_nora, rotas)
    return menu[0].direccion if menu else ""
