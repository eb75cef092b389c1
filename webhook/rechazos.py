"""Los avisos que no pasan: se cuentan, y si a un número se le rechazan todos seguidos la agencia se entera."""

from __future__ import annotations

import itertools
import threading
from collections import Counter

from registro.bitacora import registrar_error, registro
from webhook.firma import Veredicto

SEGUIDOS_PARA_AVISAR = 20
"""Uno suelto es cualquiera probando la puerta; veinte sin uno bueno entre medias es un token o una dirección mal puestos."""

_total = itertools.count(1)
_candado = threading.Lock()
_seguidos: Counter[str] = Counter()


def anotar(veredicto: Veredicto, camino: str) -> None:
    """Apunta cómo acabó un aviso de una Nora. El rechazado deja un renglón contado, sin cuerpo ni firma."""
    nora = veredicto.nombre_nora
    if veredicto.firma is not None:
        if nora and _seguidos.get(nora):
            with _candado:
                _seguidos.pop(nora, None)
        return
    registro.warning("firma rechazada", total=next(_total), camino=camino, motivo=veredicto.motivo, nora=nora)
    if not nora:
        return
    with _candado:
        _seguidos[nora] += 1
        avisar = _seguidos[nora] == SEGUIDOS_PARA_AVISAR
    if avisar:
        registrar_error(
            "Webhook",
            f"Se están rechazando todos los avisos de este número: {veredicto.motivo}. Compruébalo en los ajustes del número; mientras"
            " lo arreglas puedes ponerlo en sombra para no perder mensajes.",
            nora,
            "webhook.firma",
        )


def olvidar() -> None:
    """Pone las cuentas a cero (en las pruebas)."""
    with _candado:
        _seguidos.clear()
