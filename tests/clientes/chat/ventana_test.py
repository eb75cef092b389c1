"""La ventana de 24 horas: cuándo se cierra, cómo se dice y por qué no se puede escribir."""

from __future__ import annotations

import datetime as dt

import pytest

from clientes.chat.ventana import motivo_de_bloqueo, ventana_de

AHORA = dt.datetime(2026, 11, 23, 18, 0, tzinfo=dt.UTC)
HORA, MINUTO, SEGUNDO = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("hace", "abierta", "por_cerrar", "palabras"),
    [
        (0 * HORA, True, False, "24 h"),
        (18 * HORA + 48 * MINUTO, True, False, "5 h 12 min"),
        (22 * HORA, True, False, "2 h"),
        (22 * HORA + SEGUNDO, True, True, "1 h 59 min"),
        (23 * HORA + 20 * MINUTO, True, True, "40 min"),
        (24 * HORA - SEGUNDO, True, True, "menos de 1 min"),
        (24 * HORA, False, False, "menos de 1 min"),
        (90 * HORA, False, False, "menos de 1 min"),
    ],
)
def test_dura_24_horas_desde_el_ultimo_mensaje_de_la_persona(hace, abierta, por_cerrar, palabras):
    ventana = ventana_de(AHORA - hace, AHORA)
    assert (ventana.abierta, ventana.por_cerrar, ventana.en_palabras) == (abierta, por_cerrar, palabras)
    assert ventana.cierra_en == AHORA - hace + 24 * HORA


def test_quien_nunca_escribio_no_abrio_ventana():
    ventana = ventana_de(None, AHORA)
    assert (ventana.cierra_en, ventana.abierta) == (None, False)


@pytest.mark.parametrize(
    ("puede", "direccion", "ultimo", "motivo"),
    [
        (True, "whatsapp:+525511112222", AHORA, ""),
        (False, "whatsapp:+525511112222", AHORA, "sólo lectura"),
        (True, "whatsapp:+525511112222", None, "aún no te ha escrito"),
        (True, None, AHORA, "aún no te ha escrito"),
        (True, "whatsapp:+525511112222", AHORA - 25 * HORA, "más de 24 horas"),
    ],
)
def test_dice_por_que_no_se_puede_escribir(puede, direccion, ultimo, motivo):
    dicho = motivo_de_bloqueo(puede, direccion, ventana_de(ultimo, AHORA))
    assert motivo in dicho if motivo else dicho == ""
