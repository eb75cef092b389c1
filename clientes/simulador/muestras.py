"""Los archivos que manda el teléfono del simulador: una foto, una nota de voz y un PDF, hechos al momento. Puro."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

_MUESTRAS_POR_PAQUETE = 960
"""20 ms a 48 kHz, la hora en que Opus cuenta (RFC 7845)."""
_SILENCIO = b"\xf8\xff\xfe"
"""Un paquete de Opus que no suena: banda completa, 20 ms, un canal (RFC 6716)."""


@dataclass(frozen=True, slots=True)
class Muestra:
    """Un archivo de ejemplo, y cómo lo anuncia Twilio."""

    tipo: str
    message_type: str
    hacer: Callable[[], bytes]


@cache
def foto_de_ejemplo(ancho: int = 640, alto: int = 480) -> bytes:
    """Una taza dibujada a mano, como PNG."""
    filas = bytearray()
    for y in range(alto):
        filas.append(0)
        for x in range(ancho):
            filas += bytes(_color(x / ancho, y / alto))
    cabecera = struct.pack(">IIBBBBB", ancho, alto, 8, 2, 0, 0, 0)
    piezas = ((b"IHDR", cabecera), (b"IDAT", zlib.compress(bytes(filas), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_pieza(nombre, datos) for nombre, datos in piezas)


def _color(x: float, y: float) -> tuple[int, int, int]:
    """El color de un punto de la foto (de 0 a 1): mesa, pared, taza y café."""
    if (x - 0.45) ** 2 / 0.040 + (y - 0.36) ** 2 / 0.006 < 1:
        return (74, 44, 26) if (x - 0.45) ** 2 / 0.032 + (y - 0.365) ** 2 / 0.0042 < 1 else (250, 248, 244)
    if 0.36 < y < 0.72 and abs(x - 0.45) < 0.20 - 0.12 * (y - 0.36):
        return (236, 231, 222)
    asa = ((x - 0.65) ** 2 / 0.0085) + ((y - 0.50) ** 2 / 0.011)
    if 0.45 < asa < 1 and x > 0.6:
        return (226, 220, 210)
    return (176, 128, 88) if y > 0.66 else (int(120 + 60 * y), int(178 - 30 * y), 168)


def _pieza(nombre: bytes, datos: bytes) -> bytes:
    return struct.pack(">I", len(datos)) + nombre + datos + struct.pack(">I", zlib.crc32(nombre + datos))


def audio_de_silencio(segundos: float = 3.0) -> bytes:
    """Una nota de voz que no dice nada, en OGG con Opus (RFC 7845)."""
    paquetes = max(1, round(segundos * 48_000 / _MUESTRAS_POR_PAQUETE))
    cabeza = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    notas = b"OpusTags" + struct.pack("<I", 7) + b"ejemplo" + struct.pack("<I", 0)
    paginas = [_pagina([cabeza], 0, 0, 2), _pagina([notas], 1, 0, 0)]
    for desde in range(0, paquetes, 50):
        tanda = min(50, paquetes - desde)
        ultima = desde + tanda == paquetes
        paginas.append(_pagina([_SILENCIO] * tanda, len(paginas), (desde + tanda) * _MUESTRAS_POR_PAQUETE, 4 if ultima else 0))
    return b"".join(paginas)


def _pagina(paquetes: list[bytes], numero: int, posicion: int, marca: int) -> bytes:
    """Una página de OGG (RFC 3533): cabecera con su suma, tabla de tamaños y paquetes de menos de 255 bytes."""
    tabla = bytes(len(paquete) for paquete in paquetes)
    cabecera = struct.pack("<4sBBqIIIB", b"OggS", 0, marca, posicion, 1, numero, 0, len(tabla))
    pagina = bytearray(cabecera + tabla + b"".join(paquetes))
    pagina[22:26] = struct.pack("<I", _suma(bytes(pagina)))
    return bytes(pagina)


def _suma(datos: bytes) -> int:
    """El CRC-32 de OGG: polinomio 0x04c11db7, sin reflejar y empezando en cero."""
    suma = 0
    for octeto in datos:
        suma ^= octeto << 24
        for _ in range(8):
            suma = (suma << 1) ^ (0x04C11DB7 if suma & 0x80000000 else 0)
        suma &= 0xFFFFFFFF
    return suma


def pdf_de_ejemplo(titulo: str = "Lista de precios de ejemplo") -> bytes:
    """Un PDF de una página con ese título (letras latinas)."""
    dibujo = b"BT /F1 24 Tf 72 720 Td (" + titulo.encode("latin-1", "replace").replace(b"(", b"").replace(b")", b"") + b") Tj ET"
    objetos = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(dibujo), dibujo),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    salida, sitios = bytearray(b"%PDF-1.4\n"), []
    for numero, objeto in enumerate(objetos, 1):
        sitios.append(len(salida))
        salida += b"%d 0 obj\n%s\nendobj\n" % (numero, objeto)
    indice = len(salida)
    salida += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objetos) + 1)
    salida += b"".join(b"%010d 00000 n \n" % sitio for sitio in sitios)
    salida += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objetos) + 1, indice)
    return bytes(salida)


MUESTRAS = {
    "foto": Muestra("image/png", "image", foto_de_ejemplo),
    "audio": Muestra("audio/ogg", "audio", audio_de_silencio),
    "documento": Muestra("application/pdf", "document", pdf_de_ejemplo),
}
"""Por clave, la misma de los atajos."""
