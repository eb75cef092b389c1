"""Lo que llega queda guardado antes de contestar 200: libro, persona, hilo, historial y la promesa de atenderlo, en una ida."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import psycopg

from registro import tiempo_real
from registro.bitacora import registrar_error, registro, tachar
from sql.modelos.webhooks import Recibido, todas_las_noras_recibir
from webhook import entrada

Via = Literal["webhook", "conciliacion", "reproceso"]


def recibir(
    parametros: Mapping[str, list[str]],
    *,
    ficha_idempotencia: str | None = None,
    firma: str | None = None,
    consulta: str | None = None,
    via: Via = "webhook",
    recibido_en: str | None = None,
    libro_id: int | None = None,
) -> Recibido:
    """Guarda un mensaje entrante ya verificado y avisa. El repetido no cambia nada.

    Args:
        parametros: los de Twilio, con todos sus valores.
        ficha_idempotencia: la cabecera I-Twilio-Idempotency-Token.
        firma: con qué se comprobó (sha1, sha256, anterior, sombra o conciliacion).
        consulta: lo que iba tras el «?» de la dirección.
        via: por dónde llega; en «reproceso» `libro_id` es la fila del libro que se vuelve a procesar.
        recibido_en: cuándo se escribió (ISO, con zona), si se recupera tarde.

    Raises:
        psycopg.OperationalError, TimeoutError de la base: si no se pudo guardar; quien llama contesta 5xx y Twilio reintenta.
    """
    mensaje = entrada.leer(parametros)
    resto = {
        "ficha_idempotencia": entrada.limpiar(ficha_idempotencia)[:200] if ficha_idempotencia else None,
        "firma": firma,
        "consulta": entrada.limpiar(consulta) if consulta else None,
        "via": via,
        "recibido_en": recibido_en,
        "libro_id": libro_id,
    }
    guardado = _guardar(mensaje, entrada.aplanar(parametros), resto)
    if via == "webhook":
        _contar_lo_raro(mensaje, guardado)
    if guardado.es_nuevo and guardado.nombre_nora and guardado.mensaje_id:
        tiempo_real.avisar(guardado.nombre_nora, "mensaje.nuevo", conversacion=guardado.conversacion_id, id=guardado.mensaje_id)
        tiempo_real.despertar("atender")
        if any("url" in adjunto for adjunto in mensaje.adjuntos):
            tiempo_real.despertar("bajar")
    return guardado


def _guardar(mensaje: entrada.MensajeEntrante, parametros: dict[str, Any], resto: dict[str, Any]) -> Recibido:
    sobre: dict[str, Any] = {
        "message_sid": mensaje.message_sid,
        "cuenta": mensaje.cuenta,
        "direccion": mensaje.direccion,
        "remitente": mensaje.remitente,
        "numero_nora": mensaje.numero_nora,
        "identidades": list(mensaje.identidades),
        "telefono": mensaje.telefono,
        "nombre_perfil": mensaje.nombre_perfil,
        "texto": mensaje.texto,
        "resumen": mensaje.resumen,
        "clase": mensaje.clase,
        "adjuntos": list(mensaje.adjuntos),
        "sin_atender": mensaje.sin_atender,
        "cita_sid": mensaje.cita_sid,
        "reenviado": mensaje.reenviado,
        "referido": mensaje.referido,
        "baja": mensaje.baja,
        "se_entiende": mensaje.se_entiende,
        "parametros": parametros,
        **resto,
    }
    try:
        return todas_las_noras_recibir(sobre)
    except psycopg.DataError as fallo:
        # Algo que la base no sabe guardar: se conserva escapado en el libro en vez de perderlo o devolver 500 para siempre.
        registro.warning("mensaje que la base no entiende", causa=type(fallo).__name__)
        return todas_las_noras_recibir(
            {"message_sid": mensaje.message_sid, "se_entiende": False, "parametros": {"escapado": ascii(parametros)[:60_000]}, **resto}
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
