"""La Content API de Twilio con memoria: crea, lista por páginas, borra, y su revisor decide cuando se le dice."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

FECHA = "2026-11-23T10:00:00Z"
_UNA = re.compile(r"^/v1/Content/(HX[0-9a-f]{32})(/.*)?$")


@dataclass
class DobleDeContenido:
    """Las plantillas de una cuenta. `averias` se consume en orden: una por petición que cambia algo."""

    servidor: HTTPServer
    cuenta: str
    contenidos: dict[str, dict[str, Any]] = field(default_factory=dict)
    averias: list[str] = field(default_factory=list)
    listado_caido: bool = False
    pedidas: list[tuple[str, str, Any]] = field(default_factory=list)
    """(método, ruta, cuerpo) de cada petición."""
    por_pagina: int = 50
    _sids: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.servidor.expect_request(re.compile(r"^/v1/Content(AndApprovals)?(/.*)?$")).respond_with_handler(self.atender)

    @property
    def url(self) -> str:
        """La base para TWILIO_API_URL."""
        return self.servidor.url_for("").rstrip("/")

    def poner(self, nombre: str, cuerpo: str = "Hola {{1}}, aquí estamos.", *, estado: str = "approved", **campos: Any) -> str:
        """Una plantilla que ya estaba en la cuenta, hecha por otro; devuelve su SID."""
        tipos = campos.pop("types", {"twilio/text": {"body": cuerpo}})
        sid = self._crear({"friendly_name": nombre, "language": "es", "variables": {"1": "María"}, "types": tipos} | campos)
        self.decidir(sid, estado)
        return sid

    def decidir(self, sid: str, estado: str, motivo: str = "", categoria: str = "UTILITY") -> None:
        """El revisor contesta."""
        self.contenidos[sid]["aprobacion"] = {
            "name": self.contenidos[sid]["friendly_name"],
            "category": categoria if estado != "unsubmitted" else "",
            "content_type": next(iter(self.contenidos[sid]["types"])),
            "status": estado,
            "rejection_reason": motivo,
            "allow_category_change": True,
        }

    def atender(self, peticion: Request) -> Response:
        """Una petición a cualquier dirección de la API."""
        cuerpo = peticion.get_json(silent=True)
        self.pedidas.append((peticion.method, peticion.path, cuerpo))
        if not peticion.authorization:
            return _error(401, 20003)
        if peticion.path == "/v1/ContentAndApprovals":
            return _error(503, 20503) if self.listado_caido else self._listar(peticion)
        averia = self.averias.pop(0) if self.averias and peticion.method != "GET" else ""
        if averia == "429":
            return _error(429, 20429)
        if averia == "500_antes":
            return _error(500, 20500)
        if averia.startswith("codigo:"):
            return _error(400, int(averia.removeprefix("codigo:")))
        respuesta = self._hacer(peticion, cuerpo)
        return _error(500, 20500) if averia == "500_despues" else respuesta

    def _hacer(self, peticion: Request, cuerpo: Any) -> Response:
        if peticion.path == "/v1/Content" and peticion.method == "POST":
            if not isinstance(cuerpo, dict) or not cuerpo.get("language") or not cuerpo.get("types"):
                return _error(400, 20001)
            return _json(self._fuera(self._crear(cuerpo)), 201)
        hallada = _UNA.match(peticion.path)
        if hallada is None or hallada.group(1) not in self.contenidos:
            return _error(404, 20404)
        sid, resto = hallada.group(1), hallada.group(2) or ""
        if resto == "/ApprovalRequests/whatsapp" and peticion.method == "POST":
            return self._pedir(sid, cuerpo or {})
        if resto == "/ApprovalRequests":
            return _json({"sid": sid, "account_sid": self.cuenta, "whatsapp": {"type": "whatsapp", **self.contenidos[sid]["aprobacion"]}})
        if peticion.method == "DELETE":
            del self.contenidos[sid]
            return Response(status=204)
        return _json(self._fuera(sid))

    def _crear(self, cuerpo: dict[str, Any]) -> str:
        sid = f"HX{next(self._sids):032x}"
        self.contenidos[sid] = {campo: cuerpo.get(campo) for campo in ("friendly_name", "language", "variables", "types")}
        self.decidir(sid, "unsubmitted")
        return sid

    def _pedir(self, sid: str, cuerpo: dict[str, Any]) -> Response:
        if not re.fullmatch(r"[a-z0-9_]{1,512}", str(cuerpo.get("name", ""))) or cuerpo.get("category") not in {
            "UTILITY",
            "MARKETING",
            "AUTHENTICATION",
        }:
            return _error(400, 20001)
        if self.contenidos[sid]["aprobacion"]["status"] != "unsubmitted":
            return _error(409, 20409)
        self.decidir(sid, "received", categoria=cuerpo["category"])
        self.contenidos[sid]["aprobacion"]["name"] = cuerpo["name"]
        return _json(self.contenidos[sid]["aprobacion"], 201)

    def _listar(self, peticion: Request) -> Response:
        pagina, por_pagina = int(peticion.args.get("Page", 0)), min(int(peticion.args.get("PageSize", 50)), self.por_pagina)
        sids = list(self.contenidos)
        hay_mas = len(sids) > (pagina + 1) * por_pagina
        siguiente = "https://content.twilio.com/v1/ContentAndApprovals?" + urlencode({"PageSize": por_pagina, "Page": pagina + 1})
        filas = [
            self._fuera(sid) | {"approval_requests": self.contenidos[sid]["aprobacion"]}
            for sid in sids[pagina * por_pagina : (pagina + 1) * por_pagina]
        ]
        meta = {"page": pagina, "page_size": por_pagina, "key": "contents", "next_page_url": siguiente if hay_mas else None}
        return _json({"contents": filas, "meta": meta})

    def _fuera(self, sid: str) -> dict[str, Any]:
        suyo = {campo: valor for campo, valor in self.contenidos[sid].items() if campo != "aprobacion"}
        return {"sid": sid, "account_sid": self.cuenta, "date_created": FECHA, "date_updated": FECHA, **suyo}


def _json(cuerpo: Any, estado: int = 200) -> Response:
    return Response(json.dumps(cuerpo), status=estado, mimetype="application/json")


def _error(http: int, codigo: int) -> Response:
    return _json({"code": codigo, "message": "no", "more_info": f"https://www.twilio.com/docs/errors/{codigo}", "status": http}, http)
