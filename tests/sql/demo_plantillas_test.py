"""Las plantillas de ejemplo: una de cada, sembrarlas dos veces no las repite y sincronizar las deja como estaban."""

from __future__ import annotations

import datetime as dt

from flask import Flask

from sql.demo_plantillas import PLANTILLAS, sembrar_plantillas
from sql.modelos.plantillas import listar_plantillas
from tests.personas import AURA
from webhook.plantillas_al_dia import sincronizar
from webhook.texto_de_plantilla import Propuesta, revisar


def test_se_siembran_una_vez_y_son_las_que_el_simulado_tiene(app: Flask) -> None:
    ahora = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    for _ in range(2):
        sembrar_plantillas(AURA, ahora)
    assert {p.estado for p in listar_plantillas(AURA)} == {"aprobada", "pendiente", "rechazada"}
    assert len(listar_plantillas(AURA)) == 3
    assert sincronizar(AURA) == []


def test_las_de_ejemplo_cumplen_las_reglas() -> None:
    for ejemplo in PLANTILLAS:
        propuesta = Propuesta(ejemplo.nombre, ejemplo.categoria, "es", ejemplo.cuerpo, ejemplo.variables, ejemplo.botones)
        assert revisar(propuesta) == []
        assert propuesta.contenido == ejemplo.contenido
