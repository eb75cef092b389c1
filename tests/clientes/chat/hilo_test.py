"""De las filas a las burbujas: días, divisor, grupos, voces, firmas y palomitas."""

from __future__ import annotations

import datetime as dt

import pytest

from clientes.chat.hilo import ESTADOS, armar
from sql.modelos.mensajes import ESTADOS as ESTADOS_DE_LA_BASE
from sql.modelos.mensajes import Mensaje

ZONA = "America/Mexico_City"
AHORA = dt.datetime(2026, 11, 23, 18, 0, tzinfo=dt.UTC)
NOMBRES = {1: "Alicia", 2: "Beto"}


def entra(clave: int, hace_minutos: float, **campos: object) -> Mensaje:
    momento = AHORA - dt.timedelta(minutes=hace_minutos)
    valores = {"tipo": "usuario", "origen": "whatsapp", "estado": "recibido", "clase": "texto", "adjuntos": [], "mensaje": "hola"}
    return Mensaje(id=clave, fecha_hora=momento, **(valores | campos))


def sale(clave: int, hace_minutos: float, **campos: object) -> Mensaje:
    return entra(clave, hace_minutos, **({"tipo": "respuesta", "origen": "persona", "estado": "enviado", "autor_id": 1} | campos))


def pintar(*mensajes: Mensaje, **opciones: object):
    return armar(list(mensajes), **({"nombres": NOMBRES, "yo": 1, "zona": ZONA, "ahora": AHORA} | opciones))


def test_cada_dia_empieza_con_su_separador_en_la_zona_de_la_nora():
    # A las 05:30 UTC en México todavía es ayer.
    burbujas = pintar(entra(1, 60 * 24 * 6), entra(2, 12.5 * 60), entra(3, 10))
    assert [b.separador for b in burbujas] == ["martes 17 nov", "Ayer", "Hoy"]
    assert [b.fecha for b in burbujas] == ["2026-11-17", "2026-11-22", "2026-11-23"]


def test_lo_nuevo_no_repite_el_dia_de_lo_ya_pintado():
    (burbuja,) = pintar(entra(2, 5), anterior=entra(1, 30))
    assert burbuja.separador == ""


@pytest.mark.parametrize(
    ("sin_leer", "marcadas"),
    [(0, [0, 0, 0, 0]), (1, [0, 0, 0, 1]), (2, [0, 2, 0, 0]), (3, [3, 0, 0, 0]), (9, [9, 0, 0, 0])],
)
def test_el_divisor_va_delante_del_primero_sin_leer(sin_leer, marcadas):
    burbujas = pintar(entra(1, 9), entra(2, 8), sale(3, 7), entra(4, 6), sin_leer=sin_leer)
    assert [b.no_leidos for b in burbujas] == marcadas


def test_se_agrupan_los_seguidos_de_la_misma_voz_en_el_mismo_minuto():
    burbujas = pintar(entra(1, 9), entra(2, 8.5), entra(3, 5), sale(4, 4.9), sale(5, 4.8), sale(6, 4.7, autor_id=2))
    assert [b.agrupada for b in burbujas] == [False, True, False, False, True, False]


def test_uno_que_fallo_rompe_el_grupo():
    burbujas = pintar(sale(1, 3), sale(2, 2.9, estado="fallido", motivo_error="Se acabó la ventana.", codigo_error="63016"), sale(3, 2.8))
    assert [b.agrupada for b in burbujas] == [False, False, False]
    assert (burbujas[1].motivo, burbujas[1].codigo) == ("Se acabó la ventana.", "63016")


def test_el_divisor_rompe_el_grupo():
    assert [b.agrupada for b in pintar(entra(1, 3), entra(2, 2.9), sin_leer=1)] == [False, False]


@pytest.mark.parametrize(
    ("campos", "voz", "firma", "con_recibo"),
    [
        ({"origen": "ia", "autor_id": None}, "ia", "IA", True),
        ({"origen": "bienvenida", "autor_id": None}, "ia", "Bienvenida", False),
        ({"autor_id": 1}, "equipo", "Tú", False),
        ({"autor_id": 2}, "equipo", "Beto", False),
        ({"autor_id": 99}, "equipo", "Agencia", False),
        ({"autor_id": None}, "equipo", "Equipo", False),
        ({"origen": "tabla vieja", "autor_id": None}, "equipo", "Equipo", False),
    ],
)
def test_se_sabe_quien_habla(campos, voz, firma, con_recibo):
    (burbuja,) = pintar(sale(1, 1, **campos))
    assert (burbuja.voz, burbuja.quien, burbuja.tiene_recibo) == (voz, firma, con_recibo)


def test_lo_que_entra_no_lleva_firma_ni_palomita():
    (burbuja,) = pintar(entra(1, 1))
    assert (burbuja.voz, burbuja.quien, burbuja.estado_en_palabras) == ("ella", "", "")


def test_cada_estado_de_un_envio_tiene_sus_palabras():
    assert set(ESTADOS) == set(ESTADOS_DE_LA_BASE) - {"recibido"}
    assert [b.estado_en_palabras for b in pintar(sale(1, 9), sale(2, 5, estado="leido"))] == ["enviado", "leído"]
