"""Las direcciones de los archivos de un chat: verlos, volver a pedirlos y mandar uno. Cuelgan de la puerta de Chats."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, abort, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from clientes.chat.envio_de_archivos import enviar_archivo, obtener_archivo_del_hilo
from clientes.chat.formularios import MAXIMO_ENTERO, leer_clave
from clientes.chat.pintura import pintar_mensaje
from clientes.chat.servicio import NoSePuede
from clientes.chat.tarjeta import leer_tarjetas
from registro import archivos
from registro.accesos import con_sesion
from registro.almacen import AlmacenCaido, SinArchivo
from registro.cuerpos import admite
from registro.tipos_de_archivo import MEGA, TARJETA, TOPE
from sql.modelos.archivos import Archivo
from webhook import canal

_ARCHIVO = f"/archivo/<int(max={MAXIMO_ENTERO}):archivo_id>"
ABIERTO_SEGUNDOS = 3600
"""Lo que vale un enlace: bastante para oír un audio largo saltando por él; la página nunca lo guarda, lo pide cada vez."""


@con_sesion
def ver_archivo(nombre_nora: str, conversacion_id: int, archivo_id: int) -> ResponseReturnValue:
    """Lleva a un enlace firmado que caduca; con `?descargar=1`, con su nombre."""
    archivo = _listo(nombre_nora, conversacion_id, archivo_id)
    nombre = archivo.nombre or "archivo" if "descargar" in request.args else None
    try:
        return redirect(archivos.url_para_navegador(archivo.ruta or "", ABIERTO_SEGUNDOS, nombre=nombre, tipo=archivo.tipo))
    except SinArchivo:
        abort(404, description="El archivo ya no está en el almacén.")
    except AlmacenCaido:
        abort(503, description="El almacén de archivos no responde. Inténtalo en un momento.")


@con_sesion
def contacto(nombre_nora: str, conversacion_id: int, archivo_id: int) -> ResponseReturnValue:
    """Los nombres y teléfonos de una tarjeta de contacto."""
    archivo = _listo(nombre_nora, conversacion_id, archivo_id)
    if archivo.tipo != TARJETA:
        abort(404)
    try:
        tarjetas = leer_tarjetas(archivos.abrir(archivo.ruta or ""))
    except (SinArchivo, AlmacenCaido):
        tarjetas = []
    return render_template("clientes/chat/_contacto.html", tarjetas=tarjetas)


@con_sesion
def reintentar(nombre_nora: str, conversacion_id: int, archivo_id: int) -> ResponseReturnValue:
    """Vuelve a pedir uno que no se pudo bajar y repinta su mensaje."""
    archivo = obtener_archivo_del_hilo(nombre_nora, conversacion_id, archivo_id)
    canal.reintentar_adjunto(nombre_nora, archivo_id)
    return Response(pintar_mensaje(nombre_nora, conversacion_id, archivo.mensaje_id or 0))


@con_sesion
@admite(TOPE + MEGA)
def subir(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """Manda un archivo (`archivo`) con su texto (`pie`); 422 con el motivo si no se puede."""
    subido = request.files.get("archivo")
    try:
        if subido is None:
            raise NoSePuede("Elige un archivo antes de enviar.")
        ids = enviar_archivo(
            g.paso,
            conversacion_id,
            subido.read(),
            nombre=subido.filename or "",
            pie=request.form.get("pie", ""),
            clave_cliente=leer_clave(request.form.get("clave_cliente", "")),
            ahora=dt.datetime.now(dt.UTC),
        )
    except NoSePuede as motivo:
        return render_template("clientes/chat/_rechazo.html", motivo=str(motivo)), 422
    return "".join(pintar_mensaje(nombre_nora, conversacion_id, mensaje_id) for mensaje_id in ids), 201


def colgar(puerta: Blueprint, hilo: str) -> None:
    """Pone estas direcciones en la puerta de Chats, dentro de cada hilo."""
    puerta.get(f"{hilo}{_ARCHIVO}")(ver_archivo)
    puerta.get(f"{hilo}{_ARCHIVO}/contacto")(contacto)
    puerta.post(f"{hilo}{_ARCHIVO}/reintentar")(reintentar)
    puerta.post(f"{hilo}/archivos")(subir)


def _listo(nombre_nora: str, conversacion_id: int, archivo_id: int) -> Archivo:
    archivo = obtener_archivo_del_hilo(nombre_nora, conversacion_id, archivo_id)
    if archivo.estado != "listo" or not archivo.ruta:
        abort(404, description="Ese adjunto aún no está disponible.")
    return archivo
