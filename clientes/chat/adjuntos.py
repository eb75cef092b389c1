"""Lo que llegó sin ser texto, dicho como lo que es: foto, audio, documento, lugar, contacto. Puro."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

_COMO_SE_VE = {
    "imagen": ("photo", "Foto"),
    "audio": ("microphone", "Audio"),
    "video": ("video", "Video"),
    "documento": ("file-text", "Documento"),
    "contacto": ("address-book", "Contacto"),
    "sticker": ("sticker", "Sticker"),
}
_OTRO = ("help-circle", "Este tipo de mensaje no se puede mostrar aquí")


@dataclass(frozen=True, slots=True)
class Adjunto:
    """Una tarjeta dentro de una burbuja."""

    icono: str
    titulo: str
    detalle: str = ""
    enlace: str = ""


def describir(clase: str, adjuntos: list[dict[str, Any]]) -> list[Adjunto]:
    """Las tarjetas de un mensaje: una por archivo, o una del lugar, o ninguna si es sólo texto."""
    if clase in {"texto", "boton"}:
        return []
    if clase == "ubicacion":
        return [_lugar(adjunto) for adjunto in adjuntos[:1]]
    icono, titulo = _COMO_SE_VE.get(clase, _OTRO)
    if not adjuntos or clase in {"contacto", "sticker"}:
        return [Adjunto(icono, titulo) for _ in adjuntos or [{}]]
    return [Adjunto(icono, titulo, f"{_detalle(str(adjunto.get('tipo', '')))} · aún no se abre desde aquí") for adjunto in adjuntos]


def _detalle(tipo: str) -> str:
    """«JPEG», «PDF»: lo que dice el tipo MIME, sin adornos ni parámetros."""
    return tipo.partition(";")[0].rpartition("/")[2].rpartition(".")[2].removeprefix("x-").upper()[:12] or "Archivo"


def _lugar(adjunto: dict[str, Any]) -> Adjunto:
    nombre = str(adjunto.get("etiqueta") or "Ubicación")
    detalle = str(adjunto.get("direccion") or "")
    coordenadas = _coordenada(adjunto.get("latitud"), 90), _coordenada(adjunto.get("longitud"), 180)
    if None in coordenadas:
        return Adjunto("map-pin", nombre, detalle)
    return Adjunto("map-pin", nombre, detalle, f"https://www.google.com/maps?q={coordenadas[0]},{coordenadas[1]}")


def _coordenada(valor: Any, limite: float) -> float | None:
    try:
        numero = float(valor)
    except (TypeError, ValueError):
        return None
    return round(numero, 6) if math.isfinite(numero) and abs(numero) <= limite else None
