"""La aplicación armada: en quién confía para saber de dónde viene cada petición y qué orígenes abren un socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from registro import fabrica
from registro.accesos import publica
from registro.config import cargar
from registro.fabrica import _es_nuestro
from tests.panel import ajustes_de_prueba

PUBLICA = "https://panel.ejemplo.com"
POR_PROXY = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


@pytest.mark.parametrize(
    ("cambios", "visto"),
    [({}, "127.0.0.1 http localhost"), ({"PUBLIC_URL": PUBLICA}, "198.51.100.7 https localhost")],
)
def test_sólo_detrás_de_nuestro_proxy_se_cree_lo_que_dice_el_último_salto(
    armar_otra: Callable[..., Flask], cambios: dict[str, str], visto: str
) -> None:
    app = armar_otra(**cambios)
    app.view_functions["salud.salud"] = publica(lambda: f"{request.remote_addr} {request.scheme} {request.host}")
    assert app.test_client().get("/salud", headers=POR_PROXY).text == visto


@pytest.mark.parametrize(
    ("origen", "vale"),
    [
        ("http://localhost:5999", True),
        (PUBLICA, True),
        ("https://localhost:5999", False),
        ("http://localhost", False),
        ("http://panel.ejemplo.com", False),
        ("https://panel.ejemplo.com.evil.example", False),
        ("https://evil.example", False),
        ("null", False),
        ("", False),
        (None, False),
    ],
)
def test_qué_orígenes_abren_un_socket(origen: str | None, vale: bool) -> None:
    ajustes = ajustes_de_prueba("postgresql://x/y", PUBLIC_URL=f"{PUBLICA}/")
    entorno = {"wsgi.url_scheme": "http", "HTTP_HOST": "localhost:5999"}
    assert _es_nuestro(origen, entorno, ajustes) is vale


@pytest.mark.parametrize("ajena", ["evil.example", "localhost:99999999", "a b", "localhost:5999.evil.example", "[::1", "ñ", "", "x" * 3000])
def test_una_cabecera_host_rara_no_rompe_nada(visitante: FlaskClient, ajena: str) -> None:
    for ruta in ("/salud", "/entrar", "/", "/mis-noras", "/no-existe", "/static/img/aura.svg"):
        respuesta = visitante.get(ruta, environ_overrides={"HTTP_HOST": ajena})
        assert respuesta.status_code < 500, ruta
        respuesta.close()
        assert "evil" not in respuesta.headers.get("Location", "")


def test_sin_dirección_de_base_no_se_arma() -> None:
    ajustes = cargar(None, SECRET_KEY="x" * 20, CLAVES_CIFRADO="MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
    with pytest.raises(RuntimeError, match="Falta la dirección de la base"):
        fabrica.armar(ajustes.model_copy(update={"base_url": None}))


def test_lo_demasiado_grande_se_corta(visitante: FlaskClient) -> None:
    assert visitante.post("/webhook", data={"Body": "x" * 65_537}).status_code == 413
    assert visitante.post("/webhook", data=b"x" * 65_537, content_type="application/json").status_code in {403, 413}
