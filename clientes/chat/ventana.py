"""La ventana de WhatsApp: hasta cuándo se puede escribir libremente a una persona. Puro."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

MARGEN = dt.timedelta(minutes=1)
"""Se da por cerrada un minuto antes: el mensaje aún pasa por la cola de Twilio. La función `reclamar_envios` usa el mismo."""
PRONTO = dt.timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Ventana:
    """Cuándo se cierra (None si la persona nunca escribió) y cuánto queda."""

    cierra_en: dt.datetime | None
    queda: dt.timedelta

    @property
    def abierta(self) -> bool:
        """Si WhatsApp acepta ahora un mensaje libre."""
        return self.queda > dt.timedelta(0)

    @property
    def por_cerrar(self) -> bool:
        """Abierta, pero quedan menos de dos horas."""
        return self.abierta and self.queda < PRONTO

    @property
    def en_palabras(self) -> str:
        """«5 h 12 min», «40 min»; «menos de 1 min» al final."""
        minutos = int(self.queda.total_seconds() // 60)
        if minutos < 1:
            return "menos de 1 min"
        horas, resto = divmod(minutos, 60)
        return " ".join(parte for parte in (f"{horas} h" if horas else "", f"{resto} min" if resto else "") if parte)


def ventana_de(ventana_hasta: dt.datetime | None, ahora: dt.datetime) -> Ventana:
    """La ventana que dice el hilo: 24 horas desde el último mensaje de la persona, o 72 si llegó por un anuncio y se le respondió.

    La regla (developers.facebook.com, «Customer service windows» y «Free entry points») la aplica la base al recibir y al confirmar.
    """
    if ventana_hasta is None:
        return Ventana(None, dt.timedelta(0))
    cierra_en = ventana_hasta - MARGEN
    return Ventana(cierra_en, max(cierra_en - ahora, dt.timedelta(0)))


def motivo_de_bloqueo(puede_escribir: bool, direccion: str | None, ventana: Ventana) -> str:
    """Por qué no se puede escribir ahora en un hilo, en palabras; vacío si se puede.

    Args:
        direccion: a dónde se respondería, tal como escribió la persona.
    """
    if not puede_escribir:
        return "Tu rol en esta Nora es de sólo lectura: puedes mirar, pero no escribir."
    if ventana.cierra_en is None or not direccion:
        return "Esta persona aún no te ha escrito por aquí. WhatsApp sólo deja iniciar la charla con una plantilla aprobada."
    if not ventana.abierta:
        return (
            "Se cerró la ventana de WhatsApp: pasaron más de 24 horas desde su último mensaje. "
            "Podrás escribirle cuando vuelva a escribirte; mientras tanto WhatsApp sólo admite plantillas aprobadas."
        )
    return ""
