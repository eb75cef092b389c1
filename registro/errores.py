"""De una excepción a una respuesta: página, fragmento o JSON según quien pregunta. La página 500 no toca nada."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.exceptions import HTTPException, default_exceptions

from registro.bitacora import registrar_error, registro, resumir_fallo
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


_PAGINA_SIN_NADA = (
    "<!doctype html><html lang='es'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
    "<title>{titulo}</title></head><body><main>{trozo}</main></body></html>"
)
_TROZO_SIN_NADA = (
    "<section class='error-de-pagina' role='alert'><h1>{titulo}</h1><p>{ayuda}</p><p><a href='/'>Volver al inicio</a></p></section>"
)


def registrar_paginas_de_error(app: Flask) -> None:
    """Ata cada familia de error a su respuesta."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NoEncontrado, lambda _fallo: responder_error(404))
    app.register_error_handler(CSRFError, _csrf)
    for familia in ERRORES_DE_CONEXION:
        app.register_error_handler(familia, _sin_base)
    app.register_error_handler(Exception, _inesperado)


def responder_error(codigo: int, detalle: str = "", cabeceras: dict[str, str] | None = None) -> Response:
    """La respuesta de ese código en la forma que espera quien pregunta: JSON, fragmento o página."""
    titulo, ayuda = _TITULOS.get(codigo, _TITULOS[500 if codigo >= 500 else 400])
    if _quiere_json():
        respuesta = jsonify(error=titulo, detalle=detalle or ayuda, codigo=codigo)
    else:
        plantilla = "errores/_fragmento.html" if _quiere_fragmento() else "errores/pagina.html"
        try:
            cuerpo = render_template(plantilla, codigo=codigo, titulo=titulo, ayuda=ayuda, detalle=detalle)
        except Exception as fallo:  # pintar el error no puede ser otro error: la base o la propia plantilla pueden faltar
            registro.warning("página de error sin plantilla", plantilla=plantilla, causa=type(fallo).__name__)
            cuerpo = _sin_nada(titulo, detalle or ayuda)
        respuesta = Response(cuerpo)
    respuesta.status_code = codigo
    respuesta.headers.update(cabeceras or {})
    return respuesta


def _quiere_json() -> bool:
    if request.path.startswith("/webhook") or request.path.endswith(".json"):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _quiere_fragmento() -> bool:
    return request.headers.get("HX-Request") == "true"


def _sin_nada(titulo: str, ayuda: str) -> str:
    """La misma respuesta sin plantilla, sesión ni base: lo que falló podría ser justo eso."""
    trozo = _TROZO_SIN_NADA.format(titulo=escape(titulo), ayuda=escape(ayuda))
    return trozo if _quiere_fragmento() else _PAGINA_SIN_NADA.format(titulo=escape(titulo), trozo=trozo)


def _http(fallo: HTTPException) -> Any:
    if fallo.response is not None:
        return fallo.response
    codigo = fallo.code or 500
    if codigo == 500:
        return _inesperado(getattr(fallo, "original_exception", None) or fallo)
    cabeceras = {clave: valor for clave, valor in fallo.get_headers() if clave.lower() not in {"content-type", "content-length"}}
    return responder_error(codigo, _detalle_nuestro(fallo), cabeceras)


def _detalle_nuestro(fallo: HTTPException) -> str:
    """La explicación que puso esta casa con `abort(…, description=…)`; la de las bibliotecas está en inglés y no se enseña."""
    descripcion = fallo.description or ""
    de_biblioteca = {clase.description for clase in default_exceptions.values()}
    return descripcion if fallo.code in _TITULOS and descripcion not in de_biblioteca else ""


def _csrf(_fallo: CSRFError) -> Response:
    return responder_error(
        400, "La página llevaba mucho tiempo abierta. Recárgala y repite la acción; lo que escribiste sigue en tu pantalla."
    )


def _sin_base(fallo: Exception) -> Response:
    donde = str(request.url_rule or request.path)
    registro.warning("base sin respuesta", ruta=donde, causa=resumir_fallo(fallo))
    registrar_error(
        "Supabase", f"La base no respondió en {donde}: {type(fallo).__name__}. Revisa DATABASE_URL o el servidor.", origen="web"
    )
    # Sin base tampoco se sabe quién pregunta: que la página no vuelva a ir a buscarlo.
    if not hasattr(g, "_login_user"):
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
    return responder_error(503, cabeceras={"Retry-After": "5"})


def _inesperado(fallo: Exception) -> Response:
    referencia = secrets.token_hex(4)
    registro.exception("fallo inesperado", ruta=str(request.url_rule or ""), referencia=referencia, exc_info=fallo)
    registrar_error(
        "Servidor",
        f"{resumir_fallo(fallo)} (en {request.method} {request.url_rule or 'una ruta desconocida'}, ref {referencia})",
        origen=str(request.endpoint or "web"),
        nombre_nora=(request.view_args or {}).get("nombre_nora"),
    )
    titulo, ayuda = _TITULOS[500]
    if _quiere_json():
        respuesta = jsonify(error=titulo, detalle=ayuda, codigo=500, referencia=referencia)
    else:
        respuesta = Response(_sin_nada(titulo, f"{ayuda} Referencia: {referencia}."), mimetype="text/html")
    respuesta.status_code = 500
    return respuesta
