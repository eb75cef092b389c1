"""La primera persona de la agencia: se crea desde la terminal y entra de verdad."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from registro.agencia import CorreoNoValido, dar_de_alta
from tests.personas import ALICIA, CLAVE


def _entra(visitante: FlaskClient, correo: str, clave: str) -> bool:
    sello = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitante.get("/entrar").text)
    assert sello
    respuesta = visitante.post("/entrar", data={"email": correo, "password": clave, "csrf_token": sello.group(1)})
    return respuesta.status_code == 302


def _clave_en(texto: str) -> str:
    hallada = re.search(r"la clave (\S+) ", texto)
    assert hallada
    return hallada.group(1)


def test_quien_se_da_de_alta_entra_a_la_oficina(visitante: FlaskClient) -> None:
    assert _entra(visitante, "ana@agencia.example", _clave_en(dar_de_alta("Ana@Agencia.example")))
    assert visitante.get("/admin/").status_code == 200


def test_a_quien_ya_existe_se_le_da_el_rol_y_otra_clave(visitante: FlaskClient) -> None:
    texto = dar_de_alta(ALICIA.correo)
    assert "Ya existía" in texto
    assert not _entra(visitante, ALICIA.correo, CLAVE)
    assert _entra(visitante, ALICIA.correo, _clave_en(texto))
    assert visitante.get("/admin/").status_code == 200


@pytest.mark.parametrize("correo", ["", "ana", "ana@", "a b@c.com"])
def test_lo_que_no_es_un_correo_se_dice(correo: str) -> None:
    with pytest.raises(CorreoNoValido, match="no es un correo"):
        dar_de_alta(correo)
