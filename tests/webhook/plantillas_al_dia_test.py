"""Las plantillas como Twilio dice que están: cada Nora las suyas, cada cambio una vez, y un listado a medias no toca nada."""

from __future__ import annotations

import datetime as dt

import pytest

from sql.modelos.errores import FiltroDeErrores, todas_las_noras_listar_errores
from sql.modelos.plantillas import Plantilla, PorMirar, listar_plantillas
from tests.dobles.contenido import DobleDeContenido
from tests.fabricas import guardar
from tests.personas import AURA, OTRA
from webhook.cuenta_de_plantillas import NoSePudo
from webhook.plantillas_al_dia import sincronizar, sincronizar_todas, toca_mirar


def test_en_la_cuenta_compartida_cada_nora_ve_sólo_las_suyas(contenido: DobleDeContenido) -> None:
    contenido.por_pagina = 2
    for nombre in ("aura_uno", "otra_uno", "aura_dos", "sin_dueno", "aura_tres"):
        contenido.poner(nombre)
    sincronizar(AURA)
    assert {p.nombre for p in listar_plantillas(AURA)} == {"aura_uno", "aura_dos", "aura_tres"}
    antes = len(contenido.pedidas)
    sincronizar_todas()
    assert {p.nombre for p in listar_plantillas(OTRA)} == {"otra_uno"}
    assert len(contenido.pedidas) - antes == 3, "la cuenta compartida se lista una sola vez: tres páginas"


@pytest.mark.parametrize(
    ("estado", "frase"), [("rejected", "Meta rechazó"), ("paused", "Meta pausó"), ("disabled", "ya no se puede enviar")]
)
def test_un_cambio_a_peor_se_cuenta_una_vez_con_causa_y_salida(contenido: DobleDeContenido, estado: str, frase: str) -> None:
    sid = contenido.poner("aura_uno")
    sincronizar(AURA)
    contenido.decidir(sid, estado, "INVALID_FORMAT")
    for _ in range(3):
        sincronizar(AURA)
    errores = [e for e in todas_las_noras_listar_errores(FiltroDeErrores()) if "aura_uno" in e.descripcion]
    assert len(errores) == 1
    assert frase in errores[0].descripcion
    assert "INVALID_FORMAT" in errores[0].descripcion
    [fila] = listar_plantillas(AURA)
    assert fila.motivo_rechazo == "INVALID_FORMAT"


def test_lo_que_ya_no_está_en_twilio_se_quita_y_si_el_listado_falla_no_se_toca_nada(contenido: DobleDeContenido) -> None:
    sid = contenido.poner("aura_uno")
    contenido.poner("aura_dos")
    sincronizar(AURA)
    contenido.listado_caido = True
    with pytest.raises(NoSePudo, match="503"):
        sincronizar(AURA)
    assert len(listar_plantillas(AURA)) == 2
    contenido.listado_caido = False
    del contenido.contenidos[sid]
    assert [(c.antes, c.despues) for c in sincronizar(AURA)] == [("aprobada", None)]
    assert [p.nombre for p in listar_plantillas(AURA)] == ["aura_dos"]


def test_sin_credenciales_se_dice_cómo_ponerlas(app: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhook.cuenta_de_plantillas.conexion_de", lambda _: None)
    with pytest.raises(NoSePudo, match="no está conectado"):
        sincronizar(AURA)


def test_comparar_no_cuenta_como_cambio(contenido: DobleDeContenido) -> None:
    contenido.poner("aura_uno")
    sincronizar(AURA)
    [antes] = listar_plantillas(AURA)
    sincronizar(AURA)
    [despues] = listar_plantillas(AURA)
    assert despues.updated_at == antes.updated_at
    assert despues.sincronizada_en > antes.sincronizada_en  # type: ignore[operator]


def test_un_borrador_con_el_nombre_de_una_ajena_no_se_la_queda(contenido: DobleDeContenido) -> None:
    guardar(Plantilla(nombre_nora=AURA, nombre="aura_uno", idioma="es", cuerpo="Otra cosa", estado="borrador"), AURA)
    contenido.poner("aura_uno")
    sincronizar(AURA)
    assert {(p.estado, p.cuerpo) for p in listar_plantillas(AURA)} == {("borrador", "Otra cosa"), ("aprobada", "Hola {{1}}, aquí estamos.")}


@pytest.mark.parametrize(
    ("mirada_hace", "cambiada_hace", "simulada", "toca"),
    [
        (5, 5, True, True),
        (5, 5, False, False),
        (5, 120, True, False),
        (601, 900, True, True),
        (601, 5, False, True),
        (None, 5, False, True),
    ],
)
def test_cuándo_toca_volver_a_preguntar(mirada_hace: float | None, cambiada_hace: float, simulada: bool, toca: bool) -> None:
    ahora = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    mirada = None if mirada_hace is None else ahora - dt.timedelta(seconds=mirada_hace)
    pendiente = PorMirar(AURA, mirada, ahora - dt.timedelta(seconds=cambiada_hace))
    assert toca_mirar(pendiente, ahora, simulada=simulada) is toca
