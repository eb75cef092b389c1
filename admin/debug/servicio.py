"""Resolver, reabrir y limpiar errores, y mirar los avisos de Twilio que nadie pudo usar."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from admin.debug.libro import Aviso, preparar
from registro import bitacora
from sql.modelos.base import NoEncontrado
from sql.modelos.errores import todas_las_noras_resolver_error
from sql.modelos.webhooks import todas_las_noras_listar_webhooks

VEREDICTOS_SIN_DESTINO = ("no_entendido", "sin_nora")


class YaEstaAbierto(ValueError):
    """El mismo fallo volvió a pasar y ya tiene otra fila abierta."""


def resolver_error(error_id: int, resuelto: bool) -> None:
    """Marca un error como resuelto o lo reabre.

    Raises:
        NoEncontrado: si no existe.
        YaEstaAbierto: si al reabrirlo ya hay otra fila abierta del mismo fallo.
    """
    try:
        existia = todas_las_noras_resolver_error(error_id, resuelto)
    except IntegrityError:
        raise YaEstaAbierto("Este fallo ya volvió a pasar: búscalo entre los abiertos.") from None
    if not existia:
        raise NoEncontrado(f"No existe el error {error_id}")


def limpiar() -> int:
    """Borra los errores de más de 90 días; devuelve cuántos."""
    return bitacora.limpiar()


def listar_avisos_sin_destino(limite: int = 50) -> list[Aviso]:
    """Los últimos avisos que nadie entendió o cuyo número no es de ninguna Nora, el más reciente primero."""
    filas = [fila for veredicto in VEREDICTOS_SIN_DESTINO for fila in todas_las_noras_listar_webhooks(veredicto=veredicto, limite=limite)]
    filas.sort(key=lambda fila: fila.id, reverse=True)
    return [preparar(fila) for fila in filas[:limite]]
