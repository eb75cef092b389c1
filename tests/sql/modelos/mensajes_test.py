"""Lo que sale: una intención por clave, en orden dentro de cada hilo y una sola en vuelo."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sql.modelos.conversaciones import Conversacion, obtener_hilo
from sql.modelos.dudas import todas_las_noras_abandonados, todas_las_noras_en_duda
from sql.modelos.envios import (
    cambiar_envio,
    confirmar_envio,
    dejar_por_confirmar,
    devolver_a_la_cola,
    todas_las_noras_reclamar_por_enviar,
)
from sql.modelos.mensajes import crear_saliente, hay_respuestas, listar_mensajes, listar_mensajes_desde
from tests import fabricas
from tests.base import Base
from tests.personas import AURA, OTRA

pytestmark = pytest.mark.usefixtures("base")


def intencion(hilo: Conversacion, texto: str) -> int:
    """Una respuesta por enviar en ese hilo."""
    return crear_saliente(hilo.nombre_nora, hilo.id, texto, origen="persona", telefono=None)[0]


def test_crear_un_saliente_lo_refleja_en_la_lista() -> None:
    hilo = fabricas.conversacion()
    assert not hay_respuestas(AURA, hilo.id)
    intencion(hilo, "Hola")
    assert hay_respuestas(AURA, hilo.id)
    assert obtener_hilo(AURA, hilo.id).contacto.mensaje_reciente == "Hola"


def test_la_misma_clave_del_navegador_es_un_solo_mensaje() -> None:
    hilo = fabricas.conversacion()
    with ThreadPoolExecutor(8) as hilos:
        hechos = list(
            hilos.map(lambda _: crear_saliente(AURA, hilo.id, "Hola", origen="persona", telefono=None, clave_cliente="una"), range(8))
        )
    assert len({clave for clave, _ in hechos}) == 1
    assert [nuevo for _, nuevo in hechos].count(True) == 1


def test_dos_respuestas_al_mismo_mensaje_son_una() -> None:
    entrante = fabricas.mensaje()
    una = crear_saliente(AURA, entrante.conversacion_id or 0, "A", origen="ia", telefono=None, responde_a=entrante.id)
    otra = crear_saliente(AURA, entrante.conversacion_id or 0, "B", origen="ia", telefono=None, responde_a=entrante.id)
    assert (una[1], otra) == (True, (una[0], False))


def test_en_un_hilo_se_envia_en_orden_y_de_uno_en_uno() -> None:
    hilo = fabricas.conversacion()
    primero, segundo = intencion(hilo, "uno"), intencion(hilo, "dos")
    assert [p.mensaje_id for p in todas_las_noras_reclamar_por_enviar(10)] == [primero]
    assert todas_las_noras_reclamar_por_enviar(10) == []
    confirmar_envio(AURA, primero, fabricas.sid())
    (toca,) = todas_las_noras_reclamar_por_enviar(10)
    assert (toca.mensaje_id, toca.texto, toca.para, toca.de, toca.intento) == (segundo, "dos", hilo.direccion, hilo.remitente, 1)


def test_hilos_distintos_y_noras_distintas_van_a_la_vez() -> None:
    hilos = [fabricas.conversacion(), fabricas.conversacion(), fabricas.conversacion(nombre_nora=OTRA)]
    claves = {intencion(hilo, "hola") for hilo in hilos}
    assert {p.mensaje_id for p in todas_las_noras_reclamar_por_enviar(10)} == claves


def test_varios_trabajadores_nunca_toman_el_mismo(base: Base) -> None:
    hilos = [fabricas.conversacion() for _ in range(12)]
    claves = [intencion(hilo, texto) for hilo in hilos for texto in ("uno", "dos")]
    tomados: list[int] = []
    limite = time.monotonic() + 30
    with ThreadPoolExecutor(8) as trabajadores:
        # Quien encuentra a otro repartiendo los huecos de su número se va sin nada y vuelve.
        while len(tomados) < 12 and time.monotonic() < limite:
            tomados += [p.mensaje_id for lote in trabajadores.map(todas_las_noras_reclamar_por_enviar, [2] * 24) for p in lote]
    assert sorted(tomados) == claves[::2]
    assert base.filas("select count(*) from historial_conversaciones where estado = 'enviando' and intento <> 1") == [(0,)]


def test_la_base_no_admite_dos_en_vuelo_en_un_hilo(base: Base) -> None:
    hilo = fabricas.conversacion()
    fabricas.mensaje(hilo, tipo="respuesta", estado="por_confirmar", message_sid=None)
    with pytest.raises(Exception, match="uq_historial_en_duda"):
        fabricas.mensaje(hilo, tipo="respuesta", estado="enviando", message_sid=None)


def test_lo_que_esta_por_confirmar_detiene_a_los_siguientes() -> None:
    hilo = fabricas.conversacion()
    primero = intencion(hilo, "uno")
    intencion(hilo, "dos")
    (toma,) = todas_las_noras_reclamar_por_enviar(10)
    assert dejar_por_confirmar(AURA, primero, toma.tomado_en, revisar_en_segundos=0)
    assert todas_las_noras_reclamar_por_enviar(10) == []
    assert [duda.mensaje_id for duda in todas_las_noras_en_duda()] == [primero]


def test_lo_devuelto_a_la_cola_espera_su_hora_y_no_se_adelanta() -> None:
    hilo = fabricas.conversacion()
    primero = intencion(hilo, "uno")
    intencion(hilo, "dos")
    (toma,) = todas_las_noras_reclamar_por_enviar(10)
    assert devolver_a_la_cola(AURA, primero, toma.tomado_en, dentro_de_segundos=60, desde=("enviando",), cuenta=True)
    assert todas_las_noras_reclamar_por_enviar(10) == []
    assert cambiar_envio(AURA, primero, toma.tomado_en, desde=("listo",), revisar_en=None)
    assert [(p.mensaje_id, p.intento) for p in todas_las_noras_reclamar_por_enviar(10)] == [(primero, 2)]


def test_un_envio_abandonado_se_encuentra_cuando_vence_su_plazo() -> None:
    hilo = fabricas.conversacion()
    primero = intencion(hilo, "uno")
    (toma,) = todas_las_noras_reclamar_por_enviar(10)
    assert todas_las_noras_abandonados(60) == []
    assert todas_las_noras_abandonados(0) == [(AURA, primero, toma.tomado_en)]


def test_un_cambio_desde_un_estado_que_ya_no_es_no_hace_nada() -> None:
    enviado = fabricas.mensaje(tipo="respuesta", estado="enviado")
    assert cambiar_envio(AURA, enviado.id, None, desde=("listo",), estado="cancelado") is False
    assert cambiar_envio(OTRA, enviado.id, None, desde=("enviado",), estado="cancelado") is False


def test_quien_perdio_su_toma_ya_no_puede_cambiar_el_envio() -> None:
    """Un proceso dormido que despierta después de que otro lo tomara no lo devuelve a la cola ni lo da por fallido."""
    primero = intencion(fabricas.conversacion(), "uno")
    (vieja,) = todas_las_noras_reclamar_por_enviar(10)
    devolver_a_la_cola(AURA, primero, vieja.tomado_en, dentro_de_segundos=0, desde=("enviando",), cuenta=True)
    (nueva,) = todas_las_noras_reclamar_por_enviar(10)
    assert not devolver_a_la_cola(AURA, primero, vieja.tomado_en, dentro_de_segundos=0, desde=("enviando",), cuenta=False)
    assert not cambiar_envio(AURA, primero, vieja.tomado_en, desde=("enviando",), estado="fallido")
    assert cambiar_envio(AURA, primero, nueva.tomado_en, desde=("enviando",), estado="fallido")


def test_los_mensajes_se_pagin_por_clave_del_viejo_al_nuevo() -> None:
    hilo = fabricas.conversacion()
    claves = [fabricas.mensaje(hilo, f"{n}").id for n in range(5)]
    assert [m.id for m in listar_mensajes(AURA, hilo.id, limite=2)] == claves[3:]
    assert [m.id for m in listar_mensajes(AURA, hilo.id, antes_de=claves[3], limite=2)] == claves[1:3]
    assert [m.id for m in listar_mensajes_desde(AURA, hilo.id, claves[2])] == claves[3:]
    assert listar_mensajes(OTRA, hilo.id) == []
