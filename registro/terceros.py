"""Lo que el navegador usa de npm: una lista blanca servida desde node_modules con la versión en la dirección, y los iconos."""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory, url_for
from markupsafe import Markup, escape

from registro.accesos import publica
from registro.config import RAIZ

PAQUETES = {
    "@tabler/core": ("dist/css/tabler.min.css", "dist/js/tabler.min.js", "dist/js/tabler-theme.min.js"),
    "mediabunny": ("dist/bundles/mediabunny.min.mjs",),
    "htmx.org": ("dist/htmx.min.js",),
    "socket.io-client": ("dist/socket.io.min.js",),
}
UN_ANO = 31_536_000
_MODULOS = RAIZ / "node_modules"

terceros_bp = Blueprint("terceros", __name__)


@cache
def _version(paquete: str) -> str:
    return str(json.loads((_MODULOS / paquete / "package.json").read_text("utf-8"))["version"])


@terceros_bp.get("/t/<path:ruta>")
@publica
def archivo(ruta: str) -> Response:
    """Un archivo de la lista blanca; se guarda un año porque su dirección cambia con la versión."""
    for paquete, archivos in PAQUETES.items():
        prefijo = f"{paquete}@{_version(paquete)}/"
        if ruta.startswith(prefijo) and ruta.removeprefix(prefijo) in archivos:
            respuesta = send_from_directory(_MODULOS / paquete, ruta.removeprefix(prefijo), max_age=UN_ANO)
            respuesta.cache_control.public = True
            respuesta.cache_control.immutable = True
            return respuesta
    return abort(404)


def url_tercero(paquete: str, ruta: str) -> str:
    """La dirección de un archivo de npm; se levanta si no está en la lista blanca."""
    if ruta not in PAQUETES[paquete]:
        raise KeyError(f"{paquete}/{ruta} no está en la lista blanca")
    return url_for("terceros.archivo", ruta=f"{paquete}@{_version(paquete)}/{ruta}")


@lru_cache(512)
def icono(nombre: str, clase: str = "") -> Markup:
    """Un icono de Tabler incrustado: toma el color del texto y los lectores de pantalla lo saltan."""
    if not re.fullmatch(r"[a-z0-9-]+", nombre):
        raise ValueError(f"Nombre de icono no válido: {nombre!r}")
    texto = re.sub(r"<!--.*?-->", "", Path(_MODULOS / "@tabler/icons/icons/outline" / f"{nombre}.svg").read_text("utf-8"), flags=re.DOTALL)
    texto = re.sub(r"\s*\n\s*", " ", texto).strip()
    marca = f'class="icon {escape(clase)}" aria-hidden="true" focusable="false"'
    return Markup(re.sub(r'class="[^"]*"', lambda _: marca, texto, count=1))  # nosec B704 - el dibujo viene del paquete fijado
