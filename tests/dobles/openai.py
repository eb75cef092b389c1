"""Un OpenAI con memoria: responde, se niega, se corta, tarda, desvaría, y guarda lo que se le pidió."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

MODELO = "gpt-6-luna"
USO = {"prompt_tokens": 1200, "completion_tokens": 60, "total_tokens": 1260}


@dataclass
class DobleDeOpenAI:
    """Chat Completions. `averias` se consume en orden, una por petición; sin averías dice `contenido`.

    Averías: 401, 404, 429, 429_sin_saldo, 429_espera:60, 500, html, html_json, error_200, sin_opciones, vacia, rechazo, filtro, cortada,
    sin_uso, json_roto, enorme, tarda (no contesta hasta `soltar`), gotea (contesta byte a byte), 400:parametro, 400_sin_decir:parametro.
    """

    servidor: HTTPServer
    contenido: str = "¡Hola! ¿En qué te ayudo?"
    averias: list[str] = field(default_factory=list)
    peticiones: list[dict[str, Any]] = field(default_factory=list)
    claves: list[str] = field(default_factory=list)
    soltar: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.servidor.expect_request("/v1/chat/completions", method="POST").respond_with_handler(self._completar)

    @property
    def url(self) -> str:
        """La base para OPENAI_BASE_URL."""
        return self.servidor.url_for("/v1")

    def dice(self, respuesta: str, *, bloques: tuple[int, ...] = (), confianza: float = 0.9, pasar: bool = False, motivo: str = "") -> None:
        """Desde ahora contesta ese JSON, con la forma que se le pide."""
        partes = {"respuesta": respuesta, "bloques": list(bloques), "confianza": confianza, "pasar_a_persona": pasar, "motivo": motivo}
        self.contenido = json.dumps(partes, ensure_ascii=False)

    def sistema(self) -> str:
        """Las instrucciones de la última petición."""
        return str(self.peticiones[-1]["messages"][0]["content"])

    def _completar(self, peticion: Request) -> Response:
        self.peticiones.append(json.loads(peticion.get_data()))
        self.claves.append(peticion.headers.get("Authorization", "").removeprefix("Bearer "))
        averia, _, dato = (self.averias.pop(0) if self.averias else "").partition(":")
        if averia == "tarda":
            self.soltar.wait(30)
        if averia == "gotea":
            return Response(self._gotear(), mimetype="application/json")
        return _FALLOS[averia](dato) if averia in _FALLOS else _json(self._respuesta(averia))

    def _gotear(self) -> Iterator[str]:
        for letra in json.dumps(self._respuesta("")):
            if self.soltar.wait(0.05):
                return
            yield letra

    def _respuesta(self, averia: str) -> dict[str, Any]:
        mensaje = {"role": "assistant", "content": self.contenido, "refusal": None}
        opcion = {"index": 0, "message": mensaje, "logprobs": None, "finish_reason": "stop"}
        cuerpo = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1763800000,
            "model": MODELO,
            "choices": [opcion],
            "usage": USO,
        }
        if averia == "vacia":
            mensaje["content"] = " \n"
        elif averia == "rechazo":
            mensaje.update(content=None, refusal="No puedo ayudar con eso")
        elif averia == "filtro":
            mensaje["content"], opcion["finish_reason"] = "", "content_filter"
        elif averia == "cortada":
            mensaje["content"], opcion["finish_reason"] = self.contenido[: len(self.contenido) // 2], "length"
        elif averia == "enorme":
            mensaje["content"] = "bla " * 500_000
        elif averia == "sin_opciones":
            cuerpo["choices"] = []
        elif averia == "sin_uso":
            del cuerpo["usage"], cuerpo["model"]
        return cuerpo


def _json(cuerpo: dict[str, Any], estado: int = 200, **cabeceras: str) -> Response:
    return Response(json.dumps(cuerpo), status=estado, mimetype="application/json", headers=cabeceras)


def _error(
    estado: int, codigo: str | None, *, tipo: str = "invalid_request_error", texto: str = "falló", parametro: str | None = None
) -> Response:
    return _json({"error": {"message": texto, "type": tipo, "param": parametro, "code": codigo}}, estado)


def _con_espera(segundos: str) -> Response:
    respuesta = _error(429, "rate_limit_exceeded", tipo="requests")
    respuesta.headers["Retry-After"] = segundos
    return respuesta


_FALLOS: dict[str, Any] = {
    "401": lambda _: _error(401, "invalid_api_key"),
    "404": lambda _: _error(404, "model_not_found"),
    "429": lambda _: _con_espera("0"),
    "429_espera": _con_espera,
    "429_sin_saldo": lambda _: _error(429, "insufficient_quota", tipo="insufficient_quota"),
    "500": lambda _: Response("<html>500</html>", status=500, mimetype="text/html", headers={"Retry-After": "0"}),
    "html": lambda _: Response("<html>Inicia sesión</html>", mimetype="text/html"),
    "html_json": lambda _: Response("<html>Inicia sesión</html>", mimetype="application/json"),
    "error_200": lambda _: _json({"error": {"message": "modelo ocupado", "code": 503}}),
    "json_roto": lambda _: Response('{"id": "x", "choices": [', mimetype="application/json"),
    "400": lambda dato: _error(400, "unsupported_parameter", texto=f"Unsupported parameter: '{dato}'", parametro=dato),
    "400_sin_decir": lambda dato: _error(400, None, texto=f"{dato} is not supported by this server"),
}
