"""Los interruptores: guardan al momento, dicen qué cambió y echan de la sala a quien ya no debe oír."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from admin.comun.modulos import CATALOGO
from admin.modulos import servicio
from registro import bitacora
from sql.modelos.errores import FiltroDeErrores, todas_las_noras_listar_errores
from sql.modelos.modulos import MODULOS, listar_modulos_activos
from tests.panel import ClienteDePanel
from tests.personas import AURA, MODULOS_ACTIVOS, OTRA

Entrar = Callable[[str], ClienteDePanel]
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def test_cada_modulo_que_se_vende_se_explica() -> None:
    assert tuple(modulo.clave for modulo in CATALOGO) == MODULOS


def test_apagar_y_encender_valen_al_momento_solo_para_esa_nora(cliente_de: Entrar) -> None:
    diego, alicia, carla = cliente_de("diego"), cliente_de("alicia"), cliente_de("carla")
    apagado = diego.post(f"/admin/modulos/{AURA}/contactos", data={"activo": "0"}, headers=HX)
    assert apagado.status_code == 200
    assert 'aria-checked="false"' in apagado.text
    assert "sale de su menú" in apagado.text
    assert alicia.get(f"/panel_cliente/{AURA}/contactos/").status_code == 404
    assert f"/panel_cliente/{AURA}/contactos/" not in alicia.get(f"/panel_cliente/{AURA}/conocimiento/").text
    assert carla.get(f"/panel_cliente/{OTRA}/contactos/").status_code == 200
    encendido = diego.post(f"/admin/modulos/{AURA}/contactos", data={"activo": "1"}, headers=HX)
    assert 'aria-checked="true"' in encendido.text
    assert alicia.get(f"/panel_cliente/{AURA}/contactos/").status_code == 200


def test_al_apagar_se_cierra_la_sala_cuando_ya_esta_confirmado(cliente_de: Entrar, monkeypatch: pytest.MonkeyPatch) -> None:
    cerradas: list[tuple[str, str, bool]] = []
    monkeypatch.setattr(
        servicio, "cerrar_sala", lambda nora, modulo: cerradas.append((nora, modulo, modulo in listar_modulos_activos(nora)))
    )
    diego = cliente_de("diego")
    diego.post(f"/admin/modulos/{AURA}/chat", data={"activo": "0"}, headers=HX)
    diego.post(f"/admin/modulos/{AURA}/chat", data={"activo": "1"}, headers=HX)
    assert cerradas == [(AURA, "chat", False)]


def test_si_la_sala_no_se_puede_cerrar_el_modulo_queda_apagado_y_se_anota(cliente_de: Entrar, monkeypatch: pytest.MonkeyPatch) -> None:
    def fallar(*_args: str) -> None:
        raise psycopg.OperationalError("sin base")

    monkeypatch.setattr(servicio, "cerrar_sala", fallar)
    assert cliente_de("diego").post(f"/admin/modulos/{AURA}/chat", data={"activo": "0"}, headers=HX).status_code == 200
    assert "chat" not in listar_modulos_activos(AURA)
    bitacora.vaciar()
    assert [e.tipo for e in todas_las_noras_listar_errores(FiltroDeErrores(nombre_nora=AURA))] == ["SocketIO"]


@pytest.mark.parametrize("direccion", ["no-existe/chat", "aura/inventado", "*/chat", "a%00/chat", "aura/%00"])
def test_lo_que_no_existe_es_un_404_y_no_enciende_nada(cliente_de: Entrar, direccion: str) -> None:
    assert cliente_de("diego").post(f"/admin/modulos/{direccion}", data={"activo": "1"}, headers=HX).status_code == 404
    assert listar_modulos_activos(AURA) == set(MODULOS_ACTIVOS)
    assert listar_modulos_activos("no-existe") == set()


def test_sin_htmx_vuelve_a_la_tabla(cliente_de: Entrar) -> None:
    respuesta = cliente_de("diego").post(f"/admin/modulos/{AURA}/ads", data={"activo": "1"})
    assert (respuesta.status_code, respuesta.location) == (303, "/admin/modulos/")
