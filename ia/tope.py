"""Un tope de tiempo y de tamaño para cada respuesta HTTP: quien contesta con cuentagotas o sin fin no retiene a nadie."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import cast

import httpx2

ENTRE_TROZOS = 5.0
"""Segundos de silencio que se toleran a mitad de un cuerpo ya empezado."""


class DemasiadoGrande(Exception):
    """El cuerpo pasa del tamaño que una respuesta de chat puede tener."""


def poner_tope(respuesta: httpx2.Response, *, bytes_maximos: int) -> None:
    """Gancho de respuesta: desde aquí el cuerpo tiene, como mucho, el tiempo de lectura que pidió la llamada y ese tamaño."""
    tiempos = respuesta.request.extensions.setdefault("timeout", {})
    segundos = tiempos.get("read") or ENTRE_TROZOS
    tiempos["read"] = min(segundos, ENTRE_TROZOS)
    respuesta.stream = _ConTope(
        cast(httpx2.SyncByteStream, respuesta.stream), respuesta.request, time.monotonic() + segundos, bytes_maximos
    )


class _ConTope(httpx2.SyncByteStream):
    def __init__(self, dentro: httpx2.SyncByteStream, peticion: httpx2.Request, limite: float, bytes_maximos: int) -> None:
        self._dentro, self._peticion, self._limite, self._bytes_maximos = dentro, peticion, limite, bytes_maximos

    def __iter__(self) -> Iterator[bytes]:
        leidos = 0
        for trozo in self._dentro:
            leidos += len(trozo)
            if leidos > self._bytes_maximos:
                raise DemasiadoGrande(f"más de {self._bytes_maximos} bytes")
            if time.monotonic() > self._limite:
                raise httpx2.ReadTimeout("la respuesta no terminó a tiempo", request=self._peticion)
            yield trozo

    def close(self) -> None:
        self._dentro.close()
