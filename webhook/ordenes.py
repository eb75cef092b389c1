"""Qué se contesta a quien pide no recibir promociones o volver a recibirlas: una vez, sin la IA y diciendo cómo volver. Puro."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ORIGEN = "automatico"
"""Con esto se firma en el historial: no lo escribió la IA ni una persona."""
TEXTO_DE_BAJA = "Listo, ya no te enviaremos promociones. Si nos escribes, te seguiremos respondiendo. Si cambias de idea, escribe ALTA."
TEXTO_DE_ALTA = "Listo, volverás a recibir nuestras promociones. Si cambias de idea, escribe BAJA."


@dataclass(frozen=True, slots=True)
class Acuse:
    """Lo que cierra las órdenes pendientes de un hilo."""

    mensaje_id: int
    """La última orden: ella y lo anterior quedan atendidos."""
    texto: str
    """Vacío si no hay que decir nada: ya se confirmó antes."""

    @property
    def clave(self) -> str:
        """Con ella un segundo intento no repite la confirmación."""
        return f"orden-{self.mensaje_id}"


def acuse_de(ordenes: Sequence[tuple[int, str]]) -> Acuse | None:
    """El acuse de las órdenes pendientes (id, intención), en orden; None si no hay ninguna.

    Si en una misma tanda se desdijo, vale lo último que pidió; repetir la baja no se contesta otra vez.
    """
    if not ordenes:
        return None
    pedidas = [intencion for _, intencion in ordenes if intencion != "baja_repetida"]
    texto = "" if not pedidas else TEXTO_DE_BAJA if pedidas[-1] == "baja" else TEXTO_DE_ALTA
    return Acuse(ordenes[-1][0], texto)
