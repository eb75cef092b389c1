"""Anotar y deshacer una baja."""

from __future__ import annotations

import pytest

from sql.modelos.bajas import anotar_baja, listar_ordenes_pendientes, quitar_baja
from sql.modelos.base import NoEncontrado
from sql.modelos.contactos import obtener_contacto
from tests.base import Base
from tests.fabricas import contacto, conversacion, mensaje
from tests.personas import AURA, OTRA


def test_la_primera_baja_conserva_su_fecha_y_su_motivo(base: Base) -> None:
    persona = contacto()
    assert anotar_baja(AURA, persona.id, "palabra", "BAJA " * 100)
    antes = obtener_contacto(AURA, persona.id)
    assert antes.baja_texto is not None
    assert len(antes.baja_texto) == 200
    assert not anotar_baja(AURA, persona.id, "twilio", "21610")
    despues = obtener_contacto(AURA, persona.id)
    assert (despues.baja_en, despues.baja_origen) == (antes.baja_en, "palabra")


def test_se_deshace_una_vez(base: Base) -> None:
    persona = contacto()
    anotar_baja(AURA, persona.id, "panel", "lo pidió")
    assert quitar_baja(AURA, persona.id)
    assert not quitar_baja(AURA, persona.id)
    de_vuelta = obtener_contacto(AURA, persona.id)
    assert (de_vuelta.baja_en, de_vuelta.baja_origen, de_vuelta.baja_texto) == (None, None, None)


def test_la_persona_de_otra_nora_no_existe(base: Base) -> None:
    ajena = contacto(OTRA)
    with pytest.raises(NoEncontrado):
        anotar_baja(AURA, ajena.id, "panel", "x")
    with pytest.raises(NoEncontrado):
        quitar_baja(AURA, ajena.id)
    assert obtener_contacto(OTRA, ajena.id).baja_en is None


def test_un_origen_inventado_no_se_guarda(base: Base) -> None:
    with pytest.raises(ValueError, match="origen"):
        anotar_baja(AURA, contacto().id, "correo", "x")


def test_las_ordenes_pendientes_son_las_posteriores(base: Base) -> None:
    hilo = conversacion()
    vieja = mensaje(hilo, "BAJA", intencion="baja")
    mensaje(hilo, "hola")
    nueva = mensaje(hilo, "ALTA", intencion="alta")
    assert listar_ordenes_pendientes(AURA, hilo.id, 0) == [(vieja.id, "baja"), (nueva.id, "alta")]
    assert listar_ordenes_pendientes(AURA, hilo.id, vieja.id) == [(nueva.id, "alta")]
    assert listar_ordenes_pendientes(OTRA, hilo.id, 0) == []
