"""Por qué señas se reconoce a quien escribe: su dirección, su teléfono, su BSUID, el de su empresa y su nombre de usuario. Puro."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from registro.telefonos import Identidad, leer_direccion

_CIFRAS = re.compile(r"\+?[0-9]{6,15}")
_USUARIO = re.compile(r"@?([A-Za-z0-9._]{3,60})")
_DE_BSUID = frozenset({"externaluseridentifier", "parentexternaluseridentifier", "userid", "parentuserid", "bsuid", "parentbsuid"})
_DE_USUARIO = frozenset({"username", "profileusername", "whatsappusername"})
"""Cómo puede llamarse el dato. El reparto exacto de nombres no está publicado entero: se miran todos y manda la forma del valor."""


def leer_senas(uno: Mapping[str, str]) -> list[dict[str, str]]:
    """Las señas de un aviso como {tipo, valor, direccion}; la primera es la dirección que escribió. Vacía si ésa no se entiende.

    Tipos: telefono, bsuid, bsuid_padre y usuario (que sólo sirve para enseñarlo: cambia de manos). Un valor, una vez por tipo.
    """
    direccion = uno.get("From", "").strip()
    propia = leer_direccion(direccion)
    if propia is None:
        return []
    senas = [{"tipo": propia.tipo, "valor": propia.valor, "direccion": direccion}]
    for otra, suya in _las_demas(uno):
        # De cada tipo vale la primera: si el aviso se contradice, manda lo que se usa para responder.
        if otra.tipo not in {s["tipo"] for s in senas}:
            senas.append({"tipo": otra.tipo, "valor": otra.valor, "direccion": suya})
    return senas


def _las_demas(uno: Mapping[str, str]) -> Iterator[tuple[Identidad, str]]:
    telefono = uno.get("WaId", "").strip()
    if _CIFRAS.fullmatch(telefono):
        direccion = f"whatsapp:+{telefono.lstrip('+')}"
        if hallada := leer_direccion(direccion):
            yield hallada, direccion
    for nombre, crudo in (*uno.items(), *_contexto(uno.get("ChannelMetadata", "")).items()):
        clave, valor = nombre.replace("_", "").lower(), crudo.strip()
        if clave in _DE_BSUID and (hallada := leer_direccion(valor)) and hallada.tipo != "telefono":
            yield hallada, f"whatsapp:{hallada.valor}"
        elif clave in _DE_USUARIO and (usuario := _USUARIO.fullmatch(valor)):
            yield Identidad("usuario", usuario[1].lower()), f"@{usuario[1].lower()}"


def _contexto(metadatos: str) -> dict[str, str]:
    """Los textos de `ChannelMetadata` → data → context, o nada si no se entiende."""
    leido: Any = leer_json(metadatos)
    for tramo in ("data", "context"):
        leido = leido.get(tramo) if isinstance(leido, dict) else None
    return {str(k): v for k, v in leido.items() if isinstance(v, str)} if isinstance(leido, dict) else {}


def leer_json(texto: str | bytes) -> Any:
    """Un JSON de fuera, o None si no lo es. Ni uno anidado sin fin ni un número sin fin levantan."""
    try:
        return json.loads(texto)
    except (ValueError, RecursionError):
        return None
