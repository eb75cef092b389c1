"""Qué parámetros entiende cada familia de modelos, y cuáles ha rechazado ya cada uno."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Particularidades:
    """Cómo se le pide a un modelo que sea breve, que no divague y que responda enseguida."""

    tope: str = "max_tokens"
    razonamiento: str | None = None
    temperatura: float | None = 0.2


RAZONADOR_CALLADO = Particularidades("max_completion_tokens", razonamiento="none", temperatura=None)
RAZONADOR = Particularidades("max_completion_tokens", razonamiento="low", temperatura=None)

DE_CADA_FAMILIA: tuple[tuple[str, Particularidades], ...] = (
    ("gpt-6", RAZONADOR_CALLADO),
    ("gpt-5", RAZONADOR_CALLADO),
    ("o1", RAZONADOR),
    ("o3", RAZONADOR),
    ("o4", RAZONADOR),
    ("gpt-4", Particularidades("max_completion_tokens")),
)
"""Por cómo empieza el nombre. Los demás son servidores compatibles, cuyo denominador común es `max_tokens`."""

OTRO_NOMBRE = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
PRESCINDIBLES = frozenset({"reasoning_effort", "temperature", "response_format", "store", *OTRO_NOMBRE})


def parametros(modelo: str, tope_de_fichas: int, esquema: dict[str, Any] | None) -> dict[str, Any]:
    """Los parámetros de la llamada, aparte del modelo y los mensajes."""
    suyas = next((p for comienzo, p in DE_CADA_FAMILIA if modelo.startswith(comienzo)), Particularidades())
    pedidos: dict[str, Any] = {suyas.tope: tope_de_fichas, "store": False}
    if suyas.razonamiento is not None:
        pedidos["reasoning_effort"] = suyas.razonamiento
    if suyas.temperatura is not None:
        pedidos["temperature"] = suyas.temperatura
    if esquema is not None:
        pedidos["response_format"] = {"type": "json_schema", "json_schema": esquema}
    return pedidos


def rechazado(pedidos: dict[str, Any], parametro: str | None, mensaje: str) -> str | None:
    """Cuál de los parámetros pedidos no quiere el servidor (por `param` o, si no viene, por el mensaje); None si no es eso."""
    candidatos = sorted(PRESCINDIBLES & pedidos.keys(), key=len, reverse=True)
    if parametro:
        return next((c for c in candidatos if parametro == c or parametro.startswith(f"{c}.")), None)
    return next((c for c in candidatos if c in mensaje), None)


def sin(pedidos: dict[str, Any], rechazados: Collection[str]) -> dict[str, Any]:
    """Los mismos parámetros sin los rechazados; el tope de fichas no se pierde, prueba con su otro nombre."""
    resto = {clave: valor for clave, valor in pedidos.items() if clave not in rechazados}
    for clave, otro in OTRO_NOMBRE.items():
        if clave in pedidos and clave in rechazados and otro not in rechazados:
            resto[otro] = pedidos[clave]
    return resto
