"""Las filas de la bandeja: nombre, avance, quién habló, quién responde y lo que urge."""

from __future__ import annotations

import datetime as dt

import pytest

from clientes.chat.lista import armar_filas
from clientes.chat.ventana import MARGEN
from sql.modelos.contactos import Contacto
from sql.modelos.conversaciones import Conversacion, Hilo
from sql.modelos.mensajes import Mensaje

AHORA = dt.datetime(2026, 11, 23, 18, 0, tzinfo=dt.UTC)
CON_IA = frozenset({"chat", "ia"})


def fila(*, contacto=None, conversacion=None, ultimo=None, modulos=CON_IA):
    persona = {"id": 5, "nombre": "María Peña", "telefono": "+525555550101", "ia_activa": True, "mensaje_reciente": "*hola*\nqué tal"}
    hilo = {"id": 7, "modo": "ia", "necesita_persona": False, "sin_leer": 0, "ultimo_entrante_en": AHORA}
    dicho = {"tipo": "respuesta", "autor_id": 1, "origen": "persona", "estado": "enviado"}
    hilos = [Hilo(Conversacion(**(hilo | (conversacion or {}))), Contacto(**(persona | (contacto or {}))))]
    mensajes = {} if ultimo is None else {7: Mensaje(**(dicho | ultimo))}
    return armar_filas(hilos, mensajes, yo=1, modulos=modulos, ahora=AHORA)[0]


@pytest.mark.parametrize(
    ("persona", "nombre", "es_nombre"),
    [
        ({}, "María Peña", True),
        ({"nombre": None}, "+52 55 5555 0101", False),
        ({"nombre": None, "telefono": None}, "Sin teléfono", False),
    ],
)
def test_se_llama_por_su_nombre_o_por_su_telefono(persona, nombre, es_nombre):
    hecha = fila(contacto=persona)
    assert (hecha.nombre, hecha.es_nombre) == (nombre, es_nombre)


@pytest.mark.parametrize(
    ("ultimo", "voz", "estado"),
    [
        (None, "", ""),
        ({"tipo": "usuario", "estado": "recibido"}, "", ""),
        ({"origen": "ia", "estado": "leido"}, "IA", "leído"),
        ({"origen": "bienvenida"}, "Bienvenida", "enviado"),
        ({"origen": "automatico"}, "Automático", "enviado"),
        ({}, "Tú", "enviado"),
        ({"autor_id": 2, "estado": "fallido"}, "Equipo", "no se envió"),
    ],
)
def test_el_avance_dice_quien_hablo_por_ultimo(ultimo, voz, estado):
    hecha = fila(ultimo=ultimo)
    assert (hecha.voz, hecha.estado_en_palabras, hecha.avance) == (voz, estado, "hola qué tal")


@pytest.mark.parametrize(
    ("conversacion", "contacto", "modulos", "responde"),
    [
        ({}, {}, CON_IA, True),
        ({"modo": "persona"}, {}, CON_IA, False),
        ({}, {"ia_activa": False}, CON_IA, False),
        ({}, {}, frozenset({"chat"}), False),
    ],
)
def test_el_robot_sale_solo_si_de_verdad_respondera_la_ia(conversacion, contacto, modulos, responde):
    assert fila(conversacion=conversacion, contacto=contacto, modulos=modulos).responde_ia is responde


def test_el_reloj_de_arena_sale_cuando_queda_poca_ventana():
    assert fila(conversacion={"ventana_hasta": AHORA + MARGEN + dt.timedelta(hours=1)}).ventana_por_cerrar == "1 h"
    assert fila(conversacion={"ventana_hasta": AHORA - dt.timedelta(hours=1)}).ventana_por_cerrar == ""
    assert fila(conversacion={"ventana_hasta": None}).ventana_por_cerrar == ""
