"""Anotar a mano que una persona no quiere promociones, o quitar esa baja con su porqué."""

from __future__ import annotations

import datetime as dt

from clientes.contactos.formularios import TextoNoValido
from clientes.contactos.servicio import avisado
from registro.pantalla import fecha_entera
from registro.textos import una_linea
from sql.conexion import transaccion
from sql.modelos.bajas import anotar_baja, quitar_baja
from sql.modelos.contactos import Contacto, guardar_contacto, obtener_contacto
from sql.modelos.noras import obtener_nora

LARGO_DEL_MOTIVO = 160


def leer_motivo(texto: str) -> str:
    """El motivo en una línea.

    Raises:
        TextoNoValido: si falta o es demasiado largo.
    """
    motivo = una_linea(texto)
    if not motivo:
        raise TextoNoValido("Escribe el motivo: alguien podría preguntarlo después.")
    if len(motivo) > LARGO_DEL_MOTIVO:
        raise TextoNoValido(f"El motivo lleva como mucho {LARGO_DEL_MOTIVO} caracteres y escribiste {len(motivo)}.")
    return motivo


def anotar(nombre_nora: str, contacto_id: int, motivo: str) -> Contacto:
    """Deja de mandarle promociones; si ya estaba de baja, se conserva la primera.

    Raises:
        NoEncontrado: si la persona no es de esa Nora.
    """
    with transaccion(nombre_nora):
        anotar_baja(nombre_nora, contacto_id, "panel", motivo)
        contacto = _como_queda(nombre_nora, contacto_id)
    return avisado(nombre_nora, contacto)


def quitar(nombre_nora: str, contacto_id: int, motivo: str, *, confirmado: bool, autor: str) -> Contacto:
    """Vuelve a admitirle promociones y lo deja dicho en sus notas: quién, cuándo y por qué.

    Raises:
        NoEncontrado: si la persona no es de esa Nora.
        TextoNoValido: si no se confirmó que ella lo pidió.
    """
    if not confirmado:
        raise TextoNoValido("Confirma que esta persona pidió volver a recibirlas.")
    with transaccion(nombre_nora):
        if quitar_baja(nombre_nora, contacto_id):
            contacto = _como_queda(nombre_nora, contacto_id)
            cuando = fecha_entera(dt.datetime.now(dt.UTC), obtener_nora(nombre_nora).zona_horaria)
            renglon = f"{cuando}: {autor or 'Alguien'} quitó su baja de promociones ({motivo})."
            guardar_contacto(nombre_nora, contacto_id, notas=f"{contacto.notas}\n{renglon}" if contacto.notas else renglon)
        contacto = _como_queda(nombre_nora, contacto_id)
    return avisado(nombre_nora, contacto)


def _como_queda(nombre_nora: str, contacto_id: int) -> Contacto:
    with transaccion(nombre_nora) as sesion:
        contacto = obtener_contacto(nombre_nora, contacto_id)
        sesion.refresh(contacto)
        return contacto
