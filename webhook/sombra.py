"""Los números en sombra: lo que se habría rechazado entra, se cuenta aparte del webhook y la agencia lo sabe una vez."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from registro.bitacora import registrar_error, registro
from sql.conexion import ERRORES_DE_CONEXION
from sql.modelos.remitentes import sumar_sombra


@dataclass(slots=True)
class _Cuenta:
    veces: int
    ultima: dt.datetime
    motivo: str


_candado = threading.Lock()
_por_nora: dict[str, _Cuenta] = {}
_dichos: set[tuple[str, str]] = set()


def contar(nombre_nora: str, motivo: str, ahora: dt.datetime) -> None:
    """Suma un aviso que entró sólo porque su número está en sombra. No espera a la base: se guarda detrás, juntos."""
    with _candado:
        primero = not _por_nora
        cuenta = _por_nora.setdefault(nombre_nora, _Cuenta(0, ahora, motivo))
        cuenta.veces, cuenta.ultima, cuenta.motivo = cuenta.veces + 1, ahora, motivo
    if primero:
        _mesa().submit(_guardar)


def vaciar() -> None:
    """Espera a que lo contado hasta aquí esté en la base."""
    hecho: Future[None] = _mesa().submit(_guardar)
    hecho.result(timeout=10)


@lru_cache(1)
def _mesa() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="sombra")


def _guardar() -> None:
    with _candado:
        cuentas = dict(_por_nora)
        _por_nora.clear()
    for nombre_nora, cuenta in cuentas.items():
        try:
            sumar_sombra(nombre_nora, cuenta.veces, ultima=cuenta.ultima, motivo=cuenta.motivo)
        except ERRORES_DE_CONEXION as fallo:
            # El mensaje ya está guardado y marcado «sombra» en el libro: sólo se pierde la cuenta rápida.
            registro.warning("cuenta de sombra sin guardar", causa=type(fallo).__name__, veces=cuenta.veces)
        _decir(nombre_nora, cuenta.motivo)


def _decir(nombre_nora: str, motivo: str) -> None:
    if (nombre_nora, motivo) in _dichos:
        return
    _dichos.add((nombre_nora, motivo))
    registrar_error(
        "Webhook",
        f"El número está en sombra y entró un aviso que se rechazaría al exigir la firma: {motivo}. Corrígelo antes de que venza.",
        nombre_nora,
        "webhook.sombra",
    )
