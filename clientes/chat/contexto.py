"""De dónde viene un mensaje: a qué responde y por qué anuncio llegó. Puro."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from registro.textos import una_linea
from sql.modelos.mensajes import Mensaje

LARGO_DE_CITA = 160
_SIN_TEXTO = {
    "imagen": "📷 Foto",
    "sticker": "Sticker",
    "audio": "🎤 Audio",
    "video": "🎬 Video",
    "documento": "📄 Documento",
    "contacto": "👤 Contacto",
    "ubicacion": "📍 Ubicación",
}


@dataclass(frozen=True, slots=True)
class Cita:
    """El mensaje al que se responde."""

    mensaje_id: int
    es_nuestro: bool
    texto: str


@dataclass(frozen=True, slots=True)
class Referido:
    """El anuncio o la publicación por la que llegó la persona."""

    titulo: str
    texto: str
    enlace: str


def citar(mensaje: Mensaje | None) -> Cita | None:
    """La cita de ese mensaje en un renglón; None si no es nuestro o ya no está."""
    if mensaje is None:
        return None
    texto = una_linea(mensaje.mensaje)[:LARGO_DE_CITA] or _SIN_TEXTO.get(mensaje.clase, "Mensaje")
    return Cita(mensaje.id, mensaje.tipo != "usuario", texto)


def leer_referido(datos: dict[str, Any] | None) -> Referido | None:
    """El anuncio de un mensaje; sólo se enlaza lo que es una dirección web."""
    if not datos:
        return None
    enlace = str(datos.get("url") or "")
    partes = urlsplit(enlace) if enlace.isprintable() and "[" not in enlace else urlsplit("")
    titulo = una_linea(str(datos.get("titulo") or datos.get("anuncio_id") or "sin título"))[:120]
    return Referido(titulo, una_linea(str(datos.get("texto") or ""))[:200], enlace if partes.scheme in {"http", "https"} else "")
