"""Bajas y altas: se confirman una vez, sin la IA, atienda quien atienda; y lo que viene después se atiende como siempre."""

from __future__ import annotations

import datetime as dt

import pytest

from sql.modelos import conversaciones
from sql.modelos.bajas import anotar_baja
from sql.modelos.conocimiento import crear_bloque
from sql.modelos.contactos import Contacto, guardar_contacto, listar_contactos
from sql.modelos.conversaciones import cambiar_conversacion, todas_las_noras_reclamar_por_atender
from sql.modelos.modulos import guardar_modulo
from sql.modelos.noras import guardar_nora
from tests.base import Base
from tests.personas import AURA
from tests.webhook.conftest import MariaEscribe, parametros_de
from webhook import atencion
from webhook.ordenes import TEXTO_DE_ALTA, TEXTO_DE_BAJA, acuse_de
from webhook.process_message import recibir


@pytest.fixture(autouse=True)
def _sin_espera(app: object) -> None:
    guardar_nora(AURA, espera_segundos=0)
    crear_bloque(AURA, "¿Cuál es el horario? Abrimos de lunes a sábado de 9:00 a 19:00.")


def _maria() -> Contacto:
    return listar_contactos(AURA)[0]


def _atender_todo() -> None:
    for _ in range(5):
        for nora, hilo in todas_las_noras_reclamar_por_atender(5, 60):
            atencion.atender(nora, hilo)


def _salientes(base: Base) -> list[tuple[object, ...]]:
    return base.filas("select mensaje, origen, categoria from historial_conversaciones where tipo = 'respuesta' order by id")


def test_una_baja_se_confirma_una_vez_y_dice_como_volver(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("BAJA")
    _atender_todo()
    assert _salientes(base) == [(TEXTO_DE_BAJA, "automatico", "servicio")]
    assert "ALTA" in TEXTO_DE_BAJA
    maria = _maria()
    assert maria.baja_en is not None
    assert (maria.baja_origen, maria.baja_texto) == ("palabra", "BAJA")
    maria_escribe("stop")
    maria_escribe("no me escriban")
    _atender_todo()
    assert len(_salientes(base)) == 1, "repetirla no se contesta"
    assert base.filas("select atender_en, arriendo_hasta from conversaciones") == [(None, None)]


def test_un_alta_se_confirma_y_solo_si_estaba_de_baja(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("no me manden mensajes")
    _atender_todo()
    maria_escribe("ALTA")
    _atender_todo()
    assert [texto for texto, *_ in _salientes(base)] == [TEXTO_DE_BAJA, TEXTO_DE_ALTA]
    assert _maria().baja_en is None
    maria_escribe("ALTA")
    _atender_todo()
    assert TEXTO_DE_ALTA not in [texto for texto, *_ in _salientes(base)[2:]], "sin baja, ALTA es un mensaje cualquiera"


@pytest.mark.parametrize(
    "apagar",
    [
        lambda: cambiar_conversacion(AURA, conversaciones.listar_hilos(AURA)[0].conversacion.id, modo="persona", atendida_por=1),
        lambda: guardar_contacto(AURA, _maria().id, ia_activa=False),
        lambda: guardar_modulo(AURA, "ia", False),
    ],
    ids=["la atiende una persona", "ia apagada para ella", "módulo apagado"],
)
def test_se_confirma_aunque_la_ia_no_pueda_hablar(maria_escribe: MariaEscribe, base: Base, apagar: object) -> None:
    maria_escribe("hola")
    _atender_todo()
    antes = len(_salientes(base))
    apagar()  # type: ignore[operator]
    maria_escribe("Quiero darme de baja")
    _atender_todo()
    assert _salientes(base)[antes:] == [(TEXTO_DE_BAJA, "automatico", "servicio")]


def test_lo_que_llega_despues_en_la_misma_tanda_si_lo_responde_la_ia(maria_escribe: MariaEscribe, base: Base) -> None:
    for texto in ("STOP", "¿A qué hora abren?"):
        maria_escribe(texto)
    _atender_todo()
    baja, horario = _salientes(base)
    assert baja[0] == TEXTO_DE_BAJA
    assert "9:00 a 19:00" in str(horario[0])
    assert horario[1] == "ia"


def test_si_se_desdice_en_la_misma_tanda_vale_lo_ultimo(maria_escribe: MariaEscribe, base: Base) -> None:
    for texto in ("BAJA", "ALTA"):
        maria_escribe(texto)
    _atender_todo()
    assert [texto for texto, *_ in _salientes(base)] == [TEXTO_DE_ALTA]
    assert _maria().baja_en is None


def test_a_quien_ya_dio_de_baja_el_equipo_no_se_le_contesta_otra_vez(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("hola")
    _atender_todo()
    antes = len(_salientes(base))
    anotar_baja(AURA, _maria().id, "panel", "Lo pidió por teléfono")
    maria_escribe("BAJA")
    _atender_todo()
    assert len(_salientes(base)) == antes
    assert _maria().baja_texto == "Lo pidió por teléfono"


def test_atender_dos_veces_la_misma_orden_no_la_confirma_dos_veces(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("BAJA")
    [(nora, hilo)] = todas_las_noras_reclamar_por_atender(5, 60)
    atencion.atender(nora, hilo)
    cambiar_conversacion(AURA, hilo, atendido_hasta_id=0)  # como si el trabajador hubiera muerto antes de soltarla
    atencion.atender(nora, hilo)
    assert len(_salientes(base)) == 1


def test_el_acuse_es_de_la_ultima_orden() -> None:
    assert acuse_de([]) is None
    repetida = acuse_de([(7, "baja_repetida")])
    assert repetida is not None
    assert (repetida.mensaje_id, repetida.texto) == (7, "")
    una = acuse_de([(3, "baja"), (9, "baja_repetida")])
    assert una is not None
    assert (una.mensaje_id, una.texto, una.clave) == (9, TEXTO_DE_BAJA, "orden-9")


def test_un_alta_recuperada_tarde_no_deshace_una_baja_posterior(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("BAJA")
    hace_un_rato = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    entrante = {nombre: [valor] for nombre, valor in parametros_de("ALTA").items()}
    recibir(entrante, via="conciliacion", firma="conciliacion", recibido_en=hace_un_rato.isoformat())
    assert base.filas("select count(*) from contactos where baja_en is not null") == [(1,)]


def test_una_baja_recuperada_tarde_no_deshace_un_alta_posterior(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("BAJA")
    maria_escribe("ALTA")
    hace_un_rato = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    entrante = {nombre: [valor] for nombre, valor in parametros_de("STOP").items()}
    recibir(entrante, via="conciliacion", firma="conciliacion", recibido_en=hace_un_rato.isoformat())
    assert base.filas("select count(*) from contactos where baja_en is not null") == [(0,)]
