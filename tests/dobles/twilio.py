"""Un Twilio con memoria: acepta, rechaza, corta, tarda, y lista lo que de verdad aceptó."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import time
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


@dataclass
class DobleDeTwilio:
    """La API de mensajes de una cuenta. `averias` se consume en orden: una por petición de envío."""

    servidor: HTTPServer
    cuenta: str
    aceptados: list[dict[str, Any]] = field(default_factory=list)
    averias: list[str] = field(default_factory=list)
    listado_caido: bool = False
    peticiones: int = 0
    _sids: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        ruta = f"/2010-04-01/Accounts/{self.cuenta}/Messages.json"
        self.servidor.expect_request(ruta, method="POST").respond_with_handler(self._crear)
        self.servidor.expect_request(ruta, method="GET").respond_with_handler(self._listar)

    @property
    def url(self) -> str:
        """La base para TWILIO_API_URL."""
        return self.servidor.url_for("").rstrip("/")

    def _crear(self, peticion: Request) -> Response:
        self.peticiones += 1
        averia = self.averias.pop(0) if self.averias else ""
        if not peticion.authorization:
            return _error(401, 20003)
        if averia == "429":
            return _error(429, 20429)
        if averia == "500_antes":
            return _error(500, 20500)
        if averia.startswith("codigo:"):
            return _error(400, int(averia.removeprefix("codigo:")))
        mensaje = self._aceptar(peticion)
        if averia == "500_despues":
            return _error(500, 20500)
        if averia == "html":
            return Response("<html>mantenimiento</html>", status=201, mimetype="text/html")
        if averia.startswith("tarda:"):
            time.sleep(float(averia.removeprefix("tarda:")))
        return Response(json.dumps(mensaje), status=201, mimetype="application/json")

    def _aceptar(self, peticion: Request) -> dict[str, Any]:
        mensaje = {
            "sid": f"SMf{next(self._sids):031x}",
            "account_sid": self.cuenta,
            "to": peticion.form["To"],
            "from": peticion.form["From"],
            "body": peticion.form["Body"],
            "status": "queued",
            "direction": "outbound-api",
            "date_created": format_datetime(dt.datetime.now(dt.UTC)),
            "aviso_url": peticion.form.get("StatusCallback", ""),
        }
        self.aceptados.append(mensaje)
        return mensaje

    def _listar(self, peticion: Request) -> Response:
        if self.listado_caido:
            return _error(503, 20503)
        para = peticion.args.get("To")
        filas = [m for m in reversed(self.aceptados) if para in (None, m["to"])]
        return Response(json.dumps({"messages": filas, "next_page_uri": None}), mimetype="application/json")


def _error(http: int, codigo: int) -> Response:
    cuerpo = {"code": codigo, "message": "texto que no se usa", "more_info": "", "status": http}
    return Response(json.dumps(cuerpo), status=http, mimetype="application/json")
