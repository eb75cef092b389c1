"""Qué es un archivo por su contenido, y qué admite WhatsApp."""

from __future__ import annotations

import pytest

from registro.tipos_de_archivo import (
    DESCONOCIDO,
    LIMITES,
    MEGA,
    SE_ABREN_DENTRO,
    clase_de,
    frase_de_limites,
    motivo_de_rechazo,
    nombre_seguro,
    oler,
    tamano_legible,
)
from tests import muestras as m


@pytest.mark.parametrize(
    ("datos", "tipo"),
    [
        (m.PNG, "image/png"),
        (m.JPEG, "image/jpeg"),
        (m.WEBP, "image/webp"),
        (m.OGG, "audio/ogg"),
        (m.MP3, "audio/mpeg"),
        (m.AAC, "audio/aac"),
        (m.AMR, "audio/amr"),
        (m.M4A, "audio/mp4"),
        (m.WEBM, "audio/webm"),
        (m.MP4, "video/mp4"),
        (m.TRES_GP, "video/3gpp"),
        (m.PDF, "application/pdf"),
        (m.DOC, "application/msword"),
        (m.de_office("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (m.de_office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (m.de_office("ppt/presentation.xml"), "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        (m.VCARD, "text/vcard"),
        ("Hola, ¿qué tal?".encode(), "text/plain"),
        (m.HTML, DESCONOCIDO),
        (m.SVG, DESCONOCIDO),
        (b"  <?xml version='1.0'?><svg/>", DESCONOCIDO),
        (m.de_office("cualquier/cosa"), DESCONOCIDO),
        (b"PK\x03\x04roto", DESCONOCIDO),
        (b"MZ\x90\x00", DESCONOCIDO),
        (b"", DESCONOCIDO),
    ],
)
def test_el_tipo_sale_del_contenido(datos: bytes, tipo: str) -> None:
    assert oler(datos) == tipo


def test_html_y_svg_no_se_abren_nunca() -> None:
    assert not {"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", DESCONOCIDO, "text/plain"} & SE_ABREN_DENTRO


def test_cada_limite_se_cumple_al_byte_y_se_explica() -> None:
    for limite in LIMITES:
        for tipo in limite.tipos:
            assert motivo_de_rechazo(tipo, limite.bytes) == ""
            assert f"{limite.megas} MB por {limite.nombre}" in motivo_de_rechazo(tipo, limite.bytes + 1)
            assert clase_de(tipo) == limite.clase
    assert "no admite este archivo" in motivo_de_rechazo("image/gif", 10)
    assert "vacío" in motivo_de_rechazo("image/png", 0)
    assert "imagen JPG o PNG (hasta 5 MB)" in frase_de_limites()


@pytest.mark.parametrize(
    ("dicho", "tipo", "queda"),
    [
        ("foto.png", "image/jpeg", "foto.jpg"),
        ("..\\..\\windows\\factura.exe", "application/pdf", "factura.pdf"),
        ("/etc/passwd", "application/pdf", "passwd.pdf"),
        ("foto\u202egpj.exe", "image/png", "fotogpj.png"),
        ('a"b<c>\r\nX: y.pdf', "application/pdf", "abcX y.pdf"),
        ("", "audio/ogg", "archivo.ogg"),
        (None, DESCONOCIDO, "archivo.bin"),
        ("...", "image/png", "archivo.png"),
        ("x" * 300 + ".png", "image/png", "x" * 80 + ".png"),
    ],
)
def test_el_nombre_no_lleva_carpetas_ni_trampas(dicho: str | None, tipo: str, queda: str) -> None:
    assert nombre_seguro(dicho, tipo) == queda


def test_los_tamanos_se_leen() -> None:
    assert [tamano_legible(n) for n in (None, 12, 2048, int(3.4 * MEGA))] == ["", "12 B", "2 KB", "3,4 MB"]
