"""Lo que se puede hacer con una persona: nombrarla, etiquetarla, anotar, encender o apagar su IA y unirla a otra."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clientes.contactos import etiquetas
from registro import tiempo_real
from registro.bitacora import registro
from sql.conexion import transaccion
from sql.modelos.contactos import Contacto, guardar_contacto, listar_etiquetas
from sql.modelos.conversaciones import buscar_hilo_de_contacto
from sql.modelos.fusion import unir
from sql.modelos.separacion import deshacer
from sql.modelos.uniones import descartar_sugerencia, obtener_sugerencia


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
    return avisado(nombre_nora, contacto)


def quitar_etiqueta(nombre_nora: str, contacto_id: int, etiqueta: str) -> Contacto:
    """Quita una etiqueta; si no la tenía, no pasa nada.

    Raises:
        NoEncontrado: si la persona no es de esa Nora.
    """
    with transaccion(nombre_nora):
        contacto = _tomar(nombre_nora, contacto_id)
        contacto = guardar_contacto(nombre_nora, contacto_id, etiquetas=etiquetas.quitar(contacto.etiquetas, etiqueta))
    return avisado(nombre_nora, contacto)


def unir_personas(nombre_nora: str, contacto_id: int, union_id: int, autor_id: int) -> int:
    """Une a las dos personas de una sugerencia y devuelve el id de la que queda.

    Raises:
        NoEncontrado: si la sugerencia no es de esa persona o ya se decidió.
        NoSePuedeUnir: si ahora no se puede; el mensaje dice por qué.
    """
    with transaccion(nombre_nora):
        pareja = obtener_sugerencia(nombre_nora, contacto_id, union_id)
        unir(nombre_nora, pareja.principal_id, pareja.secundario_id, hecha_por=autor_id, union_id=union_id)
    registro.info(
        "personas unidas", union_id=union_id, contacto_id=pareja.principal_id, secundario_id=pareja.secundario_id, autor_id=autor_id
    )
    _avisar_hilos(nombre_nora, pareja.principal_id, pareja.secundario_id)
    return pareja.principal_id


def deshacer_union(nombre_nora: str, contacto_id: int, union_id: int, autor_id: int) -> None:
    """Separa a quien se unió a esa persona.

    Raises:
        NoEncontrado: si esa unión no es de esa persona o ya se deshizo.
        NoSePuedeUnir: si ahora no se puede; el mensaje dice por qué.
    """
    union = deshacer(nombre_nora, union_id, contacto_id)
    registro.info("unión deshecha", union_id=union_id, contacto_id=contacto_id, secundario_id=union.secundario_id, autor_id=autor_id)
    _avisar_hilos(nombre_nora, union.principal_id, union.secundario_id)


def descartar_union(nombre_nora: str, contacto_id: int, union_id: int, autor_id: int) -> None:
    """Anota que no son la misma persona.

    Raises:
        NoEncontrado: si la sugerencia no es de esa persona o ya se decidió.
    """
    with transaccion(nombre_nora):
        obtener_sugerencia(nombre_nora, contacto_id, union_id)
        descartar_sugerencia(nombre_nora, union_id)
    registro.info("unión descartada", union_id=union_id, contacto_id=contacto_id, autor_id=autor_id)


def _avisar_hilos(nombre_nora: str, *personas: int) -> None:
    for persona in personas:
        if hilo := buscar_hilo_de_contacto(nombre_nora, persona):
            tiempo_real.avisar(nombre_nora, "conversacion.cambio", conversacion=hilo.conversacion.id)


def _tomar(nombre_nora: str, contacto_id: int) -> Contacto:
    # Tocar la fila la retiene hasta confirmar: dos personas que etiquetan a la vez suman, no se pisan.
    return guardar_contacto(nombre_nora, contacto_id, updated_at=dt.datetime.now(dt.UTC))


def _guardar(nombre_nora: str, contacto_id: int, **cambios: Any) -> Contacto:
    with transaccion(nombre_nora):
        contacto = guardar_contacto(nombre_nora, contacto_id, **cambios)
    return avisado(nombre_nora, contacto)


def avisado(nombre_nora: str, contacto: Contacto) -> Contacto:
    """Ya confirmado: el chat abierto en otra pantalla vuelve a pedir su fila."""
    hilo = buscar_hilo_de_contacto(nombre_nora, contacto.id)
    if hilo is not None:
        tiempo_real.avisar(nombre_nora, "conversacion.cambio", conversacion=hilo.conversacion.id)
    return contacto
