"""Archivos pequeños y de verdad, hechos al momento: una foto, un audio, un PDF y los demás que WhatsApp lleva."""

from __future__ import annotations

import io
import zipfile

from clientes.simulador.muestras import audio_de_silencio, foto_de_ejemplo, pdf_de_ejemplo

PNG, OGG, PDF = foto_de_ejemplo(8, 6), audio_de_silencio(0.2), pdf_de_ejemplo("Precios de ejemplo")
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 20 + b"\xff\xd9"
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8 " + b"\x00" * 14
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\x00" * 16
M4A = b"\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00isomiso2" + b"\x00" * 16
TRES_GP = b"\x00\x00\x00\x18ftyp3gp5\x00\x00\x02\x00isomiso2" + b"\x00" * 16
AMR, MP3, AAC = b"#!AMR\n" + b"\x00" * 20, b"\xff\xfb\x90\x64" + b"\x00" * 20, b"\xff\xf1\x50\x80" + b"\x00" * 20
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + b"A_OPUS" + b"\x00" * 40
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "WordDocument".encode("utf-16-le")
VCARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Luisa Pérez\r\nitem1.TEL;waid=525512345678:+52 55 1234 5678\r\n"
    "TEL;TYPE=HOME:tel:+525587654321\r\nEND:VCARD\r\n"
).encode()
HTML, SVG = b"<!doctype html><script>alert(1)</script>", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def de_office(pieza: str) -> bytes:
    """Un documento de Office con esa pieza dentro: «word/document.xml», «xl/workbook.xml» o «ppt/presentation.xml»."""
    paquete = io.BytesIO()
    with zipfile.ZipFile(paquete, "w") as zip_:
        zip_.writestr("[Content_Types].xml", "<Types/>")
        zip_.writestr(pieza, "<x/>")
    return paquete.getvalue()
