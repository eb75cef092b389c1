"""Lo que se puede hacer con una persona: nombrarla, etiquetarla, anotar y encender o apagar su IA."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clientes.contactos import etiquetas
from registro import tiempo_real
from sql.conexion import transaccion
from sql.modelos.contactos import Contacto, guardar_contacto, listar_etiquetas
from sql.modelos.conversaciones import buscar_hilo_de_contacto


def cambiar_nombre(nombre_nora: str, contacto_id: int, nombre: str) -> Contacto:
    """Pone el nombre a mano: desde ahora el perfil de WhatsApp no lo cambia. Vacío, se lo devuelve a WhatsApp.

    Raises:
        NoEncontrado: si la persona no es de esa Nora.
    """
    return _guardar(nombre_nora, contacto_id, nombre=nombre or None, nombre_editado=bool(nombre))


def cambiar_notas(nombre_nora: str, contacto_id: int, notas: str) -> Contacto:
    """Guarda las notas del equipo.

    Raises:
        NoEncontrado: si la persona no es de esa Nora.
    """
    return _guardar(nombre_nora, contacto_id, notas=notas or None)


def cambiar_ia(nombre_nora: str, contacto_id: int, activa: bool) -> Contacto:
    """Enciende o apaga la IA para esa persona.

    Raises:
        NoEncontrado: si la persona no es de esa Nora.
    """
    return _guardar(nombre_nora, contacto_id, ia_activa=activa)


def poner_etiquetas(nombre_nora: str, contacto_id: int, escrito: str) -> Contacto:
    """Añade las etiquetas escritas, separadas por comas.

    Raises:
        EtiquetaNoValida: si no se pueden añadir.
        NoEncontrado: si la persona no es de esa Nora.
    """
    with transaccion(nombre_nora):
        contacto = _tomar(nombre_nora, contacto_id)
        nuevas = etiquetas.unir(contacto.etiquetas, escrito, listar_etiquetas(nombre_nora))
        contacto = guardar_contacto(nombre_nora, contacto_id, etiquetas=nuevas)
    return _avisado(nombre_nora, contacto)


def quitar_etiqueta(nombre_nora: str, contacto_id: int, etiqueta: str) -> Contacto:
    """Quita una etiqueta; si no la tenía, no pasa nada.

    Raises:
        NoEncontrado: si la persona no es de esa Nora.
    """
    with transaccion(nombre_nora):
        contacto = _tomar(nombre_nora, contacto_id)
        contacto = guardar_contacto(nombre_nora, contacto_id, etiquetas=etiquetas.quitar(contacto.etiquetas, etiqueta))
    return _avisado(nombre_nora, contacto)


def _tomar(nombre_nora: str, contacto_id: int) -> Contacto:
    # Tocar la fila la retiene hasta confirmar: dos personas que etiquetan a la vez suman, no se pisan.
    return guardar_contacto(nombre_nora, contacto_id, updated_at=dt.datetime.now(dt.UTC))


def _guardar(nombre_nora: str, contacto_id: int, **cambios: Any) -> Contacto:
    with transaccion(nombre_nora):
        contacto = guardar_contacto(nombre_nora, contacto_id, **cambios)
    return _avisado(nombre_nora, contacto)


def _avisado(nombre_nora: str, contacto: Contacto) -> Contacto:
    """Ya confirmado: el chat abierto en otra pantalla vuelve a pedir su fila."""
    hilo = buscar_hilo_de_contacto(nombre_nora, contacto.id)
    if hilo is not None:
        tiempo_real.avisar(nombre_nora, "conversacion.cambio", conversacion=hilo.conversacion.id)
    return contacto
