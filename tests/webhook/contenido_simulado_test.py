"""El revisor simulado: aprueba en segundos, rechaza lo que dice «rechazar» y se comporta como el de verdad."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from sql.modelos.plantillas import listar_plantillas, todas_las_noras_con_plantillas_por_mirar
from tests.personas import AURA, OTRA
from webhook import plantillas
from webhook.cliente_twilio import Rechazado
from webhook.contenido_simulado import REVISION, ContenidoSimulado
from webhook.plantillas_al_dia import sincronizar, vigilar
from webhook.texto_de_plantilla import Propuesta

AHORA = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
TEXTO = {"twilio/text": {"body": "Hola {{1}}, te esperamos mañana."}}


def estados(segundos: float, contenido: dict[str, object]) -> tuple[str, str | None]:
    """En qué está la plantilla simulada tantos segundos después de pedir su aprobación."""
    reloj = [AHORA]
    simulado = ContenidoSimulado(lambda: reloj[0])
    sid = simulado.crear(AURA, nombre="aura_x", idioma="es", variables={}, contenido=contenido)
    assert simulado.listar(AURA)[-1].estado == "sin_enviar"
    simulado.pedir_aprobacion(AURA, sid, nombre="aura_x", categoria="marketing")
    reloj[0] = AHORA + dt.timedelta(seconds=segundos)
    [vista] = [v for v in simulado.listar(AURA) if v.content_sid == sid]
    assert vista.categoria == "marketing"
    return vista.estado, vista.motivo


def test_pasa_de_recibida_a_pendiente_y_a_aprobada(app: Flask) -> None:
    assert estados(0, TEXTO)[0] == "recibida"
    assert estados(4, TEXTO)[0] == "pendiente"
    assert estados(REVISION.total_seconds(), TEXTO) == ("aprobada", None)


def test_lo_que_dice_rechazar_se_rechaza_con_su_motivo(app: Flask) -> None:
    estado, motivo = estados(60, {"twilio/text": {"body": "Puedes RECHAZAR la oferta, {{1}}, cuando quieras."}})
    assert estado == "rechazada"
    assert "rechazar" in str(motivo)


def test_borrada_no_existe_y_lo_de_una_nora_no_es_de_otra(app: Flask) -> None:
    simulado = ContenidoSimulado()
    sid = simulado.crear(AURA, nombre="aura_x", idioma="es", variables={}, contenido=TEXTO)
    assert simulado.listar(OTRA) == []
    assert simulado.leer_aprobacion(OTRA, sid) is None
    simulado.borrar(AURA, sid)
    simulado.borrar(AURA, sid)
    assert simulado.leer_aprobacion(AURA, sid) is None
    with pytest.raises(Rechazado):
        simulado.pedir_aprobacion(AURA, sid, nombre="aura_x", categoria="utilidad")


def test_de_punta_a_punta_el_vigilante_ve_la_aprobación(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhook.contenido_simulado.REVISION", dt.timedelta(0))
    cuerpo = "Hola {{1}}, te recordamos tu cita de mañana."
    clave = plantillas.crear(AURA, Propuesta("aura_cita", "utilidad", "es", cuerpo, {"1": "María"}))
    assert plantillas.pedir_aprobacion(AURA, clave) == "recibida"
    [pendiente] = todas_las_noras_con_plantillas_por_mirar()
    vigilar(pendiente)
    [fila] = listar_plantillas(AURA)
    assert fila.estado == "aprobada"
    assert sincronizar(AURA) == []
