"""Lo que se manda desde el teléfono: textos limpios y atajos que existen."""

from __future__ import annotations

import pytest

from clientes.simulador.formularios import LARGO_MAXIMO, NoSePuedeMandar, leer_recado
from clientes.simulador.muestras import MUESTRAS
from clientes.simulador.recado import ATAJOS
from webhook import entrada


def test_un_texto_llega_sin_blancos_en_las_orillas_y_con_sus_renglones():
    assert leer_recado({"texto": "  hola\r\n¿abren?  "}).texto == "hola\n¿abren?"


@pytest.mark.parametrize(
    "campos", [{}, {"texto": ""}, {"texto": " \n\u200b "}, {"texto": "a" * (LARGO_MAXIMO + 1)}, {"atajo": "inventado"}]
)
def test_lo_que_no_es_un_mensaje_se_dice(campos):
    with pytest.raises(NoSePuedeMandar) as motivo:
        leer_recado(campos)
    assert str(motivo.value).endswith(".")


def test_caben_justo_1600_caracteres():
    assert len(leer_recado({"texto": "ñ" * LARGO_MAXIMO}).texto) == LARGO_MAXIMO


@pytest.mark.parametrize("clave", ATAJOS)
def test_cada_atajo_es_un_mensaje_que_el_webhook_entiende(clave):
    recado = leer_recado({"atajo": clave})
    parametros = {"MessageSid": "SM" + "0" * 32, "From": "whatsapp:+12125550143", "To": "whatsapp:+14155238886", "Body": recado.texto}
    mensaje = entrada.leer({nombre: [valor] for nombre, valor in (parametros | recado.extra).items()})
    assert mensaje.se_entiende
    if recado.muestra:  # lo que falta es el archivo, que se pone al mandarlo
        assert recado.muestra in MUESTRAS
    else:
        assert mensaje.clase == ("ubicacion" if clave == "ubicacion" else "texto")
    assert mensaje.resumen
