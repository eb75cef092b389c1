"""Qué es un archivo por su contenido, qué admite WhatsApp y con qué límites. Puro: no cree a quien lo manda.

Sólo reconoce lo que WhatsApp lleva (twilio.com/docs/whatsapp/guidance-whatsapp-media-messages); lo demás es un montón de bytes y se
descarga sin abrirse. Por eso la tabla es corta y propia: reconocer más tipos sería abrir más puertas.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

DESCONOCIDO = "application/octet-stream"
TEXTO, TARJETA = "text/plain", "text/vcard"
_OFFICE = "application/vnd.openxmlformats-officedocument"
MEGA = 1024 * 1024
TOPE = 16 * MEGA
"""Lo más que WhatsApp lleva en un mensaje, en bytes."""

_PRINCIPIOS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
)
_MARCAS_MP4 = {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"3gp": "video/3gpp", b"qt  ": "video/quicktime"}
_DE_OFFICE = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}.presentationml.presentation",
}
_EXTENSIONES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "audio/ogg": ".ogg",
    "audio/webm": ".webm",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "video/mp4": ".mp4",
    "video/3gpp": ".3gp",
    "video/webm": ".webm",
    "video/ogg": ".ogv",
    "video/quicktime": ".mov",
    "application/pdf": ".pdf",
    "application/msword": ".doc",
    TARJETA: ".vcf",
    TEXTO: ".txt",
    _DE_OFFICE["word/document.xml"]: ".docx",
    _DE_OFFICE["xl/workbook.xml"]: ".xlsx",
    _DE_OFFICE["ppt/presentation.xml"]: ".pptx",
}
_MARCAS = re.compile(rb"<\s*(?:!doctype|html|svg|script|\?xml|body|iframe)", re.IGNORECASE)
_CONTROLES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Lo que ningún texto lleva."""
_SIGNOS_RAROS = re.compile(r'[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"/|?*]')
"""Los que un sistema no admite en un nombre y los que cambian el sentido en que se lee («fotoexe.jpg» puede ser «fotogpj.exe»)."""
SE_ABREN_DENTRO = frozenset(tipo for tipo in _EXTENSIONES if tipo.startswith(("image/", "audio/", "video/")) or tipo == "application/pdf")
"""Lo único que un navegador puede enseñar en la página; lo demás se descarga. HTML y SVG no están ni estarán."""


@dataclass(frozen=True, slots=True)
class Limite:
    """Lo que WhatsApp admite de una clase de archivo."""

    clase: str
    nombre: str
    bytes: int
    tipos: tuple[str, ...]
    formatos: str
    """Los formatos como se dicen a una persona."""

    @property
    def megas(self) -> int:
        """El límite en MB."""
        return self.bytes // MEGA


LIMITES = (
    Limite("imagen", "imagen", 5 * MEGA, ("image/jpeg", "image/png"), "JPG o PNG"),
    Limite("audio", "audio", TOPE, ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr"), "OGG, MP3, M4A, AAC o AMR"),
    Limite("video", "video", TOPE, ("video/mp4", "video/3gpp"), "MP4 o 3GP"),
    Limite("documento", "documento", TOPE, ("application/pdf", "application/msword", *_DE_OFFICE.values()), "PDF, DOC, DOCX, PPTX o XLSX"),
)
"""Lo que se puede mandar. 5 y 16 MB: twilio.com/docs/whatsapp/guidance-whatsapp-media-messages."""


def oler(datos: bytes) -> str:
    """El tipo MIME según el contenido; `application/octet-stream` si no es nada de lo que WhatsApp lleva."""
    for principio, tipo in _PRINCIPIOS:
        if datos.startswith(principio):
            return tipo
    cabeza = datos[:64]
    if cabeza[:4] == b"RIFF" and cabeza[8:12] == b"WEBP":
        return "image/webp"
    if cabeza[4:8] == b"ftyp":
        return _de_mp4(cabeza[8:12])
    if cabeza[:4] == b"OggS":
        return "audio/ogg" if b"OpusHead" in datos[:256] or b"vorbis" in datos[:256] else "video/ogg"
    if cabeza[:4] == b"\x1aE\xdf\xa3" and b"webm" in cabeza:
        return "video/webm" if b"V_VP" in datos[:4096] or b"V_AV1" in datos[:4096] else "audio/webm"
    return _de_audio(datos) or _de_documento(datos) or _de_texto(datos)


def _de_mp4(marca: bytes) -> str:
    return next((tipo for principio, tipo in _MARCAS_MP4.items() if marca.startswith(principio)), "video/mp4")


def _de_audio(datos: bytes) -> str | None:
    # Once bits a uno abren un cuadro; los dos siguientes a la versión dicen la capa: 0 es AAC (ADTS) y 1 es MP3.
    if len(datos) > 3 and datos[0] == 0xFF and datos[1] & 0xE0 == 0xE0:
        capa = datos[1] >> 1 & 3
        return "audio/aac" if capa == 0 and datos[1] & 0xF0 == 0xF0 else "audio/mpeg" if capa == 1 else None
    return None


def _de_documento(datos: bytes) -> str | None:
    if datos.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") and "WordDocument".encode("utf-16-le") in datos:
        return "application/msword"
    if datos.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(datos)) as paquete:
                dentro = set(paquete.namelist()[:5000])
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            return None
        return next((tipo for pieza, tipo in _DE_OFFICE.items() if pieza in dentro), None)
    return None


