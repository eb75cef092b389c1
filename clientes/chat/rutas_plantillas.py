"""Las direcciones de las plantillas de un chat: elegir una, rellenarla y mandarla. Cuelgan de la puerta de Chats."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clientes.chat import plantillas
from clientes.chat.formularios import leer_clave, leer_numero
from clientes.chat.servicio import NoSePuede
from clientes.comun import huecos
from clientes.comun.peticion import nora_de, pide_fragmento
from registro.accesos import con_sesion
from registro.textos import una_linea


@con_sesion
def elegir(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """Las plantillas aprobadas (`q` busca) o, con `elegida`, esa con sus huecos para rellenar."""
    elegida = leer_numero(request.args.get("elegida", ""), minimo=1)
    if elegida:
        return _rellenar(nombre_nora, conversacion_id, elegida)
    buscado = una_linea(request.args.get("q", ""))[:100]
    elegibles = plantillas.leer_elegibles(g.paso, conversacion_id, buscado)
    return _pintar(nombre_nora, conversacion_id, elegibles=elegibles, buscado=buscado)


@con_sesion
def mandar(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """Manda la elegida con sus valores; 422 con el motivo si no se puede, y lo escrito se conserva."""
    escrito = {campo.removeprefix("variable-"): valor for campo, valor in request.form.items() if campo.startswith("variable-")}
    plantilla_id = leer_numero(request.form.get("plantilla_id", ""), minimo=1) or 0
    clave = leer_clave(request.form.get("clave_cliente", ""))
    try:
        mensaje_id = plantillas.enviar_plantilla(g.paso, conversacion_id, plantilla_id, escrito, clave_cliente=clave)
    except NoSePuede as motivo:
        return _rellenar(nombre_nora, conversacion_id, plantilla_id, escrito=escrito, rechazo=str(motivo)), 422
    if not pide_fragmento():
        return redirect(url_for("panel_chat.conversacion", nombre_nora=nombre_nora, conversacion_id=conversacion_id), 303)
    return _pintar(nombre_nora, conversacion_id, elegibles=plantillas.leer_elegibles(g.paso, conversacion_id), enviada=mensaje_id), 201


def colgar(puerta: Blueprint, hilo: str) -> None:
    """Pone estas direcciones en la puerta de Chats, dentro de cada hilo."""
    puerta.get(f"{hilo}/plantillas", endpoint="elegir_plantilla")(elegir)
    puerta.post(f"{hilo}/plantillas", endpoint="mandar_plantilla")(mandar)


def _rellenar(
    nombre_nora: str, conversacion_id: int, plantilla_id: int, *, escrito: Mapping[str, str] | None = None, rechazo: str = ""
) -> str:
    elegida = plantillas.leer_elegida(g.paso, conversacion_id, plantilla_id)
    if escrito is not None:
        # La vista enseña lo escrito, que es lo que sigue en los campos.
        elegida = replace(elegida, valores={clave: escrito.get(clave, "").strip() for clave in elegida.claves})
    return _pintar(nombre_nora, conversacion_id, elegida=elegida, rechazo=rechazo)


def _pintar(nombre_nora: str, conversacion_id: int, **datos: Any) -> str:
    contexto = {
        "nora": nora_de(nombre_nora),
        "conversacion_id": conversacion_id,
        "elegibles": [],
        "elegida": None,
        "huecos": huecos,
        "buscado": "",
        "rechazo": "",
        "enviada": 0,
        "clave_nueva": str(uuid.uuid4()),
    }
    nombre = "_plantillas" if pide_fragmento() else "plantillas"
    return render_template(f"clientes/chat/{nombre}.html", **(contexto | datos))
