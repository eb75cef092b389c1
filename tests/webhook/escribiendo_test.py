"""«Escribiendo…» mientras la IA piensa: se pide, se renueva, y nunca estorba."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from werkzeug import Response

from ia.handle_ai import Decision
from registro import bitacora
from registro.config import vigentes
from sql.modelos.conversaciones import todas_las_noras_reclamar_por_atender
from sql.modelos.noras import guardar_nora
from tests.base import Base
from tests.dobles.twilio import DobleDeTwilio
from tests.dobles.twilio_averias import error
from tests.fabricas import CUENTA, conversacion, mensaje
from tests.personas import AURA
from tests.webhook.conftest import MariaEscribe
from webhook import atencion, escribiendo


@pytest.fixture(autouse=True)
def _rapido(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(escribiendo, "ESPERA_SEGUNDOS", 0.01)
    escribiendo._dicho.clear()
    yield
    _hasta(lambda: not any(hilo.name == "escribiendo" for hilo in threading.enumerate()))


def _hasta(se_cumple: Callable[[], bool], segundos: float = 10) -> None:
    limite = time.monotonic() + segundos
    while not se_cumple():
        assert time.monotonic() < limite, "no llegó a pasar"
        threading.Event().wait(0.01)


@pytest.fixture
def entrante(twilio: DobleDeTwilio) -> tuple[int, str]:
    """Un mensaje de la persona que Twilio también tiene: (id, SID)."""
    hilo = conversacion()
    assert hilo.direccion
    assert hilo.remitente
    sid = twilio.entrantes.escribir(hilo.direccion, hilo.remitente, "hola", entregar=False)
    return mensaje(hilo, message_sid=sid).id, sid


def test_mientras_piensa_se_ve_y_al_terminar_ya_no_se_renueva(twilio: DobleDeTwilio, entrante: tuple[int, str]) -> None:
    with escribiendo.mientras_piensa(AURA, CUENTA, entrante[0]):
        _hasta(lambda: twilio.salas.escribiendo == [entrante[1]])
    assert twilio.salas.escribiendo == [entrante[1]]


def test_si_piensa_mucho_se_renueva_una_vez(twilio: DobleDeTwilio, entrante: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escribiendo, "RENOVAR_SEGUNDOS", 0.02)
    with escribiendo.mientras_piensa(AURA, CUENTA, entrante[0]):
        _hasta(lambda: not any(hilo.name == "escribiendo" for hilo in threading.enumerate()))
    assert twilio.salas.escribiendo == [entrante[1]] * 2


def test_una_respuesta_inmediata_no_avisa(twilio: DobleDeTwilio, entrante: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escribiendo, "ESPERA_SEGUNDOS", 5)
    with escribiendo.mientras_piensa(AURA, CUENTA, entrante[0]):
        pass
    _hasta(lambda: not any(hilo.name == "escribiendo" for hilo in threading.enumerate()))
    assert twilio.salas.escribiendo == []


def test_al_simulado_no_se_le_avisa(twilio: DobleDeTwilio, entrante: tuple[int, str]) -> None:
    assert not escribiendo._avisar(AURA, vigentes().cuenta_demo, entrante[0])
    assert twilio.salas.escribiendo == []


@pytest.mark.parametrize("averia", [lambda: error(500, 20500), lambda: error(404, 20404), lambda: Response("<html>", status=200)])
def test_lo_que_falle_no_se_nota(twilio: DobleDeTwilio, entrante: tuple[int, str], base: Base, averia: Callable[[], Response]) -> None:
    twilio.salas.escribiendo_averia = averia
    with escribiendo.mientras_piensa(AURA, CUENTA, entrante[0]):
        _hasta(lambda: not any(hilo.name == "escribiendo" for hilo in threading.enumerate()))
    bitacora.vaciar()
    assert base.filas("select 1 from logs_errores") == []


def test_un_mensaje_que_no_existe_tampoco(twilio: DobleDeTwilio) -> None:
    with escribiendo.mientras_piensa(AURA, CUENTA, 999_999):
        _hasta(lambda: not any(hilo.name == "escribiendo" for hilo in threading.enumerate()))
    assert twilio.salas.escribiendo == []


def test_unas_credenciales_rechazadas_se_dicen_una_vez_por_hora(twilio: DobleDeTwilio, entrante: tuple[int, str], base: Base) -> None:
    twilio.salas.escribiendo_averia = lambda: error(401, 20003)
    for _ in range(3):
        assert not escribiendo._avisar(AURA, CUENTA, entrante[0])
    bitacora.vaciar()
    assert base.filas("select tipo, nombre_nora, veces from logs_errores") == [("Twilio", AURA, 1)]
    assert not escribiendo._toca_decirlo(AURA, time.monotonic())
    assert escribiendo._toca_decirlo(AURA, time.monotonic() + escribiendo.SILENCIO_SEGUNDOS)


def test_con_twilio_colgado_no_se_abren_mas_hilos_ni_espera_nadie(
    twilio: DobleDeTwilio, entrante: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    suelta = threading.Event()
    monkeypatch.setattr(escribiendo, "_avisar", lambda *_: not suelta.wait(20))
    empieza = time.monotonic()
    for _ in range(escribiendo.A_LA_VEZ * 5):
        with escribiendo.mientras_piensa(AURA, CUENTA, entrante[0]):
            threading.Event().wait(0.002)
    assert time.monotonic() - empieza < 5
    assert sum(hilo.name == "escribiendo" for hilo in threading.enumerate()) <= escribiendo.A_LA_VEZ
    suelta.set()


def test_un_fallo_de_la_ia_sale_igual(twilio: DobleDeTwilio, entrante: tuple[int, str]) -> None:
    with pytest.raises(ZeroDivisionError), escribiendo.mientras_piensa(AURA, CUENTA, entrante[0]):
        raise ZeroDivisionError


def test_al_atender_se_acompana_la_decision(
    maria_escribe: MariaEscribe, twilio: DobleDeTwilio, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    guardar_nora(AURA, espera_segundos=0)
    pedidos: list[tuple[str, str | None, int]] = []
    avisado = threading.Event()

    def _avisar(*cuales: object) -> bool:
        pedidos.append(cuales)  # type: ignore[arg-type]
        avisado.set()
        return True

    def _pensar(*_: object) -> Decision:
        assert avisado.wait(10), "aún piensa y nadie avisó"
        return Decision("callar", "", "nada que decir", None)

    monkeypatch.setattr(escribiendo, "_avisar", _avisar)
    monkeypatch.setattr(atencion, "decidir", _pensar)
    maria_escribe("hola")
    ((nora, hilo),) = todas_las_noras_reclamar_por_atender(1, 60)
    atencion.atender(nora, hilo)
    [(ultimo,)] = base.filas("select ultimo_entrante_id from conversaciones")
    assert pedidos == [(AURA, CUENTA, ultimo)]
