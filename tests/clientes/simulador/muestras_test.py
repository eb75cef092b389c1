"""Las muestras del teléfono son archivos de verdad: cualquiera los abre y todas las veces salen iguales."""

from __future__ import annotations

import struct
import zlib

from clientes.simulador.muestras import MUESTRAS, audio_de_silencio, foto_de_ejemplo, pdf_de_ejemplo
from clientes.simulador.recado import ATAJOS
from registro.tipos_de_archivo import motivo_de_rechazo, oler


def test_cada_muestra_es_lo_que_dice_y_whatsapp_la_lleva():
    for clave, muestra in MUESTRAS.items():
        datos = muestra.hacer()
        assert oler(datos) == muestra.tipo, clave
        assert motivo_de_rechazo(muestra.tipo, len(datos)) == "", clave
        assert muestra.hacer() == datos, clave
        assert ATAJOS[clave][1].muestra == clave


def test_la_foto_mide_lo_que_dice_y_sus_puntos_cuadran():
    datos = foto_de_ejemplo(10, 4)
    assert struct.unpack(">II", datos[16:24]) == (10, 4)
    largo = struct.unpack(">I", datos[33:37])[0]
    assert len(zlib.decompress(datos[41 : 41 + largo])) == 4 * (1 + 10 * 3)


def test_el_audio_acaba_donde_debe_y_sus_sumas_cuadran():
    datos = audio_de_silencio(2)
    paginas = [b"OggS" + parte for parte in datos.split(b"OggS")[1:]]
    assert [pagina[5] for pagina in paginas] == [2, 0, 0, 4]
    assert struct.unpack("<q", paginas[-1][6:14])[0] == 2 * 48_000
    for pagina in paginas:
        # El CRC de OGG es el de siempre con los bits del revés: se comprueba con otra cuenta que la del producto.
        limpia = pagina[:22] + b"\0\0\0\0" + pagina[26:]
        assert _crc_por_bits(limpia) == struct.unpack("<I", pagina[22:26])[0]


def _crc_por_bits(datos):
    resto = 0
    for bit in (octeto >> (7 - i) & 1 for octeto in datos + b"\0\0\0\0" for i in range(8)):
        resto = resto << 1 | bit
        if resto >> 32:
            resto ^= 0x104C11DB7
    return resto


def test_el_pdf_lleva_su_titulo_y_su_indice_señala_bien():
    datos = pdf_de_ejemplo("Precios de otoño")
    assert "Precios de otoño".encode("latin-1") in datos
    indice = int(datos.rpartition(b"startxref\n")[2].split()[0])
    assert datos[indice : indice + 4] == b"xref"
