"""Lo que nunca debe leerse en un registro: claves, fichas, teléfonos y el contenido de las filas. Puro."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from typing import Any

import psycopg

TACHADO = "«tachado»"
CAMPOS_SECRETOS = frozenset(
    {"password", "clave", "token", "ficha", "authorization", "cookie", "firma", "cuerpo", "mensaje", "texto", "parametros", "formulario"}
)
"""Campos de un renglón cuyo valor no se escribe nunca, sea el que sea."""

_SECRETOS = re.compile(
    r"""
    (?<![A-Za-z0-9]) (?:
        sk-[A-Za-z0-9_-]{8,}                                    # OpenAI
        | EAA[A-Za-z0-9]{10,}                                   # Meta
        | gAAAA[A-Za-z0-9_=-]{20,}                              # Fernet
        | sb[a-z]?_[a-z]*_?[A-Za-z0-9_-]{16,}                   # Supabase
        | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*   # JWT
        | \.?eJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{20,}   # sesión o enlace firmados, comprimidos
        | [0-9a-fA-F]{32}(?![0-9A-Za-z])                        # token de Twilio
        | (?i:bearer|basic)\s+[A-Za-z0-9+/=._~-]{6,}
    )
    | (?<=://)[^/\s@]*:[^/\s]*(?=@)                             # usuario y clave dentro de una dirección
    """,
    re.VERBOSE,
)
_NOMBRE_DE_SECRETO = r"(?:[\w-]*token|password|passwd|pwd|clave|contraseña|secret|api[_-]?key|authorization|cookie)"
_ASIGNADO = re.compile(
    # En una dirección o en un diccionario; «la clave: pídela» es una frase y se queda.
    rf"""(?i)(\b{_NOMBRE_DE_SECRETO}(?:\s?=\s?["']?|["']\s?:\s?["']?)|\b(?:set-)?cookie:\s?|\bauthorization:\s?)([^\s"'&,;}}«][^\s"'&,;}}]{{2,}})"""
)
_TELEFONO = re.compile(r"(?<![\w.-])(\+|%2[Bb])?(\d{4})\d{4,9}(\d{2})(?![\w-])|(?<=%2[Bb])(\d{4})\d{4,9}(\d{2})(?![\w-])")
_TELEFONO_CON_SIGNOS = re.compile(r"\+\d[\d ().\u00a0-]{7,22}\d(?!\w)")
_CONTROLES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def tachar(texto: str) -> str:
    """El mismo texto con los secretos tachados y los teléfonos a medias («+5215****34»)."""
    limpio = _ASIGNADO.sub(lambda hallado: f"{hallado[1]}{TACHADO}", _SECRETOS.sub(TACHADO, texto))
    return _TELEFONO.sub(_a_medias, _TELEFONO_CON_SIGNOS.sub(_a_medias_con_signos, limpio))


def _a_medias(hallado: re.Match[str]) -> str:
    return f"{hallado[1] or ''}{hallado[2] or hallado[4]}****{hallado[3] or hallado[5]}"


def _a_medias_con_signos(hallado: re.Match[str]) -> str:
    cifras = re.sub(r"\D", "", hallado[0])
    return f"+{cifras[:4]}****{cifras[-2:]}" if 8 <= len(cifras) <= 15 else hallado[0]


def en_una_linea(texto: str) -> str:
    """El texto con sus saltos y controles escritos («\\n»), para que un dato no fabrique otro renglón ni pinte la terminal."""
    return _CONTROLES.sub(lambda hallado: hallado[0].encode("unicode_escape").decode(), texto)


def tachar_valor(valor: Any) -> Any:
    """Un valor de un renglón, sin secretos y en una línea; los contenedores, por dentro."""
    if valor is None or isinstance(valor, bool | float):
        return valor
    if isinstance(valor, int):
        return valor if abs(valor) < 10**9 else tachar(str(valor))
    if isinstance(valor, Mapping):
        return {str(clave): TACHADO if str(clave).lower() in CAMPOS_SECRETOS else tachar_valor(dentro) for clave, dentro in valor.items()}
    if isinstance(valor, list | tuple | set | frozenset):
        return [tachar_valor(dentro) for dentro in valor]
    return en_una_linea(tachar(en_texto(valor)))


def en_texto(valor: object) -> str:
    """El valor como texto que cualquier salida y la base aceptan; ni un objeto que no sabe describirse levanta."""
    try:
        texto = str(valor)
    except Exception as fallo:  # un __str__ roto no puede tapar lo que se quería contar
        texto = f"<{type(valor).__name__} que no se puede describir: {type(fallo).__name__}>"
    return texto.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def resumir_fallo(fallo: BaseException) -> str:
    """«Tipo: motivo» de una excepción. De las de la base, sólo el motivo: su detalle copia filas y parámetros enteros."""
    de_la_base = getattr(fallo, "orig", fallo)
    if isinstance(de_la_base, psycopg.Error) and de_la_base.diag.message_primary:
        return f"{type(de_la_base).__name__}: {tachar(en_texto(de_la_base.diag.message_primary))}"
    primera = next(iter(en_texto(fallo).splitlines()), "")
    return f"{type(fallo).__name__}: {tachar(primera)}" if primera else type(fallo).__name__


def describir_fallo(fallo: BaseException) -> str:
    """Por dónde pasó una excepción y las que la causaron: archivo, línea y función, sin una sola variable."""
    renglones: list[str] = []
    vistas: set[int] = set()
    actual: BaseException | None = fallo
    while actual is not None and id(actual) not in vistas:
        vistas.add(id(actual))
        tramos = [f"    {t.filename}:{t.lineno} en {t.name}" for t in traceback.extract_tb(actual.__traceback__)]
        renglones += [*(["  a causa de"] if renglones else []), en_una_linea(resumir_fallo(actual)), *tramos]
        actual = actual.__cause__ or (None if actual.__suppress_context__ else actual.__context__)
    return "\n".join(renglones)
