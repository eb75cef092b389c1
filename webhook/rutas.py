"""Las direcciones de Twilio: comprobar la firma, guardar y contestar; nada lento pasa aquí."""

from __future__ import annotations

import itertools

from flask import Blueprint, Response, current_app, request

from registro.accesos import firmada
from registro.bitacora import registro
from registro.config import Ajustes
from registro.extensiones import csrf
from webhook import estados, firma, process_message

webhook_bp = Blueprint("webhook", __name__)
csrf.exempt(webhook_bp)

_VACIO = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_rechazados = itertools.count(1)


def _viene_de_twilio() -> bool:
    """Si la firma cuadra; lo que no cuadra deja sólo un renglón contado, sin cuerpo."""
    ajustes: Ajustes = current_app.extensions["ajustes"]
    cuenta = request.form.get("AccountSid", "")
    ruta = request.full_path if request.query_string else request.path
    # Con PUBLIC_URL manda la configurada; sin ella (sólo en esta máquina) vale la dirección a la que se llamó.
    url = (ajustes.url_publica or request.host_url.rstrip("/")) + ruta
    if firma.es_valida(firma.elegir_ficha(ajustes, cuenta), url, request.form, request.headers.get("X-Twilio-Signature", "")):
        return True
    registro.warning("firma rechazada", total=next(_rechazados), ruta=request.path)
    return False


@webhook_bp.post("")
@firmada
def recibir() -> Response:
    """Un mensaje de WhatsApp. 200 sólo cuando ya está guardado; 403 si la firma no vale; 503 si no se pudo guardar."""
    if not _viene_de_twilio():
        return Response("Firma no válida", status=403, mimetype="text/plain")
    process_message.recibir(request.form.to_dict(flat=False), ficha_idempotencia=request.headers.get("I-Twilio-Idempotency-Token"))
    return Response(_VACIO, mimetype="text/xml")


@webhook_bp.post("/estado")
@firmada
def estado() -> Response:
    """Un aviso de estado de un envío nuestro; llega en cualquier orden y puede repetirse."""
    if not _viene_de_twilio():
        return Response("Firma no válida", status=403, mimetype="text/plain")
    estados.anotar(request.form.to_dict(flat=False), request.args.get("i", ""), request.headers.get("I-Twilio-Idempotency-Token"))
    return Response(status=204)
