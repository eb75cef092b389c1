"""Lo que llega sin ser texto se dice como lo que es, venga como venga."""

from __future__ import annotations

import pytest

from clientes.chat.adjuntos import Adjunto, describir

NO_SE_ABRE = "aún no se abre desde aquí"


@pytest.mark.parametrize(
    ("clase", "tipo", "icono", "titulo", "detalle"),
    [
        ("imagen", "image/jpeg", "photo", "Foto", "JPEG"),
        ("audio", "audio/ogg; codecs=opus", "microphone", "Audio", "OGG"),
        ("video", "video/mp4", "video", "Video", "MP4"),
        ("documento", "application/pdf", "file-text", "Documento", "PDF"),
        ("documento", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "file-text", "Documento", "DOCUMENT"),
        ("documento", "", "file-text", "Documento", "Archivo"),
    ],
)
def test_un_archivo_dice_que_es_y_que_no_se_abre(clase, tipo, icono, titulo, detalle):
    assert describir(clase, [{"url": "https://api.twilio.com/x", "tipo": tipo}]) == [Adjunto(icono, titulo, f"{detalle} · {NO_SE_ABRE}")]


def test_varios_archivos_son_varias_tarjetas():
    assert len(describir("imagen", [{"tipo": "image/png"}] * 3)) == 3


def test_contacto_y_sticker_se_dicen_sin_mas():
    assert describir("contacto", [{"tipo": "text/vcard"}]) == [Adjunto("address-book", "Contacto")]
    assert describir("sticker", []) == [Adjunto("sticker", "Sticker")]


def test_el_texto_y_los_botones_no_llevan_tarjeta():
    assert describir("texto", []) == describir("boton", [{"boton": "si"}]) == []


def test_un_lugar_lleva_enlace_al_mapa():
    lugar = {"latitud": "19.4326077", "longitud": "-99.133208", "direccion": "Av. Juárez 1", "etiqueta": "Palacio"}
    esperado = Adjunto("map-pin", "Palacio", "Av. Juárez 1", "https://www.google.com/maps?q=19.432608,-99.133208")
    assert describir("ubicacion", [lugar]) == [esperado]


@pytest.mark.parametrize("latitud", ["", None, "nan", "inf", "91", "19.4&x=1", "<b>", [1]])
def test_un_lugar_con_coordenadas_imposibles_no_lleva_enlace(latitud):
    (tarjeta,) = describir("ubicacion", [{"latitud": latitud, "longitud": "-99.1"}])
    assert (tarjeta.titulo, tarjeta.enlace) == ("Ubicación", "")


def test_lo_desconocido_se_dice_que_no_se_puede_mostrar():
    (tarjeta,) = describir("otro", [])
    assert "no se puede mostrar" in tarjeta.titulo
