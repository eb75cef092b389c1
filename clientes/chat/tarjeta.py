"""Los contactos que vienen en una vCard: nombres y teléfonos, y nada más. Puro; no cree lo que trae el archivo."""

from __future__ import annotations

import quopri
import re
from dataclasses import dataclass

from registro.textos import una_linea

MAXIMO_DE_BYTES = 256 * 1024
MAXIMO_DE_CONTACTOS = 20
_TELEFONO = re.compile(r"\+?[0-9]{5,15}")


@dataclass(frozen=True, slots=True)
class Tarjeta:
    """Una persona: cómo se llama y sus números tal como se marcan."""

    nombre: str
    telefonos: tuple[str, ...]


def leer_tarjetas(datos: bytes) -> list[Tarjeta]:
    """Las personas de un archivo vCard (RFC 6350; también las 2.1 con «quoted-printable»), hasta 20."""
    texto = datos[:MAXIMO_DE_BYTES].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    # Un renglón que empieza por espacio sigue al anterior; y en 2.1 sigue también el que acaba en «=».
    renglones = re.sub(r"\n[ \t]", "", texto).replace("=\n", "").split("\n")
    tarjetas: list[Tarjeta] = []
    nombre = ""
    telefonos: list[str] = []
    for renglon in renglones:
        campo, valor = _partir(renglon)
        if campo == "BEGIN":
            nombre, telefonos = "", []
        elif campo == "FN" or (campo == "N" and not nombre):
            nombre = una_linea(" ".join(reversed(valor.split(";")[:2])) if campo == "N" else valor)[:120]
        elif campo == "TEL" and (limpio := re.sub(r"[^0-9+]", "", valor.removeprefix("tel:"))) and _TELEFONO.fullmatch(limpio):
            telefonos.append(limpio)
        elif campo == "END" and (nombre or telefonos):
            tarjetas.append(Tarjeta(nombre or "Sin nombre", tuple(dict.fromkeys(telefonos))[:5]))
    return tarjetas[:MAXIMO_DE_CONTACTOS]


def _partir(renglon: str) -> tuple[str, str]:
    """El nombre del campo, sin grupo ni parámetros, y su valor ya legible."""
    clave, _, valor = renglon.partition(":")
    nombre, *parametros = clave.upper().split(";")
    if any(parametro.endswith("QUOTED-PRINTABLE") for parametro in parametros):
        valor = quopri.decodestring(valor.encode()).decode("utf-8", "replace")
    return nombre.rpartition(".")[2].strip(), valor.replace("\\,", ",").replace("\\;", ";").replace("\\n", " ").strip()
