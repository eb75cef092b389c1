"""El espejo de rutas: la tabla es igual a lo que se sirve, arranquen uno o varios procesos, y sin base se arranca igual."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from flask import Flask

from registro import bitacora
from registro.config import RAIZ
from registro.rutas import describir_rutas, reflejar_rutas
from sql.modelos.rutas import Ruta
from tests.base import Base

CONSULTA = "select ruta, metodo, blueprint, punto_final, proteccion, modulo from rutas_registradas"


def espejo(base: Base) -> set[Ruta]:
    return {Ruta(*fila) for fila in base.filas(CONSULTA)}  # type: ignore[arg-type]


def test_el_espejo_es_exacto(app: Flask, base: Base) -> None:
    base.filas(
        "insert into rutas_registradas (ruta, metodo, blueprint) values ('/vieja', 'GET', 'nadie'), ('/salud', 'GET', 'otro') returning id"
    )
    reflejar_rutas(app)
    descritas = describir_rutas(app)
    assert espejo(base) == set(descritas)
    assert len(descritas) == len(set(descritas))
    servidas = {(r.rule, m) for r in app.url_map.iter_rules() for m in (r.methods or set()) - {"HEAD", "OPTIONS"}}
    assert {(r.ruta, r.metodo) for r in descritas} == servidas


def test_cada_ruta_dice_cómo_está_protegida_y_qué_módulo_la_abre(app: Flask) -> None:
    por_ruta = {(r.ruta, r.metodo): r for r in describir_rutas(app)}
    chat = por_ruta["/panel_cliente/<nombre_nora>/chat/", "GET"]
    assert (chat.blueprint, chat.proteccion, chat.modulo) == ("panel_chat", "con_sesion", "chat")
    assert por_ruta["/webhook", "POST"].proteccion == "firmada"
    assert all(ruta.proteccion for ruta in por_ruta.values())


def test_volver_a_reflejar_no_cambia_nada(app: Flask, base: Base) -> None:
    reflejar_rutas(app)
    antes = base.filas("select id, registrado_en, ruta from rutas_registradas order by id")
    reflejar_rutas(app)
    assert base.filas("select id, registrado_en, ruta from rutas_registradas order by id") == antes


def test_dos_vistas_con_la_misma_dirección_no_impiden_reflejar(base: Base) -> None:
    app = Flask("repetida")
    app.add_url_rule("/x", "una", lambda: "1")
    app.add_url_rule("/x", "otra", lambda: "2")
    reflejar_rutas(app)
    primera = espejo(base)
    assert sorted((r.ruta, r.punto_final) for r in primera) == [("/static/<path:filename>", "static"), ("/x", "otra")]
    reflejar_rutas(app)
    assert espejo(base) == primera


def test_sin_base_se_anota_y_se_arranca_igual(app: Flask, base: Base, base_lejos: Callable[[], None]) -> None:
    base_lejos()
    reflejar_rutas(app)
    base.apuntar()
    assert bitacora._buzon.vaciar(20)


ARRANCAR = """
import sys
from flask import Flask
from registro.rutas import reflejar_rutas
from sql import conexion
conexion.configurar(sys.argv[1])
app = Flask("varias")
for n in range(40):
    app.add_url_rule(f"/r{n}", f"r{n}", lambda: "")
sys.stdin.readline()
for _ in range(5):
    reflejar_rutas(app)
"""


def test_varios_procesos_a_la_vez_dejan_un_solo_espejo(base: Base) -> None:
    lanzados = [
        subprocess.Popen([sys.executable, "-c", ARRANCAR, base.url], cwd=RAIZ, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for proceso in lanzados:
        assert proceso.stdin is not None
        proceso.stdin.write("ya\n")
        proceso.stdin.flush()
    quejas = [proceso.communicate(timeout=90)[1] for proceso in lanzados]
    assert [proceso.returncode for proceso in lanzados] == [0, 0, 0], quejas
    assert len(espejo(base)) == 41
