"""Los archivos se guardan, se firman, caducan y no se mezclan entre Noras: igual en una carpeta que en un Supabase Storage."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import time_machine
from flask import Flask

from registro import archivos, config
from registro.almacen import Almacen, AlmacenCaido, Carpeta, SinArchivo, ruta_nueva
from registro.archivos import SupabaseStorage
from registro.config import Ajustes
from tests.base import base_aparte
from tests.dobles.supabase import Proyecto, encendido, motivo_para_saltarlo
from tests.muestras import HTML, PDF, PNG


@pytest.fixture(scope="module")
def supabase(servidor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proyecto]:
    """Un servidor de Storage de verdad, o la prueba se salta diciendo por qué."""
    if motivo := motivo_para_saltarlo():
        pytest.skip(motivo)
    with base_aparte(servidor) as base, encendido(tmp_path_factory.mktemp("supabase"), base) as proyecto:
        yield proyecto


@pytest.fixture(params=["carpeta", "supabase"])
def almacen(request: pytest.FixtureRequest, app: Flask, servida: Ajustes) -> Almacen:
    """Los dos almacenes, cada uno con quien sirve sus enlaces."""
    if request.param == "carpeta":
        return archivos.almacen(servida)
    proyecto: Proyecto = request.getfixturevalue("supabase")
    con_supabase = app.extensions["ajustes"].model_copy(
        update={"supabase_url": proyecto.url, "supabase_clave": config.SecretStr(proyecto.clave)}
    )
    return archivos.almacen(config.fijar(con_supabase))


def test_lo_guardado_se_abre_igual_se_cambia_entero_y_se_borra(almacen: Almacen) -> None:
    ruta = ruta_nueva("aura", "image/png")
    almacen.guardar(ruta, PNG, "image/png")
    assert almacen.abrir(ruta) == PNG
    almacen.guardar(ruta, PNG * 2, "image/png")
    assert almacen.abrir(ruta) == PNG * 2
    almacen.borrar(ruta)
    almacen.borrar(ruta)
    with pytest.raises(SinArchivo):
        almacen.abrir(ruta)


def test_el_enlace_firmado_lo_abre_cualquiera_con_su_tipo_y_tocado_nadie(almacen: Almacen) -> None:
    ruta = ruta_nueva("aura", "image/png")
    almacen.guardar(ruta, PNG, "image/png")
    url = almacen.url_firmada(ruta, 60, nombre="", tipo="image/png")
    respuesta = requests.get(url, timeout=10)
    assert (respuesta.status_code, respuesta.content) == (200, PNG)
    assert respuesta.headers["Content-Type"].startswith("image/png")
    assert requests.head(url, timeout=10).status_code == 200
    assert not requests.get(url[:-4] + "abcd", timeout=10).ok
    assert not requests.get(url.partition("?")[0] if "?" in url else url.rpartition("/")[0] + "/x", timeout=10).ok


def test_un_enlace_caduca(almacen: Almacen) -> None:
    ruta = ruta_nueva("aura", "image/png")
    almacen.guardar(ruta, PNG, "image/png")
    url = almacen.url_firmada(ruta, 1, nombre="", tipo="image/png")
    limite = time.monotonic() + 20
    while requests.get(url, timeout=10).ok:
        assert time.monotonic() < limite, "el enlace sigue valiendo"
        time.sleep(0.1)


def test_cada_nora_ve_solo_lo_suyo_y_ninguna_ruta_se_sale(almacen: Almacen) -> None:
    suya, ajena = ruta_nueva("aura", "image/png"), ruta_nueva("otra", "image/png")
    almacen.guardar(suya, PNG, "image/png")
    almacen.guardar(ajena, PNG, "image/png")
    de_aura = {guardado.ruta for guardado in almacen.listar("aura")}
    assert suya in de_aura
    assert ajena not in de_aura
    assert ajena in {guardado.ruta for guardado in almacen.listar("otra")}
    reciente = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    assert all(guardado.guardado_en > reciente for guardado in almacen.listar("otra"))
    ficha = "0" * 32
    for mala in (
        f"../{ficha}",
        f"aura/../{ajena}",
        f"aura/{ficha}/..",
        f"./{ficha}",
        "aura/hola.png",
        f"/etc/{ficha}",
        f"aura/{ficha}\x00",
        "",
    ):
        for hacer in (lambda r: almacen.guardar(r, PNG, "image/png"), almacen.abrir, almacen.borrar):
            with pytest.raises(SinArchivo):
                hacer(mala)
        with pytest.raises(SinArchivo):
            almacen.url_firmada(mala, 60, nombre="", tipo="image/png")


def test_lo_que_un_navegador_no_debe_abrir_llega_como_bytes_sueltos(almacen: Almacen) -> None:
    ruta = ruta_nueva("aura", "application/octet-stream")
    almacen.guardar(ruta, HTML, "text/html")
    respuesta = requests.get(almacen.url_firmada(ruta, 60, nombre="factura.html", tipo="text/html"), timeout=10)
    assert respuesta.status_code == 200
    assert respuesta.headers["Content-Type"] == "application/octet-stream"


def test_storage_no_da_nada_sin_firma(supabase: Proyecto) -> None:
    almacen = SupabaseStorage(supabase.url, supabase.clave)
    ruta = ruta_nueva("aura", "image/png")
    almacen.guardar(ruta, PNG, "image/png")
    for puerta in ("object/public", "object/authenticated", "object"):
        assert not requests.get(f"{supabase.url}/storage/v1/{puerta}/{archivos.CUBO}/{ruta}", timeout=10).ok
    with pytest.raises(SinArchivo):
        almacen.url_firmada(ruta_nueva("aura", "image/png"), 60, nombre="", tipo="image/png")


def test_si_storage_no_responde_se_dice_y_no_se_cuelga() -> None:
    almacen = SupabaseStorage("http://127.0.0.1:9", "clave")
    ruta = ruta_nueva("aura", "image/png")
    for hacer in (
        lambda: almacen.guardar(ruta, PNG, "image/png"),
        lambda: almacen.abrir(ruta),
        lambda: almacen.url_firmada(ruta, 60, nombre="", tipo="image/png"),
    ):
        with pytest.raises(AlmacenCaido, match="no responde"):
            hacer()


def test_en_la_carpeta_no_queda_nada_a_medias(tmp_path: Path) -> None:
    almacen = Carpeta(tmp_path / "archivos", "clave", "http://aqui")
    (tmp_path / "archivos").write_bytes(b"estorba")
    ruta = ruta_nueva("aura", "image/png")
    with pytest.raises(AlmacenCaido):
        almacen.guardar(ruta, PNG, "image/png")
    (tmp_path / "archivos").unlink()
    almacen.guardar(ruta, PNG, "image/png")
    assert [p.name for p in (tmp_path / "archivos" / "aura").iterdir()] == [ruta.partition("/")[2]]


def test_un_enlace_de_carpeta_vale_hasta_su_hora_y_sólo_con_esta_clave(tmp_path: Path) -> None:
    almacen, otra = Carpeta(tmp_path, "clave", "http://aqui"), Carpeta(tmp_path, "otra clave", "http://aqui")
    ruta = ruta_nueva("aura", "application/pdf")
    almacen.guardar(ruta, PDF, "application/pdf")
    with time_machine.travel(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), tick=False):
        ficha = almacen.url_firmada(ruta, 60, nombre="precios.pdf", tipo="application/pdf").rpartition("/")[2]
    justo = dt.datetime(2026, 11, 23, 12, 0, 59, tzinfo=dt.UTC)
    pedido = almacen.leer_ficha(ficha, justo)
    assert pedido is not None
    assert (pedido.ruta, pedido.nombre, pedido.tipo) == (ruta, "precios.pdf", "application/pdf")
    assert almacen.leer_ficha(ficha, justo + dt.timedelta(seconds=1)) is None
    assert otra.leer_ficha(ficha, justo) is None
    assert almacen.leer_ficha("basura", justo) is None


def test_el_panel_recibe_un_enlace_de_esta_misma_web(app: Flask) -> None:
    ruta = ruta_nueva("aura", "image/png")
    archivos.guardar(ruta, PNG, "image/png")
    assert archivos.url_firmada(ruta, 60, tipo="image/png").startswith("http://127.0.0.1:5999/archivo/")
    assert archivos.url_para_navegador(ruta, 60, tipo="image/png").startswith("/archivo/")
    assert archivos.origen_de_fuera(config.vigentes()) is None
