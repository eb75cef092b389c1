"""Ninguna prueba sale de esta máquina: lo que intente conectarse fuera falla diciendo adónde iba."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest


class SinRed(RuntimeError):
    """Una prueba quiso salir a la red."""


def es_local(servidor: object) -> bool:
    """Si ese nombre o dirección es esta misma máquina."""
    if servidor in {None, "", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(servidor)).is_loopback
    except ValueError:
        return False


def cortar(parche: pytest.MonkeyPatch) -> None:
    """Deja sólo los enchufes de Unix y las direcciones locales."""
    conectar, intentar, resolver = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def exigir(donde: object) -> None:
        if not es_local(donde):
            raise SinRed(f"Una prueba quiso conectarse a {donde!r}: usa un doble local")

    def connect(self: socket.socket, direccion: Any) -> None:
        if self.family != socket.AF_UNIX:
            exigir(direccion[0])
        conectar(self, direccion)

    def connect_ex(self: socket.socket, direccion: Any) -> int:
        if self.family != socket.AF_UNIX:
            exigir(direccion[0])
        return intentar(self, direccion)

    def getaddrinfo(servidor: Any, *resto: Any, **opciones: Any) -> Any:
        exigir(servidor)
        return resolver(servidor, *resto, **opciones)

    parche.setattr(socket.socket, "connect", connect)
    parche.setattr(socket.socket, "connect_ex", connect_ex)
    parche.setattr(socket, "getaddrinfo", getaddrinfo)
