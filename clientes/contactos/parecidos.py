"""Lo que se lee para pintar quién es quién en una ficha: sus señas, con quién parece la misma y con quién se unió."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from registro.telefonos import mostrar
from sql.modelos.contactos import Contacto, Identidad, obtener_contacto
from sql.modelos.identidades import listar_identidades
from sql.modelos.separacion import PLAZO_PARA_DESHACER
from sql.modelos.uniones import Union, contar_mensajes, listar_sugerencias, listar_uniones_hechas

PLAZO_A_LA_VISTA = dt.timedelta(minutes=10)
"""Cuánto se enseña el aviso con «Deshacer» después de unir; más discreto, se puede durante un día."""
_NOMBRES = {
    "telefono": "Teléfono",
    "usuario": "Usuario de WhatsApp",
    "bsuid": "Identificador de WhatsApp",
    "bsuid_padre": "Identificador de WhatsApp de la empresa",
}


@dataclass(frozen=True, slots=True)
class Senna:
    """Una seña como la lee una persona."""

    nombre: str
    valor: str


@dataclass(frozen=True, slots=True)
class Lado:
    """Una de las dos personas de una sugerencia."""

    contacto: Contacto
    sennas: list[Senna]
    mensajes: int


@dataclass(frozen=True, slots=True)
class Parecido:
    """Dos fichas que pueden ser la misma persona: `queda` es la que seguiría."""

    id: int
    motivo: str
    queda: Lado
    se_une: Lado


@dataclass(frozen=True, slots=True)
class Unida:
    """Una unión que todavía se puede deshacer."""

    id: int
    contacto: Contacto
    hecha_en: dt.datetime
    es_reciente: bool


def en_palabras(identidades: list[Identidad]) -> list[Senna]:
    """Las señas para enseñar, cada una una vez: primero los teléfonos, luego el usuario, luego los identificadores.

    De los nombres de usuario sólo el último: los anteriores ya no son suyos.
    """
    usuarios = [i for i in identidades if i.tipo == "usuario"][:1]
    ordenadas = sorted([*(i for i in identidades if i.tipo != "usuario"), *usuarios], key=lambda i: list(_NOMBRES).index(i.tipo))
    return list(dict.fromkeys(Senna(_NOMBRES[i.tipo], _como_se_lee(i)) for i in ordenadas))


def _como_se_lee(identidad: Identidad) -> str:
    if identidad.tipo == "telefono":
        return mostrar(identidad.direccion.removeprefix("whatsapp:")) or identidad.valor
    return f"@{identidad.valor.removeprefix('@')}" if identidad.tipo == "usuario" else identidad.valor


def leer_sennas(nombre_nora: str, contacto_id: int) -> list[Senna]:
    """Las señas de una persona, para su ficha."""
    return en_palabras(listar_identidades(nombre_nora, [contacto_id])[contacto_id])


def leer_parecidos(nombre_nora: str, contacto_id: int) -> list[Parecido]:
    """Con quién parece la misma, cada pareja lado a lado."""
    sugerencias = listar_sugerencias(nombre_nora, contacto_id)
    claves = {clave for s in sugerencias for clave in (s.principal_id, s.secundario_id)}
    identidades, cuentas = listar_identidades(nombre_nora, claves), contar_mensajes(nombre_nora, claves)
    lados = {c: Lado(obtener_contacto(nombre_nora, c), en_palabras(identidades[c]), cuentas[c]) for c in claves}
    return [Parecido(s.id, s.motivo, lados[s.principal_id], lados[s.secundario_id]) for s in sugerencias]


def leer_unidas(nombre_nora: str, contacto_id: int, ahora: dt.datetime) -> list[Unida]:
    """Con quién se unió hace poco; sólo la última se puede deshacer, las demás van detrás."""
    hechas = listar_uniones_hechas(nombre_nora, contacto_id, ahora - PLAZO_PARA_DESHACER)
    return [_unida(union, persona, ahora) for union, persona in hechas]


def _unida(union: Union, persona: Contacto, ahora: dt.datetime) -> Unida:
    hecha_en = union.hecha_en or union.created_at
    return Unida(union.id, persona, hecha_en, ahora - hecha_en <= PLAZO_A_LA_VISTA)
