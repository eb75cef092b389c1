"""La ventana de 24 horas: cuándo se cierra, cómo se dice y por qué no se puede escribir."""

from __future__ import annotations

import datetime as dt

import pytest

from clientes.chat.ventana import motivo_de_bloqueo, ventana_de

AHORA = dt.datetime(2026, 11, 23, 18, 0, tzinfo=dt.UTC)
HORA, MINUTO, SEGUNDO = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("falta", "abierta", "por_cerrar", "palabras"),
    [
        (24 * HORA + MINUTO, True, False, "24 h"),
        (72 * HORA + MINUTO, True, False, "72 h"),
        (5 * HORA + 13 * MINUTO, True, False, "5 h 12 min"),
        (2 * HORA + MINUTO, True, False, "2 h"),
        (2 * HORA + MINUTO - SEGUNDO, True, True, "1 h 59 min"),
        (41 * MINUTO, True, True, "40 min"),
        (MINUTO + SEGUNDO, True, True, "menos de 1 min"),
        (MINUTO, False, False, "menos de 1 min"),
        (-66 * HORA, False, False, "menos de 1 min"),
    ],
)
def test_se_cierra_un_minuto_antes_de_lo_que_dice_whatsapp(falta, abierta, por_cerrar, palabras):
    ventana = ventana_de(AHORA + falta, AHORA)
    assert (ventana.abierta, ventana.por_cerrar, ventana.en_palabras) == (abierta, por_cerrar, palabras)
    assert ventana.cierra_en == AHORA + falta - MINUTO


def test_quien_nunca_escribio_no_abrio_ventana():
    ventana = ventana_de(None, AHORA)
    assert (ventana.cierra_en, ventana.abierta) == (None, False)


@pytest.mark.parametrize(
    ("puede", "direccion", "hasta", "motivo"),
    [
        (True, "whatsapp:+525511112222", AHORA + HORA, ""),
        (False, "whatsapp:+525511112222", AHORA, "sólo lectura"),
        (True, "whatsapp:+525511112222", None, "aún no te ha escrito"),
        (True, None, AHORA, "aún no te ha escrito"),
        (True, "whatsapp:+525511112222", AHORA - HORA, "más de 24 horas"),
    ],
)
def test_dice_por_que_no_se_puede_escribir(puede, direccion, hasta, motivo):
    dicho = motivo_de_bloqueo(puede, direccion, ventana_de(hasta, AHORA))
    assert motivo in dicho if motivo else dicho == ""
