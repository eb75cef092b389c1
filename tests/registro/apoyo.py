"""Piezas sueltas de las pruebas de la portería: entrar a cualquier aplicación, una base que no está y las extensiones como estaban."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from registro import config, extensiones, tiempo_real
from tests.panel import ClienteDePanel
from tests.personas import PERSONAS

BASE_MUERTA = "postgresql://nadie:clave-canaria@127.0.0.1:1/nada"
"""Nadie escucha en el puerto 1: la base no está."""

_EXTENSIONES = (extensiones.csrf, extensiones.seguridad, extensiones.idiomas, extensiones.limitador, extensiones.enchufes)


@contextmanager
def extensiones_como_estaban() -> Iterator[None]:
    """Deja armar otra aplicación en este proceso: al salir, la de las demás pruebas vuelve a ser la buena."""
    antes = [dict(vars(extension)) for extension in _EXTENSIONES]
    gestor, ajustes = tiempo_real._pregonero.gestor, config._vigentes
    try:
        yield
    finally:
        for extension, estado in zip(_EXTENSIONES, antes, strict=True):
            vars(extension).clear()
            vars(extension).update(estado)
        tiempo_real._pregonero.gestor, config._vigentes = gestor, ajustes


def cliente_en(app: Flask, nombre: str) -> ClienteDePanel:
    """Un navegador de esa aplicación donde ya entró esa persona."""
    [sello] = [f"sello-{persona.id}" for persona in PERSONAS if persona.nombre.lower() == nombre]
    cliente = app.test_client()
    assert isinstance(cliente, ClienteDePanel)
    with app.test_request_context():
        cliente.sello = generate_csrf()
        crudo = session["csrf_token"]
    with cliente.session_transaction() as sesion:
        sesion.update({"_user_id": sello, "_fresh": True, "csrf_token": crudo})
    return cliente
