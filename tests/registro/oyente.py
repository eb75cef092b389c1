"""Un navegador con el socket abierto: entra con su cookie y apunta cada aviso que oye."""

from __future__ import annotations

import threading
from typing import Any

import socketio

from registro.config import Ajustes
from tests.panel import ClienteDePanel

PLAZO = 20.0
"""Segundos como mucho para oír algo; se espera al aviso, no al reloj."""


class Oyente:
    """Un cliente de Socket.IO de verdad, por websocket."""

    def __init__(self, ajustes: Ajustes, cliente: ClienteDePanel | None = None, *, origen: str | None = None) -> None:
        self._url = ajustes.url_interna
        self._cookie = self._cookie_de(cliente)
        self._cambio = threading.Condition()
        self.avisos: list[dict[str, Any]] = []
        self.tandas = 0
        self.socket = socketio.Client(
            reconnection_delay=0.2, reconnection_delay_max=0.5, request_timeout=10, websocket_extra_options={"origin": origen or self._url}
        )
        self.socket.on("avisos", self._apuntar)
        self.colgado = threading.Event()
        self.socket.eio.on("disconnect", self._colgar)
        self.rechazos: list[Any] = []
        self.socket.on("connect_error", self.rechazos.append)

    def _colgar(self, *motivo: Any) -> None:
        self.colgado.set()
        self.socket._handle_eio_disconnect(*motivo)

    @staticmethod
    def _cookie_de(cliente: ClienteDePanel | None) -> dict[str, str]:
        galleta = cliente.get_cookie("aura") if cliente else None
        return {"Cookie": f"aura={galleta.value}"} if galleta else {}

    def _apuntar(self, avisos: list[dict[str, Any]]) -> None:
        with self._cambio:
            self.avisos += avisos
            self.tandas += 1
            self._cambio.notify_all()

    def conectar(self, **opciones: Any) -> Oyente:
        """Abre el socket y espera a que el servidor lo acepte o lo rechace."""
        self.socket.connect(self._url, headers=self._cookie, transports=["websocket"], wait_timeout=10, **opciones)
        return self

    def esperar(self, que: str, **ids: Any) -> dict[str, Any]:
        """El primer aviso con esos datos; falla si no llega."""

        def hallado() -> dict[str, Any] | None:
            return next((a for a in self.avisos if a["que"] == que and ids.items() <= a.items()), None)

        with self._cambio:
            assert self._cambio.wait_for(lambda: hallado() is not None, PLAZO), f"no llegó {que} {ids}; llegó {self.avisos}"
            aviso = hallado()
            assert aviso is not None
            return aviso

    def __enter__(self) -> Oyente:
        return self.conectar()

    def __exit__(self, *_: object) -> None:
        cable = getattr(self.socket.eio, "ws", None)
        if cable is not None:
            # Colgar sin esperar tres segundos a que el otro lado se despida.
            cerrar = cable.close
            cable.close = lambda **_: cerrar(timeout=0)
        self.socket.shutdown()
