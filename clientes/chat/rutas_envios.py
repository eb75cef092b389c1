"""Lo que una persona hace con un envío que falló: repetirlo, o decir que sí llegó. Cuelga de la puerta de Chats."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clientes.chat import servicio
from clientes.chat.pintura import pintar_mensaje
from clientes.chat.servicio import NoSePuede
from clientes.comun.peticion import pide_fragmento
from registro.accesos import con_sesion


@con_sesion
def resolver_envio(nombre_nora: str, conversacion_id: int, mensaje_id: int) -> ResponseReturnValue:
    """Vuelve a mandarlo (`accion=repetir`) o lo da por enviado (`accion=llego`), y repinta su burbuja."""
    rechazo = ""
    try:
        if request.form.get("accion") == "llego":
            servicio.dar_por_enviado(g.paso, conversacion_id, mensaje_id)
        else:
            servicio.reintentar(g.paso, conversacion_id, mensaje_id, dt.datetime.now(dt.UTC))
    except NoSePuede as motivo:
        rechazo = str(motivo)
    if not pide_fragmento():
        return redirect(url_for("panel_chat.conversacion", nombre_nora=nombre_nora, conversacion_id=conversacion_id), 303)
    burbuja = pintar_mensaje(nombre_nora, conversacion_id, mensaje_id)
    if rechazo:
        return burbuja + render_template("clientes/chat/_no_se_repite.html", motivo=rechazo), 422
    return burbuja


def colgar(puerta: Blueprint, mensaje: str) -> None:
    """Pone esta dirección en la puerta de Chats, dentro de cada mensaje."""
    puerta.post(f"{mensaje}/resolver")(resolver_envio)
