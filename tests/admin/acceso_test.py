"""La oficina de la agencia no existe para nadie más: ni sus páginas ni sus acciones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registro.accesos import SOLO_ADMIN, marca_de
from tests.panel import ClienteDePanel

Entrar = Callable[[str], ClienteDePanel]

_VALORES = {"nombre_nora": "aura", "modulo": "chat", "error_id": "1", "libro_id": "1", "usuario_id": "1", "paso": "credenciales"}


def direcciones(app: Flask) -> list[tuple[str, str]]:
    """(método, dirección) de cada ruta de la agencia, con sus huecos llenos."""
    halladas = []
    for regla in app.url_map.iter_rules():
        if marca_de(app, regla.endpoint) == SOLO_ADMIN:
            direccion = regla.build({nombre: _VALORES[nombre] for nombre in regla.arguments})
            assert direccion is not None
            halladas += [(metodo, direccion[1]) for metodo in (regla.methods or set()) - {"HEAD", "OPTIONS"}]
    return halladas


def test_todo_admin_y_las_dos_de_debug_son_de_la_agencia(app: Flask) -> None:
    de_la_agencia = {direccion for _, direccion in direcciones(app)}
    assert {
        "/admin/",
        "/admin/noras/",
        "/admin/modulos/",
        "/admin/debug/",
        "/admin/debug.json",
        "/debug_rutas/",
        "/debug_info",
    } <= de_la_agencia
    servidas = {regla.rule for regla in app.url_map.iter_rules() if regla.rule.startswith(("/admin", "/debug"))}
    sueltas = {r.rule for r in app.url_map.iter_rules() if r.rule in servidas and marca_de(app, r.endpoint) != SOLO_ADMIN}
    assert sueltas == set()


@pytest.mark.parametrize("quien", ["alicia", "carla"])
def test_para_un_cliente_ninguna_existe(app: Flask, cliente_de: Entrar, quien: str) -> None:
    cliente = cliente_de(quien)
    abiertas = [(m, d) for m, d in direcciones(app) if cliente.open(d, method=m).status_code != 404]
    assert abiertas == []
    # Tampoco sin la barra del final, que a la agencia sí le responde.
    assert [d for d in ("/admin", "/admin/debug", "/debug_rutas") if cliente.get(d).status_code != 404] == []


def test_quien_no_ha_entrado_va_a_la_puerta(app: Flask, visitante: FlaskClient) -> None:
    for metodo, direccion in direcciones(app):
        if metodo == "GET":
            respuesta = visitante.get(direccion, headers={"Accept": "text/html"})
            assert respuesta.status_code == 302, direccion
            assert "/entrar" in respuesta.location


def test_a_la_agencia_le_responden_todas_las_paginas(app: Flask, cliente_de: Entrar) -> None:
    diego = cliente_de("diego")
    malas = [(d, r.status_code) for m, d in direcciones(app) if m == "GET" and (r := diego.get(d)).status_code != 200]
    assert malas == []
    assert diego.get("/debug_rutas").status_code == 200
