"""Los huecos de una plantilla en palabras llanas: quien lleva una tienda no tiene por qué saber qué es una variable. Puro."""

from __future__ import annotations

import re
from collections.abc import Mapping

from webhook.canal import texto_de_plantilla

_DE_UN_VALOR = re.compile(r"El (valor|ejemplo) de \{\{\w+\}\} (.+)")
_LLANO = (
    (re.compile(r"\b1 palabras\b"), "1 palabra"),
    (re.compile(r"\b1 variables\b"), "1 dato"),
    (re.compile(r"\bUna variable\b"), "Un dato que cambia"),
    (re.compile(r"\blas variables\b"), "los datos que cambian"),
    (re.compile(r"\bvariables\b"), "datos"),
)


def nombrar(clave: str, ejemplo: str = "") -> str:
    """Cómo se llama un hueco en pantalla: «Dato 2 · por ejemplo A-1042»; sin ejemplo, «Dato 2»."""
    return f"Dato {clave} · por ejemplo {ejemplo}" if ejemplo else f"Dato {clave}"


def decir(problema: texto_de_plantilla.Problema, ejemplos: Mapping[str, str] | None = None) -> str:
    """Lo que hay que corregir, sin la palabra «variable». `ejemplos` es la muestra de cada hueco, para saber cuál es cuál."""
    if hallado := _DE_UN_VALOR.fullmatch(problema.frase):
        clave, (que, motivo) = problema.campo.removeprefix("variable-"), hallado.groups()
        if que == "ejemplo":
            return f"Falta el ejemplo del dato {clave}." if motivo == "está vacío." else f"El ejemplo del dato {clave} {motivo}"
        muestra = (ejemplos or {}).get(clave, "")
        cual = f"el dato {clave} (por ejemplo {muestra})" if muestra else f"el dato {clave}"
        return f"Falta {cual}." if motivo == "está vacío." else f"{cual[0].upper()}{cual[1:]} {motivo}"
    frase = problema.frase
    for patron, llano in _LLANO:
        frase = patron.sub(llano, frase)
    return frase
