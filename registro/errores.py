"""De una excepción a una respuesta: página, fragmento o JSON según quien pregunta. La página 500 no toca nada."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from registro.bitacora import registrar_error, registro
from sql.conexion import ERRORES_DE_CONEXION
from sql.modelos.base import NoEncontrado

_TITULOS = {
    400: ("No pudimos leer lo que llegó", "Vuelve atrás, recarga la página e inténtalo otra vez."),
    401: ("Tu sesión caducó", "Entra de nuevo para seguir donde estabas."),
    403: ("No tienes permiso para esto", "Pídeselo a la dueña o a una administradora de tu Nora."),
    404: ("Esta página no existe", "Puede que el enlace sea viejo o que la sección no esté activa en tu Nora."),
    405: ("Eso no se puede hacer aquí", "Vuelve atrás e inténtalo desde la pantalla."),
    413: ("Es demasiado grande", "Prueba con un archivo o un texto más corto."),
    429: ("Demasiados intentos seguidos", "Espera un momento y vuelve a intentarlo."),
    500: ("Algo falló de nuestro lado", "Ya quedó registrado. Inténtalo de nuevo en un momento."),
    503: ("La base de datos no responde", "Lo estamos reintentando solos. Nada de lo guardado se perdió."),
}


def registrar_paginas_de_error(app: Flask) -> None:
    """Ata cada familia de error a su respuesta."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NoEncontrado, lambda _fallo: responder_error(404))
    app.register_error_handler(CSRFError, _csrf)
    for familia in ERRORES_DE_CONEXION:
        app.register_error_handler(familia, _sin_base)
    app.register_error_handler(Exception, _inesperado)


def responder_error(codigo: int, detalle: str = "", cabeceras: dict[str, str] | None = None) -> Response:
    """La respuesta de ese código en la forma que espera quien pregunta."""
    titulo, ayuda = _TITULOS.get(codigo, _TITULOS[500 if codigo >= 500 else 400])
    datos = {"codigo": codigo, "titulo": titulo, "ayuda": ayuda, "detalle": detalle}
    if _quiere_json():
        respuesta = jsonify(error=titulo, detalle=detalle or ayuda, codigo=codigo)
    elif request.headers.get("HX-Request") == "true":
        respuesta = Response(render_template("errores/_fragmento.html", **datos))
    else:
        respuesta = Response(render_template("errores/pagina.html", **datos))
    respuesta.status_code = codigo
    respuesta.headers.update(cabeceras or {})
    return respuesta


def _quiere_json() -> bool:
    if request.path.startswith("/webhook") or request.path.endswith(".json"):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _http(fallo: HTTPException) -> Any:
    if fallo.response is not None:
        return fallo.response
    codigo = fallo.code or 500
    propio = type(fallo).description != fallo.description
    cabeceras = {clave: valor for clave, valor in fallo.get_headers() if clave.lower() not in {"content-type", "content-length"}}
    return responder_error(codigo, fallo.description or "" if propio else "", cabeceras)


def _csrf(_fallo: CSRFError) -> Response:
    return responder_error(
        400, "La página llevaba mucho tiempo abierta. Recárgala y repite la acción; lo que escribiste sigue en tu pantalla."
    )


def _sin_base(fallo: Exception) -> Response:
    registro.warning("base sin respuesta", ruta=request.path, causa=type(fallo).__name__)
    registrar_error(
        "Supabase", f"La base no respondió en {request.path}: {type(fallo).__name__}. Revisa DATABASE_URL o el servidor.", origen="web"
    )
    return responder_error(503, cabeceras={"Retry-After": "5"})


def _inesperado(fallo: Exception) -> Response:
    referencia = secrets.token_hex(4)
    registro.exception("fallo inesperado", ruta=request.path, referencia=referencia, exc_info=fallo)
    registrar_error(
        "Servidor",
        f"{type(fallo).__name__}: {fallo} (en {request.method} {request.url_rule or request.path}, ref {referencia})",
        origen=str(request.endpoint or "web"),
        nombre_nora=(request.view_args or {}).get("nombre_nora"),
    )
    if _quiere_json():
        respuesta = jsonify(error=_TITULOS[500][0], referencia=referencia)
        respuesta.status_code = 500
        return respuesta
    # Sin plantilla ni base: lo que falló podría ser justo eso.
    return Response(
        "<!doctype html><html lang='es'><head><meta charset='utf-8'><title>Algo falló</title></head><body>"
        f"<main><h1>Algo falló de nuestro lado</h1><p>Ya quedó registrado con la referencia <strong>{referencia}</strong>. "
        "<a href='/'>Volver al inicio</a></p></main></body></html>",
        status=500,
        mimetype="text/html",
    )
