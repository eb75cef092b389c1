"""Las direcciones de Plantillas: la lista con sus estados, el editor, mandar a aprobación, quitar y sincronizar."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clientes.comun import huecos
from clientes.comun.peticion import nora_de, pide_fragmento
from clientes.plantillas import servicio
from clientes.plantillas.formularios import GRUPOS, leer_busqueda, leer_clave, leer_grupo, leer_nombre, leer_propuesta, otra_como
from clientes.plantillas.iniciales import INICIALES, VACIA
from clientes.plantillas.servicio import ConProblemas, GuardadaSinEnviar, NoSePudo
from registro.accesos import con_sesion
from registro.textos import una_linea
from sql.modelos.plantillas import (
    Plantilla,
    buscar_sincronizacion,
    contar_plantillas,
    listar_plantillas,
    obtener_plantilla,
)
from webhook.canal import taller_de_plantillas, texto_de_plantilla

panel_cliente_plantillas_bp = Blueprint("panel_cliente_plantillas", __name__)

_UNA = "/<int(max=9223372036854775807):plantilla_id>"


@panel_cliente_plantillas_bp.get("/")
@con_sesion
def lista(nombre_nora: str) -> str:
    """Las plantillas, la última cambiada primero; la búsqueda y el filtro van en la dirección."""
    return _lista(nombre_nora)


@panel_cliente_plantillas_bp.post("/sincronizar")
@con_sesion
def sincronizar(nombre_nora: str) -> ResponseReturnValue:
    """Compara con Twilio y vuelve a pintar la lista."""
    try:
        cambios = servicio.ponerse_al_dia(nombre_nora)
        aviso, codigo = f"Al día con WhatsApp: {_cuantas(cambios)}.", 200
    except NoSePudo as motivo:
        aviso, codigo = str(motivo), 422
    if pide_fragmento():
        return Response(_lista(nombre_nora, aviso=aviso, mal=codigo != 200), codigo)
    flash(aviso, "error" if codigo != 200 else "info")
    return redirect(url_for(".lista", nombre_nora=nombre_nora), 303)


@panel_cliente_plantillas_bp.get("/nueva")
@con_sesion
def nueva(nombre_nora: str) -> ResponseReturnValue:
    """El editor en blanco, con una de las iniciales (`?inicial=cita`) o con el texto de otra para corregirlo (`?de=7`)."""
    if not g.paso.puede_escribir:
        return redirect(url_for(".lista", nombre_nora=nombre_nora))
    if de := leer_clave(request.args.get("de", "")):
        return _editor(nombre_nora, propuesta=otra_como(taller_de_plantillas.propuesta_de(obtener_plantilla(nombre_nora, de))))
    inicial = INICIALES.get(request.args.get("inicial", ""))
    return _editor(nombre_nora, propuesta=inicial[2] if inicial else VACIA)


@panel_cliente_plantillas_bp.post("/nueva")
@con_sesion
def crear(nombre_nora: str) -> ResponseReturnValue:
    """Guarda un borrador o, con `accion=enviar`, lo guarda y lo manda a aprobación."""
    return _guardar(nombre_nora, None)


@panel_cliente_plantillas_bp.get(f"{_UNA}/")
@con_sesion
def ver(nombre_nora: str, plantilla_id: int) -> ResponseReturnValue:
    """Una plantilla: con el editor si aún es un borrador, y para leer si ya está en Twilio."""
    fila = obtener_plantilla(nombre_nora, plantilla_id)
    if fila.content_sid or fila.intentada_en or not g.paso.puede_escribir:
        return _pintar(nombre_nora, "ficha", plantilla=fila)
    return _editor(nombre_nora, plantilla=fila, propuesta=taller_de_plantillas.propuesta_de(fila))


@panel_cliente_plantillas_bp.post(f"{_UNA}/")
@con_sesion
def corregir(nombre_nora: str, plantilla_id: int) -> ResponseReturnValue:
    """Cambia un borrador o, con `accion=enviar`, además lo manda a aprobación."""
    return _guardar(nombre_nora, plantilla_id)


@panel_cliente_plantillas_bp.post(f"{_UNA}/aprobacion")
@con_sesion
def enviar(nombre_nora: str, plantilla_id: int) -> ResponseReturnValue:
    """Manda a aprobación una que quedó creada en Twilio sin enviar."""
    try:
        servicio.enviar(nombre_nora, plantilla_id)
        flash(_ENVIADA, "info")
    except NoSePudo as motivo:
        flash(str(motivo), "error")
    return redirect(url_for(".ver", nombre_nora=nombre_nora, plantilla_id=plantilla_id), 303)


@panel_cliente_plantillas_bp.get(f"{_UNA}/borrar")
@con_sesion
def confirmar_borrado(nombre_nora: str, plantilla_id: int) -> ResponseReturnValue:
    """Pregunta antes de borrar, diciendo qué pasará."""
    return _pintar(nombre_nora, "borrar", plantilla=obtener_plantilla(nombre_nora, plantilla_id), rechazo="")


@panel_cliente_plantillas_bp.post(f"{_UNA}/borrar")
@con_sesion
def borrar(nombre_nora: str, plantilla_id: int) -> ResponseReturnValue:
    """La borra, también de Twilio."""
    fila = obtener_plantilla(nombre_nora, plantilla_id)
    try:
        servicio.quitar(nombre_nora, plantilla_id)
    except NoSePudo as motivo:
        return Response(_pintar(nombre_nora, "borrar", plantilla=fila, rechazo=str(motivo)), 422)
    flash(f"Se borró «{leer_nombre(fila.nombre, _prefijo(nombre_nora))}».", "info")
    return redirect(url_for(".lista", nombre_nora=nombre_nora), 303)


_ENVIADA = "Enviada a aprobación. Meta la revisa, normalmente en minutos y como mucho en 24 horas."


def _guardar(nombre_nora: str, plantilla_id: int | None) -> ResponseReturnValue:
    propuesta, enviar = leer_propuesta(request.form, _prefijo(nombre_nora)), request.form.get("accion") == "enviar"
    fila = obtener_plantilla(nombre_nora, plantilla_id) if plantilla_id else None
    try:
        guardada = (servicio.guardar_y_enviar if enviar else servicio.guardar)(nombre_nora, plantilla_id, propuesta)
    except GuardadaSinEnviar as motivo:
        flash(f"Quedó guardada como borrador, pero no se envió. {motivo}", "error")
        return redirect(url_for(".ver", nombre_nora=nombre_nora, plantilla_id=motivo.plantilla_id), 303)
    except NoSePudo as motivo:
        problemas = motivo.problemas if isinstance(motivo, ConProblemas) else [texto_de_plantilla.Problema("", str(motivo))]
        titulo = una_linea(request.form.get("nombre", ""))[:100]
        return Response(_editor(nombre_nora, plantilla=fila, propuesta=propuesta, problemas=problemas, titulo=titulo), 422)
    flash(f"{_ENVIADA if enviar else 'Borrador guardado.'} En WhatsApp se llama {propuesta.nombre}.", "info")
    if enviar:
        return redirect(url_for(".lista", nombre_nora=nombre_nora), 303)
    return redirect(url_for(".ver", nombre_nora=nombre_nora, plantilla_id=guardada), 303)


def _lista(nombre_nora: str, *, aviso: str = "", mal: bool = False) -> str:
    buscado, grupo = leer_busqueda(request.args.get("q", "")), leer_grupo(request.args.get("estado", ""))
    cuentas = contar_plantillas(nombre_nora)
    return _pintar(
        nombre_nora,
        "_lista" if pide_fragmento() else "lista",
        plantillas=listar_plantillas(nombre_nora, texto=buscado, estados=GRUPOS[grupo][1] if grupo else ()),
        total=sum(cuentas.values()),
        filtros=[(clave, titulo, sum(cuentas.get(e, 0) for e in estados)) for clave, (titulo, estados) in GRUPOS.items()],
        buscado=buscado,
        grupo=grupo,
        sincronizada_en=buscar_sincronizacion(nombre_nora),
        iniciales=INICIALES,
        aviso=aviso,
        mal=mal,
    )


def _editor(
    nombre_nora: str,
    *,
    propuesta: texto_de_plantilla.Propuesta,
    plantilla: Plantilla | None = None,
    problemas: list[texto_de_plantilla.Problema] | None = None,
    titulo: str = "",
) -> str:
    errores: dict[str, list[str]] = {}
    for problema in problemas or []:
        errores.setdefault(problema.campo, []).append(huecos.decir(problema))
    frases = [frase for del_campo in errores.values() for frase in del_campo]
    titulo = titulo or (leer_nombre(propuesta.nombre, _prefijo(nombre_nora)) if propuesta.nombre else "")
    return _pintar(nombre_nora, "editor", propuesta=propuesta, plantilla=plantilla, errores=errores, frases=frases, titulo_escrito=titulo)


def _pintar(nombre_nora: str, nombre: str, **datos: Any) -> str:
    prefijo = _prefijo(nombre_nora)
    contexto = {
        "nora": nora_de(nombre_nora),
        "prefijo": prefijo,
        "reglas": texto_de_plantilla,
        "huecos": huecos,
        "titulo_de": lambda plantilla: leer_nombre(plantilla.nombre, prefijo),
    }
    return render_template(f"clientes/plantillas/{nombre}.html", **contexto, **datos)


def _prefijo(nombre_nora: str) -> str:
    return taller_de_plantillas.prefijo_de(nombre_nora)


def _cuantas(cambios: int) -> str:
    return "nada había cambiado" if not cambios else f"{cambios} {'plantilla cambió' if cambios == 1 else 'plantillas cambiaron'}"
