"""La salida a WhatsApp contra un Twilio con memoria: cada final queda como lo que de verdad se sabe."""

from __future__ import annotations

import threading

import pytest

from registro import config
from sql.modelos import conversaciones, mensajes
from sql.modelos.base import NoEncontrado
from sql.modelos.envios import todas_las_noras_reclamar_por_enviar
from sql.modelos.mensajes import obtener_mensaje
from tests.base import Base
from tests.dobles.twilio import DobleDeTwilio
from tests.fabricas import CUENTA
from tests.personas import AURA, OTRA
from tests.webhook.conftest import MariaEscribe
from webhook import canal, cliente_twilio, despacho
from webhook.simulado import ClienteSimulado


@pytest.fixture
def hilo(maria_escribe: MariaEscribe) -> int:
    """La conversación con María."""
    maria_escribe("hola")
    return conversaciones.listar_hilos(AURA)[0].conversacion.id


def _enviar(hilo: int, texto: str = "¡Hola!") -> tuple[int, str]:
    (mensaje_id,) = canal.enviar(AURA, hilo, texto, autor_id=1)
    tomados = todas_las_noras_reclamar_por_enviar(10)
    assert [t.mensaje_id for t in tomados] == [mensaje_id]
    return mensaje_id, despacho.despachar(tomados[0])


def test_lo_aceptado_queda_enviado_con_su_sid_y_a_la_direccion_que_escribio(hilo: int, twilio: DobleDeTwilio) -> None:
    mensaje_id, estado = _enviar(hilo)
    assert estado == "enviado"
    (aceptado,) = twilio.aceptados
    assert (aceptado["to"], aceptado["from"], aceptado["body"]) == ("whatsapp:+5215512345678", "whatsapp:+14155550101", "¡Hola!")
    assert aceptado["aviso_url"].endswith(f"/webhook/estado?i={mensaje_id}&a=1")
    assert obtener_mensaje(AURA, mensaje_id).message_sid == aceptado["sid"]


def test_un_429_vuelve_a_la_cola_con_espera_y_luego_sale(hilo: int, twilio: DobleDeTwilio, base: Base) -> None:
    twilio.averias.append("429")
    mensaje_id, estado = _enviar(hilo)
    assert estado == "listo"
    assert todas_las_noras_reclamar_por_enviar(10) == []
    base.duena.execute("update historial_conversaciones set revisar_en = now()")
    assert despacho.despachar(todas_las_noras_reclamar_por_enviar(10)[0]) == "enviado"
    assert obtener_mensaje(AURA, mensaje_id).intento == 1, "lo que ni llegó a Twilio no gasta intento"
    assert len(twilio.aceptados) == 1


@pytest.mark.parametrize("averia", ["500_antes", "500_despues", "html"])
def test_un_final_dudoso_queda_por_confirmar_y_no_se_reenvia(hilo: int, twilio: DobleDeTwilio, averia: str) -> None:
    twilio.averias.append(averia)
    mensaje_id, estado = _enviar(hilo)
    assert estado == "por_confirmar"
    assert todas_las_noras_reclamar_por_enviar(10) == []
    assert twilio.peticiones == 1
    assert obtener_mensaje(AURA, mensaje_id).message_sid is None


def test_una_respuesta_que_no_llega_a_tiempo_queda_por_confirmar(hilo: int, twilio: DobleDeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cliente_twilio, "LEER_SEGUNDOS", 0.3)
    twilio.averias.append("tarda:0.8")
    assert _enviar(hilo)[1] == "por_confirmar"


def test_un_rechazo_dice_por_que_y_que_hacer(hilo: int, twilio: DobleDeTwilio) -> None:
    twilio.averias.append("codigo:63016")
    mensaje_id, estado = _enviar(hilo)
    mensaje = obtener_mensaje(AURA, mensaje_id)
    assert (estado, mensaje.codigo_error) == ("fallido", "63016")
    assert "plantilla" in (mensaje.motivo_error or "")


