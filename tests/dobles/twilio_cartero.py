"""El cartero del doble de Twilio: lleva los avisos firmados, a su hora, en el orden que le digan, y recuerda qué le contestaron."""

from __future__ import annotations

import base64
import hashlib
import heapq
import hmac
import http.client
import itertools
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urlencode, urlsplit

Llevar = Callable[[str, Mapping[str, str], Mapping[str, str]], int]
"""(url, parámetros, cabeceras) → código HTTP; 0 si no se pudo conectar."""
SIN_RESPUESTA = 0
PLAZO_SEGUNDOS = 15


def firmar(ficha: str, url: str, parametros: Mapping[str, str]) -> str:
    """HMAC-SHA1 de la dirección sin fragmento y los parámetros por orden (twilio.com/docs/usage/security), hecha aquí a propósito."""
    todo = urldefrag(url).url + "".join(nombre + parametros[nombre] for nombre in sorted(parametros))
    return base64.b64encode(hmac.new(ficha.encode(), todo.encode(), hashlib.sha1).digest()).decode()


def por_http(url: str, parametros: Mapping[str, str], cabeceras: Mapping[str, str]) -> int:
    """Publica el formulario de verdad; devuelve el código, o 0 si nadie contestó."""
    partes = urlsplit(url)
    conexion = http.client.HTTPConnection(partes.hostname or "", partes.port, timeout=PLAZO_SEGUNDOS)
    try:
        ruta = partes.path + (f"?{partes.query}" if partes.query else "")
        tipo = {"Content-Type": "application/x-www-form-urlencoded"}
        conexion.request("POST", ruta, urlencode(parametros), {**cabeceras, **tipo})
        return conexion.getresponse().status
    except (OSError, http.client.HTTPException):
        return SIN_RESPUESTA
    finally:
        conexion.close()


def parametros_de_estado(mensaje: dict[str, Any], estado: str, codigo: str | None) -> dict[str, str]:
    """Los parámetros de un aviso de estado de WhatsApp (twilio.com/docs/messaging/guides/track-outbound-message-status)."""
    parametros = {
        "AccountSid": mensaje["account_sid"],
        "ApiVersion": "2010-04-01",
        "ChannelInstallSid": "XE" + "7" * 32,
        "ChannelPrefix": "whatsapp",
        "From": mensaje["from"] or "",
        "MessageSid": mensaje["sid"],
        "MessageStatus": estado,
        "SmsSid": mensaje["sid"],
        "SmsStatus": estado,
        "To": mensaje["to"],
    }
    if estado in {"failed", "undelivered"} and codigo:
        parametros |= {"ErrorCode": codigo, "ChannelStatusMessage": "no se pudo entregar"}
    if estado in {"delivered", "read"}:
        parametros["EventType"] = estado.upper()
    if mensaje["messaging_service_sid"]:
        parametros["MessagingServiceSid"] = mensaje["messaging_service_sid"]
    return parametros


@dataclass
class Cartero:
    """Publica avisos firmados. `intentos` es cuántas veces prueba cada uno cuando no le contestan 2xx, separados por `pausa`."""

    llevar: Llevar = por_http
    intentos: int = 1
    pausa: float = 0.5
    manos: int = 16
    codigos: Counter[int] = field(default_factory=Counter)
    perdidos: list[str] = field(default_factory=list)
    _cola: list[tuple[float, int, Callable[[], object]]] = field(default_factory=list)
    _turno: threading.Condition = field(default_factory=threading.Condition)
    _orden: itertools.count[int] = field(default_factory=itertools.count)
    _en_mano: int = 0
    _hilo: threading.Thread | None = None

    def entregar(self, ficha: str, url: str, parametros: Mapping[str, str], que: str = "") -> int:
        """Lo lleva ahora, con sus reintentos; devuelve el último código. Lo que nadie aceptó queda en `perdidos`."""
        cabeceras = {
            "X-Twilio-Signature": firmar(ficha, url, parametros),
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "User-Agent": "TwilioProxy/1.1",
            "X-Home-Region": "us1",
        }
        codigo = SIN_RESPUESTA
        for intento in range(self.intentos):
            if intento:
                time.sleep(self.pausa * intento)
            codigo = self.llevar(urldefrag(url).url, parametros, cabeceras)
            with self._turno:
                self.codigos[codigo] += 1
            if 200 <= codigo < 300:
                return codigo
        with self._turno:
            self.perdidos.append(que or parametros.get("MessageSid", ""))
        return codigo

    def encargar(self, dentro_de: float, recado: Callable[[], object]) -> None:
        """Hará ese recado dentro de esos segundos, en otro hilo."""
        with self._turno:
            heapq.heappush(self._cola, (time.monotonic() + dentro_de, next(self._orden), recado))
            if self._hilo is None:
                self._hilo = threading.Thread(target=self._repartir, name="cartero", daemon=True)
                self._hilo.start()
            self._turno.notify_all()

    def esperar(self, limite: float = 30) -> bool:
        """Espera a que no quede nada por llevar; dice si lo consiguió."""
        with self._turno:
            return self._turno.wait_for(lambda: not self._cola and not self._en_mano, limite)

    def _repartir(self) -> None:
        with ThreadPoolExecutor(self.manos, thread_name_prefix="cartero") as manos:
            while True:
                with self._turno:
                    while not self._cola or self._cola[0][0] > time.monotonic():
                        self._turno.wait(self._cola[0][0] - time.monotonic() if self._cola else None)
                    _, _, recado = heapq.heappop(self._cola)
                    self._en_mano += 1
                manos.submit(self._hacer, recado)

    def _hacer(self, recado: Callable[[], object]) -> None:
        try:
            recado()
        finally:
            with self._turno:
                self._en_mano -= 1
                self._turno.notify_all()
