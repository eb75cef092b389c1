"""Plantillas de punta a punta: escribir, corregir, mandar a aprobación, sincronizar y borrar, con el WhatsApp simulado."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from sql.modelos.modulos import guardar_modulo
from sql.modelos.plantillas import Plantilla, cambiar_plantilla, listar_plantillas, obtener_plantilla
from sql.modelos.simulador_plantillas import listar_plantillas_simuladas
from sql.modelos.usuarios import guardar_membresia
from tests import fabricas
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import AURA, BETO, OTRA
from webhook import plantillas as taller

Entrar = Callable[[str], ClienteDePanel]

LISTA = f"/panel_cliente/{AURA}/plantillas/"
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
BUENA = {
    "nombre": "Recordatorio de cita",
    "categoria": "utilidad",
    "idioma": "es",
    "cuerpo": "Hola {{1}}, te recordamos tu cita del {{2}}. Responde si quieres cambiarla.",
    "variable-1": "María",
    "variable-2": "martes",
    "boton-1": "Confirmo",
    "boton-2": "",
}


@pytest.fixture(autouse=True)
def _con_envios(base: Base) -> None:
    for nora in (AURA, OTRA):
        guardar_modulo(nora, "envios", True)


def poner(estado: str = "aprobada", **campos: object) -> Plantilla:
    """Una plantilla ya en Twilio."""
    valores = {"nombre": "aura_aviso", "cuerpo": "Hola {{1}}, ya abrimos hoy.", "variables": {"1": "María"}, "content_sid": "HX" + "1" * 32}
    fila = Plantilla(nombre_nora=AURA, estado=estado, contenido={"twilio/text": {"body": "x"}}, **(valores | campos))
    fabricas.guardar(fila, AURA)
    return fila


def test_sin_ninguna_se_ofrecen_tres_para_empezar_y_cada_una_cumple_las_reglas(cliente_de: Entrar) -> None:
    alicia = cliente_de("alicia")
    vacia = alicia.get(LISTA).text
    assert all(titulo in vacia for titulo in ("Recordatorio de cita", "Pedido listo", "Retomar una conversación"))
    for clave in ("cita", "pedido", "retomar"):
        editor = alicia.get(f"{LISTA}nueva?inicial={clave}").text
        assert "{{1}}" in editor
    assert "Así se verá" in alicia.get(f"{LISTA}nueva?inicial=no-existe").text


def test_se_guarda_un_borrador_se_corrige_y_se_manda_a_aprobación(cliente_de: Entrar) -> None:
    alicia = cliente_de("alicia")
    guardado = alicia.post(f"{LISTA}nueva", data=BUENA)
    assert guardado.status_code == 303
    [fila] = listar_plantillas(AURA)
    assert (fila.nombre, fila.estado, fila.variables) == ("aura_recordatorio_de_cita", "borrador", {"1": "María", "2": "martes"})
    assert listar_plantillas_simuladas(AURA) == []
    assert "Borrador guardado. En WhatsApp se llama aura_recordatorio_de_cita." in alicia.get(guardado.location).text
    mandado = alicia.post(guardado.location, data=BUENA | {"boton-2": "Cambiar", "accion": "enviar"})
    assert mandado.status_code == 303
    lista = alicia.get(mandado.location).text
    assert "En revisión" in lista
    assert "24 horas" in lista
    [simulada] = listar_plantillas_simuladas(AURA)
    assert [a["title"] for a in simulada.tipos["twilio/quick-reply"]["actions"]] == ["Confirmo", "Cambiar"]
    assert simulada.categoria == "UTILITY"
    ficha = alicia.get(guardado.location).text
    assert "Meta la está revisando" in ficha
    assert "<textarea" not in ficha


def test_todo_lo_que_está_mal_se_dice_de_una_vez_en_su_campo_y_lo_escrito_se_conserva(cliente_de: Entrar) -> None:
    mala = BUENA | {"cuerpo": "{{1}} {{3}}", "variable-1": "", "boton-1": "x" * 30, "accion": "enviar"}
    respuesta = cliente_de("alicia").post(f"{LISTA}nueva", data=mala)
    assert respuesta.status_code == 422
    assert respuesta.text.count('aria-invalid="true"') >= 4
    for frase in ("no puede empezar con {{1}}", "Falta {{2}}", "están pegadas", "Falta el ejemplo del dato 1", "pasa de 20 caracteres"):
        assert frase in respuesta.text
    assert "Recordatorio de cita" in respuesta.text
    assert "novalidate" in respuesta.text
    assert listar_plantillas(AURA) == []


def test_un_borrador_a_medias_se_guarda_pero_sin_nombre_o_repetido_no(cliente_de: Entrar) -> None:
    alicia = cliente_de("alicia")
    assert alicia.post(f"{LISTA}nueva", data=BUENA | {"cuerpo": "{{1}}"}).status_code == 303
    repetida = alicia.post(f"{LISTA}nueva", data=BUENA)
    assert repetida.status_code == 422
    assert "Ya tienes una plantilla con ese nombre" in repetida.text
    assert alicia.post(f"{LISTA}nueva", data=BUENA | {"nombre": "¡¿?!"}).status_code == 422
    assert len(listar_plantillas(AURA)) == 1


def test_la_lista_se_filtra_por_estado_y_por_texto(cliente_de: Entrar) -> None:
    poner()
    poner("rechazada", nombre="aura_promo", content_sid="HX" + "2" * 32, cuerpo="Oferta única, {{1}}, hoy.", motivo_rechazo="TAG_CONTENT")
    alicia = cliente_de("alicia")
    assert alicia.get(LISTA).text.count('class="plantilla-tarjeta"') == 2
    rechazadas = alicia.get(f"{LISTA}?estado=rechazadas", headers=HX).text
    assert "TAG_CONTENT" in rechazadas
    assert "ya abrimos" not in rechazadas
    assert "Oferta" in alicia.get(f"{LISTA}?q=UNICA", headers=HX).text
    nada = alicia.get(f"{LISTA}?q=zzz", headers=HX).text
    assert "Ninguna plantilla coincide" in nada
    assert "Quitar filtros" in nada


def test_sincronizar_trae_lo_que_decidió_el_revisor_y_lo_cuenta(cliente_de: Entrar) -> None:
    alicia = cliente_de("alicia")
    alicia.post(f"{LISTA}nueva", data=BUENA | {"accion": "enviar"})
    taller.sincronizar(AURA)
    poner("aprobada", nombre="aura_de_nadie")
    hecho = alicia.post(f"{LISTA}sincronizar", headers=HX)
    assert hecho.status_code == 200
    assert "1 plantilla cambió" in hecho.text
    assert "nada había cambiado" in alicia.post(f"{LISTA}sincronizar", headers=HX).text
    assert alicia.post(f"{LISTA}sincronizar").status_code == 303


def test_sin_whatsapp_sincronizar_dice_qué_falta(cliente_de: Entrar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhook.cuenta_de_plantillas.conexion_de", lambda _: None)
    alicia = cliente_de("alicia")
    respuesta = alicia.post(f"{LISTA}sincronizar", headers=HX)
    assert respuesta.status_code == 422
    assert "faltan las credenciales" in respuesta.text
    guardada = alicia.post(f"{LISTA}nueva", data=BUENA | {"accion": "enviar"})
    assert "Quedó guardada como borrador, pero no se envió" in alicia.get(guardada.location).text


def test_borrar_pregunta_antes_y_lo_quita_de_los_dos_sitios(cliente_de: Entrar) -> None:
    alicia = cliente_de("alicia")
    alicia.post(f"{LISTA}nueva", data=BUENA | {"accion": "enviar"})
    [fila] = listar_plantillas(AURA)
    pregunta = alicia.get(f"{LISTA}{fila.id}/borrar").text
    assert "no se puede deshacer" in pregunta
    assert listar_plantillas(AURA)
    assert alicia.post(f"{LISTA}{fila.id}/borrar").status_code == 303
    assert listar_plantillas(AURA) == []
    assert listar_plantillas_simuladas(AURA) == []
    assert alicia.get(f"{LISTA}{fila.id}/").status_code == 404


def test_una_creada_sin_enviar_se_puede_mandar_desde_su_ficha(cliente_de: Entrar) -> None:
    alicia = cliente_de("alicia")
    alicia.post(f"{LISTA}nueva", data=BUENA | {"accion": "enviar"})
    [fila] = listar_plantillas(AURA)
    cambiar_plantilla(AURA, fila.id, estado="sin_enviar")
    ficha = f"{LISTA}{fila.id}/"
    assert "Enviar a aprobación" in alicia.get(ficha).text
    assert alicia.post(f"{LISTA}{fila.id}/aprobacion").status_code == 303
    assert obtener_plantilla(AURA, fila.id).estado == "recibida"
    assert "ya se envió" in alicia.post(f"{LISTA}{fila.id}/aprobacion", follow_redirects=True).text


@pytest.mark.parametrize("estado", ["aprobada", "recibida", "rechazada", "pausada", "desactivada", "sin_enviar", "borrador"])
def test_la_ficha_explica_cada_estado(cliente_de: Entrar, estado: str) -> None:
    fila = poner(estado, motivo_rechazo="por algo")
    assert "por algo" in cliente_de("alicia").get(f"{LISTA}{fila.id}/").text


def test_una_rechazada_se_corrige_en_otra_con_otro_nombre(cliente_de: Entrar) -> None:
    fila = poner("rechazada", nombre="aura_promo")
    alicia = cliente_de("alicia")
    assert f"nueva?de={fila.id}" in alicia.get(f"{LISTA}{fila.id}/").text
    editor = alicia.get(f"{LISTA}nueva?de={fila.id}").text
    assert 'value="Promo 2"' in editor
    assert "ya abrimos hoy" in editor
    assert cliente_de("carla").get(f"/panel_cliente/{OTRA}/plantillas/nueva?de={fila.id}").status_code == 404


def test_lo_que_se_está_enviando_no_se_edita(cliente_de: Entrar) -> None:
    fila = poner("borrador", content_sid=None, intentada_en=dt.datetime.now(dt.UTC))
    alicia = cliente_de("alicia")
    assert "Enviando a WhatsApp" in alicia.get(f"{LISTA}{fila.id}/").text
    assert "no se puede cambiar" in alicia.post(f"{LISTA}{fila.id}/", data=BUENA).text
    assert "Se está enviando" in alicia.post(f"{LISTA}{fila.id}/borrar").text


def test_carla_no_ve_ni_toca_lo_de_otra_nora(cliente_de: Entrar) -> None:
    fila = poner()
    carla = cliente_de("carla")
    for raiz in (LISTA, f"/panel_cliente/{OTRA}/plantillas/"):
        assert carla.get(f"{raiz}{fila.id}/").status_code == 404
        assert carla.get(f"{raiz}{fila.id}/borrar").status_code == 404
        for resto in ("", "borrar", "aprobacion"):
            assert carla.post(f"{raiz}{fila.id}/{resto}", data=BUENA).status_code == 404
    assert carla.get(LISTA).status_code == 404
    assert carla.post(f"{LISTA}nueva", data=BUENA).status_code == 404
    assert "ya abrimos" not in carla.get(f"/panel_cliente/{OTRA}/plantillas/").text
    assert len(listar_plantillas(AURA)) == 1


def test_con_rol_de_lectura_se_mira_y_no_se_toca(cliente_de: Entrar) -> None:
    fila = poner()
    guardar_membresia(AURA, BETO.id, "lectura")
    beto = cliente_de("beto")
    lista = beto.get(LISTA).text
    assert "ya abrimos" in lista
    assert "Nueva plantilla" not in lista
    assert "Borrar" not in lista
    assert beto.get(f"{LISTA}{fila.id}/").status_code == 200
    assert beto.get(f"{LISTA}nueva").status_code == 302
    for resto in ("nueva", "sincronizar", f"{fila.id}/", f"{fila.id}/borrar", f"{fila.id}/aprobacion"):
        assert beto.post(f"{LISTA}{resto}", data=BUENA).status_code == 403


def test_con_el_módulo_apagado_no_existe(cliente_de: Entrar) -> None:
    guardar_modulo(AURA, "envios", False)
    assert cliente_de("alicia").get(LISTA).status_code == 404


RAROS = ["\x00", "<script>alert(1)</script>", "%_\\'\";--", "{{" * 500, "😀" * 300, "{% raw %}", "\u202eal revés"]


@pytest.mark.parametrize("raro", RAROS)
def test_lo_raro_nunca_es_un_500_y_sale_escapado(cliente_de: Entrar, raro: str) -> None:
    alicia = cliente_de("alicia")
    for accion in ("guardar", "enviar"):
        datos = dict.fromkeys(BUENA, raro) | {"accion": accion}
        for respuesta in (
            alicia.post(f"{LISTA}nueva", data=datos),
            alicia.post(f"{LISTA}nueva", data=BUENA | {"cuerpo": raro, "accion": accion}),
        ):
            assert respuesta.status_code in {303, 422}
            assert "<script>alert" not in respuesta.text
    assert alicia.get(LISTA, query_string={"q": raro, "estado": raro}).status_code == 200
    assert "<script>alert" not in alicia.get(LISTA).text
