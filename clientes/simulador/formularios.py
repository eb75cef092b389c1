"""Lo que se manda desde el teléfono del simulador: un texto, o uno de los atajos de debajo. Puro."""

from __future__ import annotations

from collections.abc import Mapping

from clientes.simulador.recado import ATAJOS, Recado
from registro.textos import varias_lineas

LARGO_MAXIMO = 1600
"""Caracteres que WhatsApp entrega por Twilio en un mensaje entrante."""


class NoSePuedeMandar(ValueError):
    """Lo escrito no es un mensaje; el motivo se enseña tal cual."""


def leer_recado(campos: Mapping[str, str]) -> Recado:
    """El mensaje que se pidió mandar.

    Raises:
        NoSePuedeMandar: si está vacío, es demasiado largo o el atajo no existe.
    """
    if "atajo" in campos:
        if campos["atajo"] not in ATAJOS:
            raise NoSePuedeMandar("Ese atajo no existe. Recarga la página.")
        return ATAJOS[campos["atajo"]][1]
    texto = varias_lineas(campos.get("texto", ""))
    if not texto:
        raise NoSePuedeMandar("Escribe algo antes de enviar.")
    if len(texto) > LARGO_MAXIMO:
        raise NoSePuedeMandar(f"El mensaje tiene {len(texto)} caracteres y WhatsApp admite {LARGO_MAXIMO}.")
    return Recado(texto)
