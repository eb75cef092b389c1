"""Enviar una plantilla desde un chat: cuáles se ofrecen, qué se rellena solo y qué no se deja mandar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from clientes.chat import plantillas
from clientes.chat.servicio import NoSePuede
from registro.portero import Paso
from sql.modelos.base import NoEncontrado
from sql.modelos.contactos import Contacto
from sql.modelos.conversaciones import Conversacion, obtener_conversacion
from sql.modelos.mensajes import listar_mensajes, obtener_mensaje
from sql.modelos.modulos import guardar_modulo
from sql.modelos.plantillas import Plantilla, cambiar_plantilla
from sql.modelos.usuarios import guardar_membresia
from tests import fabricas
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import ALICIA, AURA, BETO, OTRA

CUERPO = "Hola {{1}}, tu pedido {{2}} ya está listo."
SID = "HX" + "a" * 32
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
CLAVE = "0f8fad5b-d9cb-469f-a165-70867728950e"


def poner(nora: str = AURA, **campos: Any) -> Plantilla:
    """Una plantilla aprobada, salvo que se diga otra cosa."""
    valores: dict[str, Any] = {
        "content_sid": SID,
        "nombre": "aura_pedido_listo",
        "cuerpo": CUERPO,
        "variables": {"1": "Ana", "2": "A-1"},
        "estado": "aprobada",
        "contenido": {"twilio/text": {"body": CUERPO}},
    }
    fila = Plantilla(nombre_nora=nora, **(valores | campos))
    fabricas.guardar(fila, nora)
    return fila


@pytest.fixture
def cerrado(base: Base, ahora: dt.datetime) -> Conversacion:
    """El hilo de María, con la ventana cerrada desde ayer."""
    antes = ahora - dt.timedelta(hours=30)
    persona = fabricas.contacto(nombre="María Peña", ultimo_mensaje=antes)
    return fabricas.conversacion(persona, ultimo_entrante_en=antes, ventana_hasta=antes + dt.timedelta(hours=24))


@pytest.mark.parametrize(
    ("cuerpo", "valores"),
    [
        ("Hola {{1}}, tu pedido {{2}} está.", {"1": "María", "2": ""}),
        ("¡Buenos días {{1}}! Llámanos.", {"1": "María"}),
        ("Tu teléfono {{1}} ya está dado de alta, gracias {{2}}.", {"1": "+5215550000001", "2": "María"}),
        ("Confirmamos {{1}} para mañana, {{2}}.", {"1": "", "2": ""}),
        ("Hola {{1}}, sí, {{1}}.", {"1": "María"}),
    ],
)
def test_se_rellena_solo_lo_que_se_sabe(cuerpo: str, valores: dict[str, str]) -> None:
    assert plantillas.valores_de_partida(cuerpo, nombre="María Peña", telefono="+5215550000001") == valores


def test_sin_nombre_no_se_inventa_y_un_nombre_raro_no_rompe_la_plantilla() -> None:
    assert plantillas.valores_de_partida("Hola {{1}}, sí.", nombre="", telefono="") == {"1": ""}
    assert plantillas.valores_de_partida("Hola {{1}}, sí.", nombre="+52155", telefono="") == {"1": ""}
    assert plantillas.valores_de_partida("Hola {{1}}, sí.", nombre="{{2}}ana x", telefono="") == {"1": "2ana"}


def test_sólo_se_ofrecen_las_aprobadas_que_se_saben_enviar(paso: Paso, cerrado: Conversacion) -> None:
    poner()
    for n, estado in enumerate(("pendiente", "rechazada", "pausada", "borrador")):
        poner(estado=estado, nombre=f"aura_{estado}", content_sid=f"HX{n:032x}")
    poner(tipo="twilio/media", nombre="aura_foto", content_sid="HX" + "b" * 32)
    poner(OTRA, nombre="otra_suya", content_sid="HX" + "c" * 32)
    [elegible] = plantillas.leer_elegibles(paso, cerrado.id)
    assert (elegible.titulo, elegible.muestra) == ("Pedido listo", "Hola María, tu pedido A-1 ya está listo.")
    assert plantillas.leer_elegibles(paso, cerrado.id, "zzz") == []


def test_sale_con_la_ventana_cerrada_y_la_misma_clave_es_un_mensaje(paso: Paso, cerrado: Conversacion) -> None:
    fila = poner()
    ids = {plantillas.enviar_plantilla(paso, cerrado.id, fila.id, {"1": "María", "2": "A-77"}, clave_cliente=CLAVE) for _ in range(3)}
    assert len(ids) == 1
    mensaje = obtener_mensaje(AURA, ids.pop())
    assert mensaje.mensaje == "Hola María, tu pedido A-77 ya está listo."
    assert (mensaje.content_sid, mensaje.variables, mensaje.categoria) == (SID, {"1": "María", "2": "A-77"}, "utilidad")
    assert (mensaje.plantilla_id, mensaje.autor_id, mensaje.estado) == (fila.id, ALICIA.id, "listo")
    assert obtener_conversacion(AURA, cerrado.id).modo == "ia"


@pytest.mark.parametrize(
    "valores", [{}, {"1": "María"}, {"1": "María", "2": "  "}, {"1": "María", "2": "{{1}}"}, {"1": "a" * 401, "2": "b"}]
)
def test_con_un_valor_que_falta_o_no_vale_no_se_manda(paso: Paso, cerrado: Conversacion, valores: dict[str, str]) -> None:
    fila = poner()
    with pytest.raises(NoSePuede, match=r"dato [12] \(por ejemplo (Ana|A-1)\)"):
        plantillas.enviar_plantilla(paso, cerrado.id, fila.id, valores, clave_cliente=None)
    assert listar_mensajes(AURA, cerrado.id) == []


def test_a_quien_se_dio_de_baja_no_se_le_manda_marketing_y_utilidad_sí(paso: Paso, base: Base, ahora: dt.datetime) -> None:
    persona = fabricas.contacto(nombre="María Peña", baja_en=ahora)
    hilo = fabricas.conversacion(persona, ultimo_entrante_en=ahora)
    promo = poner(categoria="marketing", nombre="aura_promo", content_sid="HX" + "d" * 32)
    aviso = poner()
    assert [bool(e.motivo) for e in plantillas.leer_elegibles(paso, hilo.id)] == [False, True]
    with pytest.raises(NoSePuede, match="pidió no recibir promociones"):
        plantillas.enviar_plantilla(paso, hilo.id, promo.id, {"1": "a", "2": "b"}, clave_cliente=None)
    assert plantillas.enviar_plantilla(paso, hilo.id, aviso.id, {"1": "a", "2": "b"}, clave_cliente=None)


def test_lo_que_no_está_aprobado_o_es_de_otra_nora_no_existe(paso: Paso, cerrado: Conversacion) -> None:
    ajena = poner(OTRA, nombre="otra_suya", content_sid="HX" + "c" * 32)
    pendiente = poner(estado="pendiente")
    for fila in (ajena, pendiente):
        with pytest.raises(NoEncontrado):
            plantillas.enviar_plantilla(paso, cerrado.id, fila.id, {"1": "a", "2": "b"}, clave_cliente=None)


def test_motivo_de_baja_sólo_mira_el_marketing() -> None:
    de_baja = Contacto(nombre_nora=AURA, nombre="Ana", baja_en=dt.datetime.now(dt.UTC))
    assert plantillas.motivo_de_baja("utilidad", de_baja) == ""
    assert plantillas.motivo_de_baja("marketing", Contacto(nombre_nora=AURA, nombre="Ana")) == ""
    assert plantillas.motivo_de_baja("marketing", de_baja).startswith("Ana pidió")


class TestPorHttp:
    """Las direcciones que usa la pantalla."""

    def test_con_la_ventana_cerrada_la_página_pide_plantillas(
        self, cliente_de: Callable[[str], ClienteDePanel], cerrado: Conversacion
    ) -> None:
        assert 'data-solo-plantillas="1"' in cliente_de("alicia").get(f"/panel_cliente/{AURA}/chat/{cerrado.id}").text

    def test_se_elige_se_rellena_y_se_manda(self, cliente_de: Callable[[str], ClienteDePanel], cerrado: Conversacion) -> None:
        fila, alicia, base = poner(), cliente_de("alicia"), f"/panel_cliente/{AURA}/chat/{cerrado.id}/plantillas"
        assert "Pedido listo" in alicia.get(base, headers=HX).text
        huecos = alicia.get(f"{base}?elegida={fila.id}", headers=HX).text
        assert 'value="María"' in huecos
        datos = {"plantilla_id": str(fila.id), "variable-1": "María", "variable-2": "", "clave_cliente": CLAVE}
        falta = alicia.post(base, data=datos, headers=HX)
        assert falta.status_code == 422
        assert "Falta el dato 2 (por ejemplo A-1)." in falta.text
        assert "Dato 2 · por ejemplo A-1" in falta.text
        enviada = alicia.post(base, data=datos | {"variable-2": "A-77"}, headers=HX)
        assert enviada.status_code == 201
        assert "data-mensaje-enviado=" in enviada.text
        assert alicia.post(base, data=datos | {"variable-2": "A-77"}).status_code == 303
        assert [m.mensaje for m in listar_mensajes(AURA, cerrado.id)] == ["Hola María, tu pedido A-77 ya está listo."]

    def test_tras_un_error_la_vista_enseña_lo_escrito_con_sus_emojis(
        self, cliente_de: Callable[[str], ClienteDePanel], cerrado: Conversacion
    ) -> None:
        fila, base = poner(), f"/panel_cliente/{AURA}/chat/{cerrado.id}/plantillas"
        datos = {"plantilla_id": str(fila.id), "variable-1": "Ñandú 👩‍🍳", "variable-2": ""}
        falta = cliente_de("alicia").post(base, data=datos, headers=HX).text
        assert 'value="Ñandú 👩‍🍳"' in falta
        assert '<mark data-variable="1">Ñandú 👩‍🍳</mark>' in falta
        assert '<mark data-variable="2">{{2}}</mark>' in falta

    def test_lo_enviado_dice_que_fue_una_plantilla_y_enseña_sus_botones(
        self, cliente_de: Callable[[str], ClienteDePanel], cerrado: Conversacion
    ) -> None:
        botones = {"twilio/quick-reply": {"body": CUERPO, "actions": [{"type": "QUICK_REPLY", "title": "Ya voy", "id": "b1"}]}}
        fila, hilo = poner(tipo="twilio/quick-reply", contenido=botones), f"/panel_cliente/{AURA}/chat/{cerrado.id}"
        alicia = cliente_de("alicia")
        datos = {"plantilla_id": str(fila.id), "variable-1": "María", "variable-2": "A-77", "clave_cliente": CLAVE}
        assert alicia.post(f"{hilo}/plantillas", data=datos).status_code == 303
        cambiar_plantilla(AURA, fila.id, borrada_en=dt.datetime.now(dt.UTC))
        pagina = alicia.get(hilo).text
        assert "con-plantilla" in pagina
        assert "<bdi>Ya voy</bdi>" in pagina

    def test_sin_ninguna_aprobada_dice_qué_hacer(self, cliente_de: Callable[[str], ClienteDePanel], cerrado: Conversacion) -> None:
        alicia, base = cliente_de("alicia"), f"/panel_cliente/{AURA}/chat/{cerrado.id}/plantillas"
        assert "pídeselo a tu agencia" in alicia.get(base, headers=HX).text
        guardar_modulo(AURA, "envios", True)
        assert "Crea una en Plantillas" in alicia.get(base).text

    def test_quien_sólo_mira_no_manda_y_los_de_otra_nora_no_encuentran(
        self, cliente_de: Callable[[str], ClienteDePanel], cerrado: Conversacion
    ) -> None:
        fila, base = poner(), f"/panel_cliente/{AURA}/chat/{cerrado.id}/plantillas"
        datos = {"plantilla_id": str(fila.id), "variable-1": "a", "variable-2": "b"}
        guardar_membresia(AURA, BETO.id, "lectura")
        assert cliente_de("beto").post(base, data=datos).status_code == 403
        carla = cliente_de("carla")
        assert carla.get(base).status_code == 404
        assert carla.post(base, data=datos).status_code == 404
        assert carla.get(base.replace(AURA, OTRA), headers=HX).status_code == 404
        assert cliente_de("alicia").get(f"{base}?elegida=999999").status_code == 404
        assert listar_mensajes(AURA, cerrado.id) == []
