"""Lo que la agencia escribe de una Nora y de su equipo, limpio y revisado campo por campo. Puro."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from email_validator import EmailNotValidError, validate_email

from admin.comun.agencia import es_nombre_de_nora
from admin.noras.zonas import existe
from registro.telefonos import normalizar
from registro.textos import una_linea, varias_lineas
from sql.modelos.usuarios import ROLES_DE_NORA

LARGOS = {"nombre_visible": 80, "mensaje_bienvenida": 1000, "personalidad": 2000, "instrucciones": 8000}
"""Caracteres por campo; la bienvenida cabe en un mensaje de WhatsApp (1600) aunque lleve delante el nombre de la persona."""

ESPERA_MAXIMA = 60
"""Segundos."""

NOMBRES_RESERVADOS = frozenset({"nueva"})
"""Son partes fijas de nuestras direcciones."""


class PorCampo(dict[str, str]):
    """Un texto por campo del formulario; el de un campo que falta está vacío."""

    def __missing__(self, campo: str) -> str:
        return ""


@dataclass
class Revision:
    """Un formulario revisado: valores listos para guardar y, por campo, qué no vale."""

    valores: dict[str, Any] = field(default_factory=dict)
    errores: PorCampo = field(default_factory=PorCampo)


def leer_nora(escrito: Mapping[str, str]) -> Revision:
    """Los campos que se editan de una Nora."""
    revision = Revision()
    for campo, largo in LARGOS.items():
        limpiar = una_linea if campo == "nombre_visible" else varias_lineas
        texto = limpiar(escrito.get(campo, ""))
        revision.valores[campo] = texto or None
        if len(texto) > largo:
            revision.errores[campo] = f"Lleva como mucho {largo} caracteres y escribiste {len(texto)}."
    if not revision.valores["nombre_visible"]:
        revision.errores["nombre_visible"] = "Escribe el nombre del negocio."
    _leer_numero(escrito.get("numero_nora", ""), revision)
    _leer_tiempos(escrito, revision)
    return revision


def leer_nombre_de_nora(texto: str) -> str:
    """La clave de una Nora nueva.

    Raises:
        ValueError: con lo que hay que corregir.
    """
    nombre = una_linea(texto).lower()
    if not es_nombre_de_nora(nombre):
        raise ValueError("Usa minúsculas sin acentos, cifras y guiones, por ejemplo «cafe-luna»; empieza por letra o cifra, hasta 63.")
    if nombre in NOMBRES_RESERVADOS:
        raise ValueError(f"«{nombre}» está reservado. Elige otro.")
    return nombre


def leer_miembro(escrito: Mapping[str, str]) -> Revision:
    """Correo, nombre y rol de quien entra al equipo."""
    revision = Revision(valores={"nombre": una_linea(escrito.get("nombre", ""))[:80], "rol": escrito.get("rol", "")})
    try:
        # Los mismos criterios con que se entra al panel: en minúsculas y sin preguntar a la red.
        correo = validate_email(una_linea(escrito.get("correo", "")), check_deliverability=False, test_environment=True)
        revision.valores["correo"] = correo.normalized.lower()
    except EmailNotValidError:
        revision.errores["correo"] = "Escribe un correo completo, como ana@negocio.mx."
    if revision.valores["rol"] not in ROLES_DE_NORA:
        revision.errores["rol"] = "Elige un rol de la lista."
    return revision


def _leer_numero(texto: str, revision: Revision) -> None:
    escrito = una_linea(texto)
    revision.valores["numero_nora"] = normalizar(escrito) if escrito else None
    if escrito and revision.valores["numero_nora"] is None:
        revision.errores["numero_nora"] = "Escríbelo con + y el prefijo del país, por ejemplo +52 55 1234 5678."


def _leer_tiempos(escrito: Mapping[str, str], revision: Revision) -> None:
    zona = escrito.get("zona_horaria", "")
    if existe(zona):
        revision.valores["zona_horaria"] = zona
    else:
        revision.errores["zona_horaria"] = "Elige una zona de la lista."
    espera = una_linea(escrito.get("espera_segundos", "")).replace(",", ".")
    if re.fullmatch(r"\d{1,2}(\.\d)?", espera, re.ASCII) and Decimal(espera) <= ESPERA_MAXIMA:
        revision.valores["espera_segundos"] = Decimal(espera)
    else:
        revision.errores["espera_segundos"] = f"Escribe los segundos de 0 a {ESPERA_MAXIMA}, con un decimal como mucho."
