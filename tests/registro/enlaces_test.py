"""Los enlaces a archivos de esta máquina: por partes, aislados, con su nombre y sin abrir lo que no debe abrirse."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from registro import archivos
from tests.muestras import DOC, HTML, OGG, PDF, PNG, SVG, VCARD


def enlace(datos: bytes, tipo: str, nombre: str = "") -> str:
    ruta = archivos.ruta_nueva("aura", tipo)
    archivos.guardar(ruta, datos, tipo)
    return archivos.url_para_navegador(ruta, 60, nombre=nombre, tipo=tipo)


@pytest.mark.parametrize(("datos", "tipo"), [(PNG, "image/png"), (OGG, "audio/ogg"), (PDF, "application/pdf")])
def test_lo_que_se_ve_se_abre_en_la_pagina(visitante: FlaskClient, datos: bytes, tipo: str) -> None:
    respuesta = visitante.get(enlace(datos, tipo))
    assert (respuesta.status_code, respuesta.data, respuesta.mimetype) == (200, datos, tipo)
    assert respuesta.headers["Content-Disposition"].startswith("inline")
    assert respuesta.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in respuesta.headers["Content-Security-Policy"]
    assert respuesta.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("datos", "tipo"), [(HTML, "text/html"), (SVG, "image/svg+xml"), (HTML, "application/octet-stream"), (VCARD, "text/vcard")]
)
def test_lo_demas_se_descarga_y_nunca_se_ejecuta(visitante: FlaskClient, datos: bytes, tipo: str) -> None:
    respuesta = visitante.get(enlace(datos, tipo))
    assert respuesta.headers["Content-Disposition"].startswith("attachment")
    assert respuesta.mimetype in {"application/octet-stream", "text/vcard"}
    assert "sandbox" in respuesta.headers["Content-Security-Policy"]


def test_el_nombre_va_limpio_y_con_la_extension_de_lo_que_es(visitante: FlaskClient) -> None:
    respuesta = visitante.get(enlace(DOC, "application/msword", "../../etc/contrato final.exe"))
    assert respuesta.headers["Content-Disposition"] == 'attachment; filename="contrato final.doc"'


def test_se_puede_pedir_por_partes_y_solo_la_cabecera(visitante: FlaskClient) -> None:
    direccion = enlace(OGG, "audio/ogg")
    parte = visitante.get(direccion, headers={"Range": "bytes=4-9"})
    assert (parte.status_code, parte.data) == (206, OGG[4:10])
    cabeza = visitante.head(direccion)
    assert (cabeza.status_code, cabeza.data, cabeza.content_length) == (200, b"", len(OGG))


def test_un_enlace_tocado_o_de_algo_que_ya_no_esta_es_404(visitante: FlaskClient) -> None:
    direccion = enlace(PNG, "image/png")
    assert visitante.get(direccion[:-2] + "zz").status_code == 404
    assert visitante.get("/archivo/cualquiera").status_code == 404
    for guardado in list(archivos.almacen().listar("aura")):
        archivos.borrar(guardado.ruta)
    assert visitante.get(direccion).status_code == 404
