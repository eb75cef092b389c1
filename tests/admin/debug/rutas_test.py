"""Los errores de punta a punta: filtrar, resolver, reabrir, exportar, limpiar, y los avisos que nadie entendió."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from sql.modelos.errores import ErrorRegistrado, FiltroDeErrores, guardar_error, todas_las_noras_listar_errores
from sql.modelos.webhooks import todas_las_noras_recibir
from tests import fabricas
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import AURA, OTRA

Entrar = Callable[[str], ClienteDePanel]

PAGINA = "/admin/debug/"
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
AHORA = dt.datetime.now(dt.UTC)


def anotar(
    descripcion: str = "falló", *, nora: str | None = AURA, tipo: str = "Twilio", veces: int = 1, cuando: dt.datetime = AHORA
) -> None:
    for _ in range(veces):
        guardar_error(nora, tipo=tipo, descripcion=descripcion, origen="prueba", huella=f"{tipo}{nora}{descripcion}"[:32], cuando=cuando)


def abiertos() -> list[ErrorRegistrado]:
    return todas_las_noras_listar_errores(FiltroDeErrores())


def test_se_ve_agrupado_con_sus_veces_y_escapado(cliente_de: Entrar) -> None:
    anotar("<script>alert(1)</script>", veces=3)
    texto = cliente_de("diego").get(PAGINA).text
    assert "3 veces" in texto
    assert "<script>alert" not in texto
    assert "&lt;script&gt;alert" in texto


def test_los_filtros_van_en_la_direccion_y_se_suman(cliente_de: Entrar) -> None:
    anotar("uno de aura")
    anotar("dos de aura", tipo="OpenAI")
    anotar("tres de otra", nora=OTRA)
    anotar("cuatro de nadie", nora=None)
    diego = cliente_de("diego")

    def vistos(**filtro: str) -> set[str]:
        texto = diego.get(PAGINA, query_string=filtro, headers=HX).text
        return {palabra for palabra in ("uno", "dos", "tres", "cuatro") if f"{palabra} de " in texto}

    assert vistos() == {"uno", "dos", "tres", "cuatro"}
    assert vistos(tipo="Twilio") == {"uno", "tres", "cuatro"}
    assert vistos(nora=AURA) == {"uno", "dos"}
    assert vistos(nora=AURA, tipo="OpenAI") == {"dos"}
    assert vistos(q="DE OTRA") == {"tres"}
    assert vistos(estado="resueltos") == set()
    assert "Quitar filtros" in diego.get(PAGINA, query_string={"q": "nada"}).text


def test_resolver_lo_saca_de_los_abiertos_y_se_puede_reabrir(cliente_de: Entrar) -> None:
    anotar()
    clave = abiertos()[0].id
    diego = cliente_de("diego")
    resuelto = diego.post(f"{PAGINA}{clave}", data={"resuelto": "1"}, headers=HX)
    assert resuelto.status_code == 200
    assert "Reabrir" in resuelto.text
    assert abiertos() == []
    assert "falló" in diego.get(PAGINA, query_string={"estado": "resueltos"}).text
    assert "Marcar resuelto" in diego.post(f"{PAGINA}{clave}", data={"resuelto": "0"}, headers=HX).text
    assert len(abiertos()) == 1


def test_reabrir_uno_que_ya_volvio_a_pasar_lo_explica_y_no_lo_repite(cliente_de: Entrar) -> None:
    anotar()
    clave = abiertos()[0].id
    diego = cliente_de("diego")
    diego.post(f"{PAGINA}{clave}", data={"resuelto": "1"}, headers=HX)
    anotar()
    respuesta = diego.post(f"{PAGINA}{clave}", data={"resuelto": "0"}, headers=HX)
    assert respuesta.status_code == 409
    assert "ya volvió a pasar" in respuesta.text
    assert len(abiertos()) == 1


def test_el_csv_lleva_lo_filtrado_y_neutraliza_formulas(cliente_de: Entrar) -> None:
    anotar("=HYPERLINK(1)")
    anotar("de otra", nora=OTRA)
    respuesta = cliente_de("diego").get("/admin/debug/errores.csv", query_string={"nora": AURA})
    assert respuesta.mimetype == "text/csv"
    assert "attachment" in respuesta.headers["Content-Disposition"]
    assert "'=HYPERLINK(1)" in respuesta.text
    assert "de otra" not in respuesta.text


def test_el_json_dice_lo_mismo_para_un_programa(cliente_de: Entrar) -> None:
    anotar(veces=2)
    datos = cliente_de("diego").get("/admin/debug.json").get_json()
    assert datos["sin_resolver"] == {"Twilio": 2}
    assert [(e["descripcion"], e["veces"], e["nombre_nora"]) for e in datos["errores"]] == [("falló", 2, AURA)]


def test_limpiar_borra_los_de_mas_de_noventa_dias_y_nada_mas(cliente_de: Entrar) -> None:
    anotar("viejo", cuando=AHORA - dt.timedelta(days=91))
    anotar("casi", cuando=AHORA - dt.timedelta(days=89))
    diego = cliente_de("diego")
    assert diego.post(f"{PAGINA}limpiar").status_code == 303
    assert [e.descripcion for e in abiertos()] == ["casi"]
    assert "Se borraron 1 errores" in diego.get(PAGINA).text


def test_ver_mas_trae_los_que_faltan(cliente_de: Entrar) -> None:
    for n in range(105):
        anotar(f"fallo número {n:03d}", cuando=AHORA - dt.timedelta(minutes=n))
    diego = cliente_de("diego")
    primera = diego.get(PAGINA).text
    assert "número 099" in primera
    assert "número 100" not in primera
    assert "cuantos=200" in primera
    toda = diego.get(PAGINA, query_string={"cuantos": "200"}).text
    assert "número 104" in toda
    assert "cuantos=" not in toda


def test_los_avisos_sin_destino_se_ven_con_los_numeros_tachados(cliente_de: Entrar, base: Base) -> None:
    desde, hacia = "whatsapp:+5215587654321", "whatsapp:+19998887766"
    todas_las_noras_recibir(fabricas.entrante("+19998887766", parametros={"From": desde, "To": hacia, "Body": "<b>hola</b>"}))
    todas_las_noras_recibir(fabricas.entrante("+19998887766", se_entiende=False, parametros={}))
    todas_las_noras_recibir(fabricas.entrante(str(base.filas("select numero_nora from configuracion_bot limit 1")[0][0])))
    texto = cliente_de("diego").get(PAGINA).text
    perdidos = texto.split('id="titulo-avisos"')[1]
    assert perdidos.count("<summary>") == 2
    assert "Sin Nora" in perdidos
    assert "No entendido" in perdidos
    assert "&lt;b&gt;hola&lt;/b&gt;" in perdidos
    assert "87654321" not in texto
    assert "98887766" not in texto


@pytest.mark.parametrize("raro", ["\x00", "a\x00b", "😀" * 200, "<script>alert(1)</script>", "%_\\'\"", "a" * 5000])
def test_un_filtro_raro_nunca_es_un_500(cliente_de: Entrar, raro: str) -> None:
    anotar()
    diego = cliente_de("diego")
    for campo in ("q", "tipo", "nora", "estado", "cuantos"):
        for direccion in (PAGINA, "/admin/debug/errores.csv", "/admin/debug.json"):
            respuesta = diego.get(direccion, query_string={campo: raro})
            assert respuesta.status_code == 200
            assert "<script>alert" not in respuesta.text


@pytest.mark.parametrize("clave", ["0", "999", "9223372036854775808", "x"])
def test_un_error_que_no_existe_es_un_404(cliente_de: Entrar, clave: str) -> None:
    assert cliente_de("diego").post(f"{PAGINA}{clave}", data={"resuelto": "1"}, headers=HX).status_code == 404
