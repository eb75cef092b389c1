"""Los remitentes: una fila por Nora, sólo la suya, y la lista de todas con su número."""

from __future__ import annotations

import datetime as dt

import pytest

from sql.modelos.remitentes import buscar_remitente, guardar_remitente, sumar_sombra, todas_las_noras_listar_remitentes
from tests.base import Base
from tests.personas import AURA, NUMEROS, OTRA

pytestmark = pytest.mark.usefixtures("base")
AHORA = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def test_sin_fila_no_hay_remitente() -> None:
    assert buscar_remitente(AURA) is None


def test_guardar_crea_y_despues_cambia_solo_lo_dado() -> None:
    guardar_remitente(AURA, cuenta="AC1", servicio="MG1")
    fila = guardar_remitente(AURA, servicio="MG2")
    assert (fila.cuenta, fila.servicio, fila.esquema, fila.sombra_veces) == ("AC1", "MG2", "sha1", 0)
    assert buscar_remitente(OTRA) is None


def test_la_sombra_suma(base: Base) -> None:
    guardar_remitente(AURA, cuenta="AC1")
    for motivo in ("uno", "dos"):
        sumar_sombra(AURA, 3, ultima=AHORA, motivo=motivo)
    sumar_sombra(OTRA, 1, ultima=AHORA, motivo="sin fila no hay dónde")
    assert base.filas("select nombre_nora, sombra_veces, sombra_motivo from remitentes") == [(AURA, 6, "dos")]


def test_la_lista_trae_todas_las_noras_con_su_numero_tengan_o_no_remitente() -> None:
    guardar_remitente(OTRA, cuenta="AC2")
    lista = {f.nombre_nora: (f.numero_nora, f.remitente and f.remitente.cuenta) for f in todas_las_noras_listar_remitentes()}
    assert lista == {AURA: (NUMEROS[AURA], None), OTRA: (NUMEROS[OTRA], "AC2")}
