"""Abre las puertas: importa cada blueprint por su nombre y lo registra; una opcional rota se anota y no tumba la casa."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

from registro.bitacora import registrar_error
from registro.modulos import Puerta


def safe_register_blueprint(app: Flask, puerta: Puerta, *, estricto: bool = False) -> bool:
    """Registra el blueprint de esa puerta. Devuelve si quedó abierta.

    Una puerta opcional que no se puede importar queda anotada en `logs_errores`, en /salud y en
    `app.extensions["puertas_rotas"]`.

    Raises:
        Exception: la original, si la puerta es obligatoria o se pidió `estricto` (así corren las pruebas).
    """
    modulo, _, objeto = puerta.blueprint.partition(":")
    rotas: dict[str, str] = app.extensions.setdefault("puertas_rotas", {})
    try:
        blueprint = getattr(import_module(modulo), objeto)
        if not isinstance(blueprint, Blueprint):
            raise TypeError(f"{puerta.blueprint} no es un Blueprint")
        app.register_blueprint(blueprint, url_prefix=puerta.prefijo or None)
    except Exception as fallo:
        if estricto or not puerta.opcional:
            raise
        rotas[puerta.clave] = f"{type(fallo).__name__}: {fallo}"
        registrar_error(
            "Modulo",
            f"No se pudo abrir «{puerta.titulo}» ({puerta.blueprint}): {rotas[puerta.clave]}. El resto funciona; revisa ese archivo.",
            origen="registro.blueprints",
        )
        return False
    app.extensions.setdefault("modulo_de_blueprint", {})[blueprint.name] = puerta.modulo
    if puerta.solo_demo:
        app.extensions.setdefault("blueprints_de_demo", set()).add(blueprint.name)
    return True


def registrar_puertas(app: Flask, puertas: tuple[Puerta, ...], *, estricto: bool = False) -> None:
    """Registra todas las puertas de una lista."""
    for puerta in puertas:
        safe_register_blueprint(app, puerta, estricto=estricto)
