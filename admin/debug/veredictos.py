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
    "guardado": ("Mensaje guardado en su conversación.", "bien"),
    "aplicado": ("Estado aplicado: el envío avanzó.", "bien"),
    "igual": ("Sin cambios: ya estaba como debe, o sigue sin tener sitio.", ""),
    "ajeno": ("No se entregó: era para otra Nora o llegó por la cuenta de otra.", "mal"),
    "fallido": ("No se pudo. El motivo está en Errores.", "mal"),
}
"""Cómo acabó un reproceso → (frase, color)."""
