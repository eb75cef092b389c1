"""Entrar de verdad, con correo y clave, cada una de las personas; la agencia incluida."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.personas import CLAVE, PERSONAS, Persona


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda p: p.nombre)
def test_cada_persona_entra_con_su_clave(visitante: FlaskClient, persona: Persona) -> None:
    sello = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitante.get("/entrar").text)
    assert sello
    respuesta = visitante.post("/entrar", data={"email": persona.correo, "password": CLAVE, "csrf_token": sello.group(1)})
    assert respuesta.status_code == 302
    assert visitante.get("/", follow_redirects=True).status_code == 200
