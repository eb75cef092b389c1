"""Las filas de la tabla del mes y su suma. Puro."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sql.modelos.noras import Nora
from webhook.canal import tarifas

SIN_NADA = tarifas.estimar([], tarifas.FECHA_DE_LAS_TARIFAS)


@dataclass(frozen=True, slots=True)
class Fila:
    """Una Nora y lo que consumió."""

    nombre_nora: str
    titulo: str
    es_ejemplo: bool
    consumo: tarifas.Consumo


@dataclass(frozen=True, slots=True)
class Suma:
    """El mes entero de la agencia."""

    entrantes: int
    salientes: int
    fallidos: int
    twilio: Decimal
    meta: Decimal
    aproximado: bool

    @property
    def total(self) -> Decimal:
        """Twilio y Meta juntos."""
        return self.twilio + self.meta


def filas_de(noras: Sequence[Nora], consumos: Mapping[str, tarifas.Consumo]) -> list[Fila]:
    """Una fila por Nora, la que más gasta primero; las que no tuvieron mensajes, al final y a cero."""
    filas = [Fila(n.nombre_nora, n.titulo, n.es_ejemplo, consumos.get(n.nombre_nora, SIN_NADA)) for n in noras]
    return sorted(filas, key=lambda f: (-f.consumo.total, -f.consumo.entrantes - f.consumo.salientes, f.titulo))


def sumar(filas: Iterable[Fila]) -> Suma:
    """Lo que paga la agencia: las Noras de ejemplo no cuentan, sus mensajes no salen a WhatsApp."""
    de_verdad = [f.consumo for f in filas if not f.es_ejemplo]
    return Suma(
        sum(c.entrantes for c in de_verdad),
        sum(c.salientes for c in de_verdad),
        sum(c.fallidos for c in de_verdad),
        sum((c.twilio for c in de_verdad), tarifas.CERO),
        sum((c.meta for c in de_verdad), tarifas.CERO),
        any(c.aproximado for c in de_verdad),
    )
