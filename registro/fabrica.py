"""Arma la aplicación Flask: los pasos, en orden, con cada pieza en su archivo."""

from __future__ import annotations

import threading
import time
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from registro import (
    bitacora,
    cabeceras,
    cuerpos,
    errores,
    pantalla,
    portero,
    registro_admin,
    registro_clientes,
    registro_webhook,
    rutas,
    sesiones,
    tiempo_real,
)
from registro.archivos import origen_de_fuera
from registro.blueprints import registrar_puertas
from registro.config import RAIZ, Ajustes
from registro.enchufes import rondar
from registro.extensiones import compresor, csrf, enchufes, idiomas, limitador
from sql import conexion

PUERTAS = registro_webhook.PUERTAS + registro_clientes.PUERTAS + registro_admin.PUERTAS


def armar(ajustes: Ajustes, *, estricto: bool = False) -> Flask:
    """La aplicación lista para servir. Con `estricto` (las pruebas) una puerta opcional rota también levanta."""
    app = Flask("aura", root_path=str(RAIZ), template_folder="templates", static_folder="static")
    app.extensions["ajustes"] = ajustes
    app.config.update(
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        TEMPLATES_AUTO_RELOAD=False,
        COMPRESS_MIMETYPES=["text/css", "text/javascript", "application/javascript", "image/svg+xml"],
        COMPRESS_STREAMS=True,
        RATELIMIT_HEADERS_ENABLED=True,
        PROPAGATE_EXCEPTIONS=False,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if ajustes.url_publica:
        # Detrás de un túnel o proxy propio: un salto de confianza, no más.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    conexion.configurar(_url_de_la_base(ajustes))
    _anotar_peticiones(app)  # antes que nadie: lo que otro rechace también lleva su número de petición
    cuerpos.medir(app)  # antes que nadie lea el cuerpo
    csrf.init_app(app)
    sesiones.preparar_sesiones(app, ajustes)
    idiomas.init_app(app, locale_selector=lambda: "es")
    limitador.init_app(app)
    compresor.init_app(app)
    errores.registrar_paginas_de_error(app)
    cabeceras.poner_cabeceras(app, con_https=ajustes.url_base.startswith("https://"), de_archivos=origen_de_fuera(ajustes))
    pantalla.vestir(app)
    portero.vigilar(app)
    registrar_puertas(app, PUERTAS, estricto=estricto)
    _preparar_sockets(app, ajustes)
    rutas.reflejar_rutas(app)
    bitacora.recoger_pendientes()
    return app


def _url_de_la_base(ajustes: Ajustes) -> str:
    if ajustes.base_url is None:
        raise RuntimeError("Falta la dirección de la base: quien arranca debe ponerla (la embebida o DATABASE_URL)")
    return ajustes.base_url.get_secret_value()


def _preparar_sockets(app: Flask, ajustes: Ajustes) -> None:
    enchufes.init_app(
        app,
        async_mode="threading",
        client_manager=tiempo_real.configurar(solo_emitir=False),
        transports=["websocket"],
        cors_allowed_origins=lambda origen, entorno: _es_nuestro(origen, entorno, ajustes),
        manage_session=False,
        max_http_buffer_size=64 * 1024,
    )
    threading.Thread(target=rondar, args=(app,), name="ronda", daemon=True).start()


def _es_nuestro(origen: str | None, entorno: dict[str, Any], ajustes: Ajustes) -> bool:
    """Si una página de ese origen puede abrir un socket: la que se sirvió desde aquí, o desde la dirección pública.

    El navegador manda la cookie también desde páginas ajenas, y los sockets no llevan ficha CSRF: sólo los distingue el origen.
    """
    publica = urlsplit(ajustes.url_base)
    return origen in {f"{entorno['wsgi.url_scheme']}://{entorno.get('HTTP_HOST', '')}", f"{publica.scheme}://{publica.netloc.lower()}"}


def _anotar_peticiones(app: Flask) -> None:
    @app.before_request
    def _empezar() -> None:
        structlog.contextvars.clear_contextvars()
        ficha = request.headers.get("X-Request-Id", "")
        g.peticion_id = ficha if ficha.isalnum() and len(ficha) <= 40 else f"{time.time_ns():x}"
        g.empezo_en = time.perf_counter()
        structlog.contextvars.bind_contextvars(
            peticion=g.peticion_id, nombre_nora=(request.view_args or {}).get("nombre_nora"), ruta=str(request.url_rule or "")
        )

    @app.after_request
    def _terminar(respuesta: Response) -> Response:
        milisegundos = round((time.perf_counter() - g.get("empezo_en", time.perf_counter())) * 1000, 1)
        respuesta.headers["X-Request-Id"] = g.get("peticion_id", "")
        nivel: Any = bitacora.registro.warning if respuesta.status_code >= 500 else bitacora.registro.debug
        nivel("petición", metodo=request.method, codigo=respuesta.status_code, ms=milisegundos)
        return respuesta
