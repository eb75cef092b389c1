"""Las direcciones de Contactos: la lista con su búsqueda y la ficha de cada persona."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from clientes.comun.peticion import nora_de, pide_fragmento
from clientes.contactos import parecidos, promociones, servicio
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
from sql.modelos.fusion import NoSePuedeUnir
from sql.modelos.uniones import listar_con_sugerencia

panel_cliente_contactos_bp = Blueprint("panel_cliente_contactos", __name__)

POR_PAGINA = 50
_FICHA = "/<int(max=9223372036854775807):contacto_id>"
_UNION = f"{_FICHA}/uniones/<int(max=9223372036854775807):union_id>"


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
        "parecidas": listar_con_sugerencia(nombre_nora, [persona.id for persona in personas]),
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
def ficha(nombre_nora: str, contacto_id: int) -> ResponseReturnValue:
    """La ficha de una persona; la de quien se unió a otra es la de esa otra."""
    contacto = obtener_contacto(nombre_nora, contacto_id)
    if contacto.unido_a:
        return _a_la_ficha(nombre_nora, contacto.unido_a)
    return _ficha(nombre_nora, contacto)


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


@panel_cliente_contactos_bp.post(f"{_FICHA}/promociones")
@con_sesion
def cambiar_promociones(nombre_nora: str, contacto_id: int) -> ResponseReturnValue:
    """Anota que no quiere promociones (`recibe=0`) o quita esa baja (`recibe=1`, con `confirmo`); siempre con su `motivo`."""
    escrito = request.form.get("motivo", "")
    try:
        motivo = promociones.leer_motivo(escrito)
        if request.form.get("recibe") == "1":
            confirmado = request.form.get("confirmo") == "1"
            contacto = promociones.quitar(nombre_nora, contacto_id, motivo, confirmado=confirmado, autor=current_user.nombre)
        else:
            contacto = promociones.anotar(nombre_nora, contacto_id, motivo)
    except TextoNoValido as fallo:
        return _rechazar(nombre_nora, contacto_id, "_promociones", error_promociones=str(fallo), motivo_escrito=escrito)
    return _pintar(nombre_nora, contacto, "_promociones", guardado="promociones")


@panel_cliente_contactos_bp.post(f"{_UNION}/unir")
@con_sesion
def unir_personas(nombre_nora: str, contacto_id: int, union_id: int) -> ResponseReturnValue:
    """Une a las dos personas de una sugerencia y lleva a la ficha que queda."""
    try:
        queda = servicio.unir_personas(nombre_nora, contacto_id, union_id, g.paso.usuario_id)
    except NoSePuedeUnir as motivo:
        return _no_se_pudo_unir(nombre_nora, contacto_id, motivo)
    return _a_la_ficha(nombre_nora, queda)


@panel_cliente_contactos_bp.post(f"{_UNION}/deshacer")
@con_sesion
def deshacer_union(nombre_nora: str, contacto_id: int, union_id: int) -> ResponseReturnValue:
    """Separa otra vez a dos personas unidas."""
    try:
        servicio.deshacer_union(nombre_nora, contacto_id, union_id, g.paso.usuario_id)
    except NoSePuedeUnir as motivo:
        return _no_se_pudo_unir(nombre_nora, contacto_id, motivo)
    return _a_la_ficha(nombre_nora, contacto_id)


@panel_cliente_contactos_bp.post(f"{_UNION}/descartar")
@con_sesion
def descartar_union(nombre_nora: str, contacto_id: int, union_id: int) -> ResponseReturnValue:
    """Anota que no son la misma persona."""
    servicio.descartar_union(nombre_nora, contacto_id, union_id, g.paso.usuario_id)
    return _a_la_ficha(nombre_nora, contacto_id)


def _a_la_ficha(nombre_nora: str, contacto_id: int) -> ResponseReturnValue:
    return redirect(url_for(".ficha", nombre_nora=nombre_nora, contacto_id=contacto_id), 303)


def _no_se_pudo_unir(nombre_nora: str, contacto_id: int, motivo: NoSePuedeUnir) -> Response:
    return Response(_ficha(nombre_nora, obtener_contacto(nombre_nora, contacto_id), error_union=str(motivo)), 409)


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
        return _a_la_ficha(nombre_nora, contacto.id)
    return _ficha(nombre_nora, contacto, **datos)


def _rechazar(nombre_nora: str, contacto_id: int, fragmento: str, **datos: Any) -> Response:
    """Lo mismo con lo escrito y por qué no se guardó (422)."""
    contacto = obtener_contacto(nombre_nora, contacto_id)
    cuerpo = _fragmento(contacto, fragmento, datos) if pide_fragmento() else _ficha(nombre_nora, contacto, **datos)
    return Response(cuerpo, 422)


def _fragmento(contacto: Contacto, fragmento: str, datos: dict[str, Any]) -> str:
    en_uso = listar_etiquetas(contacto.nombre_nora) if fragmento == "_etiquetas" else []
    # Lo que se pinta después de una acción recoge el foco: quien usa el teclado sigue donde estaba.
    datos = _ESTADO | {"con_foco": True, "nora": nora_de(contacto.nombre_nora)} | datos
    return render_template(f"clientes/contactos/{fragmento}.html", contacto=contacto, en_uso=en_uso, **datos)


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
    "error_union": "",
    "error_promociones": "",
    "motivo_escrito": "",
}
"""Cómo se pinta la ficha cuando nadie está escribiendo."""


def _ficha(nombre_nora: str, contacto: Contacto, **datos: Any) -> str:
    return render_template(
        "clientes/contactos/ficha.html",
        nora=nora_de(nombre_nora),
        contacto=contacto,
        hilo=buscar_hilo_de_contacto(nombre_nora, contacto.id),
        en_uso=listar_etiquetas(nombre_nora),
        sennas=parecidos.leer_sennas(nombre_nora, contacto.id),
        parecidos=parecidos.leer_parecidos(nombre_nora, contacto.id),
        unidas=parecidos.leer_unidas(nombre_nora, contacto.id, dt.datetime.now(dt.UTC)),
        **(_ESTADO | datos),
    )
