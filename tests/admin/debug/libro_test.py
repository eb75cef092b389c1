"""El libro de avisos de punta a punta: filtrar, ver sin números ni secretos, reprocesar uno y un tramo."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from admin.debug.formularios import leer_dia, leer_filtro_del_libro
from admin.debug.libro import decir
from sql.modelos.webhooks import todas_las_noras_anotar_estado, todas_las_noras_recibir
from tests import fabricas
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import AURA, NUMEROS, OTRA
from webhook.reproceso import Reproceso

Entrar = Callable[[str], ClienteDePanel]
PAGINA = "/admin/debug/libro"
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
NUEVO = "+15005550006"
ZONA = "America/Mexico_City"


def llega(numero: str = NUEVO, texto: str = "hola", **campos: object) -> str:
    """Un mensaje en el libro, con los parámetros de Twilio; da su SID."""
    un_sid = fabricas.sid()
    parametros = {
        "MessageSid": un_sid,
        "From": "whatsapp:+5215587654321",
        "To": f"whatsapp:{numero}",
        "Body": texto,
        "AccountSid": fabricas.CUENTA,
    }
    todas_las_noras_recibir(fabricas.entrante(numero, message_sid=un_sid, texto=texto, parametros=parametros, **campos))
    return un_sid


def cuantos(texto: str) -> int:
    return texto.count('id="aviso-')


def test_se_ve_cada_aviso_con_su_veredicto_su_firma_y_sin_numeros_enteros(cliente_de: Entrar) -> None:
    un_sid = llega(NUMEROS[AURA], "<b>hola</b>", firma="sombra", consulta="x=1")
    llega()
    texto = cliente_de("diego").get(PAGINA).text
    assert cuantos(texto) == 2
    for dicho in (
        "Guardado",
        'chapa-atencion">Sin Nora',
        "En sombra: se habría rechazado",
        un_sid,
        "?x=1",
        "&lt;b&gt;hola&lt;/b&gt;",
    ):
        assert dicho in texto
    assert "87654321" not in texto
    assert "5550006" not in texto
    assert "<b>hola" not in texto


def test_los_filtros_van_en_la_direccion_y_se_suman(cliente_de: Entrar, base: Base) -> None:
    uno, dos = llega(NUMEROS[AURA]), llega()
    todas_las_noras_anotar_estado({"message_sid": fabricas.sid(), "estado": "sent", "parametros": {}})
    base.duena.execute("update webhooks_recibidos set recibido_en = '2026-03-10T05:30Z' where message_sid = %s", (dos,))
    diego = cliente_de("diego")

    def vistos(**filtro: str) -> int:
        return cuantos(diego.get(PAGINA, query_string=filtro, headers=HX).text)

    assert vistos() == 3
    assert vistos(tipo="estado") == 1
    assert vistos(veredicto="sin_nora") == vistos(nora="-", tipo="mensaje") == 1
    assert vistos(nora=AURA) == 1
    assert vistos(nora=OTRA) == 0
    assert vistos(sid=uno[-6:]) == 1
    # Las 05:30 UTC del 10 son las 23:30 del 9 en la zona de la agencia.
    assert vistos(desde="2026-03-09", hasta="2026-03-09") == 1
    assert vistos(desde="2026-03-10", hasta="2026-03-10") == 0
    assert "Quitar filtros" in diego.get(PAGINA, query_string={"sid": "nada"}).text


def test_reprocesar_uno_dice_como_acabo_y_lo_deja_en_su_conversacion(cliente_de: Entrar, base: Base) -> None:
    llega(texto="¿hay alguien?")
    libro_id = base.filas("select id from webhooks_recibidos")[0][0]
    diego = cliente_de("diego")
    assert "Sigue sin Nora" in diego.post(f"{PAGINA}/{libro_id}", headers=HX).text
    base.duena.execute("update configuracion_bot set numero_nora = %s where nombre_nora = %s", (NUEVO, OTRA))
    hecho = diego.post(f"{PAGINA}/{libro_id}", headers=HX).text
    assert "Guardado ahora en su conversación" in hecho
    assert "Ya estaba guardado" not in hecho
    assert "2 veces" in hecho
    assert base.filas("select nombre_nora, mensaje from historial_conversaciones") == [(OTRA, "¿hay alguien?")]
    otra_vez = diego.post(f"{PAGINA}/{libro_id}", headers=HX).text
    assert "Ya estaba guardado" in otra_vez
    assert "Sigue sin Nora" not in otra_vez
    assert diego.post(f"{PAGINA}/{libro_id}").status_code == 303


@pytest.mark.parametrize("cabeceras", [HX, {}])
def test_un_tramo_no_se_toca_hasta_confirmarlo_tambien_sin_javascript(cliente_de: Entrar, base: Base, cabeceras: dict[str, str]) -> None:
    for _ in range(2):
        llega()
    pregunta = cliente_de("diego").post(f"{PAGINA}/tramo", data={"veredicto": "sin_nora"}, headers=cabeceras).text
    assert "¿Reprocesar 2 avisos?" in pregunta
    assert 'name="confirmo" value="1"' in pregunta
    assert 'name="veredicto" value="sin_nora"' in pregunta
    assert base.filas("select distinct reprocesos from webhooks_recibidos") == [(0,)]


def test_los_estados_de_twilio_se_leen_en_espanol(cliente_de: Entrar) -> None:
    for estado in ("delivered", "read", "sent"):
        todas_las_noras_anotar_estado({"message_sid": fabricas.sid(), "estado": estado, "parametros": {}})
    pagina = cliente_de("diego").get(PAGINA).text
    for dicho in ("Estado «entregado»", "Estado «leído»", "Estado «enviado»"):
        assert dicho in pagina
    assert "«delivered»" not in pagina


def test_un_tramo_se_cuenta_antes_y_se_dice_despues(cliente_de: Entrar, base: Base) -> None:
    for n in range(3):
        llega(texto=f"mensaje {n}")
    llega(NUMEROS[AURA])
    diego = cliente_de("diego")
    filtrado = diego.get(PAGINA, query_string={"veredicto": "sin_nora"}, headers=HX).text
    assert "Reprocesar estos 3" in filtrado
    assert re.search(r"<strong>3</strong>\s*avisos", filtrado)
    base.duena.execute("update configuracion_bot set numero_nora = %s where nombre_nora = %s", (NUEVO, OTRA))
    hecho = diego.post(f"{PAGINA}/tramo", data={"veredicto": "sin_nora", "confirmo": "1"}, headers=HX)
    assert hecho.status_code == 200
    assert "Se reprocesaron 3 avisos: 3 mensajes guardados." in hecho.text
    assert base.filas("select count(*) from historial_conversaciones where nombre_nora = %s", OTRA) == [(3,)]
    assert "No quedaba ningún aviso" in diego.post(f"{PAGINA}/tramo", data={"veredicto": "sin_nora", "confirmo": "1"}, headers=HX).text


def test_el_libro_entero_de_una_vez_no_se_reprocesa(cliente_de: Entrar, base: Base) -> None:
    llega()
    diego = cliente_de("diego")
    assert "Reprocesar estos" not in diego.get(PAGINA).text
    assert diego.post(f"{PAGINA}/tramo", data={}, headers=HX).status_code == 422
    assert diego.post(f"{PAGINA}/tramo", data={"nora": AURA}, headers=HX).status_code == 422
    assert diego.post(f"{PAGINA}/tramo", data={}).status_code == 303
    assert base.filas("select reprocesos from webhooks_recibidos") == [(0,)]


@pytest.mark.parametrize("quien", ["alicia", "beto", "carla"])
def test_para_quien_no_es_de_la_agencia_no_existe(cliente_de: Entrar, quien: str) -> None:
    cliente = cliente_de(quien)
    assert cliente.get(PAGINA).status_code == 404
    assert cliente.post(f"{PAGINA}/1").status_code == 404
    assert cliente.post(f"{PAGINA}/tramo", data={"veredicto": "sin_nora", "confirmo": "1"}).status_code == 404


@pytest.mark.parametrize(
    "raro", ["\x00", "😀" * 200, "<script>alert(1)</script>", "%_\\'\"", "9" * 30, "0001-01-01", "9999-12-31", "2026-02-30"]
)
def test_un_filtro_raro_nunca_es_un_500(cliente_de: Entrar, raro: str) -> None:
    llega()
    diego = cliente_de("diego")
    for campo in ("nora", "veredicto", "tipo", "sid", "desde", "hasta", "cuantos", "tras"):
        respuesta = diego.get(PAGINA, query_string={campo: raro})
        assert respuesta.status_code == 200
        assert "<script>alert" not in respuesta.text
        assert diego.post(f"{PAGINA}/tramo", data={campo: raro, "veredicto": "guardado"}, headers=HX).status_code in {200, 422}


@pytest.mark.parametrize("clave", ["0", "999", "9223372036854775808", "x"])
def test_un_aviso_que_no_existe_es_un_404(cliente_de: Entrar, clave: str) -> None:
    assert cliente_de("diego").post(f"{PAGINA}/{clave}", headers=HX).status_code == 404


def test_ver_mas_trae_los_que_faltan_con_el_mismo_filtro(cliente_de: Entrar, base: Base) -> None:
    base.duena.execute(
        "insert into webhooks_recibidos (tipo, message_sid, veredicto, parametros)"
        " select 'mensaje', 'SM' || lpad(n::text, 32, '0'), 'sin_nora', '{}' from generate_series(1, 120) n"
    )
    diego = cliente_de("diego")
    primera = diego.get(PAGINA, query_string={"veredicto": "sin_nora"}).text
    assert cuantos(primera) == 100
    assert "cuantos=200" in primera
    assert "veredicto=sin_nora" in primera
    assert cuantos(diego.get(PAGINA, query_string={"cuantos": "200"}, headers=HX).text) == 120


def test_los_dias_son_de_la_zona_de_la_agencia() -> None:
    filtro = leer_filtro_del_libro({"desde": "2026-03-09", "hasta": "2026-03-09"}, ZONA)
    assert filtro.desde == dt.datetime(2026, 3, 9, 6, tzinfo=dt.UTC)
    assert filtro.hasta == dt.datetime(2026, 3, 10, 6, tzinfo=dt.UTC)
    assert leer_dia("ayer", ZONA) is None


def test_el_resultado_se_dice_en_una_frase() -> None:
    assert decir(Reproceso(1, 1, 0, 0, 0, 0, None)) == "Se reprocesó 1 aviso: 1 mensaje guardado."
    assert decir(Reproceso(1200, 0, 2, 1195, 1, 2, 9)) == (
        "Se reprocesaron 1,200 avisos: 2 estados aplicados, 1,195 sin cambios, 1 no entregado (es de otra Nora), 2 fallidos (mira Errores)."
    )
