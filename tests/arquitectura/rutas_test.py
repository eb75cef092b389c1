"""Las rutas de la casa: cada una dice cómo se protege, las públicas están escritas y la lista entera vive en docs/rutas.txt.

Cuando cambien las rutas: `python -m tests.arquitectura.rutas_test` vuelve a escribir la lista, y el cambio se ve al revisar.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from admin.rutas.publicas import PUBLICAS, motivo_de_rojo
from registro import config
from registro.accesos import FIRMADA, PUBLICA
from registro.extensiones import csrf
from registro.fabrica import armar
from registro.rutas import describir_rutas
from tests.panel import ajustes_de_prueba

LISTA = Path(__file__).parents[2] / "docs" / "rutas.txt"


def lista_de_rutas(app: Flask) -> str:
    """Un renglón por método y dirección, con su protección y su módulo, en el orden de siempre."""
    renglones = {f"{r.metodo:6} {r.proteccion:10} {r.modulo or '-':12} {r.ruta}" for r in describir_rutas(app)}
    return "\n".join(sorted(renglones, key=lambda renglon: (renglon.split()[3], renglon))) + "\n"


def test_la_lista_escrita_esta_al_dia(app: Flask) -> None:
    assert LISTA.read_text("utf-8") == lista_de_rutas(app), "Vuelve a escribirla: python -m tests.arquitectura.rutas_test"


def test_ninguna_ruta_esta_en_rojo(app: Flask) -> None:
    rojas = {(r.metodo, r.ruta): motivo for r in describir_rutas(app) if (motivo := motivo_de_rojo(r.metodo, r.ruta, r.proteccion))}
    assert rojas == {}


def test_la_lista_de_publicas_no_nombra_rutas_que_ya_no_existen(app: Flask) -> None:
    servidas = {(r.metodo, r.ruta) for r in describir_rutas(app) if r.proteccion == PUBLICA}
    assert set(PUBLICAS) == servidas


def test_todo_lo_que_cambia_algo_pide_el_sello_csrf_o_la_firma(app: Flask) -> None:
    firmadas = {r.punto_final for r in describir_rutas(app) if r.proteccion == FIRMADA and r.metodo != "GET"}
    de_cuartos = {cuarto.name for cuarto in csrf._exempt_blueprints}
    exentas = {
        punto
        for punto, vista in app.view_functions.items()
        if punto.rpartition(".")[0] in de_cuartos or f"{vista.__module__}.{vista.__name__}" in csrf._exempt_views
    }
    assert exentas == firmadas


def escribir() -> None:
    """Escribe la lista sin necesitar la base: nadie escucha en esa dirección y la aplicación se arma igual."""
    ajustes = ajustes_de_prueba("postgresql://nadie@127.0.0.1:1/ninguna")
    LISTA.write_text(lista_de_rutas(armar(config.fijar(ajustes), estricto=True)), "utf-8")


if __name__ == "__main__":
    escribir()
