"""Una vCard da nombres y teléfonos, venga como venga, y nada que se pueda ejecutar."""

from __future__ import annotations

from clientes.chat.tarjeta import MAXIMO_DE_CONTACTOS, Tarjeta, leer_tarjetas
from tests.muestras import VCARD


def test_nombre_y_telefonos_sin_repetir():
    assert leer_tarjetas(VCARD) == [Tarjeta("Luisa Pérez", ("+525512345678", "+525587654321"))]


def test_la_2_1_con_acentos_codificados_y_renglones_partidos():
    nombre = b"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:P=C3=A9rez;Jos=\r\n=C3=A9;;;\r\n"
    datos = b"BEGIN:VCARD\r\nVERSION:2.1\r\n" + nombre + b"TEL;CELL:55\r\n  1234 5678\r\nEND:VCARD"
    assert leer_tarjetas(datos) == [Tarjeta("José Pérez", ("5512345678",))]


def test_lo_que_no_es_un_telefono_no_se_vuelve_enlace():
    datos = b"BEGIN:VCARD\nFN:<b>X</b>\nTEL:javascript:alert(1)\nTEL:12\nEND:VCARD"
    assert leer_tarjetas(datos) == [Tarjeta("<b>X</b>", ())]


def test_varias_con_tope_y_la_rota_no_levanta():
    una = b"BEGIN:VCARD\nFN:A\nTEL:+5255123456\nEND:VCARD\n"
    assert len(leer_tarjetas(una * 50)) == MAXIMO_DE_CONTACTOS
    assert leer_tarjetas(b"\xff\xfe\x00BEGIN") == leer_tarjetas(b"") == leer_tarjetas(b"BEGIN:VCARD\nEND:VCARD") == []
