"""Lo último que llegó de verdad a una Nora, para quien está esperando a ver si su conexión funciona."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from sql.conexion import transaccion
from sql.modelos.webhooks import WebhookRecibido


@dataclass(frozen=True, slots=True)
class Llegada:
    """Un aviso de mensaje que entró por el webhook. `firma` dice cómo se comprobó."""

    de: str
    recibido_en: dt.datetime
    firma: str


FIRMAS_DE_VERDAD = ("sha1", "sha256", "anterior")
"""Lo que entró en sombra o lo que se recuperó después no prueba que la conexión funcione."""


def buscar_llegada(nombre_nora: str, cuenta: str, desde: dt.datetime) -> Llegada | None:
    """El primer mensaje que entró por el webhook, por esa cuenta y con su firma buena, después de ese momento; o None."""
    orden = (
        select(WebhookRecibido)
        .where(
            WebhookRecibido.nombre_nora == nombre_nora,
            WebhookRecibido.tipo == "mensaje",
            WebhookRecibido.recibido_en > desde,
            WebhookRecibido.firma.in_(FIRMAS_DE_VERDAD),
            WebhookRecibido.parametros["AccountSid"].astext == cuenta,
        )
        .order_by(WebhookRecibido.recibido_en)
        .limit(1)
    )
    with transaccion(nombre_nora) as sesion:
        fila = sesion.scalar(orden)
    if fila is None:
        return None
    return Llegada(str(fila.parametros.get("From", "")), fila.recibido_en, fila.firma or "")
