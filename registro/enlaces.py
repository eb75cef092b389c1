"""Los enlaces firmados a los archivos de esta máquina: los abre quien los tenga, hasta que caducan."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, abort, current_app, send_file

from registro.accesos import firmada
from registro.almacen import SinArchivo
from registro.archivos import carpeta_de
from registro.tipos_de_archivo import DESCONOCIDO, SE_ABREN_DENTRO, nombre_seguro

enlaces_bp = Blueprint("enlaces", __name__)

_AISLADO = "default-src 'none'; sandbox"
_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""El visor de PDF del navegador no funciona dentro de «sandbox»; el PDF no ejecuta nada con nuestro origen."""


@enlaces_bp.get("/archivo/<ficha>")
@firmada
def archivo(ficha: str) -> Response:
    """El archivo que dice el enlace, por partes si se piden; 404 si el enlace no es nuestro o caducó."""
    carpeta = carpeta_de(current_app.extensions["ajustes"])
    pedido = carpeta.leer_ficha(ficha, dt.datetime.now(dt.UTC))
    if pedido is None:
        abort(404, description="El enlace caducó o no es válido. Vuelve al chat y ábrelo otra vez.")
    dentro = pedido.tipo in SE_ABREN_DENTRO
    nombre = nombre_seguro(pedido.nombre, pedido.tipo)
    try:
        respuesta = send_file(
            carpeta.donde(pedido.ruta),
            mimetype=pedido.tipo if dentro else _como_se_baja(pedido.tipo),
            as_attachment=not dentro or bool(pedido.nombre),
            download_name=nombre,
            conditional=True,
            max_age=0,
        )
    except (FileNotFoundError, SinArchivo):
        abort(404, description="El archivo ya no está.")
    respuesta.headers["Content-Security-Policy"] = _PDF if pedido.tipo == "application/pdf" else _AISLADO
    respuesta.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return respuesta


def _como_se_baja(tipo: str) -> str:
    """Un documento o un contacto se baja con su tipo, que Twilio comprueba; lo que no se sabe qué es, como bytes sueltos."""
    return tipo if tipo.startswith(("application/", "text/vcard")) else DESCONOCIDO
