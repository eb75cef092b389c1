"""Lo que se lee para pintar: la bandeja por páginas, el hilo por páginas y lo que cambió desde la última vez."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from clientes.chat import lectura
from sql.modelos.base import NoEncontrado
from sql.modelos.conversaciones import cambiar_conversacion
from sql.modelos.envios import cambiar_envio
from sql.modelos.recibos import guardar_recibo
from tests import fabricas
from tests.personas import ALICIA, AURA, BETO, DIEGO, OTRA

ZONA = "America/Mexico_City"


def leer(paso, ahora, **pedido):
    return lectura.leer_bandeja(paso, **({"texto": "", "solo": "", "antes_de": None, "limite": 30, "ahora": ahora} | pedido))


@pytest.fixture
def tres_hilos(base, ahora):
    hilos = []
    for i, nombre in enumerate(("Ana", "Beatriz", "Carmen")):
        persona = fabricas.contacto(nombre=nombre, ultimo_mensaje=ahora - dt.timedelta(hours=i), mensaje_reciente=f"soy {nombre}")
        hilos.append(fabricas.conversacion(persona, ultimo_entrante_en=ahora))
    return hilos


def test_la_bandeja_va_por_ultimo_mensaje_y_por_paginas(paso, tres_hilos, ahora):
    primera = leer(paso, ahora, limite=2)
    assert [f.nombre for f in primera.filas] == ["Ana", "Beatriz"]
    segunda = leer(paso, ahora, limite=2, antes_de=primera.siguiente)
    assert ([f.nombre for f in segunda.filas], segunda.siguiente) == (["Carmen"], None)
    assert primera.cuentas[""] == 3


def test_una_pagina_justa_no_ofrece_otra(paso, tres_hilos, ahora):
    assert leer(paso, ahora, limite=3).siguiente is None


@pytest.mark.parametrize(
    ("solo", "cambio"),
    [("sin_leer", {"sin_leer": 1}), ("necesita_persona", {"necesita_persona": True}), ("persona", {"modo": "persona"})],
)
def test_los_filtros(paso, tres_hilos, ahora, solo, cambio):
    cambiar_conversacion(AURA, tres_hilos[1].id, **cambio)
    assert [f.nombre for f in leer(paso, ahora, solo=solo).filas] == ["Beatriz"]
    assert leer(paso, ahora).cuentas[solo] == 1


def test_se_busca_por_nombre_sin_acentos_y_por_telefono(paso, base, ahora):
    persona = fabricas.contacto(nombre="José Ñandú", telefono="+525598765432", ultimo_mensaje=ahora)
    fabricas.conversacion(persona)
    assert [len(leer(paso, ahora, texto=t).filas) for t in ("jose nandu", "98765432", "100%", "_")] == [1, 1, 0, 0]


def test_el_avance_lleva_la_voz_y_la_palomita_del_ultimo(paso, tres_hilos, ahora):
    fabricas.mensaje(tres_hilos[0], "yo", tipo="respuesta", origen="persona", autor_id=ALICIA.id, estado="leido")
    fabricas.mensaje(tres_hilos[1], "la ia", tipo="respuesta")
    fabricas.mensaje(tres_hilos[2], "ella")
    assert [(f.voz, f.estado) for f in leer(paso, ahora).filas] == [("Tú", "leido"), ("IA", "enviado"), ("", "")]


def test_el_hilo_se_lee_por_paginas_del_final_al_principio(paso, base, ahora):
    hilo = fabricas.conversacion(sin_leer=1)
    ids = [fabricas.mensaje(hilo, f"n{i}").id for i in range(lectura.MENSAJES_POR_PAGINA + 5)]
    ultima = lectura.leer_hilo(paso, hilo.id, antes_de=None, zona=ZONA, ahora=ahora)
    assert ([b.id for b in ultima.burbujas], ultima.hay_anteriores) == (ids[5:], True)
    assert ultima.burbujas[-1].no_leidos == 1
    primera = lectura.leer_hilo(paso, hilo.id, antes_de=ids[5], zona=ZONA, ahora=ahora)
    assert ([b.id for b in primera.burbujas], primera.hay_anteriores) == (ids[:5], False)
    assert not any(b.no_leidos for b in primera.burbujas)


def test_el_estado_dice_quien_atiende(paso, base, ahora):
    hilo = fabricas.conversacion(ultimo_entrante_en=ahora)
    inicial = lectura.leer_estado(paso, hilo.id, ahora)
    assert (inicial.responde_ia, inicial.atiende, inicial.es_mia, inicial.bloqueo) == (True, "", False, "")
    for quien, nombre, mia in ((ALICIA, "Tú", True), (BETO, "Beto", False), (DIEGO, "Diego (agencia)", False)):
        cambiar_conversacion(AURA, hilo.id, modo="persona", atendida_por=quien.id)
        estado = lectura.leer_estado(paso, hilo.id, ahora)
        assert (estado.responde_ia, estado.atiende, estado.es_mia) == (False, nombre, mia)


def test_quien_solo_lee_no_puede_escribir(paso, base, ahora):
    hilo = fabricas.conversacion(ultimo_entrante_en=ahora)
    assert "sólo lectura" in lectura.leer_estado(replace(paso, rol="lectura"), hilo.id, ahora).bloqueo


def nuevos(paso, hilo, ahora, **pedido):
    return lectura.leer_nuevos(paso, hilo.id, **({"primero": None, "cambiado_desde": None, "zona": ZONA, "ahora": ahora} | pedido))


def test_al_volver_se_pide_lo_nuevo_y_solo_lo_que_cambio(paso, base, ahora):
    hilo = fabricas.conversacion()
    hace_rato = ahora - dt.timedelta(hours=1)
    quieto, movido = (fabricas.mensaje(hilo, t, tipo="respuesta", cambiado_en=hace_rato) for t in ("quieto", "movido"))
    nuevo = fabricas.mensaje(hilo, "nuevo")
    cambiar_envio(AURA, movido.id, None, desde=("enviado",), estado="leido")
    alta = nuevos(paso, hilo, ahora, desde=movido.id, primero=quieto.id, cambiado_desde=ahora - dt.timedelta(minutes=1))
    assert [(b.id, b.estado, b.separador) for b in alta.burbujas] == [(movido.id, "leido", ""), (nuevo.id, "recibido", "")]
    assert not alta.hay_mas


def test_sin_haber_perdido_la_conexion_solo_llega_lo_nuevo(paso, base, ahora):
    hilo = fabricas.conversacion()
    viejo, nuevo = fabricas.mensaje(hilo, "viejo"), fabricas.mensaje(hilo, "nuevo")
    assert [b.id for b in nuevos(paso, hilo, ahora, desde=viejo.id).burbujas] == [nuevo.id]
    assert [b.separador for b in nuevos(paso, hilo, ahora, desde=0).burbujas] == ["Hoy", ""]


def test_un_mensaje_o_un_recibo_de_otro_hilo_no_se_encuentra(paso, base, ahora):
    hilo, otro = fabricas.conversacion(), fabricas.conversacion()
    ajeno = fabricas.conversacion(nombre_nora=OTRA)
    for mensaje in (fabricas.mensaje(otro), fabricas.mensaje(ajeno)):
        with pytest.raises(NoEncontrado):
            lectura.leer_mensaje(paso, hilo.id, mensaje.id, zona=ZONA, ahora=ahora)
        with pytest.raises(NoEncontrado):
            lectura.leer_recibo(paso, hilo.id, mensaje.id)
    for hacer in (
        lambda: lectura.leer_hilo(paso, ajeno.id, antes_de=None, zona=ZONA, ahora=ahora),
        lambda: lectura.leer_estado(paso, ajeno.id, ahora),
        lambda: nuevos(paso, ajeno, ahora, desde=0),
    ):
        with pytest.raises(NoEncontrado):
            hacer()


def test_el_recibo_de_una_respuesta(paso, base):
    hilo = fabricas.conversacion()
    mensaje = fabricas.mensaje(hilo, "Abrimos a las 9", tipo="respuesta")
    assert lectura.leer_recibo(paso, hilo.id, mensaje.id)[1] is None
    guardar_recibo(AURA, mensaje.id, motor="extractivo", accion="responder", milisegundos=12)
    recibo = lectura.leer_recibo(paso, hilo.id, mensaje.id)[1]
    assert recibo is not None
    assert recibo.milisegundos == 12
