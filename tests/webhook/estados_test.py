"""Los avisos de estado: cualquier orden, repetidos, adelantados o ajenos; un mensaje sólo avanza."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from sql.conexion import transaccion
from sql.modelos import conversaciones, mensajes
from sql.modelos.envios import confirmar_envio, todas_las_noras_reclamar_por_enviar
from sql.modelos.mensajes import crear_saliente
from tests.base import Base
from tests.fabricas import CUENTA, sid
from tests.personas import AURA
from tests.webhook.conftest import MariaEscribe
from webhook.estados import leer

MARIA, NORA = "whatsapp:+5215512345678", "whatsapp:+14155550101"


def _aviso(message_sid: str, estado: str, **cambios: str) -> dict[str, str]:
    return {"MessageSid": message_sid, "MessageStatus": estado, "AccountSid": CUENTA, "From": NORA, "To": MARIA} | cambios


@pytest.fixture
def salida(maria_escribe: MariaEscribe, base: Base) -> int:
    """Una respuesta a María que se está enviando; da su id."""
    maria_escribe("hola")
    hilo = conversaciones.listar_hilos(AURA)[0].conversacion.id
    mensaje_id, _ = crear_saliente(AURA, hilo, "¡Hola!", origen="ia", telefono=None, responde_a=1)
    todas_las_noras_reclamar_por_enviar(5)
    return mensaje_id


def _estado(mensaje_id: int) -> str:
    return mensajes.obtener_mensaje(AURA, mensaje_id).estado


@pytest.mark.parametrize("orden", list(itertools.permutations(["sent", "delivered", "read"])))
def test_en_cualquier_orden_gana_el_mas_avanzado(salida: int, publicar: Callable[..., TestResponse], orden: tuple[str, ...]) -> None:
    un_sid = sid()
    confirmar_envio(AURA, salida, un_sid)
    for estado in orden:
        assert publicar("/webhook/estado", _aviso(un_sid, estado)).status_code == 204
    assert _estado(salida) == "leido"


def test_un_fallo_guarda_su_motivo_y_un_enviado_atrasado_no_lo_borra(salida: int, publicar: Callable[..., TestResponse]) -> None:
    un_sid = sid()
    confirmar_envio(AURA, salida, un_sid)
    publicar("/webhook/estado", _aviso(un_sid, "failed", ErrorCode="63016"))
    publicar("/webhook/estado", _aviso(un_sid, "sent"))
    mensaje = mensajes.obtener_mensaje(AURA, salida)
    assert (mensaje.estado, mensaje.codigo_error) == ("fallido", "63016")
    assert "24 horas" in (mensaje.motivo_error or "")


def test_un_fallo_despues_de_entregado_no_lo_desmiente(salida: int, publicar: Callable[..., TestResponse]) -> None:
    un_sid = sid()
    confirmar_envio(AURA, salida, un_sid)
    publicar("/webhook/estado", _aviso(un_sid, "delivered"))
    publicar("/webhook/estado", _aviso(un_sid, "failed", ErrorCode="30008"))
    assert _estado(salida) == "entregado"


def test_un_aviso_que_llega_antes_que_la_confirmacion_encuentra_su_intencion(salida: int, publicar: Callable[..., TestResponse]) -> None:
    un_sid = sid()
    publicar(f"/webhook/estado?i={salida}", _aviso(un_sid, "delivered"))
    assert _estado(salida) == "entregado"
    assert confirmar_envio(AURA, salida, un_sid).estado == "entregado"
    assert mensajes.obtener_mensaje(AURA, salida).message_sid == un_sid


def test_un_aviso_sin_intencion_espera_en_el_libro_y_se_aplica_al_confirmar(salida: int, publicar: Callable[..., TestResponse]) -> None:
    un_sid = sid()
    publicar("/webhook/estado", _aviso(un_sid, "read"))
    assert _estado(salida) == "enviando"
    assert confirmar_envio(AURA, salida, un_sid).estado == "leido"


def test_la_intencion_de_otra_persona_no_se_toca(salida: int, publicar: Callable[..., TestResponse]) -> None:
    publicar(f"/webhook/estado?i={salida}", _aviso(sid(), "delivered", To="whatsapp:+5215599999999"))
    assert _estado(salida) == "enviando"


def test_un_sid_desconocido_repetido_es_204_y_un_renglon(publicar: Callable[..., TestResponse], base: Base) -> None:
    un_sid = sid()
    for _ in range(3):
        assert publicar("/webhook/estado?i=999999", _aviso(un_sid, "sent")).status_code == 204
    assert base.filas("select veredicto, repeticiones from webhooks_recibidos") == [("desconocido", 2)]


@pytest.mark.parametrize(
    "parametros", [{}, {"MessageSid": ""}, {"MessageStatus": "sent"}, {"MessageSid": "SM" + "a" * 32, "MessageStatus": "inventado"}]
)
def test_lo_que_no_se_entiende_es_204_y_no_rompe(publicar: Callable[..., TestResponse], parametros: dict[str, str]) -> None:
    assert publicar("/webhook/estado?i=x", {"AccountSid": CUENTA} | parametros).status_code == 204


@pytest.mark.parametrize("intencion", ["", "x", "-1", "٣", "9" * 30])
def test_una_intencion_rara_se_ignora(intencion: str) -> None:
    aviso = leer({k: [v] for k, v in _aviso("SM" + "a" * 32, "sent").items()}, intencion, None)
    assert aviso is not None
    assert aviso["intencion"] is None


def test_un_entrante_no_cambia_de_estado(maria_escribe: MariaEscribe, publicar: Callable[..., TestResponse], base: Base) -> None:
    un_sid = sid()
    maria_escribe("hola", MessageSid=un_sid)
    publicar("/webhook/estado", _aviso(un_sid, "read"))
    assert base.filas("select estado from historial_conversaciones") == [("recibido",)]
    with transaccion(AURA):
        assert conversaciones.listar_hilos(AURA)[0].conversacion.sin_leer == 1
