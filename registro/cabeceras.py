"""Las cabeceras de seguridad de todas las respuestas: nada en línea, nada de fuera."""

from __future__ import annotations

from flask import Flask, Response, request
from secure import Secure
from secure.headers import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    StrictTransportSecurity,
    XContentTypeOptions,
)

POLITICA = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
    "font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)

_SE_GUARDAN = frozenset({"static", "terceros.archivo"})
"""Lo único que un navegador puede guardar: archivos iguales para todos."""


def poner_cabeceras(app: Flask, *, con_https: bool, de_archivos: str | None = None) -> None:
    """Añade las cabeceras a cada respuesta; HSTS sólo cuando la dirección pública es https.

    Args:
        de_archivos: origen del que se ven las fotos y se oyen los audios si no los sirve esta web (Supabase Storage).
    """
    politica = POLITICA.replace("blob:;", f"blob: {de_archivos};") if de_archivos else POLITICA
    seguras = Secure(
        csp=ContentSecurityPolicy().set(politica),
        coop=CrossOriginOpenerPolicy().same_origin(),
        permissions=PermissionsPolicy().set("camera=(), geolocation=(), microphone=(self)"),
        referrer=ReferrerPolicy().strict_origin_when_cross_origin(),
        xcto=XContentTypeOptions().nosniff(),
        hsts=StrictTransportSecurity().max_age(31536000).include_subdomains() if con_https else None,
    )

    @app.after_request
    def _poner(respuesta: Response) -> Response:
        for nombre, valor in seguras.headers.items():
            respuesta.headers.setdefault(nombre, valor)
        if request.endpoint not in _SE_GUARDAN or respuesta.status_code >= 400:
            # Ni lo de un panel ni lo de un error queda en el disco de nadie; no vale lo que haya puesto una biblioteca.
            respuesta.headers["Cache-Control"] = "no-store"
        return respuesta
