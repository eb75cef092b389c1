"""Lo que llega queda guardado antes de contestar 200: libro, persona, hilo, historial y la promesa de atenderlo, en una ida."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from registro import tiempo_real
from registro.bitacora import registrar_error, registro, tachar
from sql.modelos.webhooks import Recibido, todas_las_noras_recibir
from webhook import entrada


def recibir(parametros: Mapping[str, list[str]], *, ficha_idempotencia: str | None = None) -> Recibido:
    """Guarda un mensaje entrante ya verificado y avisa. El repetido no cambia nada.

    Raises:
        psycopg.OperationalError, TimeoutError de la base: si no se pudo guardar; quien llama contesta 5xx y Twilio reintenta.
    """
    mensaje = entrada.leer(parametros)
    guardado = _guardar(mensaje, entrada.aplanar(parametros), ficha_idempotencia)
    _contar_lo_raro(mensaje, guardado)
    if guardado.es_nuevo and guardado.nombre_nora and guardado.mensaje_id:
        tiempo_real.avisar(guardado.nombre_nora, "mensaje.nuevo", conversacion=guardado.conversacion_id, id=guardado.mensaje_id)
        tiempo_real.despertar("atender")
    return guardado


def _guardar(mensaje: entrada.MensajeEntrante, parametros: dict[str, Any], ficha: str | None) -> Recibido:
    sobre: dict[str, Any] = {
        "message_sid": mensaje.message_sid,
        "cuenta": mensaje.cuenta,
        "direccion": mensaje.direccion,
        "remitente": mensaje.remitente,
        "numero_nora": mensaje.numero_nora,
        "identidad_tipo": mensaje.identidad_tipo,
        "identidad_valor": mensaje.identidad_valor,
        "telefono": mensaje.telefono,
        "nombre_perfil": mensaje.nombre_perfil,
        "texto": mensaje.texto,
        "resumen": mensaje.resumen,
        "clase": mensaje.clase,
        "adjuntos": list(mensaje.adjuntos),
        "se_entiende": mensaje.se_entiende,
        "parametros": parametros,
        "ficha_idempotencia": entrada.limpiar(ficha)[:200] if ficha else None,
    }
    try:
        return todas_las_noras_recibir(sobre)
    except psycopg.DataError as fallo:
        # Algo que la base no sabe guardar: se conserva escapado en el libro en vez de perderlo o devolver 500 para siempre.
        registro.warning("mensaje que la base no entiende", causa=type(fallo).__name__)
        return todas_las_noras_recibir(
            {"message_sid": mensaje.message_sid, "se_entiende": False, "parametros": {"escapado": ascii(parametros)[:60_000]}}
        )


def _contar_lo_raro(mensaje: entrada.MensajeEntrante, guardado: Recibido) -> None:
    if not guardado.es_nuevo or guardado.mensaje_id:
        return
    if not mensaje.se_entiende:
        registrar_error("Webhook", "Llegó un mensaje sin MessageSid, From o To válidos. Está entero en el libro.", origen="webhook")
    elif guardado.nombre_nora is None:
        registrar_error(
            "Webhook",
            f"Llegó un mensaje para {tachar(mensaje.remitente)}, que no es de ninguna Nora. Ponlo en Administración › Noras.",
            origen=f"webhook:{mensaje.remitente[-4:]}",
        )
