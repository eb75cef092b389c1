"""Atender: una respuesta por mensaje, se vuelve a mirar antes de comprometerse, y nunca hay silencio."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ia.handle_ai import Decision
from registro import bitacora
from sql.conexion import transaccion
from sql.modelos import conversaciones, mensajes
from sql.modelos.conocimiento import crear_bloque
from sql.modelos.contactos import guardar_contacto, listar_contactos
from sql.modelos.conversaciones import Conversacion, cambiar_conversacion, todas_las_noras_reclamar_por_atender
from sql.modelos.modulos import guardar_modulo
from sql.modelos.noras import guardar_nora
from sql.modelos.recibos import buscar_recibo
from tests.base import Base
from tests.personas import AURA
from tests.webhook.conftest import MariaEscribe
from webhook import atencion

HORARIO = "¿Cuál es el horario? Abrimos de lunes a sábado de 9:00 a 19:00."


@pytest.fixture(autouse=True)
def _sin_espera(app: object) -> None:
    guardar_nora(AURA, espera_segundos=0)
    crear_bloque(AURA, HORARIO)


def _hilo() -> Conversacion:
    return conversaciones.listar_hilos(AURA)[0].conversacion


def _atender() -> int | None:
    ((nora, hilo),) = todas_las_noras_reclamar_por_atender(5, 60)
    return atencion.atender(nora, hilo)


def _respuestas(base: Base) -> list[str]:
    return [str(texto) for (texto,) in base.filas("select mensaje from historial_conversaciones where tipo = 'respuesta' order by id")]


def test_una_pregunta_recibe_su_bloque_con_recibo(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("¿A qué hora abren?")
    mensaje_id = _atender()
    assert mensaje_id is not None
    assert "9:00 a 19:00" in mensajes.obtener_mensaje(AURA, mensaje_id).mensaje
    recibo = buscar_recibo(AURA, mensaje_id)
    assert recibo is not None
    assert (recibo.motor, recibo.accion, recibo.bloques[0]["texto"]) == ("extractivo", "responder", HORARIO)
    assert base.filas("select atender_en, arriendo_hasta, pendiente_desde from conversaciones") == [(None, None, None)]


def test_tres_mensajes_seguidos_son_una_respuesta(maria_escribe: MariaEscribe, base: Base) -> None:
    for texto in ("hola", "oye", "¿a qué hora abren?"):
        maria_escribe(texto)
    _atender()
    assert len(_respuestas(base)) == 1
    assert todas_las_noras_reclamar_por_atender(5, 60) == []


def test_la_bienvenida_va_en_el_mismo_mensaje_y_solo_la_primera_vez(maria_escribe: MariaEscribe, base: Base) -> None:
    guardar_nora(AURA, mensaje_bienvenida="¡Bienvenida a Aura!")
    for _ in range(2):
        maria_escribe("¿a qué hora abren?")
        _atender()
    primera, segunda = _respuestas(base)
    assert primera.startswith("¡Bienvenida a Aura!")
    assert "Bienvenida" not in segunda


def test_lo_que_no_sabe_pasa_a_una_persona_y_lo_dice(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("¿me reparan el alternador de una camioneta diésel?")
    _atender()
    hilo = _hilo()
    assert (hilo.modo, hilo.necesita_persona) == ("persona", True)
    assert "persona" in _respuestas(base)[0]
    maria_escribe("¿hola?")
    assert _atender() is None
    assert len(_respuestas(base)) == 1, "con una persona al mando la IA calla"


@pytest.mark.parametrize(
    "apagar",
    [
        lambda: guardar_contacto(AURA, listar_contactos(AURA)[0].id, ia_activa=False),
        lambda: guardar_modulo(AURA, "ia", False),
        lambda: cambiar_conversacion(AURA, _hilo().id, modo="persona"),
    ],
    ids=["por_contacto", "por_modulo", "por_persona"],
)
def test_con_la_ia_apagada_calla_y_no_deja_pendientes(maria_escribe: MariaEscribe, base: Base, apagar: Callable[[], object]) -> None:
    maria_escribe("¿a qué hora abren?")
    apagar()
    assert _atender() is None
    assert _respuestas(base) == []
    assert _hilo().atender_en is None


def _decidir_mientras(suceso: Callable[[], object]) -> Callable[[str, int], Decision]:
    def _decidir(_nora: str, _hilo: int) -> Decision:
        suceso()
        return Decision("responder", "respuesta", "prueba", None)

    return _decidir


def test_si_una_persona_toma_el_control_mientras_piensa_no_se_envia(
    maria_escribe: MariaEscribe, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    maria_escribe("hola")
    monkeypatch.setattr(atencion, "decidir", _decidir_mientras(lambda: cambiar_conversacion(AURA, _hilo().id, modo="persona")))
    assert _atender() is None
    assert _respuestas(base) == []


def test_si_escribe_algo_mas_mientras_piensa_se_responde_a_todo_junto(
    maria_escribe: MariaEscribe, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    guardar_nora(AURA, espera_segundos=5)
    maria_escribe("hola")
    base.duena.execute("update conversaciones set atender_en = now()")
    monkeypatch.setattr(atencion, "decidir", _decidir_mientras(lambda: maria_escribe("y otra cosa")))
    assert _atender() is None
    assert _respuestas(base) == []
    hilo = _hilo()
    assert hilo.arriendo_hasta is None
    assert hilo.atender_en is not None


def test_quien_escribe_sin_parar_recibe_respuesta_igual(maria_escribe: MariaEscribe, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    maria_escribe("hola")
    base.duena.execute("update conversaciones set pendiente_desde = now() - interval '1 hour'")
    monkeypatch.setattr(atencion, "decidir", _decidir_mientras(lambda: maria_escribe("otra")))
    assert _atender() is not None
    assert len(_respuestas(base)) == 1
    assert _hilo().atender_en is not None, "lo último que escribió sigue con cita"


def test_dos_trabajadores_no_responden_dos_veces(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("¿a qué hora abren?")
    hilo = _hilo().id
    salida = threading.Barrier(4)

    def _uno() -> None:
        salida.wait()
        atencion.atender(AURA, hilo)

    hilos = [threading.Thread(target=_uno) for _ in range(4)]
    for h in hilos:
        h.start()
    for h in hilos:
        h.join(20)
    assert len(_respuestas(base)) == 1


def test_un_arriendo_vencido_vuelve_a_repartirse(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("hola")
    assert len(todas_las_noras_reclamar_por_atender(5, 60)) == 1
    assert todas_las_noras_reclamar_por_atender(5, 60) == []
    base.duena.execute("update conversaciones set arriendo_hasta = now() - interval '1 second'")
    assert len(todas_las_noras_reclamar_por_atender(5, 60)) == 1


def test_tres_fallos_seguidos_avisan_a_la_persona_y_al_equipo(
    maria_escribe: MariaEscribe, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    def _roto(_nora: str, _hilo: int) -> Decision:
        raise RuntimeError("algo se rompió")

    monkeypatch.setattr(atencion, "decidir", _roto)
    maria_escribe("hola")
    for _ in range(3):
        base.duena.execute("update conversaciones set atender_en = now()")
        ((nora, hilo),) = todas_las_noras_reclamar_por_atender(5, 60)
        libre = threading.BoundedSemaphore(1)
        libre.acquire()
        atencion._atender_y_soltar(nora, hilo, libre)
    assert _respuestas(base) == [atencion.TEXTO_DE_SOCORRO]
    assert _hilo().necesita_persona
    bitacora.vaciar()
    assert base.filas("select distinct tipo, nombre_nora from logs_errores") == [("IA", AURA)]


def test_responder_y_recibir_a_la_vez_no_se_esperan_para_siempre(maria_escribe: MariaEscribe, base: Base) -> None:
    """Quien responde tiene el hilo y después toca la persona; el webhook debe hacerlo en el mismo orden."""
    maria_escribe("hola")
    hilo = _hilo().id
    codigos: list[int] = []
    llega = threading.Thread(target=lambda: codigos.append(maria_escribe("¿hola?").status_code))
    with transaccion(AURA):
        conversaciones.obtener_conversacion(AURA, hilo, con_candado=True)
        llega.start()
        for _ in range(200):
            if base.filas("select 1 from pg_stat_activity where wait_event_type = 'Lock' and strpos(query, 'recibir_entrante') > 0"):
                break
            threading.Event().wait(0.02)
        else:
            raise AssertionError("el mensaje nunca llegó a esperar el hilo")
        mensajes.crear_saliente(AURA, hilo, "¡Hola!", origen="ia", telefono=None, responde_a=1)
    llega.join(10)
    assert codigos == [200]
    assert [t for (t,) in base.filas("select tipo from historial_conversaciones order by id")] == ["usuario", "respuesta", "usuario"]
