"""Los avisos de estado de lo que enviamos: en cualquier orden, repetidos o adelantados; un mensaje sólo avanza."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registro import tiempo_real
from registro.bitacora import registro
from sql.modelos.webhooks import EstadoAplicado, todas_las_noras_anotar_estado
from webhook.codigos import motivo_de
from webhook.entrada import SID_DE_MENSAJE, aplanar, limpiar

_ESTADOS = frozenset(
    {"accepted", "scheduled", "queued", "sending", "sent", "delivered", "read", "failed", "undelivered", "canceled", "partially_delivered"}
)


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
        "ficha_idempotencia": ficha,
    }


def anotar(parametros: Mapping[str, list[str]], intencion: str, ficha: str | None) -> EstadoAplicado | None:
    """Anota un aviso verificado y, si hizo avanzar un mensaje, lo dice a los navegadores."""
    aviso = leer(parametros, intencion, ficha)
    if aviso is None:
        registro.warning("aviso de estado que no se entiende")
        return None
    aplicado = todas_las_noras_anotar_estado(aviso)
    if aplicado is not None:
        tiempo_real.avisar(
            aplicado.nombre_nora, "mensaje.estado", conversacion=aplicado.conversacion_id, id=aplicado.mensaje_id, estado=aplicado.estado
        )
    return aplicado
