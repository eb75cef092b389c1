"""A dónde llega cada quien, y a qué direcciones se puede volver después de entrar."""

from __future__ import annotations

import pytest

from clientes.acceso.servicio import Destino, destino_seguro, listar_destinos, titulos_de
from sql.modelos.noras import guardar_nora
from sql.modelos.usuarios import guardar_membresia
from tests.personas import ALICIA, AURA, OTRA


@pytest.mark.parametrize("direccion", ["/panel_cliente/aura/chat/", "/panel_cliente/aura/chat/?q=mar%C3%ADa&solo=ia", "/"])
def test_se_vuelve_a_una_direccion_de_esta_casa(direccion):
    assert destino_seguro(direccion) == direccion


@pytest.mark.parametrize(
    "direccion",
    ["", "https://malo.example", "//malo.example", "/\\malo.example", "\\\\malo.example", "javascript:alert(1)", "/\n/x", "/\t/x", "panel"],
)
def test_no_se_sale_de_esta_casa(direccion):
    assert destino_seguro(direccion) == "/"


def test_cada_nora_con_su_primera_puerta(base):
    guardar_membresia(OTRA, ALICIA.id, "agente")
    base.duena.execute("update modulos_disponibles set activo = false where nombre_nora = %s and modulo = 'chat'", (AURA,))
    base.duena.execute("update modulos_disponibles set activo = false where nombre_nora = %s", (OTRA,))
    assert listar_destinos(ALICIA.id) == [Destino(AURA, f"/panel_cliente/{AURA}/contactos/"), Destino(OTRA, None)]
    assert listar_destinos(ALICIA.id, frozenset({"contactos"}))[0].direccion == f"/panel_cliente/{AURA}/conocimiento/"


def test_las_noras_se_llaman_como_se_muestran(base):
    guardar_nora(AURA, nombre_visible="Aurora Café")
    assert titulos_de([AURA, OTRA, "sin-ficha"]) == {AURA: "Aurora Café", OTRA: OTRA, "sin-ficha": "sin-ficha"}
