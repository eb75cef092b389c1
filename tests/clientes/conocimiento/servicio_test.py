"""Enseñar a la vez desde varias pantallas: lo decide el índice único y nadie ve un fallo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from clientes.conocimiento import servicio
from clientes.conocimiento.servicio import YaEstaba
from sql.modelos.conocimiento import contar_bloques, obtener_bloque
from tests import fabricas
from tests.base import Base
from tests.personas import AURA


def resultado(accion: Callable[[], object]) -> str:
    try:
        accion()
    except YaEstaba as fallo:
        return f"ya estaba {fallo.bloque.id}"
    return "hecho"


def test_el_mismo_bloque_a_la_vez_desde_ocho_pantallas_entra_una(base: Base) -> None:
    with ThreadPoolExecutor(8) as hilos:
        salidas = Counter(hilos.map(lambda n: resultado(lambda: servicio.anadir(AURA, "Abrimos a las 9" + "!" * n)), range(8)))
    assert salidas["hecho"] == 1
    assert contar_bloques(AURA) == 1
    assert sum(salidas.values()) == 8


def test_dos_correcciones_iguales_a_la_vez_gana_una(base: Base) -> None:
    claves = [fabricas.bloque(f"Dato {n}") for n in range(4)]
    with ThreadPoolExecutor(4) as hilos:
        salidas = list(hilos.map(lambda clave: resultado(lambda: servicio.corregir(AURA, clave, "Lo mismo")), claves))
    assert salidas.count("hecho") == 1
    ganador = claves[salidas.index("hecho")]
    assert obtener_bloque(AURA, ganador).contenido == "Lo mismo"
    assert salidas.count(f"ya estaba {ganador}") == 3
