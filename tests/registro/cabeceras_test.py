"""Las cabeceras de seguridad: estrictas en todo lo que se sirve, y nada de un panel se guarda en el disco de nadie."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registro.accesos import CON_SESION, SOLO_ADMIN
from registro.cabeceras import POLITICA
from registro.terceros import PAQUETES, url_tercero
from tests.panel import ClienteDePanel
from tests.registro.portero_test import direcciones

Entrar = Callable[[str], ClienteDePanel]


def test_la_política_no_deja_nada_en_línea_ni_de_fuera() -> None:
    reglas = {nombre: valores.split() for nombre, _, valores in (regla.strip().partition(" ") for regla in POLITICA.split(";"))}
    assert reglas["default-src"] == reglas["script-src"] == reglas["style-src"] == reglas["connect-src"] == ["'self'"]
    assert reglas["object-src"] == reglas["base-uri"] == ["'none'"]
    assert reglas["form-action"] == reglas["frame-ancestors"] == ["'self'"]
    permitido = {"'self'", "'none'", "data:", "blob:"}
    assert {valor for valores in reglas.values() for valor in valores} <= permitido


def test_toda_página_lleva_las_cabeceras_y_no_se_guarda(app: Flask, cliente_de: Entrar, visitante: FlaskClient) -> None:
    vistas = [
        *[cliente_de("alicia").get(direccion) for direccion in direcciones(app, CON_SESION, "GET")],
        *[cliente_de("diego").get(direccion) for direccion in direcciones(app, SOLO_ADMIN, "GET")],
        *[
            visitante.get(direccion)
            for direccion in ("/entrar", "/recuperar", "/recuperar/x", "/no-existe", "/salud", "/listo", "/", "/webhook")
        ],
        visitante.post("/webhook", data={"From": "x"}),
        visitante.post("/entrar"),
        visitante.get("/t/nada@1/x.js"),
        visitante.get("/static/no-existe.css"),
    ]
    assert len(vistas) > 30
    for respuesta in vistas:
        ruta = respuesta.request.path
        assert respuesta.headers["Content-Security-Policy"] == POLITICA, ruta
        assert respuesta.headers.getlist("Cache-Control") == ["no-store"], ruta
        assert respuesta.headers["X-Content-Type-Options"] == "nosniff", ruta
        assert respuesta.headers["Cross-Origin-Opener-Policy"] == "same-origin", ruta
        assert respuesta.headers["Referrer-Policy"] == "strict-origin-when-cross-origin", ruta
        assert "Strict-Transport-Security" not in respuesta.headers, ruta
        assert "Access-Control-Allow-Origin" not in respuesta.headers, ruta
        assert "Server" not in respuesta.headers, ruta


def test_lo_igual_para_todos_sí_se_guarda(app: Flask, visitante: FlaskClient) -> None:
    with app.test_request_context():
        tercero = url_tercero("htmx.org", PAQUETES["htmx.org"][0])
    with visitante.get(tercero) as respuesta, visitante.get("/static/img/aura.svg") as imagen:
        assert respuesta.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert respuesta.headers["X-Content-Type-Options"] == "nosniff"
        assert imagen.cache_control.max_age == 3600


@pytest.mark.parametrize(("publica", "lleva"), [("https://panel.ejemplo.com", True), ("http://panel.ejemplo.com", False)])
def test_con_https_se_exige_https(armar_otra: Callable[..., Flask], publica: str, lleva: bool) -> None:
    respuesta = armar_otra(PUBLIC_URL=publica).test_client().get("/salud")
    assert ("max-age=31536000" in respuesta.headers.get("Strict-Transport-Security", "")) is lleva
