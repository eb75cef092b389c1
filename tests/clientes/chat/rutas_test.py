"""Las direcciones de Chats por HTTP: quién entra, qué se ve con y sin JavaScript y qué se rechaza."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from sql.modelos.conversaciones import cambiar_conversacion, obtener_conversacion
from sql.modelos.mensajes import listar_mensajes
from sql.modelos.recibos import guardar_recibo
from tests import fabricas
from tests.personas import ALICIA, AURA, BETO, OTRA

BASE = f"/panel_cliente/{AURA}/chat"
FRAGMENTO = {"HX-Request": "true", "HX-Request-Type": "partial"}
CLAVE = "0f8fad5b-d9cb-469f-a165-70867728950e"
VENENO = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"


@pytest.fixture
def hilo(base, ahora):
    persona = fabricas.contacto(nombre="María Peña", ultimo_mensaje=ahora, mensaje_reciente="¿A qué hora abren?")
    return fabricas.conversacion(persona, ultimo_entrante_en=ahora, sin_leer=1)


@pytest.fixture
def respuesta(hilo):
    """Una respuesta de la IA con su recibo, después de la pregunta."""
    fabricas.mensaje(hilo, "¿A qué hora abren?")
    mensaje = fabricas.mensaje(hilo, "De 9 a 19", tipo="respuesta")
    bloques = [{"id": 1, "texto": "¿Horario? De 9 a 19", "cobertura": 0.83}]
    guardar_recibo(AURA, mensaje.id, motor="extractivo", accion="responder", motivo="cubre la pregunta", bloques=bloques, milisegundos=7)
    return mensaje


def lecturas(hilo: int, mensaje: int) -> list[str]:
    de_hilo = ["", "/hilo", "/mensajes", "/nuevos", "/estado", f"/mensaje/{mensaje}", f"/mensaje/{mensaje}/recibo"]
    return ["/", "/lista", "/lista/mas", "/pendientes", *(f"/{hilo}{resto}" for resto in de_hilo)]


def acciones(hilo: int) -> list[str]:
    return [f"/{hilo}/mensajes", f"/{hilo}/control", f"/{hilo}/leido"]


def test_entran_los_de_la_nora_y_la_agencia(cliente_de, hilo, respuesta):
    for quien in ("alicia", "beto", "diego"):
        cliente = cliente_de(quien)
        for resto in lecturas(hilo.id, respuesta.id):
            assert cliente.get(BASE + resto, headers=FRAGMENTO).status_code == 200, (quien, resto)


def test_quien_es_de_otra_nora_no_encuentra_nada(cliente_de, hilo, respuesta):
    carla = cliente_de("carla")
    assert {carla.get(BASE + resto).status_code for resto in lecturas(hilo.id, respuesta.id)} == {404}
    assert {carla.post(BASE + resto, data={"texto": "hola"}).status_code for resto in acciones(hilo.id)} == {404}
    # Y por su propia dirección tampoco llega al hilo ajeno.
    propia = f"/panel_cliente/{OTRA}/chat"
    assert {carla.get(propia + resto, headers=FRAGMENTO).status_code for resto in lecturas(hilo.id, respuesta.id)[4:]} == {404}
    assert {carla.post(propia + resto, data={"texto": "hola"}).status_code for resto in acciones(hilo.id)} == {404}
    assert obtener_conversacion(AURA, hilo.id).sin_leer == 1


def test_sin_sesion_se_pide_entrar_y_un_fragmento_recibe_401(visitante, hilo):
    pagina = visitante.get(f"{BASE}/{hilo.id}", headers={"Accept": "text/html"})
    assert (pagina.status_code, pagina.location) == (302, f"/entrar?next={BASE}/{hilo.id}")
    assert visitante.get(f"{BASE}/lista", headers=FRAGMENTO).status_code == 401


def test_con_el_modulo_apagado_no_existe(cliente_de, base, hilo, respuesta):
    base.duena.execute("update modulos_disponibles set activo = false where modulo = 'chat'")
    for quien in ("alicia", "diego"):
        cliente = cliente_de(quien)
        assert {cliente.get(BASE + resto).status_code for resto in lecturas(hilo.id, respuesta.id)} == {404}
        assert {cliente.post(BASE + resto).status_code for resto in acciones(hilo.id)} == {404}


def test_quien_solo_lee_mira_y_no_cambia_nada(cliente_de, base, hilo, respuesta):
    base.duena.execute("update membresias set rol = 'lectura' where usuario_id = %s", (BETO.id,))
    beto = cliente_de("beto")
    pagina = beto.get(f"{BASE}/{hilo.id}")
    assert pagina.status_code == 200
    assert "sólo lectura" in pagina.text
    assert re.search(r"<textarea[^>]*\bdisabled", pagina.text)
    assert "boton-control" not in pagina.text
    assert {beto.post(BASE + resto, data={"texto": "hola"}).status_code for resto in acciones(hilo.id)} == {403}
    assert len(listar_mensajes(AURA, hilo.id)) == 2


def test_sin_el_sello_no_se_escribe(cliente_de, hilo):
    alicia = cliente_de("alicia")
    alicia.sello = ""
    assert alicia.post(f"{BASE}/{hilo.id}/mensajes", data={"texto": "hola"}).status_code == 400
    assert listar_mensajes(AURA, hilo.id) == []


@pytest.mark.parametrize("resto", ["/abc", "/-1", "/99999999", f"/{2**63}", f"/{2**63 - 1}", "/1/mensaje/0", "/1/mensaje/999999/recibo"])
def test_lo_que_no_existe_es_404(cliente_de, base, resto):
    assert cliente_de("alicia").get(BASE + resto).status_code == 404


@pytest.mark.parametrize(
    "consulta",
    [
        "solo=nada&q=%00&despues=x~y&filas=-1&c=abc",
        f"despues=2026-01-01T00:00:00%2B00:00~{2**70}&filas=99999999999999999999",
        "q=%25%5F%5C'%22&despues=0001-01-01T00:00:00%2B00:00~1",
        "despues=9999-12-31T23:59:59.999999-23:59~1",
        "q=" + "x" * 5000,
    ],
)
def test_una_direccion_retorcida_no_rompe_nada(cliente_de, hilo, consulta):
    alicia = cliente_de("alicia")
    for resto in ("/", "/lista", "/lista/mas"):
        assert alicia.get(f"{BASE}{resto}?{consulta}").status_code == 200
    retorcida = f"desde={2**70}&primero=-5&cambiado_desde=ayer&antes_de=0"
    assert alicia.get(f"{BASE}/{hilo.id}/nuevos?{retorcida}", headers=FRAGMENTO).status_code == 200
    assert alicia.get(f"{BASE}/{hilo.id}?{retorcida}").status_code == 200


def test_lo_que_escriben_fuera_se_ve_y_no_se_ejecuta(cliente_de, base, ahora):
    persona = fabricas.contacto(nombre=VENENO, ultimo_mensaje=ahora, mensaje_reciente=VENENO)
    hilo = fabricas.conversacion(persona, ultimo_entrante_en=ahora, necesita_persona=True, motivo_persona=VENENO)
    fabricas.mensaje(hilo, VENENO, clase="ubicacion", adjuntos=[{"etiqueta": VENENO, "direccion": VENENO, "latitud": VENENO}])
    malo = fabricas.mensaje(hilo, VENENO, tipo="respuesta", estado="fallido", motivo_error=VENENO, codigo_error=VENENO)
    guardar_recibo(AURA, malo.id, motor=VENENO, modelo=VENENO, accion="x", motivo=VENENO, bloques=[{"texto": VENENO}])
    for resto in ("/", f"/{hilo.id}", f"/{hilo.id}?q={VENENO}", f"/{hilo.id}/mensaje/{malo.id}/recibo"):
        pagina = cliente_de("alicia").get(BASE + resto).text
        assert "&lt;script&gt;" in pagina
        assert "<script>alert" not in pagina
        assert "<img src=x" not in pagina


def test_ninguna_pagina_lleva_codigo_ni_estilo_en_linea(cliente_de, hilo, respuesta):
    for resto in ("/", f"/{hilo.id}", f"/{hilo.id}/mensaje/{respuesta.id}/recibo"):
        pagina = cliente_de("alicia").get(BASE + resto).text
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", pagina) == []
        assert len(re.findall("<h1", pagina)) == 1
        assert len(re.findall(r'\sid="([^"]+)"', pagina)) == len(set(re.findall(r'\sid="([^"]+)"', pagina)))


def test_la_pagina_y_los_fragmentos_pintan_lo_mismo(cliente_de, hilo, respuesta):
    alicia = cliente_de("alicia")
    pagina = alicia.get(f"{BASE}/{hilo.id}").text
    suelto = alicia.get(f"{BASE}/{hilo.id}/mensaje/{respuesta.id}", headers=FRAGMENTO).text
    renglones = [renglon.strip() for renglon in suelto.splitlines() if renglon.strip()]
    assert renglones
    assert all(renglon in pagina for renglon in renglones)
    assert f'id="m-{respuesta.id}"' in alicia.get(f"{BASE}/{hilo.id}/hilo", headers=FRAGMENTO).text


def test_un_fragmento_pedido_como_pagina_lleva_a_la_pagina(cliente_de, hilo, respuesta):
    alicia = cliente_de("alicia")
    assert alicia.get(f"{BASE}/{hilo.id}/hilo").location == f"{BASE}/{hilo.id}"
    assert "<html" in alicia.get(f"{BASE}/{hilo.id}/mensajes?antes_de=9").text
    assert "<html" in alicia.get(f"{BASE}/{hilo.id}/mensaje/{respuesta.id}/recibo").text


def test_escribir_con_javascript_devuelve_la_burbuja(cliente_de, hilo):
    datos = {"texto": "*Hola*", "clave_cliente": CLAVE}
    vuelta = cliente_de("alicia").post(f"{BASE}/{hilo.id}/mensajes", data=datos, headers=FRAGMENTO)
    assert vuelta.status_code == 201
    (mensaje,) = listar_mensajes(AURA, hilo.id)
    assert f'id="m-{mensaje.id}"' in vuelta.text
    assert f'data-clave="{CLAVE}"' in vuelta.text
    assert "<strong>Hola</strong>" in vuelta.text
    assert mensaje.autor_id == ALICIA.id


def test_enviar_dos_veces_lo_mismo_es_un_mensaje(cliente_de, hilo):
    alicia = cliente_de("alicia")
    datos = {"texto": "Hola", "clave_cliente": CLAVE}
    vueltas = [alicia.post(f"{BASE}/{hilo.id}/mensajes", data=datos, headers=FRAGMENTO) for _ in range(2)]
    assert [v.status_code for v in vueltas] == [201, 201]
    assert vueltas[0].text == vueltas[1].text
    assert len(listar_mensajes(AURA, hilo.id)) == 1


def test_sin_javascript_el_formulario_de_la_pagina_envia_y_vuelve_al_hilo(cliente_de, hilo):
    alicia = cliente_de("alicia")
    clave = re.search(r'name="clave_cliente" value="([^"]+)"', alicia.get(f"{BASE}/{hilo.id}").text)
    assert clave
    for _ in range(2):
        vuelta = alicia.post(f"{BASE}/{hilo.id}/mensajes", data={"texto": "Hola", "clave_cliente": clave.group(1)})
        assert (vuelta.status_code, vuelta.location) == (303, f"{BASE}/{hilo.id}")
    assert len(listar_mensajes(AURA, hilo.id)) == 1


def test_lo_rechazado_se_explica_y_lo_escrito_se_conserva(cliente_de, hilo):
    alicia = cliente_de("alicia")
    largo = "x" * 8001
    fragmento = alicia.post(f"{BASE}/{hilo.id}/mensajes", data={"texto": largo}, headers=FRAGMENTO)
    assert (fragmento.status_code, "se admiten 8000" in fragmento.text) == (422, True)
    pagina = alicia.post(f"{BASE}/{hilo.id}/mensajes", data={"texto": largo})
    assert pagina.status_code == 422
    assert f">{largo}</textarea>" in pagina.text
    assert "se admiten 8000" in pagina.text


def test_con_la_ventana_cerrada_el_cuadro_esta_apagado_y_dice_por_que(cliente_de, hilo):
    cambiar_conversacion(AURA, hilo.id, ventana_hasta=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    pagina = cliente_de("alicia").get(f"{BASE}/{hilo.id}").text
    assert "Ventana cerrada: sólo plantillas" in pagina
    assert re.search(r"<textarea[^>]*\bdisabled", pagina)
    assert cliente_de("alicia").post(f"{BASE}/{hilo.id}/mensajes", data={"texto": "x"}, headers=FRAGMENTO).status_code == 422


def test_tomar_y_devolver_el_control(cliente_de, hilo):
    alicia = cliente_de("alicia")
    assert "Al enviar, pasarás a atenderla tú" in alicia.get(f"{BASE}/{hilo.id}").text
    tomado = alicia.post(f"{BASE}/{hilo.id}/control", data={"accion": "tomar"}, headers=FRAGMENTO)
    assert (tomado.status_code, "La atiendes tú" in tomado.text, "Devolver a la IA" in tomado.text) == (200, True, True)
    assert "La atiende Alicia" in cliente_de("beto").get(f"{BASE}/{hilo.id}/estado", headers=FRAGMENTO).text
    devuelto = alicia.post(f"{BASE}/{hilo.id}/control", data={"accion": "devolver"})
    assert (devuelto.status_code, devuelto.location) == (303, f"{BASE}/{hilo.id}")
    assert obtener_conversacion(AURA, hilo.id).modo == "ia"


def test_devolver_a_una_ia_apagada_se_rechaza_con_su_motivo(cliente_de, base, hilo):
    base.duena.execute("update contactos set ia_activa = false")
    for cabeceras in (FRAGMENTO, {}):
        vuelta = cliente_de("alicia").post(f"{BASE}/{hilo.id}/control", data={"accion": "devolver"}, headers=cabeceras)
        assert (vuelta.status_code, "apagada para esta persona" in vuelta.text) == (422, True)


def test_abrir_no_marca_como_leido_y_pedirlo_si(cliente_de, hilo, respuesta):
    alicia = cliente_de("alicia")
    alicia.get(f"{BASE}/{hilo.id}")
    assert alicia.get(f"{BASE}/pendientes", headers=FRAGMENTO).text == "1"
    assert "1 mensaje no leído" in alicia.get(f"{BASE}/{hilo.id}").text
    assert alicia.post(f"{BASE}/{hilo.id}/leido", data={"hasta": respuesta.id}, headers=FRAGMENTO).status_code == 204
    assert alicia.get(f"{BASE}/pendientes", headers=FRAGMENTO).text == ""
    assert alicia.post(f"{BASE}/{hilo.id}/leido", data={"hasta": "x"}).status_code == 303


def test_lo_nuevo_llega_una_vez_y_con_la_hora_de_lectura(cliente_de, hilo, respuesta):
    alicia = cliente_de("alicia")
    todo = alicia.get(f"{BASE}/{hilo.id}/nuevos?desde=0", headers=FRAGMENTO)
    assert todo.text.count("<article") == 2
    assert dt.datetime.fromisoformat(todo.headers["X-Leido-En"]).tzinfo is not None
    assert "X-Hay-Mas" not in todo.headers
    assert "<article" not in alicia.get(f"{BASE}/{hilo.id}/nuevos?desde={respuesta.id}", headers=FRAGMENTO).text


def test_el_recibo_dice_de_donde_salio_la_respuesta(cliente_de, hilo, respuesta):
    texto = cliente_de("alicia").get(f"{BASE}/{hilo.id}/mensaje/{respuesta.id}/recibo", headers=FRAGMENTO).text
    for dicho in ("Tu conocimiento", "De 9 a 19", "Cubre el 83 %", "Cubre la pregunta", "7 ms", "Sin costo"):
        assert dicho in texto


@pytest.mark.parametrize(
    ("consulta", "dicho"),
    [
        ("", "Aún no hay mensajes"),
        ("q=zzz", "Nada coincide con «zzz»"),
        ("solo=sin_leer", "Todo al día"),
        ("solo=necesita_persona", "Nadie espera"),
    ],
)
def test_cada_vacio_dice_lo_suyo(cliente_de, base, consulta, dicho):
    assert dicho in cliente_de("alicia").get(f"{BASE}/?{consulta}").text


def test_al_principio_se_invita_al_simulador_si_lo_hay(app, cliente_de):
    alicia = cliente_de("alicia")
    assert "Abrir el simulador" in alicia.get(f"{BASE}/").text
    app.extensions["ajustes"] = app.extensions["ajustes"].model_copy(update={"demo": False})
    sin_demo = alicia.get(f"{BASE}/")
    assert sin_demo.status_code == 200
    assert "Abrir el simulador" not in sin_demo.text
    assert "desde tu teléfono" in sin_demo.text


def test_la_lista_sigue_donde_se_quedo_y_se_repinta_entera(cliente_de, base, ahora):
    for i in range(35):
        fabricas.conversacion(fabricas.contacto(nombre=f"Persona {i}", ultimo_mensaje=ahora - dt.timedelta(minutes=i)))
    alicia = cliente_de("alicia")
    pagina = alicia.get(f"{BASE}/").text
    assert pagina.count('class="fila"') == 30
    siguiente = re.search(r'hx-get="([^"]+/lista/mas[^"]+)"', pagina)
    assert siguiente
    resto = alicia.get(siguiente.group(1).replace("&amp;", "&"), headers=FRAGMENTO).text
    assert resto.count('class="fila"') == 5
    assert "Persona 34" in resto
    assert alicia.get(f"{BASE}/lista?filas=35", headers=FRAGMENTO).text.count('class="fila"') == 35


def test_buscar_deja_la_direccion_compartible(cliente_de, hilo):
    alicia = cliente_de("alicia")
    sola = alicia.get(f"{BASE}/lista?q=maría&solo=ia&buscar=1", headers=FRAGMENTO)
    assert sola.headers["HX-Replace-Url"] == f"{BASE}/?q=mar%C3%ADa&solo=ia"
    con_hilo = alicia.get(f"{BASE}/lista?q=maría&buscar=1&c={hilo.id}", headers=FRAGMENTO)
    assert con_hilo.headers["HX-Replace-Url"] == f"{BASE}/{hilo.id}?q=mar%C3%ADa"
    assert 'aria-current="true"' in con_hilo.text
