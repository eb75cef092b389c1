"""Las direcciones del simulador: quién entra, qué se ve y qué se rechaza."""

from __future__ import annotations

import pytest

from clientes.simulador.personajes import DE_EJEMPLO
from tests.personas import AURA, BETO

BASE = f"/panel_cliente/{AURA}/simulador"
MARIA = DE_EJEMPLO[0].cifras
DIRECCIONES = ["/", f"/{MARIA}/", "/nuevo", f"/{MARIA}/telefono", f"/{MARIA}/sucesos"]
ACCIONES = [f"/{MARIA}/escribir", f"/{MARIA}/leido", f"/{MARIA}/repetir", f"/{MARIA}/firma-falsa"]
FRAGMENTO = {"HX-Request": "true", "HX-Request-Type": "partial"}


def sin_demo(app):
    app.extensions["ajustes"] = app.extensions["ajustes"].model_copy(update={"demo": False})


@pytest.mark.parametrize("direccion", DIRECCIONES)
def test_entran_los_de_la_nora_y_la_agencia(cliente_de, direccion):
    for quien in ("alicia", "beto", "diego"):
        assert cliente_de(quien).get(BASE + direccion).status_code in {200, 302}


@pytest.mark.parametrize("direccion", DIRECCIONES)
def test_quien_no_es_de_la_nora_no_lo_encuentra(cliente_de, direccion):
    assert cliente_de("carla").get(BASE + direccion).status_code == 404


@pytest.mark.parametrize("direccion", ACCIONES)
def test_quien_no_es_de_la_nora_no_escribe(cliente_de, base, direccion):
    assert cliente_de("carla").post(BASE + direccion, data={"texto": "hola"}).status_code == 404
    assert base.filas("select count(*) from webhooks_recibidos") == [(0,)]


def test_sin_demo_no_existe_ni_sale_en_el_menu(app, cliente_de):
    alicia = cliente_de("alicia")
    con_ella = alicia.get(f"/panel_cliente/{AURA}/chat/")
    assert f"{BASE}/" in con_ella.text
    sin_demo(app)
    assert f"{BASE}/" not in alicia.get(f"/panel_cliente/{AURA}/chat/").text
    assert [alicia.get(BASE + d).status_code for d in DIRECCIONES] == [404] * len(DIRECCIONES)
    assert [alicia.post(BASE + d).status_code for d in ACCIONES] == [404] * len(ACCIONES)


def test_sin_el_modulo_de_chat_no_existe(cliente_de, base):
    base.duena.execute("update modulos_disponibles set activo = false where modulo = 'chat'")
    assert cliente_de("alicia").get(f"{BASE}/").status_code == 404


@pytest.mark.parametrize("direccion", ACCIONES)
def test_quien_solo_lee_no_escribe(cliente_de, base, direccion):
    base.duena.execute("update membresias set rol = 'lectura' where usuario_id = %s", (BETO.id,))
    assert cliente_de("beto").post(BASE + direccion, data={"texto": "hola"}).status_code == 403
    assert base.filas("select count(*) from webhooks_recibidos") == [(0,)]


def test_quien_solo_lee_mira_sin_donde_escribir(cliente_de, base):
    base.duena.execute("update membresias set rol = 'lectura' where usuario_id = %s", (BETO.id,))
    pagina = cliente_de("beto").get(f"{BASE}/").text
    assert "sólo lectura" in pagina
    assert "<textarea" not in pagina
    assert 'data-leido=""' in pagina


def test_un_numero_que_podria_ser_de_alguien_no_tiene_telefono(cliente_de):
    for cifras in ("525512345678", "0", "9" * 30):
        assert cliente_de("alicia").get(f"{BASE}/{cifras}/").status_code == 404
        assert cliente_de("alicia").post(f"{BASE}/{cifras}/escribir", data={"texto": "hola"}).status_code == 404


def test_escribir_devuelve_la_pantalla_con_lo_escrito(cliente_de, servida):
    respuesta = cliente_de("alicia").post(f"{BASE}/{MARIA}/escribir", data={"texto": "<b>¿Abren?</b>"}, headers=FRAGMENTO)
    assert respuesta.status_code == 200
    assert "&lt;b&gt;¿Abren?&lt;/b&gt;" in respuesta.text
    assert "data-escribiendo" in respuesta.text
    assert "<html" not in respuesta.text


def test_sin_javascript_vuelve_a_la_pagina(cliente_de, servida):
    respuesta = cliente_de("alicia").post(f"{BASE}/{MARIA}/escribir", data={"atajo": "horario"})
    assert (respuesta.status_code, respuesta.location) == (303, f"{BASE}/{MARIA}/")


def test_lo_que_no_es_un_mensaje_vuelve_con_su_motivo(cliente_de, servida):
    respuesta = cliente_de("alicia").post(f"{BASE}/{MARIA}/escribir", data={"texto": "   "}, headers=FRAGMENTO)
    assert respuesta.status_code == 422
    assert "Escribe algo antes de enviar." in respuesta.text


def test_el_mismo_trozo_pinta_la_pagina_y_la_pone_al_dia(cliente_de, servida):
    alicia = cliente_de("alicia")
    alicia.post(f"{BASE}/{MARIA}/escribir", data={"texto": "uno"})
    pagina, trozo, sucesos = (alicia.get(BASE + d).text for d in (f"/{MARIA}/", f"/{MARIA}/telefono", f"/{MARIA}/sucesos"))
    assert sin_blancos(trozo) in sin_blancos(pagina)
    assert sin_blancos(sucesos) in sin_blancos(pagina)
    assert "guardado" in sucesos
    assert "HTTP 200" in sucesos


def test_las_travesuras_dicen_que_paso_y_lo_avisan_a_la_pagina(cliente_de, servida):
    alicia = cliente_de("alicia")
    alicia.post(f"{BASE}/{MARIA}/escribir", data={"texto": "uno"})
    for travesura, codigo in (("repetir", "HTTP 200"), ("firma-falsa", "HTTP 403")):
        respuesta = alicia.post(f"{BASE}/{MARIA}/{travesura}", headers=FRAGMENTO)
        assert codigo in respuesta.text
        assert "travesura-bien" in respuesta.text
        assert respuesta.headers["HX-Trigger"] == "travesura"
    assert "se repitió 1 vez" in alicia.get(f"{BASE}/{MARIA}/sucesos").text


def test_numero_nuevo_lleva_a_un_telefono_vacio(cliente_de):
    alicia = cliente_de("alicia")
    respuesta = alicia.get(f"{BASE}/nuevo")
    assert respuesta.status_code == 302
    assert "aún no ha escrito" in alicia.get(respuesta.location).text


def test_una_nora_sin_numero_lo_explica(cliente_de, base):
    base.duena.execute("update configuracion_bot set numero_nora = null where nombre_nora = %s", (AURA,))
    assert "aún no tiene número" in cliente_de("alicia").get(f"{BASE}/").text
    respuesta = cliente_de("alicia").post(f"{BASE}/{MARIA}/escribir", data={"texto": "hola"}, headers=FRAGMENTO)
    assert respuesta.status_code == 409
    assert "aún no tiene número" in respuesta.text


def sin_blancos(texto: str) -> str:
    return " ".join(texto.split())