def _de_texto(datos: bytes) -> str:
    if re.match(rb"(?:\xef\xbb\xbf)?\s*BEGIN:VCARD", datos[:64], re.IGNORECASE):
        return TARJETA
    if (
        not datos
        or _CONTROLES.search(datos)
        or re.search(rb"<\s*(?:!doctype|html|svg|script|\?xml|body|iframe)", datos[:4096], re.IGNORECASE)
    ):
        return DESCONOCIDO
    try:
        datos.decode("utf-8")
    except UnicodeDecodeError:
        return DESCONOCIDO
    return TEXTO


def clase_de(tipo: str) -> str:
    """La clase de mensaje que es un archivo de ese tipo."""
    if tipo == "image/webp":
        return "sticker"
    if tipo == TARJETA:
        return "contacto"
    return {"image": "imagen", "audio": "audio", "video": "video"}.get(tipo.partition("/")[0], "documento")


def motivo_de_rechazo(tipo: str, tamano: int) -> str:
    """Por qué WhatsApp no llevaría ese archivo, en palabras y con la salida; vacío si lo lleva."""
    if tamano <= 0:
        return "El archivo está vacío."
    limite = next((limite for limite in LIMITES if tipo in limite.tipos), None)
    if limite is None:
        return f"WhatsApp no admite este archivo. Se puede enviar {frase_de_limites()}."
    if tamano > limite.bytes:
        lo_mas = f"El archivo pesa {tamano_legible(tamano)} y WhatsApp admite {limite.megas} MB por {limite.nombre}."
        return f"{lo_mas} Redúcelo o compártelo con un enlace."
    return ""


def frase_de_limites() -> str:
    """Lo que se puede enviar, dicho antes de que nadie elija nada."""
    partes = [f"{limite.nombre} {limite.formatos} (hasta {limite.megas} MB)" for limite in LIMITES]
    return ", ".join(partes[:-1]) + " o " + partes[-1]


def tamano_legible(tamano: int | None) -> str:
    """«820 B», «12 KB», «3,4 MB»; vacío si no se sabe."""
    if tamano is None:
        return ""
    if tamano < 1024:
        return f"{tamano} B"
    if tamano < MEGA:
        return f"{round(tamano / 1024)} KB"
    return f"{tamano / MEGA:.1f} MB".replace(".", ",")


def extension_de(tipo: str) -> str:
    """La extensión con la que se guarda en un ordenador un archivo de ese tipo."""
    return _EXTENSIONES.get(tipo, ".bin")


def nombre_seguro(nombre: str | None, tipo: str) -> str:
    """El nombre para enseñar y descargar: sin carpetas ni signos raros, y con la extensión de lo que de verdad es."""
    limpio = re.sub(
        r'[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"/\\|?*]', "", (nombre or "").replace("\\", "/").rpartition("/")[2]
    )
    tronco = limpio.strip(". ").rpartition(".")[0] if "." in limpio.strip(". ") else limpio.strip(". ")
    return (tronco.strip(". ")[:80] or "archivo") + extension_de(tipo)
