"""El menú: sólo lo encendido, sano y de esta casa, en el orden de las filas."""

from __future__ import annotations

from registro import registro_admin, registro_clientes, registro_webhook
from registro.modulos import Puerta, menu_de
from sql.modelos.modulos import MODULOS

TODOS = frozenset(MODULOS)
FILAS = (
    Puerta("entrada", "Entrar", "login", "x:y", "", en_menu=False),
    Puerta("chat", "Chats", "messages", "x:y", "/panel_cliente/<nombre_nora>/chat", "chat"),
    Puerta("siempre", "Siempre", "home", "x:y", "/siempre"),
    Puerta("juego", "Simulador", "phone", "x:y", "/panel_cliente/<nombre_nora>/juego", "chat", solo_demo=True),
)


def claves(*modulos: str, rotas: frozenset[str] = frozenset(), demo: bool = False) -> list[str]:
    return [entrada.clave for entrada in menu_de(FILAS, frozenset(modulos), "aura", rotas, demo=demo)]


def test_lo_apagado_lo_roto_y_lo_de_la_demo_no_salen() -> None:
    assert claves("chat") == ["chat", "siempre"]
    assert claves() == ["siempre"]
    assert claves("chat", rotas=frozenset({"siempre"})) == ["chat"]
    assert claves("chat", demo=True) == ["chat", "siempre", "juego"]
    assert claves(demo=True) == ["siempre"]


def test_las_direcciones_llevan_la_nora() -> None:
    assert [e.direccion for e in menu_de(FILAS, TODOS, "mi-nora")] == ["/panel_cliente/mi-nora/chat/", "/siempre/"]


def test_las_filas_de_la_casa_son_coherentes() -> None:
    puertas = registro_webhook.PUERTAS + registro_clientes.PUERTAS + registro_admin.PUERTAS
    assert len({puerta.clave for puerta in puertas}) == len(puertas)
    assert {puerta.modulo for puerta in puertas} - {None} <= TODOS
    for puerta in registro_clientes.PUERTAS:
        # Lo que nombra una Nora depende de un módulo: sin él nadie podría apagarlo.
        assert ("<nombre_nora>" in puerta.prefijo) == (puerta.modulo is not None)
