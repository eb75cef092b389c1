"""Cómo se porta mal el doble de Twilio: al crear un mensaje, y al avisar de lo que le fue pasando."""

from __future__ import annotations

import json
import random
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from werkzeug import Request, Response

ANTES: Mapping[str, Callable[[str], Response]] = {
    "429": lambda _: error(429, 20429),
    "500_antes": lambda _: error(500, 20500),
    "401": lambda _: error(401, 20003),
    "codigo": lambda dato: error(400, int(dato)),
    "http": lambda dato: Response(f"<html>{dato}</html>", status=int(dato), mimetype="text/html"),
}
"""No acepta nada y lo dice."""
DESPUES: Mapping[str, Callable[[], Response]] = {
    "500_despues": lambda: error(500, 20500),
    "503_despues": lambda: error(503, 20503),
    "html": lambda: Response("<html>mantenimiento</html>", status=201, mimetype="text/html"),
    "json_roto": lambda: Response('{"sid": "SM', status=201, mimetype="application/json"),
    "sin_sid": lambda: Response('{"status": "queued"}', status=201, mimetype="application/json"),
}
"""Acepta el mensaje y contesta otra cosa."""


def error(http: int, codigo: int) -> Response:
    """Un error con la forma de los de Twilio."""
    cuerpo = {"code": codigo, "message": "texto que no se usa", "more_info": f"https://www.twilio.com/docs/errors/{codigo}", "status": http}
    return Response(json.dumps(cuerpo), status=http, mimetype="application/json")


def cortar(peticion: Request) -> Response:
    """Cierra el enchufe sin contestar. Lo que devuelve ya no llega a nadie."""
    enchufe: socket.socket = peticion.environ["werkzeug.socket"]
    with suppress(OSError):
        enchufe.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


@dataclass
class Azar:
    """Averías al azar con semilla: probabilidad de cada una por petición."""

    semilla: int
    probabilidades: Mapping[str, float]
    _dado: random.Random = field(init=False)
    _candado: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._dado = random.Random(self.semilla)

    def tirar(self) -> str:
        """La avería que toca, o cadena vacía."""
        with self._candado:
            punto = self._dado.random()
        for averia, probabilidad in self.probabilidades.items():
            if punto < probabilidad:
                return averia
            punto -= probabilidad
        return ""


@dataclass
class PlanDeAvisos:
    """Qué avisos de estado manda el doble después de aceptar. Las proporciones van de 0 a 1; los tiempos, en segundos."""

    estados: tuple[str, ...] = ("sent", "delivered", "read")
    revueltos: float = 0
    repetidos: float = 0
    perdidos: float = 0
    adelantados: float = 0
    fallidos: float = 0
    codigo: str = "63016"
    demora: tuple[float, float] = (0.0, 0.05)
    semilla: int = 0
    _dado: random.Random = field(init=False)
    _candado: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._dado = random.Random(self.semilla)

    def tirar(self) -> Tirada:
        """Lo que le pasará a un mensaje."""
        with self._candado:
            dado = self._dado
            falla = dado.random() < self.fallidos
            ciertos = ("sent", "failed") if falla else self.estados
            avisos = [e for e in ciertos if dado.random() >= self.perdidos]
            avisos += [e for e in avisos if dado.random() < self.repetidos]
            if dado.random() < self.revueltos:
                dado.shuffle(avisos)
            else:
                avisos.sort(key=ciertos.index)
            adelantado = dado.random() < self.adelantados
            demoras = sorted(dado.uniform(*self.demora) for _ in avisos)
        return Tirada(ciertos, self.codigo if falla else None, list(zip(demoras, avisos, strict=True)), adelantado)


@dataclass(frozen=True)
class Tirada:
    """Los estados por los que pasa de verdad, su código si falla, los avisos con su demora, y si el primero se adelanta a la respuesta."""

    ciertos: tuple[str, ...]
    codigo: str | None
    avisos: list[tuple[float, str]]
    adelantado: bool
