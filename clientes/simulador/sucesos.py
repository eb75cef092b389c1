"""«Qué pasó»: los avisos de Twilio de una persona y lo que pensó la IA, en una sola lista. Puro."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sql.modelos.recibos import Recibo
from sql.modelos.webhooks import WebhookRecibido

_VEREDICTOS = {
    "guardado": "guardado",
    "no_entendido": "no se entiende, pero quedó en el libro",
    "sin_nora": "el número no es de ninguna Nora",
    "aplicado": "aplicado",
    "desconocido": "se adelantó a su envío",
}
_ESTADOS = {
    "accepted": "aceptado",
    "scheduled": "programado",
    "queued": "en cola",
    "sending": "enviándose",
    "sent": "enviado",
    "delivered": "entregado",
    "read": "leído",
    "failed": "fallido",
    "undelivered": "no entregado",
    "canceled": "cancelado",
}


@dataclass(frozen=True, slots=True)
class Suceso:
    """Un renglón de la lista."""

    clave: str
    """Identifica el renglón dentro de la página."""
    momento: dt.datetime
    icono: str
    titulo: str
    detalle: str
    http: int | None = None
    veredicto: str = ""
    repeticiones: int = 0


def contar_sucesos(webhooks: Sequence[WebhookRecibido], recibos: Mapping[int, Recibo]) -> list[Suceso]:
    """La lista, de lo más nuevo a lo más viejo. `recibos` va por id del mensaje que escribió la IA."""
    sucesos = [_de_webhook(w) for w in webhooks] + [_de_recibo(m, r) for m, r in recibos.items()]
    return sorted(sucesos, key=lambda suceso: suceso.momento, reverse=True)


def _de_webhook(webhook: WebhookRecibido) -> Suceso:
    # El libro sólo tiene lo que pasó la firma y quedó guardado: a un mensaje se contestó 200 y a un aviso de estado, 204.
    es_mensaje = webhook.tipo == "mensaje"
    estado = _ESTADOS.get(webhook.estado or "", webhook.estado or "")
    return Suceso(
        f"w{webhook.id}",
        webhook.recibido_en,
        "message-down" if es_mensaje else "checks",
        "Llegó un mensaje" if es_mensaje else f"Aviso de estado: {estado}",
        _que_decia(webhook) if es_mensaje else "",
        200 if es_mensaje else 204,
        _VEREDICTOS.get(webhook.veredicto, webhook.veredicto),
        webhook.repeticiones,
    )


def _que_decia(webhook: WebhookRecibido) -> str:
    texto = str(webhook.parametros.get("Body") or webhook.parametros.get("Label") or "")
    return f"«{texto[:80]}{'…' if len(texto) > 80 else ''}»" if texto else ""


def _de_recibo(mensaje_id: int, recibo: Recibo) -> Suceso:
    titulo = "La IA respondió" if recibo.accion == "responder" else "La IA pasó el caso a una persona"
    con = recibo.modelo or "el conocimiento de la Nora"
    detalle = f"{_de_donde(recibo)} Con {con}, en {recibo.milisegundos} ms.".strip()
    return Suceso(f"r{mensaje_id}", recibo.created_at, "robot", titulo, detalle)


def _de_donde(recibo: Recibo) -> str:
    """El motivo si lo hay; si no, el primer bloque usado."""
    if recibo.motivo:
        return recibo.motivo[0].upper() + recibo.motivo[1:].rstrip(".") + "."
    texto = str(recibo.bloques[0].get("texto") or "") if recibo.bloques else ""
    return f"Usó «{texto[:60]}{'…' if len(texto) > 60 else ''}»." if texto else ""
