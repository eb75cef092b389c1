"""Los envíos dudosos: se encuentran, se reenvían sólo con prueba de ausencia, o los mira una persona."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from registro import bitacora
from sql.modelos import conversaciones, envios, mensajes
from sql.modelos.envios import todas_las_noras_reclamar_por_enviar
from sql.modelos.mensajes import obtener_mensaje
from tests.base import Base
from tests.dobles.twilio import DobleDeTwilio
from tests.fabricas import CUENTA
from tests.personas import AURA
from tests.webhook.conftest import MariaEscribe
from webhook import canal, despacho
from webhook.cliente_twilio import EnvioVisto
from webhook.conciliacion import conciliar, elegir

MARIA, NORA = "whatsapp:+5215512345678", "whatsapp:+14155550101"
AHORA = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def _visto(sid: str, cuerpo: str = "hola") -> EnvioVisto:
    return EnvioVisto(sid, cuerpo, AHORA)


@pytest.mark.parametrize(
    ("vistos", "conocidos", "esperado"),
    [
        ([], [], None),
        ([_visto("SM1")], [], "SM1"),
        ([_visto("SM1")], ["SM1"], None),
        ([_visto("SM1"), _visto("SM2")], ["SM1"], "SM2"),
        ([_visto("SM1"), _visto("SM2")], [], None),
        ([_visto("SM1", "otro texto")], [], None),
    ],
)
def test_solo_hay_uno_posible_o_ninguno(vistos: list[EnvioVisto], conocidos: list[str], esperado: str | None) -> None:
    elegido = elegir(vistos, frozenset(conocidos), "hola")
    assert (elegido.sid if elegido else None) == esperado


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True), st.sets(st.sampled_from(["a", "b", "c", "d"])))
def test_nunca_se_elige_uno_que_ya_tiene_dueno(sids: list[str], conocidos: set[str]) -> None:
    elegido = elegir([_visto(s) for s in sids], frozenset(conocidos), "hola")
    assert elegido is None or elegido.sid not in conocidos


@pytest.fixture
def dudoso(maria_escribe: MariaEscribe, twilio: DobleDeTwilio, request: pytest.FixtureRequest) -> int:
    """Un envío que quedó por confirmar con la avería que diga la prueba."""
    maria_escribe("hola")
    twilio.averias.append(request.param)
    (mensaje_id,) = canal.enviar(AURA, conversaciones.listar_hilos(AURA)[0].conversacion.id, "¡Hola!")
    assert despacho.despachar(todas_las_noras_reclamar_por_enviar(1)[0]) == "por_confirmar"
    return mensaje_id


def _ya_toca(base: Base) -> None:
    base.duena.execute("update historial_conversaciones set revisar_en = now() where estado = 'por_confirmar'")


def _ahora() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("dudoso", ["500_despues"], indirect=True)
def test_si_twilio_lo_tiene_queda_enviado_sin_otro_envio(dudoso: int, twilio: DobleDeTwilio, base: Base) -> None:
    conciliar(_ahora())
    assert obtener_mensaje(AURA, dudoso).estado == "por_confirmar", "antes de tiempo no se pregunta"
    _ya_toca(base)
    conciliar(_ahora())
    mensaje = obtener_mensaje(AURA, dudoso)
    assert (mensaje.estado, mensaje.message_sid) == ("enviado", twilio.aceptados[0]["sid"])
    assert twilio.peticiones == 1


@pytest.mark.parametrize("dudoso", ["500_antes"], indirect=True)
def test_si_twilio_no_lo_tiene_dos_veces_se_reenvia_una(dudoso: int, twilio: DobleDeTwilio, base: Base) -> None:
    _ya_toca(base)
    conciliar(_ahora())
    assert obtener_mensaje(AURA, dudoso).estado == "por_confirmar", "una ausencia no basta"
    _ya_toca(base)
    conciliar(_ahora())
    assert despacho.despachar(todas_las_noras_reclamar_por_enviar(1)[0]) == "enviado"
    assert [m["body"] for m in twilio.aceptados] == ["¡Hola!"]


@pytest.mark.parametrize("dudoso", ["500_despues"], indirect=True)
def test_con_el_listado_caido_se_sigue_dudando_y_al_final_lo_mira_una_persona(dudoso: int, twilio: DobleDeTwilio, base: Base) -> None:
    twilio.listado_caido = True
    for _ in range(3):
        _ya_toca(base)
        conciliar(_ahora())
    assert (obtener_mensaje(AURA, dudoso).estado, twilio.peticiones) == ("por_confirmar", 1)
    _ya_toca(base)
    conciliar(_ahora() + dt.timedelta(minutes=16))
    bitacora.vaciar()
    mensaje = obtener_mensaje(AURA, dudoso)
    assert (mensaje.estado, mensaje.codigo_error) == ("fallido", "sin_confirmar")
    assert "No sabemos si salió" in (mensaje.motivo_error or "")
    assert base.filas("select tipo, nombre_nora from logs_errores") == [("Twilio", AURA)]


def test_un_trabajador_que_murio_enviando_no_bloquea_ni_reenvia(maria_escribe: MariaEscribe, twilio: DobleDeTwilio, base: Base) -> None:
    maria_escribe("hola")
    (mensaje_id,) = canal.enviar(AURA, conversaciones.listar_hilos(AURA)[0].conversacion.id, "¡Hola!")
    todas_las_noras_reclamar_por_enviar(1)
    base.duena.execute("update historial_conversaciones set reclamado_en = now() - interval '1 minute' where estado = 'enviando'")
    conciliar(_ahora())
    mensaje = mensajes.obtener_mensaje(AURA, mensaje_id)
    assert mensaje.estado == "por_confirmar"
    assert mensaje.revisar_en is not None
    assert mensaje.revisar_en > _ahora()
    assert twilio.peticiones == 0


@pytest.mark.parametrize("dudoso", ["500_despues"], indirect=True)
def test_lo_que_nadie_confirmo_no_frena_el_hilo_y_un_aviso_tardio_lo_corrige(
    dudoso: int, twilio: DobleDeTwilio, base: Base, publicar: Callable[..., TestResponse]
) -> None:
    twilio.listado_caido = True
    _ya_toca(base)
    conciliar(_ahora() + dt.timedelta(minutes=16))
    (siguiente,) = canal.enviar(AURA, conversaciones.listar_hilos(AURA)[0].conversacion.id, "¿Sigues ahí?")
    assert [envio.mensaje_id for envio in todas_las_noras_reclamar_por_enviar(5)] == [siguiente]
    aviso = {"MessageSid": twilio.aceptados[0]["sid"], "MessageStatus": "delivered", "AccountSid": CUENTA, "From": NORA, "To": MARIA}
    assert publicar(f"/webhook/estado?i={dudoso}", aviso).status_code == 204
    mensaje = obtener_mensaje(AURA, dudoso)
    assert (mensaje.estado, mensaje.codigo_error, mensaje.motivo_error) == ("entregado", None, None)


@pytest.mark.parametrize("dudoso", ["500_despues"], indirect=True)
def test_un_aviso_que_llega_antes_del_reenvio_lo_evita(dudoso: int, twilio: DobleDeTwilio, publicar: Callable[..., TestResponse]) -> None:
    tomado_en = obtener_mensaje(AURA, dudoso).reclamado_en
    assert tomado_en is not None
    envios.devolver_a_la_cola(AURA, dudoso, tomado_en, dentro_de_segundos=0, desde=("por_confirmar",), cuenta=True)
    aviso = {"MessageSid": twilio.aceptados[0]["sid"], "MessageStatus": "sent", "AccountSid": CUENTA, "From": NORA, "To": MARIA}
    publicar(f"/webhook/estado?i={dudoso}", aviso)
    assert todas_las_noras_reclamar_por_enviar(5) == []
    assert obtener_mensaje(AURA, dudoso).estado == "enviado"
