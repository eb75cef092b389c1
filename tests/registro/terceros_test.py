"""Los archivos de npm: una lista blanca con la versión en la dirección, y nada más de node_modules."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registro.terceros import PAQUETES, icono, url_tercero


# Flask-Compress suelta el archivo cuando lo recoge Python, sin cerrarlo antes.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_toda_la_lista_blanca_se_sirve_y_se_comprime(app: Flask, visitante: FlaskClient) -> None:
    for paquete, archivos in PAQUETES.items():
        for archivo in archivos:
            with app.test_request_context():
                direccion = url_tercero(paquete, archivo)
            with visitante.get(direccion, headers={"Accept-Encoding": "gzip, deflate, br, zstd"}) as respuesta:
                assert respuesta.status_code == 200, direccion
                assert respuesta.data
                assert respuesta.headers["Content-Encoding"] in {"br", "zstd"}, direccion


FUERA = [
    *("htmx.org@0.0.1/dist/htmx.min.js", "htmx.org/dist/htmx.min.js", "{v}/package.json", "{v}/../../package.json", "../../.env"),
    *("{v}/dist/../dist/htmx.min.js", "{v}/%2e%2e/%2e%2e/.env", "{v}/dist/htmx.min.js%00", "{v}/dist/", "", "."),
]


@pytest.mark.parametrize("ruta", FUERA)
def test_nada_más_sale_de_ahí(app: Flask, visitante: FlaskClient, ruta: str) -> None:
    with app.test_request_context():
        version = url_tercero("htmx.org", "dist/htmx.min.js").split("/")[2]
    assert visitante.get(f"/t/{ruta.replace('{v}', version)}").status_code == 404


def test_pedir_una_dirección_fuera_de_la_lista_es_un_error(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(KeyError):
        url_tercero("htmx.org", "dist/otro.js")


def test_un_icono_es_un_dibujo_sin_marcas_propias() -> None:
    dibujo = str(icono("send", "grande"))
    assert dibujo.startswith("<svg")
    assert 'class="icon grande"' in dibujo
    assert 'aria-hidden="true"' in dibujo
    assert "<!--" not in dibujo
    assert "\n" not in dibujo


@pytest.mark.parametrize("nombre", ["../../../.env", "send.svg", "Send", "", "no existe", "a/b"])
def test_un_nombre_raro_no_es_un_icono(nombre: str) -> None:
    with pytest.raises(ValueError, match="icono"):
        icono(nombre)


def test_un_icono_que_no_existe_se_nota(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        icono("este-no-existe")


def test_una_clase_rara_no_rompe_la_marca() -> None:
    assert '"><script>' not in str(icono("send", '"><script>'))
