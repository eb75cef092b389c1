"""Los avisos de estado en todos los órdenes posibles, repetidos, adelantados y ajenos: siempre la misma fila al final."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from registro import bitacora
from sql.modelos import conversaciones
from sql.modelos.envios import todas_las_noras_reclamar_por_enviar
from sql.modelos.mensajes import Mensaje, crear_saliente, obtener_mensaje
from tests.base import Base
from tests.fabricas import CUENTA, sid
from tests.personas import AURA, NUMEROS, OTRA
from tests.webhook.conftest import MariaEscribe
from webhook import estados
from webhook.despacho import confirmar

MARIA, NORA, NORA_AJENA = "whatsapp:+5215512345678", f"whatsapp:{NUMEROS[AURA]}", f"whatsapp:{NUMEROS[OTRA]}"
CODIGO = "63032"
"""Un fallo que no se reintenta."""
CONFIRMAR = "confirmar"
"""El momento en que guardamos la respuesta de Twilio: puede caer antes, entre medias o después de los avisos."""
RANGO = {"queued": 0, "sending": 1, "sent": 2, "canceled": 3, "failed": 4, "undelivered": 4, "delivered": 5, "read": 6}
NUESTRO = {
    "queued": "enviado",
    "sending": "enviado",
    "sent": "enviado",
    "canceled": "cancelado",
    "failed": "fallido",
    "undelivered": "fallido",
    "delivered": "entregado",
    "read": "leido",
}
PASOS = st.lists(st.sampled_from([*RANGO]), max_size=8)


@dataclass(frozen=True)
class Final:
    """Lo que tiene que ser igual en cualquier orden."""

    estado: str
    rango: int
    codigo_error: str | None
    motivo_error: str | None
    message_sid: str | None


class Salidas:
    """Respuestas a María que se están enviando, y cómo aplicarles sucesos."""

    def __init__(self, hilo: int, base: Base) -> None:
        self._hilo, self._base = hilo, base

    def nueva(self) -> int:
        """Una respuesta ya tomada por el trabajador y aún sin resultado."""
        self._base.duena.execute("update historial_conversaciones set estado = 'enviado' where estado in ('listo', 'enviando')")
        self._base.duena.execute("update ritmos_de_envio set siguiente_en = now() - interval '1 minute'")
        mensaje_id, _ = crear_saliente(AURA, self._hilo, "¡Hola!", origen="ia", telefono=None)
        (tomado,) = todas_las_noras_reclamar_por_enviar(5)
        assert tomado.mensaje_id == mensaje_id
        return mensaje_id

    def vivir(self, sucesos: Sequence[str], *, con_intencion: bool = True) -> Final:
        """Le pasa eso, en ese orden, a una respuesta nueva; devuelve cómo queda (con el SID reducido a si lo tiene)."""
        mensaje_id, un_sid = self.nueva(), sid()
        for suceso in sucesos:
            if suceso == CONFIRMAR:
                confirmar(AURA, mensaje_id, un_sid)
            else:
                avisar(un_sid, suceso, mensaje_id if con_intencion else None)
        return como_quedo(mensaje_id, un_sid)


def avisar(un_sid: str, estado: str, intencion: int | None, **cambios: str) -> None:
    """Un aviso ya verificado."""
    campos = {"MessageSid": un_sid, "MessageStatus": estado, "AccountSid": CUENTA, "From": NORA, "To": MARIA}
    if estado in {"failed", "undelivered"}:
        campos["ErrorCode"] = CODIGO
    estados.anotar({k: [v] for k, v in (campos | cambios).items()}, "" if intencion is None else str(intencion), None)


def como_quedo(mensaje_id: int, un_sid: str) -> Final:
    """La fila, con su SID sustituido por si es el suyo."""
    m: Mensaje = obtener_mensaje(AURA, mensaje_id)
    suyo = None if m.message_sid is None else "el suyo" if m.message_sid == un_sid else "otro"
    return Final(m.estado, m.rango, m.codigo_error, m.motivo_error, suyo)


@pytest.fixture
def salidas(maria_escribe: MariaEscribe, base: Base) -> Salidas:
    """Salidas del hilo de María."""
    maria_escribe("hola")
    return Salidas(conversaciones.listar_hilos(AURA)[0].conversacion.id, base)


@pytest.mark.parametrize("con_intencion", [True, False], ids=["con intención", "sólo con el SID"])
def test_cada_orden_de_los_cuatro_avisos_y_la_confirmacion_acaba_igual(salidas: Salidas, *, con_intencion: bool) -> None:
    sucesos = ("sent", "delivered", "read", "failed", CONFIRMAR)
    finales = {salidas.vivir(orden, con_intencion=con_intencion) for orden in itertools.permutations(sucesos)}
    assert len(finales) == 1, finales
    (final,) = finales
    assert (final.estado, final.codigo_error, final.message_sid) == ("leido", CODIGO, "el suyo")
    assert final.motivo_error


@pytest.mark.parametrize(
    ("sucesos", "estado"),
    [(("sent", "failed"), "fallido"), (("sent", "delivered"), "entregado"), (("delivered", "failed"), "entregado")],
)
def test_repetidos_y_sin_el_mayor_tambien_acaban_igual(salidas: Salidas, sucesos: tuple[str, ...], estado: str) -> None:
    ordenes = set(itertools.permutations((*sucesos, *sucesos[:2], CONFIRMAR)))
    finales = {salidas.vivir(orden) for orden in ordenes}
    assert len(finales) == 1, finales
    (final,) = finales
    assert (final.estado, final.codigo_error) == (estado, CODIGO if "failed" in sucesos else None)
    assert bool(final.motivo_error) is ("failed" in sucesos)


def esperado(avisos: Sequence[str]) -> tuple[str, str | None]:
    """Lo que dice la regla: gana el más avanzado y el código de un fallo se conserva."""
    mayor = max(avisos, key=lambda estado: RANGO[estado], default="sent")
    fallo = any(estado in {"failed", "undelivered"} for estado in avisos)
    return NUESTRO[mayor], CODIGO if fallo else None


def test_cualquier_secuencia_cumple_la_regla_y_no_depende_del_orden(salidas: Salidas) -> None:
    @settings(max_examples=40)
    @given(PASOS, st.integers(0, 8), st.randoms(use_true_random=False), st.booleans())
    def comprobar(avisos: list[str], lugar: int, azar: Random, con_intencion: bool) -> None:
        sucesos = [*avisos]
        sucesos.insert(lugar, CONFIRMAR)
        otros = [*sucesos]
        azar.shuffle(otros)
        final = salidas.vivir(sucesos, con_intencion=con_intencion)
        assert final == salidas.vivir(otros)
        assert (final.estado, final.codigo_error) == esperado(avisos)

    comprobar()


def test_lo_ajeno_no_cambia_nada(salidas: Salidas, base: Base) -> None:
    """SID desconocido, otra Nora, otra persona y la intención de otro mensaje, mezclados con lo nuestro."""
    ajenos = st.sampled_from(["sid", "nora", "persona", "intencion"])

    @settings(max_examples=40)
    @given(st.lists(st.tuples(ajenos, st.sampled_from([*RANGO])), min_size=1, max_size=6))
    def comprobar(intrusos: list[tuple[str, str]]) -> None:
        mio, mi_sid = salidas.nueva(), sid()
        confirmar(AURA, mio, mi_sid)
        avisar(mi_sid, "sent", mio)
        antes = como_quedo(mio, mi_sid)
        for clase, estado in intrusos:
            if clase == "sid":
                avisar(sid(), estado, None)
            elif clase == "nora":
                avisar(sid(), estado, mio, From=NORA_AJENA)
            elif clase == "persona":
                avisar(sid(), estado, mio, To="whatsapp:+5215599999999")
            else:
                avisar(sid(), estado, mio + 1_000_000)
        assert como_quedo(mio, mi_sid) == antes

    comprobar()


def test_la_intencion_de_otro_no_se_lleva_un_sid_que_ya_tiene_dueno(salidas: Salidas) -> None:
    uno, su_sid = salidas.nueva(), sid()
    confirmar(AURA, uno, su_sid)
    otro = salidas.nueva()
    avisar(su_sid, "delivered", otro)
    assert como_quedo(uno, su_sid).estado == "entregado"
    assert como_quedo(otro, su_sid).message_sid is None


def test_un_segundo_sid_de_la_misma_intencion_se_anota_y_se_cuenta_una_vez(salidas: Salidas, base: Base) -> None:
    mensaje_id, un_sid, otro_sid = salidas.nueva(), sid(), sid()
    confirmar(AURA, mensaje_id, un_sid)
    for estado in ("sent", "delivered", "read"):
        avisar(otro_sid, estado, mensaje_id)
    bitacora.vaciar()
    assert obtener_mensaje(AURA, mensaje_id).sids_anteriores == [otro_sid]
    assert como_quedo(mensaje_id, un_sid).estado == "enviado"
    assert len(base.filas("select 1 from logs_errores where descripcion like '%%salió dos veces%%'")) == 1


def test_el_aviso_por_la_puerta_de_verdad_contesta_204_a_todo(salidas: Salidas, publicar: Callable[..., TestResponse]) -> None:
    mensaje_id, un_sid = salidas.nueva(), sid()
    for ruta, estado in itertools.product((f"/webhook/estado?i={mensaje_id}&a=1", "/webhook/estado?i=0", "/webhook/estado"), RANGO):
        campos = {"MessageSid": un_sid, "MessageStatus": estado, "AccountSid": CUENTA, "From": NORA, "To": MARIA}
        assert publicar(ruta, campos).status_code == 204
    assert como_quedo(mensaje_id, un_sid).estado == "leido"
