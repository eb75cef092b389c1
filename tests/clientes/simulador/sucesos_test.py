"""«Qué pasó»: en orden, con su veredicto y sin adivinar."""

from __future__ import annotations

import datetime as dt

from clientes.simulador.sucesos import contar_sucesos
from sql.modelos.recibos import Recibo
from sql.modelos.webhooks import WebhookRecibido

AHORA = dt.datetime(2026, 11, 23, 18, tzinfo=dt.UTC)


def webhook(**campos):
    valores = {
        "id": 1,
        "tipo": "mensaje",
        "veredicto": "guardado",
        "parametros": {},
        "repeticiones": 0,
        "recibido_en": AHORA,
        "estado": None,
    }
    return WebhookRecibido(**(valores | campos))


def recibo(**campos):
    valores = {"accion": "responder", "modelo": None, "motivo": None, "bloques": [], "milisegundos": 12, "created_at": AHORA}
    return Recibo(**(valores | campos))


def test_lo_mas_nuevo_va_primero():
    sucesos = contar_sucesos(
        [webhook(id=2, recibido_en=AHORA + dt.timedelta(seconds=9)), webhook(id=1)], {5: recibo(created_at=AHORA + dt.timedelta(seconds=4))}
    )
    assert [suceso.clave for suceso in sucesos] == ["w2", "r5", "w1"]


def test_un_mensaje_se_contesto_con_200_y_un_aviso_con_204():
    mensaje, aviso = contar_sucesos(
        [webhook(parametros={"Body": "Hola"}), webhook(id=0, tipo="estado", estado="read", veredicto="aplicado")], {}
    )
    assert (mensaje.http, mensaje.titulo, mensaje.detalle) == (200, "Llegó un mensaje", "«Hola»")
    assert (aviso.http, aviso.titulo, aviso.veredicto) == (204, "Aviso de estado: leído", "aplicado")


def test_cuenta_las_repeticiones_y_recorta_lo_largo():
    (suceso,) = contar_sucesos([webhook(repeticiones=3, parametros={"Body": "a" * 200})], {})
    assert suceso.repeticiones == 3
    assert suceso.detalle == f"«{'a' * 80}…»"


def test_un_parametro_repetido_no_rompe_el_renglon():
    (suceso,) = contar_sucesos([webhook(parametros={"Body": ["uno", "dos"]})], {})
    assert "uno" in suceso.detalle


def test_dice_de_donde_salio_la_respuesta():
    con_bloque = recibo(bloques=[{"id": 1, "texto": "¿Cuál es el horario? De 9 a 19.", "cobertura": 1}])
    con_modelo = recibo(accion="pasar_a_persona", modelo="gpt-6-luna", motivo="Pidió una persona")
    conocimiento, modelo = contar_sucesos([], {2: con_bloque, 1: con_modelo})
    assert conocimiento.detalle == "Usó «¿Cuál es el horario? De 9 a 19.». Con el conocimiento de la Nora, en 12 ms."
    assert (modelo.titulo, modelo.detalle) == ("La IA pasó el caso a una persona", "Pidió una persona. Con gpt-6-luna, en 12 ms.")
