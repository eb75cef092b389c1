"""Lo que llega sin ser texto se dice como lo que es, venga como venga."""

from __future__ import annotations

import pytest

from clientes.chat.adjuntos import Adjunto, describir
from sql.modelos.archivos import Archivo


def archivo(**campos):
    return Archivo(**({"id": 7, "nombre_nora": "aura", "sentido": "entra", "estado": "listo", "tamano": 2048} | campos))


@pytest.mark.parametrize(
    ("clase", "tipo", "titulo", "detalle"),
    [
        ("imagen", "image/jpeg", "Foto", "JPEG"),
        ("audio", "audio/ogg; codecs=opus", "Audio", "OGG"),
        ("documento", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Documento", "DOCUMENT"),
        ("contacto", "", "Contacto", "Archivo"),
    ],
)
def test_lo_que_llego_antes_de_guardar_archivos_dice_que_era(clase, tipo, titulo, detalle):
    (pieza,) = describir(clase, [{"url": "https://api.twilio.com/x", "tipo": tipo}])
    assert (pieza.titulo, pieza.detalle, pieza.archivo_id) == (titulo, f"{detalle} · no se guardó", 0)


@pytest.mark.parametrize(
    ("clase", "tipo", "figura"),
    [
        ("imagen", "image/png", "imagen"),
        ("sticker", "image/webp", "sticker"),
        ("imagen", "image/webp", "imagen"),
        ("audio", "audio/ogg", "audio"),
        ("video", "video/mp4", "video"),
        ("contacto", "text/vcard", "contacto"),
        ("documento", "application/pdf", "documento"),
        ("imagen", "application/octet-stream", "documento"),
        ("imagen", "text/plain", "documento"),
    ],
)
def test_se_pinta_segun_lo_que_es_y_no_segun_lo_que_dijo_ser(clase, tipo, figura):
    (pieza,) = describir(clase, [], [archivo(tipo=tipo, tipo_declarado="image/jpeg")])
    assert (pieza.figura, pieza.estado, pieza.archivo_id) == (figura, "listo", 7)
    assert pieza.se_abre is (tipo not in {"application/octet-stream", "text/plain", "text/vcard"})


def test_un_documento_lleva_su_nombre_su_tipo_y_su_peso():
    (pieza,) = describir("documento", [], [archivo(tipo="application/pdf", nombre="precios.pdf")])
    assert (pieza.titulo, pieza.detalle, pieza.nombre) == ("precios.pdf", "PDF · 2 KB", "precios.pdf")


def test_el_que_no_ha_llegado_lo_dice_y_el_que_fallo_dice_por_que():
    piezas = describir(
        "imagen", [], [archivo(estado="pendiente", motivo="x"), archivo(estado="bajando"), archivo(estado="fallido", motivo="No está.")]
    )
    assert [(p.estado, p.motivo) for p in piezas] == [("bajando", ""), ("bajando", ""), ("fallido", "No está.")]


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
