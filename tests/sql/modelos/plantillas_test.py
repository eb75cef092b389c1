"""Las filas de plantillas: lo que dice Twilio se vuelca una vez, y lo que se está haciendo aquí no lo pisa una lista vieja."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sql.modelos import plantillas
from sql.modelos.base import NoEncontrado
from sql.modelos.plantillas import Vista
from tests.base import Base
from tests.personas import AURA, OTRA

VISTA = Vista("HX" + "1" * 32, "aura_uno", "es", "twilio/text", "utilidad", "Hola {{1}}.", {"1": "Ana"}, {}, "pendiente", None)


def volcar(*vistas: Vista, hace: float = 0) -> list[tuple[str | None, str | None]]:
    """Vuelca una lista leída hace tantos segundos."""
    leidas_en = plantillas.hora_de_la_base(AURA) - dt.timedelta(seconds=hace)
    return [(c.antes, c.despues) for c in plantillas.volcar_plantillas(AURA, vistas, leidas_en=leidas_en)]


def test_cada_cambio_se_cuenta_una_vez_aunque_se_vuelque_a_la_vez(base: Base) -> None:
    volcar(VISTA)
    with ThreadPoolExecutor(6) as manos:
        salidas = list(manos.map(lambda _: volcar(replace(VISTA, estado="aprobada")), range(6)))
    assert [cambio for salida in salidas for cambio in salida] == [("pendiente", "aprobada")]


def test_una_lista_leida_antes_no_quita_ni_pisa_lo_que_se_acaba_de_hacer(base: Base) -> None:
    volcar(VISTA)
    assert volcar(hace=60) == []
    assert volcar(replace(VISTA, estado="rechazada"), hace=60) == []
    assert volcar() == [("pendiente", None)]


def test_la_que_vuelve_a_twilio_vuelve_a_la_lista(base: Base) -> None:
    volcar(VISTA)
    volcar()
    assert plantillas.listar_plantillas(AURA) == []
    assert volcar(VISTA) == [(None, "pendiente")]
    assert len(plantillas.listar_plantillas(AURA)) == 1


def test_un_borrador_a_medio_enviar_adopta_la_que_aparece_con_su_nombre(base: Base) -> None:
    clave = plantillas.crear_plantilla(AURA, nombre="aura_uno", idioma="es", intentada_en=plantillas.hora_de_la_base(AURA))
    assert plantillas.crear_plantilla(AURA, nombre="aura_uno", idioma="es") is None
    assert volcar(replace(VISTA, estado="sin_enviar")) == [("borrador", "sin_enviar")]
    fila = plantillas.obtener_plantilla(AURA, clave or 0)
    assert fila.content_sid == VISTA.content_sid
    assert fila.intentada_en is not None
    assert volcar(VISTA) == [("sin_enviar", "pendiente")]
    assert plantillas.obtener_plantilla(AURA, clave or 0).intentada_en is None


def test_dos_con_el_mismo_nombre_en_twilio_se_ven_las_dos(base: Base) -> None:
    volcar(VISTA, replace(VISTA, content_sid="HX" + "2" * 32))
    assert len(plantillas.listar_plantillas(AURA)) == 2


def test_lo_que_hay_que_mirar_y_lo_ajeno(base: Base) -> None:
    volcar(VISTA)
    [pendiente] = plantillas.todas_las_noras_con_plantillas_por_mirar()
    assert pendiente.nombre_nora == AURA
    assert pendiente.mirada_en is not None
    [fila] = plantillas.listar_plantillas(AURA)
    with pytest.raises(NoEncontrado):
        plantillas.obtener_plantilla(OTRA, fila.id)
    assert plantillas.listar_plantillas(OTRA) == []
    volcar(replace(VISTA, estado="aprobada"))
    assert plantillas.todas_las_noras_con_plantillas_por_mirar() == []
    assert plantillas.contar_plantillas(AURA) == {"aprobada": 1}


def test_se_busca_sin_acentos_en_el_nombre_y_en_el_texto(base: Base) -> None:
    volcar(replace(VISTA, nombre="aura_pedido_listo", cuerpo="Ya está tu café, {{1}}."))
    for texto in ("CAFE", "pedido listo", "esta tu"):
        assert len(plantillas.listar_plantillas(AURA, texto=texto)) == 1
    assert plantillas.listar_plantillas(AURA, texto="%") == []


def test_las_usadas_se_leen_aunque_se_quitaran_y_nunca_las_de_otra_nora(base: Base) -> None:
    clave = plantillas.crear_plantilla(AURA, nombre="aura_uno", idioma="es") or 0
    plantillas.cambiar_plantilla(AURA, clave, borrada_en=plantillas.hora_de_la_base(AURA))
    assert set(plantillas.listar_plantillas_usadas(AURA, {clave, 999})) == {clave}
    assert plantillas.listar_plantillas_usadas(OTRA, {clave}) == {}
    assert plantillas.listar_plantillas_usadas(AURA, ()) == {}
