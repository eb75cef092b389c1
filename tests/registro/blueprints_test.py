"""Una puerta opcional rota se anota y la casa sirve; una obligatoria rota no deja arrancar."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Blueprint, Flask

from registro import bitacora
from registro.accesos import con_sesion
from registro.modulos import Puerta
from tests.base import Base
from tests.registro.apoyo import cliente_en

Poner = Callable[..., str]


def puerta(clave: str, blueprint: str, *, opcional: bool = True) -> Puerta:
    return Puerta(clave, f"Cuarto {clave}", "bug", blueprint, f"/panel_cliente/<nombre_nora>/{clave}", "ads", opcional=opcional)


def blueprint_que_falla_a_medias() -> Blueprint:
    bp = Blueprint("a_medias", __name__)

    @bp.get("/")
    @con_sesion
    def pagina(nombre_nora: str) -> str:
        """Quedó puesta antes de que fallara lo demás."""
        return f"abierta para {nombre_nora}"

    @bp.record
    def _fallar(_estado: object) -> None:
        raise RuntimeError("se rompió al abrir con token=canario")

    return bp


ROTAS = {
    "inexistente": lambda poner: "clientes.nada.rutas:nada_bp",
    "vacia": lambda poner: poner("cuarto_vacio") + ":nada_bp",
    "rara": lambda poner: poner("cuarto_raro", nada_bp="texto") + ":nada_bp",
    "sin_objeto": lambda poner: poner("cuarto_sin"),
    "a_medias": lambda poner: poner("cuarto_a_medias", bp=blueprint_que_falla_a_medias()) + ":bp",
    "repetida": lambda poner: poner("cuarto_repetido", bp=Blueprint("panel_chat", __name__)) + ":bp",
}


def test_las_opcionales_rotas_se_anotan_y_lo_demas_sirve(armar_otra: Callable[..., Flask], modulo_de_mentira: Poner, base: Base) -> None:
    base.filas("insert into modulos_disponibles (nombre_nora, modulo, activo) values ('aura', 'ads', true) returning id")
    app = armar_otra(puertas=tuple(puerta(clave, hacer(modulo_de_mentira)) for clave, hacer in ROTAS.items()), estricto=False)
    alicia = cliente_en(app, "alicia")
    assert alicia.get("/panel_cliente/aura/chat/").status_code == 200
    for clave in ROTAS:
        assert alicia.get(f"/panel_cliente/aura/{clave}/").status_code == 404
    salud = alicia.get("/salud")
    assert (salud.status_code, salud.get_json()["puertas_rotas"]) == (200, sorted(ROTAS))
    bitacora.vaciar()
    anotados = base.filas("select tipo, descripcion from logs_errores")
    assert {tipo for tipo, _ in anotados} == {"Modulo"}
    for clave in ROTAS:
        assert any(f"«Cuarto {clave}»" in str(descripcion) for _, descripcion in anotados)
    assert "canario" not in str(anotados)


@pytest.mark.parametrize("como", ["inexistente", "a_medias"])
def test_una_obligatoria_rota_no_deja_arrancar(como: str, armar_otra: Callable[..., Flask], modulo_de_mentira: Poner) -> None:
    with pytest.raises(Exception, match=r"nada|rompió"):
        armar_otra(puertas=(puerta(como, ROTAS[como](modulo_de_mentira), opcional=False),), estricto=False)


def test_en_las_pruebas_tampoco_una_opcional(armar_otra: Callable[..., Flask]) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"clientes\.nada"):
        armar_otra(puertas=(puerta("rota", "clientes.nada.rutas:nada_bp"),), estricto=True)


def test_una_puerta_sana_se_abre_con_su_modulo(armar_otra: Callable[..., Flask], modulo_de_mentira: Poner, base: Base) -> None:
    bp = Blueprint("sano", __name__)

    @bp.get("/")
    @con_sesion
    def pagina(nombre_nora: str) -> str:
        """Una página cualquiera."""
        return f"abierta para {nombre_nora}"

    alicia = cliente_en(armar_otra(puertas=(puerta("sana", modulo_de_mentira("cuarto_sano", bp=bp) + ":bp"),)), "alicia")
    assert alicia.get("/panel_cliente/aura/sana/").status_code == 404  # ads está apagado
    base.filas("insert into modulos_disponibles (nombre_nora, modulo, activo) values ('aura', 'ads', true) returning id")
    assert alicia.get("/panel_cliente/aura/sana/").text == "abierta para aura"
