"""Las direcciones de Contactos: la lista con su búsqueda y la ficha de cada persona."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clientes.comun.peticion import nora_de, pide_fragmento
from clientes.contactos import servicio
from clientes.contactos.etiquetas import EtiquetaNoValida
from clientes.contactos.formularios import (
    TextoNoValido,
    escribir_punto,
    leer_filtro,
    leer_nombre,
    leer_notas,
    leer_punto,
    para_buscar,
)
from registro.accesos import con_sesion
from sql.modelos.contactos import Contacto, listar_contactos, listar_etiquetas, obtener_contacto
from sql.modelos.conversaciones import buscar_hilo_de_contacto

panel_cliente_contactos_bp = Blueprint("panel_cliente_contactos", __name__)

POR_PAGINA = 50
_FICHA = "/<int(max=9223372036854775807):contacto_id>"


@panel_cliente_contactos_bp.get("/")
@con_sesion
def lista(nombre_nora: str) -> str:
    """La lista por último mensaje; la búsqueda, la etiqueta y el punto de la lista van en la dirección."""
    buscado, etiqueta = leer_filtro(request.args.get("q", "")), leer_filtro(request.args.get("etiqueta", ""))
    punto = leer_punto(request.args.get("despues", ""))
    personas = listar_contactos(nombre_nora, texto=para_buscar(buscado), etiqueta=etiqueta, despues_de=punto, limite=POR_PAGINA + 1)
    datos = {
        "nora": nora_de(nombre_nora),
        "personas": personas[:POR_PAGINA],
        "siguiente": _siguiente(personas),
        "buscado": buscado,
        "etiqueta": etiqueta,
        "es_principio": punto is None,
    }
    if pide_fragmento():
        return render_template("clientes/contactos/_filas.html" if punto else "clientes/contactos/_lista.html", **datos)
    return render_template("clientes/contactos/lista.html", etiquetas=listar_etiquetas(nombre_nora), **datos)


@panel_cliente_contactos_bp.get(f"{_FICHA}/")
@con_sesion
def ficha(nombre_nora: str, contacto_id: int) -> str:
    """La ficha de una persona."""
    return _ficha(nombre_nora, obtener_contacto(nombre_nora, contacto_id))


@panel_cliente_contactos_bp.get(f"{_FICHA}/nombre")
@con_sesion
def ver_nombre(nombre_nora: str, contacto_id: int) -> ResponseReturnValue:
    """El nombre para leer o, con `?editar=1`, para escribir."""
    contacto = obtener_contacto(nombre_nora, contacto_id)
    return _pintar(nombre_nora, contacto, "_nombre", editando="editar" in request.args and g.paso.puede_escribir)


@panel_cliente_contactos_bp.post(f"{_FICHA}/nombre")
@con_sesion
def cambiar_nombre(nombre_nora: str, contacto_id: int) -> ResponseReturnValue:
    """Guarda el nombre puesto a mano."""
    escrito = request.form.get("nombre", "")
    try:
        contacto = servicio.cambiar_nombre(nombre_nora, contacto_id, leer_nombre(escrito))
    except TextoNoValido as fallo:
        return _rechazar(nombre_nora, contacto_id, "_nombre", error_nombre=str(fallo), nombre_escrito=escrito, editando=True)
    return _pintar(nombre_nora, contacto, "_nombre", guardado="nombre")


@panel_cliente_contactos_bp.post(f"{_FICHA}/notas")
@con_sesion
def cambiar_notas(nombre_nora: str, contacto_id: int) -> ResponseReturnValue:
    """Guarda las notas del equipo."""
    escrito = request.form.get("notas", "")
    try:
        contacto = servicio.cambiar_notas(nombre_nora, contacto_id, leer_notas(escrito))
    except TextoNoValido as fallo:
        return _rechazar(nombre_nora, contacto_id, "_notas", error_notas=str(fallo), notas_escritas=escrito)
    return _pintar(nombre_nora, contacto, "_notas", guardado="notas")


@panel_cliente_contactos_bp.post(f"{_FICHA}/etiquetas")
@con_sesion
def cambiar_etiquetas(nombre_nora: str, contacto_id: int) -> ResponseReturnValue:
    """Añade las etiquetas de `poner` (separadas por comas) o quita la de `quitar`."""
    escrito = request.form.get("poner", "")
    try:
        if "quitar" in request.form:
            contacto = servicio.quitar_etiqueta(nombre_nora, contacto_id, request.form["quitar"])
        else:
            contacto = servicio.poner_etiquetas(nombre_nora, contacto_id, escrito)
    except EtiquetaNoValida as fallo:
        return _rechazar(nombre_nora, contacto_id, "_etiquetas", error_etiqueta=str(fallo), etiqueta_escrita=escrito)
    return _pintar(nombre_nora, contacto, "_etiquetas")


@panel_cliente_contactos_bp.post(f"{_FICHA}/ia")
@con_sesion
def cambiar_ia(nombre_nora: str, contacto_id: int) -> ResponseReturnValue:
    """Enciende o apaga la IA para esa persona."""
    contacto = servicio.cambiar_ia(nombre_nora, contacto_id, request.form.get("activa") == "1")
    return _pintar(nombre_nora, contacto, "_ia")


def _siguiente(personas: list[Contacto]) -> str:
    if len(personas) <= POR_PAGINA:
        return ""
    ultima = personas[POR_PAGINA - 1]
    return escribir_punto(ultima.ultimo_mensaje, ultima.id)


def _pintar(nombre_nora: str, contacto: Contacto, fragmento: str, **datos: Any) -> ResponseReturnValue:
    """El fragmento para htmx; sin él, un formulario corriente vuelve a la ficha y una lectura la pinta entera."""
    if pide_fragmento():
        return _fragmento(contacto, fragmento, datos)
    if request.method == "POST":
        return redirect(url_for(".ficha", nombre_nora=nombre_nora, contacto_id=contacto.id), 303)
    return _ficha(nombre_nora, contacto, **datos)


def _rechazar(nombre_nora: str, contacto_id: int, fragmento: str, **datos: Any) -> Response:
    """Lo mismo con lo escrito y por qué no se guardó (422)."""
    contacto = obtener_contacto(nombre_nora, contacto_id)
    cuerpo = _fragmento(contacto, fragmento, datos) if pide_fragmento() else _ficha(nombre_nora, contacto, **datos)
    return Response(cuerpo, 422)


def _fragmento(contacto: Contacto, fragmento: str, datos: dict[str, Any]) -> str:
    en_uso = listar_etiquetas(contacto.nombre_nora) if fragmento == "_etiquetas" else []
    # Lo que se pinta después de una acción recoge el foco: quien usa el teclado sigue donde estaba.
    return render_template(
        f"clientes/contactos/{fragmento}.html", contacto=contacto, en_uso=en_uso, **(_ESTADO | {"con_foco": True} | datos)
    )


_ESTADO: dict[str, Any] = {
    "editando": False,
    "con_foco": False,
    "guardado": "",
    "error_nombre": "",
    "nombre_escrito": None,
    "error_notas": "",
    "notas_escritas": None,
    "error_etiqueta": "",
    "etiqueta_escrita": "",
}
"""Cómo se pinta la ficha cuando nadie está escribiendo."""


def _ficha(nombre_nora: str, contacto: Contacto, **datos: Any) -> str:
    return render_template(
        "clientes/contactos/ficha.html",
        nora=nora_de(nombre_nora),
        contacto=contacto,
        hilo=buscar_hilo_de_contacto(nombre_nora, contacto.id),
        en_uso=listar_etiquetas(nombre_nora),
        **(_ESTADO | datos),
    )
