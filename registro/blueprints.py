"""Abre las puertas: importa cada blueprint por su nombre y lo registra; una opcional rota se anota y no tumba la casa."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

from registro.bitacora import registrar_error, registro, resumir_fallo
from registro.modulos import Puerta


def safe_register_blueprint(app: Flask, puerta: Puerta, *, estricto: bool = False) -> bool:
    """Registra el blueprint de esa puerta. Devuelve si quedó abierta.

    Una puerta opcional que no se puede importar queda anotada en `logs_errores`, en /salud y en
    `app.extensions["puertas_rotas"]`.

    Raises:
        Exception: la original, si la puerta es obligatoria o se pidió `estricto` (así corren las pruebas).
    """
    rotas: dict[str, str] = app.extensions.setdefault("puertas_rotas", {})
    try:
        _abrir(app, puerta)
    except Exception as fallo:
        if estricto or not puerta.opcional:
            raise
        rotas[puerta.clave] = resumir_fallo(fallo)
        registro.exception("puerta rota", puerta=puerta.clave)
        registrar_error(
            "Modulo",
            f"No se pudo abrir «{puerta.titulo}» ({puerta.blueprint}): {rotas[puerta.clave]}. El resto funciona; revisa ese archivo.",
            origen="registro.blueprints",
        )
        return False
    return True


def _abrir(app: Flask, puerta: Puerta) -> None:
    modulo, _, objeto = puerta.blueprint.partition(":")
    blueprint = getattr(import_module(modulo), objeto)
    if not isinstance(blueprint, Blueprint):
        raise TypeError(f"{puerta.blueprint} no es un Blueprint")
    if blueprint.name in app.blueprints:
        raise ValueError(f"Ya hay otro blueprint llamado {blueprint.name!r}")
    app.extensions.setdefault("modulo_de_blueprint", {})[blueprint.name] = puerta.modulo
    if puerta.solo_demo:
        app.extensions.setdefault("blueprints_de_demo", set()).add(blueprint.name)
    cerrados: set[str] = app.extensions.setdefault("blueprints_cerrados", set())
    # Si falla a medias, algunas de sus rutas ya están puestas: el portero no las abre.
    cerrados.add(blueprint.name)
    app.register_blueprint(blueprint, url_prefix=puerta.prefijo or None)
    cerrados.discard(blueprint.name)


def registrar_puertas(app: Flask, puertas: tuple[Puerta, ...], *, estricto: bool = False) -> None:
    """Registra todas las puertas de una lista."""
    for puerta in puertas:
        safe_register_blueprint(app, puerta, estricto=estricto)
