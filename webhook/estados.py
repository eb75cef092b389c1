"""Los avisos de estado de lo que enviamos: en cualquier orden, repetidos o adelantados; un mensaje sólo avanza."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registro import tiempo_real
from registro.bitacora import registrar_error, registro
from sql.modelos.mensajes import obtener_mensaje
from sql.modelos.webhooks import EstadoAplicado, todas_las_noras_anotar_estado
from webhook.codigos import motivo_de
from webhook.despacho import avisar_de_doble, repetir_si_conviene
from webhook.entrada import SID_DE_MENSAJE, aplanar, limpiar
from webhook.rangos import RANGOS

_ESTADOS = frozenset(RANGOS)


def leer(parametros: Mapping[str, list[str]], intencion: str, ficha: str | None) -> dict[str, Any] | None:
    """El aviso listo para la base, o None si no trae un SID y un estado que existan. Puro."""
    uno = {nombre: limpiar(valores[0]) if valores else "" for nombre, valores in parametros.items()}
    sid = uno.get("MessageSid") or uno.get("SmsSid", "")
    estado = (uno.get("MessageStatus") or uno.get("SmsStatus", "")).lower()
    if not SID_DE_MENSAJE.match(sid) or estado not in _ESTADOS:
        return None
    codigo = uno.get("ErrorCode") or None
    return {
        "message_sid": sid,
        "estado": "read" if uno.get("EventType") == "READ" else estado,
        "codigo_error": codigo if codigo and codigo != "0" else None,
        "motivo_error": motivo_de(codigo).frase if codigo and codigo != "0" else None,
        # En un aviso de salida, From es la Nora y To la persona.
        "remitente": uno.get("From", ""),
        "direccion": uno.get("To", ""),
        "intencion": int(intencion) if intencion.isascii() and intencion.isdigit() and len(intencion) < 19 else None,
        "parametros": aplanar(parametros),
        "ficha_idempotencia": limpiar(ficha)[:200] if ficha else None,
    }


def anotar(
    parametros: Mapping[str, list[str]],
    intencion: str,
    ficha: str | None,
    *,
    firma: str | None = None,
    consulta: str | None = None,
    via: str = "webhook",
) -> EstadoAplicado | None:
    """Anota un aviso verificado y, si hizo avanzar un mensaje, lo dice a los navegadores.

    `firma` dice con qué se comprobó, `consulta` lo que iba tras el «?» y `via` por dónde llega (webhook, conciliacion o reproceso).
    """
    aviso = leer(parametros, intencion, ficha)
    if aviso is None:
        registro.warning("aviso de estado que no se entiende")
        return None
    aplicado = todas_las_noras_anotar_estado(aviso | {"firma": firma, "consulta": limpiar(consulta) if consulta else None, "via": via})
    if aplicado is None:
        return None
    if aplicado.doble:
        avisar_de_doble(aplicado.nombre_nora, aplicado.mensaje_id)
        return aplicado
    estado = aplicado.estado
    if estado == "fallido" and _tras_el_fallo(aplicado, aviso["codigo_error"], se_puede_repetir=via == "webhook"):
        estado = "listo"
    tiempo_real.avisar(aplicado.nombre_nora, "mensaje.estado", conversacion=aplicado.conversacion_id, id=aplicado.mensaje_id, estado=estado)
    return aplicado


def _tras_el_fallo(aplicado: EstadoAplicado, codigo: str | None, *, se_puede_repetir: bool) -> bool:
    """Lo que un fallo tardío pide: avisar a la agencia o volver a intentarlo. La baja la anotó la base. Dice si se repite.

    Lo que se sabe por conciliar o reprocesar es historia: se anota y no se repite.
    """
    nombre_nora, motivo = aplicado.nombre_nora, motivo_de(codigo)
    if motivo.clase == "alertar":
        registrar_error("Twilio", f"No se pudo entregar (código {codigo}): {motivo.frase}", nombre_nora, "webhook.estados")
    if not motivo.se_repite_solo or not se_puede_repetir:
        return False
    mensaje = obtener_mensaje(nombre_nora, aplicado.mensaje_id)
    edad = dt.datetime.now(dt.UTC) - mensaje.fecha_hora
    if not repetir_si_conviene(nombre_nora, aplicado.mensaje_id, codigo, intento=mensaje.intento, edad=edad):
        return False
    tiempo_real.despertar("enviar")
    return True
