"""La web de verdad con una dirección más, firmada y vacía: la vara contra la que se mide /webhook en el mismo proceso."""

from __future__ import annotations

from typing import Any

from flask import Response

from registro import bitacora, config, servidor
from registro.accesos import firmada
from registro.extensiones import csrf
from registro.fabrica import armar
from registro.ordenes import entorno_de, preparar_base
from webhook.rutas import _comprobar, _datos


def _con_vacio() -> Any:
    app = armar(config.vigentes())

    @app.post("/vara")
    @firmada
    def vara() -> Response:
        return Response("<Response/>", status=200 if _comprobar(_datos(), "To").firma else 403, mimetype="text/xml")

    csrf.exempt(vara)
    return app


if __name__ == "__main__":
    ajustes = entorno_de(config.cargar())
    bitacora.configurar_buzon(ajustes.carpeta_de_datos, "banco")
    preparar_base(ajustes)
    servidor._Gunicorn(_con_vacio, servidor.opciones_de(ajustes)).run()
