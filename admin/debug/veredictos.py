"""Los veredictos y las firmas del libro de avisos, en palabras. Puro."""

from __future__ import annotations

VEREDICTOS: dict[str, tuple[str, str]] = {
    "guardado": ("Guardado", "bien"),
    "aplicado": ("Aplicado", "bien"),
    "atrasado": ("Llegó tarde", ""),
    "desconocido": ("Envío ajeno", "atencion"),
    "sin_nora": ("Sin Nora", "atencion"),
    "no_entendido": ("No se entendió", "mal"),
}
"""Veredicto → (cómo se dice, de qué color)."""

FIRMAS = {
    "sha1": "Firma con Auth Token",
    "sha256": "Firma SHA-256",
    "anterior": "Firma con el token anterior",
    "sombra": "En sombra: se habría rechazado",
    "conciliacion": "Recuperado de Twilio",
}

TIPOS_DE_AVISO = {"mensaje": "Mensaje", "estado": "Estado de un envío"}

FINALES = {
    "guardado": ("Guardado ahora en su conversación.", "bien"),
    "aplicado": ("Estado aplicado: el envío avanzó.", "bien"),
    "ajeno": ("No se entregó: era para otra Nora o llegó por la cuenta de otra.", "mal"),
    "fallido": ("No se pudo. El motivo está en Errores.", "mal"),
}
"""Cómo acabó un reproceso → (frase, color)."""

SIN_CAMBIOS = {
    "guardado": ("Ya estaba guardado: no cambió nada.", ""),
    "sin_nora": ("Sigue sin Nora: su número no es de ninguna.", "atencion"),
    "no_entendido": ("Sigue sin entenderse: está entero en el libro.", "mal"),
    "aplicado": ("Ya estaba aplicado: no cambió nada.", ""),
    "atrasado": ("Sin cambios: el envío ya iba más adelante.", ""),
    "desconocido": ("Sigue siendo de un envío que no salió de aquí.", "atencion"),
}
"""Lo mismo cuando nada cambió, según el veredicto con el que el aviso sigue en el libro."""

ESTADOS = {
    "accepted": "aceptado",
    "scheduled": "programado",
    "queued": "en cola",
    "sending": "enviándose",
    "sent": "enviado",
    "delivered": "entregado",
    "read": "leído",
    "undelivered": "sin entregar",
    "failed": "fallido",
    "canceled": "cancelado",
    "receiving": "recibiéndose",
    "received": "recibido",
}
"""Los estados de Twilio (MessageStatus) en español; el que no esté se enseña como vino."""


def decir_final(final: str, veredicto: str) -> tuple[str, str]:
    """Cómo acabó un reproceso: una sola cosa. `veredicto` es con el que quedó el aviso."""
    return FINALES.get(final) or SIN_CAMBIOS.get(veredicto, ("Sin cambios.", ""))
