"""Lo que vino o se mandó sin ser texto, dicho como lo que es: foto, audio, video, documento, lugar, contacto. Puro."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registro.tipos_de_archivo import SE_ABREN_DENTRO, TARJETA, nombre_seguro, tamano_legible
from sql.modelos.archivos import Archivo

_COMO_SE_VE = {
    "imagen": ("photo", "Foto"),
    "audio": ("microphone", "Audio"),
    "video": ("video", "Video"),
    "documento": ("file-text", "Documento"),
    "contacto": ("address-book", "Contacto"),
    "sticker": ("sticker", "Sticker"),
}
_OTRO = ("help-circle", "Este tipo de mensaje no se puede mostrar aquí")
CON_ARCHIVO = frozenset(_COMO_SE_VE)
"""Las clases de mensaje que llevan un archivo."""


@dataclass(frozen=True, slots=True)
class Adjunto:
    """Una pieza dentro de una burbuja."""

    icono: str
    titulo: str
    detalle: str = ""
    enlace: str = ""
    figura: str = "tarjeta"
    """Cómo se pinta: imagen, sticker, audio, video, documento, contacto o tarjeta."""
    archivo_id: int = 0
    estado: str = "listo"
    """listo, bajando o fallido."""
    motivo: str = ""
    nombre: str = ""
    """Con el que se descarga."""
    se_abre: bool = False
    """Si un navegador puede enseñarlo sin descargarlo."""


def describir(clase: str, adjuntos: list[dict[str, Any]], archivos: Sequence[Archivo] = ()) -> list[Adjunto]:
    """Las piezas de un mensaje: una por archivo, o la del lugar, o ninguna si es sólo texto."""
    if clase == "ubicacion":
        return [_lugar(adjunto) for adjunto in adjuntos[:1]]
    if archivos:
        return [_de_archivo(clase, archivo) for archivo in archivos]
    if clase in CON_ARCHIVO:
        return [Adjunto(*_COMO_SE_VE[clase], f"{_detalle(str(adjunto.get('tipo', '')))} · no se guardó") for adjunto in adjuntos or [{}]]
    return [Adjunto(*_OTRO)] if clase == "otro" else []


def _de_archivo(clase: str, archivo: Archivo) -> Adjunto:
    icono, titulo = _COMO_SE_VE.get(clase, _COMO_SE_VE["documento"])
    if archivo.estado != "listo":
        fallido = archivo.estado == "fallido"
        return Adjunto(
            icono,
            titulo,
            archivo_id=archivo.id,
            estado="fallido" if fallido else "bajando",
            motivo=(archivo.motivo or "No se pudo bajar.") if fallido else "",
        )
    tipo = archivo.tipo or ""
    figura = _figura(clase, tipo)
    nombre = nombre_seguro(archivo.nombre, tipo)
    if figura == "documento":
        # Si no es lo que decía ser, se enseña como lo que es: un documento que se descarga.
        icono, titulo = _COMO_SE_VE["documento"][0], nombre if archivo.nombre else "Documento"
    detalle = " · ".join(parte for parte in (_detalle(nombre.rpartition(".")[2]), tamano_legible(archivo.tamano)) if parte)
    return Adjunto(icono, titulo, detalle, figura=figura, archivo_id=archivo.id, nombre=nombre, se_abre=tipo in SE_ABREN_DENTRO)


def _figura(clase: str, tipo: str) -> str:
    if tipo == TARJETA:
        return "contacto"
    if tipo not in SE_ABREN_DENTRO:
        return "documento"
    if tipo == "image/webp" and clase == "sticker":
        return "sticker"
    return {"image": "imagen", "audio": "audio", "video": "video"}.get(tipo.partition("/")[0], "documento")


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
