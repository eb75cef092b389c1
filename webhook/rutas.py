"""Las direcciones de Twilio: comprobar la firma, guardar y contestar; nada lento pasa aquí."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, current_app, request

from registro.accesos import firmada
from registro.config import Ajustes
from registro.extensiones import csrf
from webhook import entrada, estados, process_message, rechazos
from webhook.firma import Peticion, Veredicto, direccion_firmada
from webhook.firmantes import comprobar_aviso

webhook_bp = Blueprint("webhook", __name__)
csrf.exempt(webhook_bp)

CUERPO_MAXIMO = 64 * 1024
"""Bytes de un aviso: los de verdad no pasan de unos 10 kB."""
CONSULTA_MAXIMA = 1000
"""Caracteres de la consulta que se guardan en el libro."""

_VACIO = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_FORMULARIO = "application/x-www-form-urlencoded"


@webhook_bp.before_request
def _limitar() -> None:
    # Aquí y no sólo en la aplicación: que otra puerta admita archivos no abre ésta.
    request.max_content_length = CUERPO_MAXIMO
    request.max_form_memory_size = CUERPO_MAXIMO


@webhook_bp.post("")
@firmada
def recibir() -> Response:
    """Un mensaje de WhatsApp. 200 sólo cuando ya está guardado; 403 si la firma no vale; 503 si no se pudo guardar."""
    datos = _datos()
    veredicto = _comprobar(datos, "To")
    if veredicto.firma is None:
        return _rechazado()
    process_message.recibir(
        datos,
        ficha_idempotencia=request.headers.get("I-Twilio-Idempotency-Token"),
        firma=veredicto.firma,
        consulta=_consulta()[:CONSULTA_MAXIMA] or None,
    )
    return Response(_VACIO, mimetype="text/xml")


@webhook_bp.post("/estado")
@firmada
def estado() -> Response:
    """Un aviso de estado de un envío nuestro; llega en cualquier orden y puede repetirse."""
    datos = _datos()
    veredicto = _comprobar(datos, "From")  # en un aviso de salida, From es la Nora
    if veredicto.firma is None:
        return _rechazado()
    estados.anotar(
        datos,
        request.args.get("i", ""),
        request.headers.get("I-Twilio-Idempotency-Token"),
        firma=veredicto.firma,
        consulta=_consulta()[:CONSULTA_MAXIMA] or None,
    )
    return Response(status=204)


def _datos() -> dict[str, list[str]]:
    """Los parámetros del aviso, vengan en un formulario o en JSON."""
    return request.form.to_dict(flat=False) if _es_formulario() else entrada.de_json(request.get_data())


def _es_formulario() -> bool:
    return request.mimetype == _FORMULARIO or not request.get_data(cache=True, parse_form_data=False)


def _comprobar(datos: dict[str, list[str]], de_la_nora: str) -> Veredicto:
    ajustes: Ajustes = current_app.extensions["ajustes"]
    # Con PUBLIC_URL manda la configurada; sin ella (sólo en esta máquina) vale la dirección a la que se llamó.
    peticion = Peticion(
        url=direccion_firmada(ajustes.url_publica or request.host_url, request.path, _consulta()),
        parametros=datos if _es_formulario() else {},
        firma=request.headers.get("X-Twilio-Signature", ""),
        cabecera=request.headers.get("X-Twilio-Webhooks-Signature-Settings", ""),
        cuerpo=None if _es_formulario() else request.get_data(),
    )
    numero = (datos.get(de_la_nora) or [""])[0]
    veredicto = comprobar_aviso(peticion, ajustes, datos=datos, numero=numero, ahora=dt.datetime.now(dt.UTC))
    rechazos.anotar(veredicto, request.path)
    return veredicto


def _consulta() -> str:
    """Lo que va tras el «?», tal como llegó: está dentro de la firma y no se puede volver a escribir."""
    return request.query_string.decode("latin-1")


def _rechazado() -> Response:
    return Response("Firma no válida", status=403, mimetype="text/plain")
