"""Mandar un archivo desde Chats: se mira qué es, se guarda y después se deja la intención de enviarlo."""

from __future__ import annotations

import datetime as dt
import hashlib

from clientes.chat.lectura import obtener_mensaje_del_hilo
from clientes.chat.servicio import NoSePuede, tomar_para_escribir
from registro import archivos, tiempo_real
from registro.almacen import AlmacenCaido
from registro.bitacora import registrar_error
from registro.portero import Paso
from registro.textos import varias_lineas
from registro.tipos_de_archivo import clase_de, motivo_de_rechazo, nombre_seguro, oler
from sql.modelos.archivos import Archivo, crear_archivo_saliente, obtener_archivo
from sql.modelos.bandeja import buscar_por_clave
from sql.modelos.base import NoEncontrado
from webhook import canal

LLEVAN_PIE = frozenset({"imagen", "video"})
"""Lo que WhatsApp enseña con su texto debajo; lo demás lo pierde, así que el texto va antes como mensaje aparte."""


def enviar_archivo(
    paso: Paso, conversacion_id: int, datos: bytes, *, nombre: str, pie: str, clave_cliente: str | None, ahora: dt.datetime
) -> list[int]:
    """Manda un archivo como persona, con su texto. Devuelve los ids de los mensajes que salen, en orden.

    La misma `clave_cliente` es el mismo envío: repetir la subida no manda nada dos veces.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
        NoSePuede: si WhatsApp no admite ese archivo o ahora no se puede escribir.
    """
    if clave_cliente and (repetido := buscar_por_clave(paso.nombre_nora, clave_cliente)):
        return [obtener_mensaje_del_hilo(paso.nombre_nora, conversacion_id, repetido.id).id]
    tipo, pie = oler(datos), varias_lineas(pie)
    if motivo := motivo_de_rechazo(tipo, len(datos)):
        raise NoSePuede(motivo)
    if canal.largo(pie) > canal.LARGO_MAXIMO:
        raise NoSePuede(f"El texto pasa de {canal.LARGO_MAXIMO} caracteres. Acórtalo o mándalo aparte.")
    cambio = tomar_para_escribir(paso, conversacion_id, ahora)
    archivo_id = _guardar(paso.nombre_nora, datos, tipo, nombre)
    ids = []
    if pie and clase_de(tipo) not in LLEVAN_PIE:
        clave_del_pie = f"{clave_cliente}-pie" if clave_cliente else None
        ids += canal.enviar(paso.nombre_nora, conversacion_id, pie, origen="persona", autor_id=paso.usuario_id, clave_cliente=clave_del_pie)
        pie = ""
    ids.append(
        canal.enviar_archivo(
            paso.nombre_nora,
            conversacion_id,
            archivo_id,
            clase=clase_de(tipo),
            pie=pie,
            autor_id=paso.usuario_id,
            clave_cliente=clave_cliente,
        )
    )
    if cambio:
        tiempo_real.avisar(paso.nombre_nora, "conversacion.cambio", conversacion=conversacion_id)
    return ids


def _guardar(nombre_nora: str, datos: bytes, tipo: str, nombre: str) -> int:
    """Primero el almacén y después la fila: si algo se corta, sobra un archivo que se barre, y nunca una fila sin archivo."""
    ruta = archivos.ruta_nueva(nombre_nora, tipo)
    try:
        archivos.guardar(ruta, datos, tipo)
    except AlmacenCaido as fallo:
        registrar_error("Supabase", f"No se pudo guardar un archivo por enviar: {fallo}", nombre_nora, "clientes.chat")
        raise NoSePuede("No se pudo guardar el archivo. Espera un momento y vuelve a enviarlo.") from fallo
    return crear_archivo_saliente(
        nombre_nora,
        ruta=ruta,
        tipo=tipo,
        nombre=nombre_seguro(nombre, tipo),
        tamano=len(datos),
        huella=hashlib.sha256(datos).hexdigest(),
    )


def obtener_archivo_del_hilo(nombre_nora: str, conversacion_id: int, archivo_id: int) -> Archivo:
    """Ese archivo, si es de un mensaje de ese hilo.

    Raises:
        NoEncontrado: si no existe, o es de otro hilo o de otra Nora.
    """
    archivo = obtener_archivo(nombre_nora, archivo_id)
    if archivo.mensaje_id is None:
        raise NoEncontrado(f"El archivo {archivo_id} aún no es de ningún mensaje")
    obtener_mensaje_del_hilo(nombre_nora, conversacion_id, archivo.mensaje_id)
    return archivo
