"""Fábricas: filas de verdad en las tablas de verdad, con lo que la prueba no dice ya puesto."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from sql.conexion import transaccion
from sql.modelos.base import Base
from sql.modelos.conocimiento import crear_bloque
from sql.modelos.contactos import Contacto, Identidad
from sql.modelos.conversaciones import Conversacion
from sql.modelos.mensajes import Mensaje
from sql.modelos.noras import obtener_nora
from tests.personas import AURA

CUENTA = "AC" + "0" * 32
_numeros = itertools.count(1)


def telefono() -> str:
    """Un teléfono mexicano distinto cada vez, en la forma canónica (sin el 1)."""
    return f"+5255{next(_numeros):08d}"


def ahora() -> dt.datetime:
    """La hora, con su zona."""
    return dt.datetime.now(dt.UTC)


def sid() -> str:
    """Un MessageSid distinto cada vez, con la forma de Twilio."""
    return f"SM{next(_numeros):032x}"


def guardar(fila: Base, nombre_nora: str) -> None:
    """Escribe una fila en la transacción de su Nora."""
    with transaccion(nombre_nora) as sesion:
        sesion.add(fila)
        sesion.flush()
        sesion.refresh(fila)


def contacto(nombre_nora: str = AURA, **campos: Any) -> Contacto:
    """Una persona con teléfono e identidad."""
    valores = {"telefono": telefono(), "nombre": "Persona de prueba"} | campos
    persona = Contacto(nombre_nora=nombre_nora, **valores)
    guardar(persona, nombre_nora)
    if persona.telefono:
        identidad = Identidad(
            nombre_nora=nombre_nora,
            contacto_id=persona.id,
            tipo="telefono",
            valor=persona.telefono,
            direccion=f"whatsapp:{persona.telefono}",
        )
        guardar(identidad, nombre_nora)
    return persona


def conversacion(persona: Contacto | None = None, nombre_nora: str = AURA, **campos: Any) -> Conversacion:
    """El hilo de una persona (nueva si no se da), con dirección y remitente para poder responder."""
    persona = persona or contacto(nombre_nora)
    valores = {
        "direccion": f"whatsapp:{persona.telefono}",
        "remitente": f"whatsapp:{obtener_nora(persona.nombre_nora).numero_nora}",
        "cuenta": CUENTA,
        "ventana_hasta": campos["ultimo_entrante_en"] + dt.timedelta(hours=24) if campos.get("ultimo_entrante_en") else None,
    } | campos
    hilo = Conversacion(nombre_nora=persona.nombre_nora, contacto_id=persona.id, **valores)
    guardar(hilo, persona.nombre_nora)
    return hilo


def mensaje(hilo: Conversacion | None = None, texto: str = "Hola", **campos: Any) -> Mensaje:
    """Un mensaje que entra; con `tipo="respuesta"` uno que sale, ya enviado si no se dice otro estado."""
    hilo = hilo or conversacion()
    sale = campos.get("tipo") == "respuesta"
    valores = {"message_sid": sid(), "estado": "enviado" if sale else "recibido", "origen": "ia" if sale else "whatsapp"} | campos
    fila = Mensaje(nombre_nora=hilo.nombre_nora, conversacion_id=hilo.id, mensaje=texto, **valores)
    guardar(fila, hilo.nombre_nora)
    return fila


def bloque(contenido: str, nombre_nora: str = AURA) -> int:
    """Un bloque de conocimiento; devuelve su id."""
    clave = crear_bloque(nombre_nora, contenido)
    assert clave is not None, "Ese bloque ya estaba"
    return clave


def entrante(numero_nora: str, **campos: Any) -> dict[str, Any]:
    """Un mensaje entrante como lo espera la función `recibir_entrante` de la base."""
    desde = campos.pop("desde", None) or telefono()
    texto = campos.get("texto", "Hola")
    sobre = {
        "message_sid": sid(),
        "numero_nora": numero_nora,
        "se_entiende": True,
        "identidad_tipo": "telefono",
        "identidad_valor": desde,
        "telefono": desde,
        "direccion": f"whatsapp:{desde}",
        "remitente": f"whatsapp:{numero_nora}",
        "cuenta": CUENTA,
        "nombre_perfil": "Persona de prueba",
        "texto": texto,
        "resumen": texto,
        "clase": "texto",
        "adjuntos": [],
        "parametros": {"Body": texto},
        "ficha_idempotencia": None,
    } | campos
    senna = {"tipo": sobre["identidad_tipo"], "valor": sobre["identidad_valor"], "direccion": sobre["direccion"]}
    return {"identidades": [senna]} | sobre
