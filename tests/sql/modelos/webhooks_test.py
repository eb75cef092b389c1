"""Las dos puertas de una sola ida: recibir un mensaje y anotar un aviso de estado, en cualquier orden y cuantas veces sea."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, TimeoutError
from typing import Any

import pytest

from sql.conexion import transaccion
from sql.modelos.contactos import guardar_contacto, listar_contactos
from sql.modelos.conversaciones import listar_hilos, obtener_conversacion
from sql.modelos.envios import confirmar_envio
from sql.modelos.mensajes import Mensaje, listar_mensajes, obtener_mensaje
from sql.modelos.webhooks import EstadoAplicado, todas_las_noras_anotar_estado, todas_las_noras_listar_webhooks, todas_las_noras_recibir
from tests import fabricas
from tests.base import Base
from tests.personas import AURA, NUMEROS, OTRA

pytestmark = pytest.mark.usefixtures("base")


def recibir(**campos: Any) -> Any:
    """Un mensaje a «aura» por la puerta de verdad."""
    return todas_las_noras_recibir(fabricas.entrante(NUMEROS[AURA], **campos))


def aviso(sid: str, estado: str, **campos: Any) -> EstadoAplicado | None:
    """Un aviso de estado por la puerta de verdad."""
    datos = {"message_sid": sid, "estado": estado, "parametros": {"MessageStatus": estado}, "ficha_idempotencia": None}
    return todas_las_noras_anotar_estado(datos | campos)


def enviando(**campos: Any) -> Mensaje:
    """Un envío que Twilio aún no ha confirmado: sin SID."""
    return fabricas.mensaje(tipo="respuesta", estado="enviando", message_sid=None, **campos)


def test_un_mensaje_deja_libro_persona_hilo_historial_y_promesa() -> None:
    recibido = recibir(texto="¿Abren?", nombre_perfil="Lucía", desde="+525511111111")
    assert (recibido.nombre_nora, recibido.es_nuevo) == (AURA, True)
    (hilo,) = listar_hilos(AURA)
    assert (hilo.contacto.nombre, hilo.contacto.mensaje_reciente, hilo.conversacion.sin_leer) == ("Lucía", "¿Abren?", 1)
    assert hilo.conversacion.id == recibido.conversacion_id
    assert hilo.conversacion.atender_en is not None
    assert hilo.conversacion.direccion == "whatsapp:+525511111111"
    (mensaje,) = listar_mensajes(AURA, recibido.conversacion_id)
    assert (mensaje.id, mensaje.mensaje, mensaje.tipo, mensaje.estado) == (recibido.mensaje_id, "¿Abren?", "usuario", "recibido")
    assert listar_hilos(OTRA) == []


def test_el_mismo_sid_otra_vez_no_cambia_nada_y_queda_contado(base: Base) -> None:
    primero = fabricas.entrante(NUMEROS[AURA])
    todas_las_noras_recibir(primero)
    assert todas_las_noras_recibir(primero).es_nuevo is False
    assert base.filas("select count(*) from historial_conversaciones") == [(1,)]
    assert base.filas("select sin_leer from conversaciones") == [(1,)]
    assert base.filas("select repeticiones from webhooks_recibidos") == [(1,)]


def test_cincuenta_repeticiones_a_la_vez_son_una_fila(base: Base) -> None:
    uno = fabricas.entrante(NUMEROS[AURA])
    with ThreadPoolExecutor(16) as hilos:
        recibidos = list(hilos.map(todas_las_noras_recibir, [uno] * 50))
    assert [r.es_nuevo for r in recibidos].count(True) == 1
    assert base.filas("select count(*) from historial_conversaciones") == [(1,)]
    assert base.filas("select count(*), max(repeticiones) from webhooks_recibidos") == [(1, 49)]


def test_los_primeros_mensajes_simultaneos_de_una_persona_son_una_persona(base: Base) -> None:
    desde = fabricas.telefono()
    varios = [fabricas.entrante(NUMEROS[AURA], desde=desde) for _ in range(12)]
    with ThreadPoolExecutor(12) as hilos:
        recibidos = list(hilos.map(todas_las_noras_recibir, varios))
    assert all(r.es_nuevo for r in recibidos)
    assert len({r.conversacion_id for r in recibidos}) == 1
    assert base.filas("select count(*) from contactos") == [(1,)]
    assert base.filas("select sin_leer from conversaciones") == [(12,)]


def test_la_misma_persona_en_dos_noras_son_dos_fichas(base: Base) -> None:
    desde = fabricas.telefono()
    recibir(desde=desde)
    todas_las_noras_recibir(fabricas.entrante(NUMEROS[OTRA], desde=desde))
    assert base.filas("select nombre_nora from contactos order by 1") == [(AURA,), (OTRA,)]


def test_con_y_sin_el_uno_de_mexico_es_la_misma_persona_y_se_responde_a_la_ultima_direccion(base: Base) -> None:
    recibir(desde="+525511111111", direccion="whatsapp:+525511111111")
    segundo = recibir(desde="+525511111111", telefono="+5215511111111", direccion="whatsapp:+5215511111111")
    assert base.filas("select count(*) from contactos") == [(1,)]
    assert obtener_conversacion(AURA, segundo.conversacion_id).direccion == "whatsapp:+5215511111111"


def test_un_numero_de_nadie_queda_en_el_libro_y_nada_mas(base: Base) -> None:
    recibido = todas_las_noras_recibir(fabricas.entrante("+10000000000"))
    assert (recibido.nombre_nora, recibido.mensaje_id, recibido.es_nuevo) == (None, None, True)
    assert [w.veredicto for w in todas_las_noras_listar_webhooks()] == ["sin_nora"]
    assert base.filas("select count(*) from contactos") == [(0,)]


def test_lo_que_no_se_entiende_se_guarda_entero_y_no_crea_a_nadie(base: Base) -> None:
    recibir(se_entiende=False, parametros={"Raro": "sí"})
    (guardado,) = todas_las_noras_listar_webhooks(veredicto="no_entendido")
    assert (guardado.nombre_nora, guardado.parametros) == (AURA, {"Raro": "sí"})
    assert base.filas("select count(*) from contactos") == [(0,)]


def test_dos_avisos_sin_sid_no_se_confunden() -> None:
    for _ in range(2):
        recibir(se_entiende=False, message_sid=None)
    assert len(todas_las_noras_listar_webhooks()) == 2


def test_el_nombre_puesto_a_mano_no_lo_cambia_el_perfil() -> None:
    desde = fabricas.telefono()
    recibir(desde=desde, nombre_perfil="Perfil")
    (persona,) = listar_contactos(AURA)
    guardar_contacto(AURA, persona.id, nombre="A mano", nombre_editado=True)
    recibir(desde=desde, nombre_perfil="Otro perfil")
    assert [c.nombre for c in listar_contactos(AURA)] == ["A mano"]


def test_escribir_sin_parar_no_aplaza_la_respuesta_para_siempre(base: Base) -> None:
    desde = fabricas.telefono()
    recibir(desde=desde)
    base.filas("update conversaciones set pendiente_desde = now() - interval '1 hour' returning id")
    recibir(desde=desde)
    assert base.filas("select atender_en < now() from conversaciones") == [(True,)]


@pytest.mark.parametrize(
    ("orden", "final"),
    [
        (["sent", "delivered", "read"], "leido"),
        (["read", "delivered", "sent"], "leido"),
        (["delivered", "failed"], "entregado"),
        (["failed", "delivered"], "entregado"),
        (["queued", "undelivered"], "fallido"),
        (["sent", "sent", "sent"], "enviado"),
        (["inventado"], "enviado"),
    ],
)
def test_un_envio_solo_avanza(orden: list[str], final: str) -> None:
    enviado = fabricas.mensaje(tipo="respuesta", rango=2)
    for estado in orden:
        aviso(str(enviado.message_sid), estado)
    assert obtener_mensaje(AURA, enviado.id).estado == final


def test_lo_que_avanza_se_dice_y_lo_atrasado_queda_en_el_libro() -> None:
    enviado = fabricas.mensaje(tipo="respuesta", rango=2)
    sid = str(enviado.message_sid)
    assert aviso(sid, "delivered") == EstadoAplicado(AURA, enviado.conversacion_id or 0, enviado.id, "entregado")
    assert aviso(sid, "delivered") is None
    assert aviso(sid, "sent") is None
    assert {(w.estado, w.veredicto, w.repeticiones) for w in todas_las_noras_listar_webhooks()} == {
        ("delivered", "aplicado", 1),
        ("sent", "atrasado", 0),
    }


def test_el_fallo_guarda_su_codigo_y_su_motivo() -> None:
    enviado = fabricas.mensaje(tipo="respuesta", rango=2)
    aviso(str(enviado.message_sid), "failed", codigo_error="63016", motivo_error="Pasaron 24 horas")
    guardado = obtener_mensaje(AURA, enviado.id)
    assert (guardado.codigo_error, guardado.motivo_error) == ("63016", "Pasaron 24 horas")


def test_un_aviso_de_algo_ajeno_no_toca_nada() -> None:
    assert aviso("SM" + "f" * 32, "delivered") is None
    assert [w.veredicto for w in todas_las_noras_listar_webhooks()] == ["desconocido"]


def test_un_aviso_no_cambia_un_mensaje_que_entro() -> None:
    entrante = fabricas.mensaje()
    assert aviso(str(entrante.message_sid), "failed") is None
    assert obtener_mensaje(AURA, entrante.id).estado == "recibido"


def test_el_aviso_que_llega_antes_que_la_respuesta_de_twilio_espera_y_se_aplica() -> None:
    pendiente = enviando()
    sid = fabricas.sid()
    aviso(sid, "sent")
    aviso(sid, "delivered")
    assert confirmar_envio(AURA, pendiente.id, sid).estado == "entregado"
    assert {w.veredicto for w in todas_las_noras_listar_webhooks()} == {"aplicado"}


def test_el_aviso_con_nuestra_intencion_encuentra_su_mensaje_si_la_direccion_es_la_misma() -> None:
    hilo = fabricas.conversacion()
    pendiente, sid = enviando(hilo=hilo, enviado_a=hilo.direccion, enviado_desde=hilo.remitente), fabricas.sid()
    assert aviso(sid, "sent", intencion=pendiente.id, remitente=hilo.remitente, direccion="whatsapp:+10000000000") is None
    assert aviso(sid, "delivered", intencion=pendiente.id, remitente=hilo.remitente, direccion=hilo.direccion) is not None
    guardado = obtener_mensaje(AURA, pendiente.id)
    assert (guardado.message_sid, guardado.estado) == (sid, "entregado")
    assert confirmar_envio(AURA, pendiente.id, sid).estado == "entregado"


def test_aviso_y_confirmacion_a_la_vez_no_se_pierden() -> None:
    """Sin candado, el aviso no vería el SID aún sin confirmar y la confirmación no vería el aviso aún sin guardar."""
    pendiente, sid = enviando(), fabricas.sid()
    with ThreadPoolExecutor(1) as hilos:
        with transaccion(AURA):
            confirmar_envio(AURA, pendiente.id, sid)
            espera = hilos.submit(aviso, sid, "delivered")
            with pytest.raises(TimeoutError):
                espera.result(timeout=0.3)
        assert espera.result(timeout=10) is not None
    assert obtener_mensaje(AURA, pendiente.id).estado == "entregado"
