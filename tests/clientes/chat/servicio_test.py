"""Escribir, tomar y devolver el control, y marcar como leído: qué queda en las filas y qué se anuncia."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from clientes.chat import servicio
from clientes.chat.servicio import NoSePuede
from sql.modelos.base import NoEncontrado
from sql.modelos.contactos import guardar_contacto
from sql.modelos.conversaciones import cambiar_conversacion, obtener_conversacion
from sql.modelos.mensajes import listar_mensajes
from tests import fabricas
from tests.personas import AURA, BETO, OTRA

CLAVE = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def hilo(base, ahora):
    return fabricas.conversacion(ultimo_entrante_en=ahora - dt.timedelta(minutes=5), sin_leer=2)


def escribir(paso, hilo, ahora, texto="Hola", clave=CLAVE):
    return servicio.enviar_mensaje(paso, hilo.id, texto, clave_cliente=clave, ahora=ahora)


def test_al_escribir_quien_escribe_pasa_a_atender(paso, hilo, ahora, avisos):
    mensaje_id = escribir(paso, hilo, ahora, "  Hola,\r\nsoy Alicia\x00 ")
    (mensaje,) = listar_mensajes(AURA, hilo.id)
    assert (mensaje.id, mensaje.mensaje, mensaje.origen, mensaje.autor_id) == (mensaje_id, "Hola,\nsoy Alicia", "persona", paso.usuario_id)
    assert (mensaje.estado, mensaje.clave_cliente) == ("listo", CLAVE)
    queda = obtener_conversacion(AURA, hilo.id)
    assert (queda.modo, queda.atendida_por, queda.sin_leer) == ("persona", paso.usuario_id, 0)
    assert avisos == [("mensaje.nuevo", {"conversacion": hilo.id, "id": mensaje_id}), ("conversacion.cambio", {"conversacion": hilo.id})]


def test_el_mismo_envio_dos_veces_es_un_mensaje(paso, hilo, ahora, avisos):
    assert escribir(paso, hilo, ahora) == escribir(paso, hilo, ahora)
    assert len(listar_mensajes(AURA, hilo.id)) == 1
    assert [que for que, _ in avisos].count("mensaje.nuevo") == 1


def test_repetirlo_con_la_ventana_ya_cerrada_devuelve_el_mismo(paso, hilo, ahora):
    primero = escribir(paso, hilo, ahora)
    assert escribir(paso, hilo, ahora + dt.timedelta(days=2)) == primero


def test_la_clave_usada_en_otro_hilo_no_vale_para_este(paso, hilo, ahora):
    otro = fabricas.conversacion(ultimo_entrante_en=ahora)
    escribir(paso, otro, ahora)
    with pytest.raises(NoEncontrado):
        escribir(paso, hilo, ahora)
    assert listar_mensajes(AURA, hilo.id) == []


def test_si_la_atiende_otra_persona_no_se_le_quita(paso, hilo, ahora):
    cambiar_conversacion(AURA, hilo.id, modo="persona", atendida_por=BETO.id)
    escribir(paso, hilo, ahora)
    assert obtener_conversacion(AURA, hilo.id).atendida_por == BETO.id


@pytest.mark.parametrize(
    ("texto", "cambios", "motivo"),
    [
        ("   \n ", {}, "Escribe algo"),
        ("hola. " * 1600, {}, "Tiene 9599 caracteres y se admiten 8000"),
        ("Hola", {"ventana_hasta": None}, "aún no te ha escrito"),
        ("Hola", {"direccion": None}, "aún no te ha escrito"),
        ("Hola", {"ventana_hasta": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "24 horas"),
    ],
)
def test_lo_que_whatsapp_no_aceptaria_no_se_escribe_ni_cambia_nada(paso, hilo, ahora, avisos, texto, cambios, motivo):
    if cambios:
        cambiar_conversacion(AURA, hilo.id, **cambios)
    with pytest.raises(NoSePuede, match=motivo):
        escribir(paso, hilo, ahora, texto)
    queda = obtener_conversacion(AURA, hilo.id)
    assert (queda.modo, queda.sin_leer, listar_mensajes(AURA, hilo.id), avisos) == ("ia", 2, [], [])


def test_lo_que_no_cabe_en_uno_sale_en_varios_y_los_emojis_cuentan_doble(paso, hilo, ahora):
    escribir(paso, hilo, ahora, "🎉" * 800)
    assert [len(m.mensaje) for m in listar_mensajes(AURA, hilo.id)] == [800]
    primero = escribir(paso, hilo, ahora, "🎉" * 801, clave="otra-clave")
    assert [(m.id, len(m.mensaje)) for m in listar_mensajes(AURA, hilo.id)[1:]] == [(primero, 800), (primero + 1, 1)]


def test_tomar_el_control_quita_la_espera_y_conserva_el_motivo(paso, hilo, avisos):
    cambiar_conversacion(AURA, hilo.id, modo="persona", necesita_persona=True, motivo_persona="pidió una persona")
    servicio.tomar_control(paso, hilo.id)
    queda = obtener_conversacion(AURA, hilo.id)
    assert (queda.modo, queda.atendida_por, queda.necesita_persona) == ("persona", paso.usuario_id, False)
    assert queda.motivo_persona == "pidió una persona"
    assert avisos == [("conversacion.cambio", {"conversacion": hilo.id})]


def test_tomarlo_dos_veces_no_anuncia_dos(paso, hilo, avisos):
    servicio.tomar_control(paso, hilo.id)
    servicio.tomar_control(paso, hilo.id)
    assert len(avisos) == 1


def test_devolver_a_la_ia_deja_el_hilo_como_nuevo(paso, hilo, avisos):
    cambiar_conversacion(AURA, hilo.id, modo="persona", atendida_por=BETO.id, necesita_persona=True, motivo_persona="x")
    servicio.devolver_a_la_ia(paso, hilo.id)
    queda = obtener_conversacion(AURA, hilo.id)
    assert (queda.modo, queda.atendida_por, queda.necesita_persona, queda.motivo_persona) == ("ia", None, False, None)
    servicio.devolver_a_la_ia(paso, hilo.id)
    assert len(avisos) == 1


def test_no_se_devuelve_a_una_ia_que_no_responderia(paso, hilo):
    cambiar_conversacion(AURA, hilo.id, modo="persona", atendida_por=paso.usuario_id)
    with pytest.raises(NoSePuede, match="módulo"):
        servicio.devolver_a_la_ia(replace(paso, modulos=frozenset({"chat"})), hilo.id)
    guardar_contacto(AURA, hilo.contacto_id, ia_activa=False)
    with pytest.raises(NoSePuede, match="apagada para esta persona"):
        servicio.devolver_a_la_ia(paso, hilo.id)
    assert obtener_conversacion(AURA, hilo.id).modo == "persona"


def test_leido_cuenta_hasta_lo_visto_y_no_mas(paso, hilo, avisos):
    visto = fabricas.mensaje(hilo, "uno")
    fabricas.mensaje(hilo, "respuesta", tipo="respuesta")
    fabricas.mensaje(hilo, "llegó mientras leía")
    servicio.marcar_leido(paso, hilo.id, visto.id)
    assert obtener_conversacion(AURA, hilo.id).sin_leer == 1
    servicio.marcar_leido(paso, hilo.id, 10**9)
    assert obtener_conversacion(AURA, hilo.id).sin_leer == 0
    servicio.marcar_leido(paso, hilo.id, 10**9)
    assert len(avisos) == 2


def test_nada_de_esto_alcanza_un_hilo_de_otra_nora(paso, base, ahora):
    ajeno = fabricas.conversacion(nombre_nora=OTRA, ultimo_entrante_en=ahora)
    for hacer in (
        lambda: escribir(paso, ajeno, ahora),
        lambda: servicio.tomar_control(paso, ajeno.id),
        lambda: servicio.devolver_a_la_ia(paso, ajeno.id),
        lambda: servicio.marcar_leido(paso, ajeno.id, 1),
    ):
        with pytest.raises(NoEncontrado):
            hacer()
    assert base.filas("select modo, sin_leer from conversaciones where id = %s", ajeno.id) == [("ia", 0)]
    assert base.filas("select count(*) from historial_conversaciones") == [(0,)]
