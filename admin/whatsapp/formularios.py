"""Lo que la agencia escribe de la conexión de una Nora con Twilio, limpio y revisado campo por campo. Puro."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from registro.textos import una_linea

_FORMAS = {
    "cuenta": (re.compile(r"AC[0-9a-f]{32}"), "Empieza por AC y lleva 32 cifras más: cópialo de la portada de la consola de Twilio."),
    "servicio": (re.compile(r"MG[0-9a-f]{32}"), "Empieza por MG y lleva 32 cifras más. Déjalo vacío si no usas Messaging Service."),
    "api_usuario": (re.compile(r"SK[0-9a-f]{32}"), "Empieza por SK y lleva 32 cifras más. Déjalo vacío si no usas clave de API."),
    "ficha": (re.compile(r"[0-9a-f]{32}"), "Son 32 cifras y letras de la a a la f. Revisa que no falte ninguna."),
    "api_clave": (re.compile(r"[0-9A-Za-z]{16,64}"), "Es el secreto que Twilio enseñó una sola vez al crear la clave."),
}
HORAS_DE_SOMBRA = (24, 72)
ESQUEMAS = {"sha1": "La de siempre (SHA-1 con el Auth Token) o mejor", "sha256": "Sólo la nueva (SHA-256 con clave compartida)"}
POR_SEGUNDO = (Decimal("0.1"), Decimal(400))
"""De 0.1 a 400 por segundo: WhatsApp da 80 a cada número y hasta 400 a quien lo pide."""


class PorCampo(dict[str, str]):
    """Un texto por campo; el de un campo que falta está vacío."""

    def __missing__(self, campo: str) -> str:
        return ""


@dataclass
class Revision:
    """Un formulario revisado: valores listos para guardar y, por campo, qué no vale."""

    valores: dict[str, Any] = field(default_factory=dict)
    errores: PorCampo = field(default_factory=PorCampo)


def leer_credenciales(escrito: Mapping[str, str], *, hay_ficha: bool, hay_api_clave: bool) -> Revision:
    """Las credenciales propias. Un secreto vacío deja el guardado como está; por eso no sale en los valores."""
    revision = Revision()
    for campo in ("cuenta", "servicio", "api_usuario"):
        revision.valores[campo] = _leer(campo, escrito, revision) or None
    for campo in ("ficha", "api_clave"):
        if texto := _leer(campo, escrito, revision):
            revision.valores[campo] = texto
    if not revision.valores["cuenta"]:
        revision.errores.setdefault("cuenta", "Escribe el Account SID de la cuenta de esta Nora.")
    if not hay_ficha and "ficha" not in revision.valores:
        revision.errores.setdefault("ficha", "Hace falta para comprobar que los avisos son de Twilio, también si envías con clave de API.")
    if revision.valores["api_usuario"] and not hay_api_clave and "api_clave" not in revision.valores:
        revision.errores.setdefault("api_clave", "Escribe el secreto de esa clave de API.")
    return revision


def _leer(campo: str, escrito: Mapping[str, str], revision: Revision) -> str:
    texto = una_linea(escrito.get(campo, ""))
    forma, ayuda = _FORMAS[campo]
    if texto and not forma.fullmatch(texto if campo == "api_clave" else _sin_mayusculas(texto)):
        revision.errores[campo] = ayuda
    return texto if campo == "api_clave" else _sin_mayusculas(texto)


def _sin_mayusculas(texto: str) -> str:
    # Los identificadores de Twilio van en minúsculas tras sus dos letras; hay quien los pega de un sitio que las cambia.
    return texto[:2] + texto[2:].lower() if re.match(r"[A-Z]{2}", texto) else texto.lower()


def leer_firma(escrito: Mapping[str, str], claves: frozenset[str]) -> Revision:
    """El esquema mínimo y, si se escribió, una clave compartida más. `claves`: identificadores de las que ya hay."""
    revision = Revision(valores={"esquema": escrito.get("esquema", ""), "clave_id": "", "clave_secreto": ""})
    if revision.valores["esquema"] not in ESQUEMAS:
        revision.errores["esquema"] = "Elige una de las dos."
    clave_id, secreto = una_linea(escrito.get("clave_id", "")), una_linea(escrito.get("clave_secreto", ""))
    revision.valores |= {"clave_id": clave_id, "clave_secreto": secreto}
    if (clave_id or secreto) and not re.fullmatch(r"[\w.-]{1,64}", clave_id, re.ASCII):
        revision.errores["clave_id"] = "Copia el identificador de la clave tal como sale en Twilio: letras, cifras, puntos y guiones."
    if clave_id and not 16 <= len(secreto) <= 256:
        revision.errores["clave_secreto"] = "Escribe el secreto de esa clave: de 16 a 256 caracteres."
    if revision.valores["esquema"] == "sha256" and not claves and not clave_id:
        revision.errores["esquema"] = "Para aceptar sólo la nueva hace falta antes una clave compartida."
    return revision


def leer_ritmo(escrito: Mapping[str, str]) -> Revision:
    """Envíos por segundo; vacío deja el de WhatsApp."""
    texto = una_linea(escrito.get("por_segundo", "")).replace(",", ".")
    if not texto:
        return Revision(valores={"por_segundo": None})
    try:
        valor = Decimal(texto) if re.fullmatch(r"\d{1,3}(\.\d{1,2})?", texto, re.ASCII) else None
    except InvalidOperation:
        valor = None
    if valor is None or not POR_SEGUNDO[0] <= valor <= POR_SEGUNDO[1]:
        return Revision(errores=PorCampo(por_segundo="Escribe un número de 0.1 a 400, o déjalo vacío."))
    return Revision(valores={"por_segundo": valor})


def leer_sombra(escrito: Mapping[str, str]) -> int | None:
    """Horas de modo sombra (24, 72) o 0 para apagarlo; None si no es ninguna de las tres."""
    horas = escrito.get("horas", "")
    return int(horas) if horas in {"0", *map(str, HORAS_DE_SOMBRA)} else None
