"""Lo que el modelo quiso decir: lee su JSON con tolerancia, o su prosa si no entiende de esquemas."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from typing import Any

ESQUEMA: dict[str, Any] = {
    "name": "respuesta_de_nora",
    "strict": True,
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["respuesta", "bloques", "confianza", "pasar_a_persona", "motivo"],
        "properties": {
            "respuesta": {"type": "string", "description": "Lo que se le dice a la persona, tal cual, por WhatsApp"},
            "bloques": {"type": "array", "items": {"type": "integer"}, "description": "Los id de los bloques usados"},
            "confianza": {"type": "number", "description": "De 0 a 1: cuánto de la respuesta está en los bloques"},
            "pasar_a_persona": {"type": "boolean", "description": "Si debe seguir una persona del equipo"},
            "motivo": {"type": "string", "description": "Por qué, en una frase, para el equipo"},
        },
    },
}

CARACTERES_MAXIMOS = 20_000
LLAVES_QUE_SE_PRUEBAN = 8
"""Lo que se mira de una respuesta: el tope de fichas la deja mucho más corta, y un disparate no debe costar segundos."""

_VALLA = re.compile(r"^\s*```(?:json)?\s*(.*?)\s*```\s*$", re.DOTALL | re.IGNORECASE)


class Ilegible(ValueError):
    """Empieza a ser el JSON pedido pero no lo es: enseñarlo a una persona sería peor que callar."""


@dataclass(frozen=True, slots=True)
class Interpretada:
    """La respuesta ya separada en partes. La prosa llega con confianza 1 y sin bloques citados."""

    respuesta: str
    bloques: tuple[int, ...] = ()
    confianza: float = 1.0
    pasar_a_persona: bool = False
    motivo: str = ""


def interpretar(texto: str) -> Interpretada:
    """Las partes de la respuesta del modelo.

    Raises:
        Ilegible: si es un JSON roto, cortado o sin respuesta.
    """
    texto = texto[:CARACTERES_MAXIMOS]
    vallado = _VALLA.match(texto)
    limpio = (vallado[1] if vallado else texto).strip()
    dentro = _objeto(limpio)
    if dentro is None:
        if limpio.startswith(("{", "[")) or '"respuesta"' in limpio:
            raise Ilegible("JSON roto o cortado")
        return Interpretada(limpio)
    respuesta = dentro.get("respuesta")
    pasar = dentro.get("pasar_a_persona") is True or str(dentro.get("pasar_a_persona")).strip().lower() in {"true", "si", "sí"}
    if not isinstance(respuesta, str) or (not respuesta.strip() and not pasar):
        raise Ilegible("el JSON no trae respuesta")
    return Interpretada(
        respuesta=respuesta.strip(),
        bloques=tuple(dict.fromkeys(_enteros(dentro.get("bloques")))),
        confianza=_confianza(dentro.get("confianza")),
        pasar_a_persona=pasar,
        motivo=str(dentro.get("motivo") or "").strip()[:300],
    )


def _objeto(texto: str) -> dict[str, Any] | None:
    """El objeto JSON con «respuesta» que haya en el texto, aunque lo rodee prosa; None si no hay ninguno entero."""
    lector = json.JSONDecoder(strict=False)
    for comienzo in itertools.islice((hallada.start() for hallada in re.finditer(r"\{", texto)), LLAVES_QUE_SE_PRUEBAN):
        try:
            valor, _ = lector.raw_decode(texto, comienzo)
        except (ValueError, RecursionError):
            continue
        if isinstance(valor, dict) and "respuesta" in valor:
            return valor
    return None


def _enteros(valor: Any) -> list[int]:
    if not isinstance(valor, list):
        return []
    return [int(v) for v in valor if (isinstance(v, int) and not isinstance(v, bool)) or (isinstance(v, str) and v.strip().isdecimal())]


def _confianza(valor: Any) -> float:
    if isinstance(valor, bool) or not isinstance(valor, (int, float)):
        return 1.0
    return min(1.0, max(0.0, float(valor)))
