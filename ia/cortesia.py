"""Las frases fijas de la casa: saludar según la hora, agradecer, y pasar a una persona sin prometer de más."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ia.intenciones import Cortesia

SIN_DATO = "No tengo ese dato a mano. Te paso con una persona del equipo."
SIN_EL_RESTO = "Lo demás no lo tengo a mano. Te paso con una persona del equipo."
A_PETICION = "Claro, te paso con una persona del equipo. Te escribe por aquí en cuanto pueda."
QUE_TE_GUSTARIA_SABER = "Con gusto. ¿Qué te gustaría saber?"

_SIN_LEER = {
    "audio": "Recibí tu audio, pero todavía no puedo escucharlo.",
    "imagen": "Recibí tu imagen, pero todavía no puedo verla.",
    "video": "Recibí tu video, pero todavía no puedo verlo.",
    "documento": "Recibí tu documento, pero todavía no puedo leerlo.",
    "ubicacion": "Recibí tu ubicación, pero no puedo usarla.",
    "contacto": "Recibí el contacto, pero no puedo usarlo.",
}
_RESPUESTAS: dict[Cortesia, str] = {
    "gracias": "¡Con gusto! Aquí estoy si necesitas algo más.",
    "despedida": "¡Hasta luego! Aquí estoy cuando necesites algo.",
    "acuerdo": "De acuerdo. Aquí estoy si necesitas algo más.",
}


def hora_local(ahora: dt.datetime, zona: str) -> dt.datetime:
    """La hora en la zona IANA de la Nora; si la zona no existe, en UTC."""
    try:
        return ahora.astimezone(ZoneInfo(zona))
    except (KeyError, ValueError, OSError):
        # Una zona mal escrita (o «..», que no es un nombre válido) no puede dejar a nadie sin respuesta.
        return ahora.astimezone(dt.UTC)


NOMBRES = {
    "audio": "un audio",
    "imagen": "una foto",
    "video": "un video",
    "documento": "un documento",
    "ubicacion": "una ubicación",
    "contacto": "un contacto",
}
"""Cómo se nombra al equipo lo que llegó y no se puede leer."""


def saludo(ahora: dt.datetime) -> str:
    """«Buenos días.» de 5 a 12, «Buenas tardes.» hasta las 19 y «Buenas noches.» después, según la hora que se da."""
    if 5 <= ahora.hour < 12:
        return "Buenos días."
    return "Buenas tardes." if 12 <= ahora.hour < 19 else "Buenas noches."


def responder_a(cortesia: Cortesia, ahora: dt.datetime) -> str:
    """La respuesta a quien sólo saluda, agradece, se despide o asiente."""
    if cortesia == "saludo":
        return f"¡Hola! {saludo(ahora)} ¿En qué te puedo ayudar?"
    return _RESPUESTAS[cortesia]


def no_se_puede_leer(clases: Sequence[str]) -> str:
    """Qué se dice de lo que no se puede leer, por sus clases (audio, imagen…), nombrándolo todo."""
    distintas = list(dict.fromkeys(clases))
    if len(distintas) == 1:
        dicho = _SIN_LEER.get(distintas[0], "Recibí lo que mandaste, pero todavía no puedo abrirlo.")
    else:
        dicho = f"Recibí {enumerar(distintas)}, pero todavía no puedo abrirlos."
    return f"{dicho} Te paso con una persona del equipo."


def enumerar(clases: Sequence[str]) -> str:
    """«una foto, un audio y una ubicación»."""
    nombres = [NOMBRES.get(clase, "un archivo") for clase in dict.fromkeys(clases)]
    return " y ".join(parte for parte in (", ".join(nombres[:-1]), nombres[-1]) if parte)
