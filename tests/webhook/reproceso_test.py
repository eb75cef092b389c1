"""Reprocesar el libro: lo guardado no cambia, lo que no tuvo sitio lo encuentra, lo ajeno no entra, y lo viejo se poda sin perder nada."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from sql.modelos import conversaciones, mensajes
from sql.modelos.base import NoEncontrado
from sql.modelos.envios import todas_las_noras_reclamar_por_enviar
from sql.modelos.libro import FiltroDelLibro
from sql.modelos.mensajes import crear_saliente
from tests.base import Base
from tests.fabricas import CUENTA, sid
from tests.personas import AURA, NUMEROS, OTRA
from tests.webhook.conftest import MariaEscribe
from webhook import reproceso
from webhook.credenciales import guardar_credenciales
from webhook.reproceso import podar_libro, reprocesar_aviso, reprocesar_tramo

NUEVO = "+15005550006"
AHORA = dt.datetime.now(dt.UTC)


def _ultimo(base: Base) -> int:
    return int(str(base.filas("select max(id) from webhooks_recibidos")[0][0]))


def _foto(base: Base) -> list[tuple[object, ...]]:
    return base.filas(
        "select id, mensaje, estado, message_sid, fecha_hora from historial_conversaciones union all"
        " select id, mensaje_reciente, nombre, telefono, ultimo_mensaje from contactos union all"
        " select id, sin_leer::text, direccion, ultimo_entrante_id::text, atender_en from conversaciones order by 1, 2, 3"
    )


def test_lo_ya_guardado_no_cambia_por_mas_veces_que_se_repita(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("hola")
    antes = _foto(base)
    assert [reprocesar_aviso(_ultimo(base)) for _ in range(3)] == ["igual"] * 3
    assert _foto(base) == antes
    assert base.filas("select veredicto, reprocesos, repeticiones, reprocesado_en is not null from webhooks_recibidos") == [
        ("guardado", 3, 0, True)
    ]


def test_un_mensaje_sin_nora_se_guarda_cuando_el_numero_ya_es_de_una(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("¿hay alguien?", To=f"whatsapp:{NUEVO}")
    libro_id = _ultimo(base)
    assert reprocesar_aviso(libro_id) == "igual"
    base.duena.execute("update configuracion_bot set numero_nora = %s where nombre_nora = %s", (NUEVO, OTRA))
    base.duena.execute("update webhooks_recibidos set recibido_en = now() - interval '2 hours'")
    assert reprocesar_aviso(libro_id) == "guardado"
    assert reprocesar_aviso(libro_id) == "igual"
    assert base.filas("select nombre_nora, mensaje, fecha_hora < now() - interval '1 hour' from historial_conversaciones") == [
        (OTRA, "¿hay alguien?", True)
    ]
    assert base.filas("select veredicto, nombre_nora from webhooks_recibidos") == [("guardado", OTRA)]


def test_lo_firmado_con_la_cuenta_de_otra_nora_no_entra(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("hola", To=f"whatsapp:{NUEVO}")
    base.duena.execute("update configuracion_bot set numero_nora = %s where nombre_nora = %s", (NUEVO, OTRA))
    guardar_credenciales(AURA, ahora=AHORA, cuenta=CUENTA, ficha="x" * 32)
    assert reprocesar_aviso(_ultimo(base)) == "ajeno"
    assert base.filas("select count(*) from historial_conversaciones") == [(0,)]
    guardar_credenciales(OTRA, ahora=AHORA, cuenta=CUENTA)
    assert reprocesar_aviso(_ultimo(base)) == "guardado"


def test_si_el_numero_cambio_de_duena_lo_de_antes_no_pasa_a_la_nueva(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("secreto de aura")
    base.duena.execute("update configuracion_bot set numero_nora = null where nombre_nora = %s", (AURA,))
    base.duena.execute("update configuracion_bot set numero_nora = %s where nombre_nora = %s", (NUMEROS[AURA], OTRA))
    assert reprocesar_aviso(_ultimo(base)) == "ajeno"
    assert base.filas("select nombre_nora from historial_conversaciones") == [(AURA,)]


@pytest.fixture
def enviado(maria_escribe: MariaEscribe) -> int:
    """Una respuesta a María que se está enviando; da su id."""
    maria_escribe("hola")
    hilo = conversaciones.listar_hilos(AURA)[0].conversacion.id
    mensaje_id, _ = crear_saliente(AURA, hilo, "¡Hola!", origen="ia", telefono=None, responde_a=1)
    todas_las_noras_reclamar_por_enviar(5)
    return mensaje_id


def test_un_estado_que_no_encontro_su_envio_se_aplica_al_reprocesarlo(
    enviado: int, publicar: Callable[..., TestResponse], base: Base
) -> None:
    un_sid = sid()
    aviso = {"MessageSid": un_sid, "MessageStatus": "delivered", "AccountSid": CUENTA, "To": "whatsapp:+5215512345678"}
    # La intención va en la consulta; con otra dirección de la persona no se reconoce, y queda en el libro.
    base.duena.execute("update historial_conversaciones set enviado_a = 'whatsapp:+1' where id = %s", (enviado,))
    assert publicar(f"/webhook/estado?i={enviado}", aviso | {"From": f"whatsapp:{NUMEROS[AURA]}"}).status_code == 204
    libro_id = _ultimo(base)
    assert reprocesar_aviso(libro_id) == "igual"
    base.duena.execute("update historial_conversaciones set enviado_a = 'whatsapp:+5215512345678' where id = %s", (enviado,))
    assert reprocesar_aviso(libro_id) == "aplicado"
    assert reprocesar_aviso(libro_id) == "igual"
    assert mensajes.obtener_mensaje(AURA, enviado).estado == "entregado"
    assert base.filas("select veredicto, nombre_nora, repeticiones from webhooks_recibidos where id = %s", libro_id) == [
        ("aplicado", AURA, 0)
    ]


def test_lo_que_la_base_no_supo_guardar_se_lee_de_su_escape(maria_escribe: MariaEscribe, base: Base) -> None:
    un_sid = sid()
    maria_escribe("hola", To=f"whatsapp:{NUEVO}", MessageSid=un_sid)
    base.duena.execute(
        "update webhooks_recibidos set parametros = jsonb_build_object('escapado', %s::text), veredicto = 'no_entendido'",
        (ascii({"MessageSid": un_sid, "From": "whatsapp:+5215512345678", "To": f"whatsapp:{NUMEROS[AURA]}", "Body": "ñandú"}),),
    )
    assert reprocesar_aviso(_ultimo(base)) == "guardado"
    assert base.filas("select mensaje from historial_conversaciones") == [("ñandú",)]
    base.duena.execute("""update webhooks_recibidos set parametros = '{"escapado": "{''a'': __import__("}'""")
    assert reprocesar_aviso(_ultimo(base)) == "igual"


def test_un_tramo_se_cuenta_va_en_orden_y_se_puede_seguir(maria_escribe: MariaEscribe, base: Base) -> None:
    for n in range(5):
        maria_escribe(f"mensaje {n}", To=f"whatsapp:{NUEVO}")
    maria_escribe("de aura")
    base.duena.execute("update configuracion_bot set numero_nora = %s where nombre_nora = %s", (NUEVO, OTRA))
    filtro = FiltroDelLibro(veredicto="sin_nora")
    primero = reprocesar_tramo(filtro, limite=2)
    assert (primero.total, primero.guardados, primero.sigue is not None) == (2, 2, True)
    segundo = reprocesar_tramo(filtro, tras=primero.sigue or 0)
    assert (segundo.total, segundo.guardados, segundo.sigue) == (3, 3, None)
    assert reprocesar_tramo(filtro).total == 0
    assert base.filas("select mensaje from historial_conversaciones where nombre_nora = %s order by id", OTRA) == [
        (f"mensaje {n}",) for n in range(5)
    ]
    todo = reprocesar_tramo(FiltroDelLibro())
    assert (todo.total, todo.iguales, todo.guardados) == (6, 6, 0)


def test_los_filtros_del_tramo(maria_escribe: MariaEscribe, base: Base) -> None:
    maria_escribe("uno")
    maria_escribe("dos", To=f"whatsapp:{NUEVO}")
    base.duena.execute("update webhooks_recibidos set recibido_en = %s where veredicto = 'sin_nora'", (AHORA - dt.timedelta(days=3),))
    [(un_sid,)] = base.filas("select message_sid from webhooks_recibidos where veredicto = 'guardado'")
    casos = {
        FiltroDelLibro(): 2,
        FiltroDelLibro(nombre_nora=AURA): 1,
        FiltroDelLibro(nombre_nora="-"): 1,
        FiltroDelLibro(tipo="estado"): 0,
        FiltroDelLibro(sid=str(un_sid)[5:].lower()): 1,
        FiltroDelLibro(sid="%"): 0,
        FiltroDelLibro(desde=AHORA - dt.timedelta(days=1)): 1,
        FiltroDelLibro(hasta=AHORA - dt.timedelta(days=1)): 1,
        FiltroDelLibro(veredicto="no_entendido"): 0,
    }
    assert {filtro: reprocesar_tramo(filtro).total for filtro in casos} == casos


def test_un_aviso_que_ya_no_esta_se_dice() -> None:
    with pytest.raises(NoEncontrado):
        reprocesar_aviso(999_999_999)


def test_podar_quita_lo_de_mas_de_treinta_dias_de_lote_en_lote(
    maria_escribe: MariaEscribe, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproceso, "LOTE_DE_PODA", 3)
    for n in range(7):
        maria_escribe(f"viejo {n}")
    base.duena.execute("update webhooks_recibidos set recibido_en = now() - interval '31 days'")
    maria_escribe("casi")
    base.duena.execute("update webhooks_recibidos set recibido_en = now() - interval '29 days' where parametros ->> 'Body' = 'casi'")
    assert podar_libro() == 7
    assert base.filas("select parametros ->> 'Body' from webhooks_recibidos") == [("casi",)]
    assert base.filas("select count(*) from historial_conversaciones") == [(8,)]
    assert podar_libro() == 0


def test_un_repetido_despues_de_podar_sigue_siendo_un_solo_mensaje(maria_escribe: MariaEscribe, base: Base) -> None:
    un_sid = sid()
    maria_escribe("hola", MessageSid=un_sid)
    base.duena.execute("update webhooks_recibidos set recibido_en = now() - interval '31 days'")
    assert podar_libro() == 1
    antes = _foto(base)
    assert maria_escribe("hola", MessageSid=un_sid).status_code == 200
    assert _foto(base) == antes
    assert base.filas("select count(*) from historial_conversaciones") == [(1,)]
