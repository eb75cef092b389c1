"""Qué espera de vuelta quien pregunta, y la Nora de la dirección leída una sola vez por petición."""

from __future__ import annotations

from flask import g, request

from sql.modelos.noras import Nora, obtener_nora


def pide_fragmento() -> bool:
    """Si hay que contestar con un trozo de página.

    No basta `HX-Request`: al volver atrás, htmx rehace la página entera y lo dice con `HX-Request-Type: full`.
    """
    return request.headers.get("HX-Request-Type") == "partial"


def nora_de(nombre_nora: str) -> Nora:
    """La Nora de esta petición; la segunda vez no vuelve a la base.

    Raises:
        NoEncontrado: si no existe.
    """
    if "nora" not in g or g.nora.nombre_nora != nombre_nora:
        g.nora = obtener_nora(nombre_nora)
    nora: Nora = g.nora
    return nora
