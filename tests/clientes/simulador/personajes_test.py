"""Desde el simulador nunca se escribe con el número de alguien."""

from __future__ import annotations

import random

import pytest

from clientes.simulador.personajes import DE_EJEMPLO, buscar_personaje, inventar_cifras
from registro.telefonos import leer_direccion


def test_hay_tres_personas_de_ejemplo_y_lo_dicen():
    assert len(DE_EJEMPLO) == 3
    assert all(personaje.nombre.endswith("(ejemplo)") for personaje in DE_EJEMPLO)
    assert [buscar_personaje(personaje.cifras) for personaje in DE_EJEMPLO] == list(DE_EJEMPLO)


@pytest.mark.parametrize("cifras", ["525512345678", "14155238886", "12125550199999", "12125550200", "12125560100", "1999555 0100", "", "0"])
def test_un_numero_que_podria_ser_de_alguien_no_vale(cifras):
    assert buscar_personaje(cifras) is None


def test_los_numeros_inventados_son_de_ficcion_y_whatsapp_los_entiende():
    azar = random.Random(7)
    for _ in range(200):
        personaje = buscar_personaje(inventar_cifras(azar.randrange))
        assert personaje is not None
        assert not personaje.es_de_ejemplo
        assert leer_direccion(personaje.direccion) is not None


def test_el_nombre_corto_no_lleva_la_coletilla():
    assert DE_EJEMPLO[0].nombre_corto == "María Peña"
    assert buscar_personaje("12125550143").nombre_corto == "Visita 0143"