def test_sin_servidor_al_que_conectar_no_se_acepto_y_se_reintenta(hilo: int, twilio: DobleDeTwilio) -> None:
    config.fijar(config.vigentes().model_copy(update={"twilio_url": "http://127.0.0.1:1"}))
    assert _enviar(hilo)[1] == "listo"


def test_el_orden_del_hilo_se_conserva_y_solo_hay_uno_en_vuelo(hilo: int, twilio: DobleDeTwilio) -> None:
    ids = [canal.enviar(AURA, hilo, f"mensaje {i}")[0] for i in range(3)]
    vistos = []
    while tomados := todas_las_noras_reclamar_por_enviar(10):
        assert len(tomados) == 1
        vistos.append(tomados[0].mensaje_id)
        despacho.despachar(tomados[0])
    assert vistos == ids
    assert [m["body"] for m in twilio.aceptados] == ["mensaje 0", "mensaje 1", "mensaje 2"]


def test_la_misma_clave_del_navegador_es_un_solo_mensaje(hilo: int, base: Base) -> None:
    ids = {canal.enviar(AURA, hilo, "hola", clave_cliente="c-1")[0] for _ in range(5)}
    assert len(ids) == 1
    assert base.filas("select count(*) from historial_conversaciones where tipo = 'respuesta'") == [(1,)]


@pytest.mark.parametrize("texto", ["", "   ", "hola. " * 1600])
def test_un_texto_vacio_o_demasiado_largo_no_se_acepta(hilo: int, texto: str) -> None:
    with pytest.raises(ValueError, match="mensaje"):
        canal.enviar(AURA, hilo, texto)


def test_otra_nora_no_puede_escribir_en_este_hilo(hilo: int) -> None:
    with pytest.raises(NoEncontrado):
        canal.enviar(OTRA, hilo, "hola")


def test_lo_de_la_demo_va_al_simulador_aunque_twilio_este_conectado(twilio: DobleDeTwilio) -> None:
    ajustes = config.vigentes()
    assert isinstance(despacho.cliente_para(AURA, ajustes.cuenta_demo), ClienteSimulado)
    assert isinstance(despacho.cliente_para(AURA, CUENTA), cliente_twilio.ClienteTwilio)


def test_sin_demo_y_sin_twilio_el_envio_falla_y_lo_dice(hilo: int, base: Base) -> None:
    config.fijar(config.vigentes().model_copy(update={"demo": False, "twilio_ficha": None}))
    mensaje_id, estado = _enviar(hilo)
    assert estado == "fallido"
    assert "Twilio no está conectado" in (obtener_mensaje(AURA, mensaje_id).motivo_error or "")


def test_un_proceso_que_estuvo_dormido_devuelve_el_envio_sin_mandarlo(hilo: int, twilio: DobleDeTwilio) -> None:
    canal.enviar(AURA, hilo, "hola")
    (envio,) = todas_las_noras_reclamar_por_enviar(10)
    assert despacho.despachar(envio, reclamado_desde=-100.0) == "listo"
    assert twilio.peticiones == 0


def test_el_oficio_de_enviar_manda_todo_y_para_cuando_se_le_pide(hilo: int, twilio: DobleDeTwilio) -> None:
    ids = [canal.enviar(AURA, hilo, f"m{i}")[0] for i in range(5)]
    parar = threading.Event()
    oficio = threading.Thread(target=despacho.enviar_sin_parar, args=(parar,))
    oficio.start()
    try:
        limite = threading.Event()
        for _ in range(200):
            if all(mensajes.obtener_mensaje(AURA, i).estado == "enviado" for i in ids):
                break
            limite.wait(0.05)
    finally:
        parar.set()
        oficio.join(10)
    assert not oficio.is_alive()
    assert [m["body"] for m in twilio.aceptados] == [f"m{i}" for i in range(5)]
