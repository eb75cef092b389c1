"""De los hilos a las filas de la lista de chats: quién habló por último, qué falta por leer y quién responde. Puro."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from clientes.chat.formato import en_una_linea
from clientes.chat.hilo import ELLA, ESTADOS, IA, firma_de_ia, voz_de
from clientes.chat.ventana import ventana_de
from registro.telefonos import mostrar
from sql.modelos.contactos import Contacto
from sql.modelos.conversaciones import Conversacion, Hilo
from sql.modelos.mensajes import Mensaje

FILTROS = {
    "": "Todas",
    "sin_leer": "Sin leer",
    "necesita_persona": "Necesita persona",
    "ia": "IA",
    "persona": "Persona",
}
"""Los filtros de la lista, en su orden; la clave vacía es «todas»."""


@dataclass(frozen=True, slots=True)
class Fila:
    """Un renglón de la lista."""

    id: int
    nombre: str
    es_nombre: bool
    """Falso si no hay nombre y se enseña el teléfono."""
    avance: str
    voz: str
    """«Tú», «IA», «Automático»… o vacío si el último mensaje es de la persona."""
    estado: str
    """Estado del último mensaje si es nuestro; vacío si es de la persona."""
    estado_en_palabras: str
    momento: dt.datetime | None
    sin_leer: int
    responde_ia: bool
    necesita_persona: bool
    ventana_por_cerrar: str
    """Lo que queda de ventana, si es poco; vacío si no."""


def nombre_de(contacto: Contacto) -> str:
    """Cómo se llama a esa persona en pantalla: su nombre, su teléfono, su usuario de WhatsApp o, sin nada, «Sin teléfono»."""
    return contacto.nombre or mostrar(contacto.telefono) or (f"@{contacto.usuario}" if contacto.usuario else "Sin teléfono")


def responde_ia(conversacion: Conversacion, contacto: Contacto, modulos: frozenset[str]) -> bool:
    """Si el próximo mensaje de esa persona lo atenderá la IA."""
    return "ia" in modulos and conversacion.modo == "ia" and contacto.ia_activa


def armar_filas(hilos: list[Hilo], ultimos: Mapping[int, Mensaje], *, yo: int, modulos: frozenset[str], ahora: dt.datetime) -> list[Fila]:
    """Las filas de esos hilos. `ultimos` trae el último mensaje de cada uno por id de conversación."""
    return [_fila(hilo, ultimos.get(hilo.conversacion.id), yo, modulos, ahora) for hilo in hilos]


def _fila(hilo: Hilo, ultimo: Mensaje | None, yo: int, modulos: frozenset[str], ahora: dt.datetime) -> Fila:
    conversacion, contacto = hilo.conversacion, hilo.contacto
    voz = voz_de(ultimo) if ultimo else ELLA
    ventana = ventana_de(conversacion.ventana_hasta, ahora)
    return Fila(
        id=conversacion.id,
        nombre=nombre_de(contacto),
        es_nombre=bool(contacto.nombre),
        avance=en_una_linea(contacto.mensaje_reciente or ""),
        voz=_pista(voz, ultimo, yo),
        estado=ultimo.estado if ultimo and voz != ELLA else "",
        estado_en_palabras=ESTADOS.get(ultimo.estado, "") if ultimo and voz != ELLA else "",
        momento=contacto.ultimo_mensaje,
        sin_leer=conversacion.sin_leer,
        responde_ia=responde_ia(conversacion, contacto, modulos),
        necesita_persona=conversacion.necesita_persona,
        ventana_por_cerrar=ventana.en_palabras if ventana.por_cerrar else "",
    )


def _pista(voz: str, ultimo: Mensaje | None, yo: int) -> str:
    if voz == ELLA or ultimo is None:
        return ""
    if voz == IA:
        return firma_de_ia(ultimo)
    return "Tú" if ultimo.autor_id == yo else "Equipo"
