"""El teléfono enseña lo que a la persona le llegó, ni más ni menos."""

from __future__ import annotations

import datetime as dt

import pytest

from clientes.simulador.telefono import burbujas_de, esta_escribiendo, quien_responde
from sql.modelos.contactos import Contacto
from sql.modelos.conversaciones import Conversacion, Hilo
from sql.modelos.mensajes import ESTADOS, Mensaje
from sql.modelos.plantillas import Plantilla

AHORA = dt.datetime(2026, 11, 23, 18, tzinfo=dt.UTC)
CON_IA = frozenset({"chat", "ia"})


def mensaje(**campos):
    valores = {
        "id": 1,
        "tipo": "respuesta",
        "estado": "entregado",
        "mensaje": "Hola",
        "clase": "texto",
        "adjuntos": [],
        "fecha_hora": AHORA,
    }
    return Mensaje(**(valores | campos))


def hilo(*, ia_activa=True, **campos):
    valores = {"modo": "ia", "atender_en": None, "necesita_persona": False, "atendida_por": None}
    return Hilo(Conversacion(**(valores | campos)), Contacto(ia_activa=ia_activa))


@pytest.mark.parametrize("estado", ESTADOS)
def test_de_lo_que_sale_solo_se_ve_lo_que_llego(estado):
    assert bool(burbujas_de([mensaje(estado=estado)])) == (estado in {"enviado", "entregado", "leido"})


def test_los_botones_de_la_plantilla_se_ven_en_el_telefono():
    plantilla = Plantilla(contenido={"twilio/quick-reply": {"actions": [{"type": "QUICK_REPLY", "title": "Confirmo"}]}})
    con, sin = burbujas_de([mensaje(id=1, plantilla_id=9), mensaje(id=2)], plantillas={9: plantilla})
    assert (con.botones, sin.botones) == (("Confirmo",), ())


def test_lo_que_ella_escribio_se_ve_siempre_y_es_suyo():
    (burbuja,) = burbujas_de([mensaje(tipo="usuario", estado="recibido", message_sid="SM1")])
    assert burbuja.es_mia
    assert burbuja.por_leer == ""


def test_falta_avisar_como_leido_lo_que_llego_y_no_se_aviso():
    mensajes = [
        mensaje(id=1, estado="leido", message_sid="SM1"),
        mensaje(id=2, estado="entregado", message_sid="SM2"),
        mensaje(id=3, estado="leido", message_sid=None),
    ]
    assert [b.por_leer for b in burbujas_de(mensajes)] == ["", "SM2", ""]


def test_una_ubicacion_dice_como_se_llama():
    (burbuja,) = burbujas_de([mensaje(tipo="usuario", clase="ubicacion", mensaje="", adjuntos=[{"etiqueta": "Parque"}])])
    assert (burbuja.icono, burbuja.titulo) == ("map-pin", "Parque")
    (anonima,) = burbujas_de([mensaje(tipo="usuario", clase="ubicacion", mensaje="", adjuntos=[])])
    assert anonima.titulo == "Ubicación"


def test_escribe_mientras_la_ia_debe_algo():
    assert esta_escribiendo(hilo(atender_en=AHORA), [], CON_IA)
    assert esta_escribiendo(hilo(), [mensaje(estado="enviando")], CON_IA)
    assert not esta_escribiendo(hilo(), [mensaje(estado="entregado")], CON_IA)
    assert not esta_escribiendo(hilo(), [], CON_IA)
    assert not esta_escribiendo(None, [], CON_IA)


def test_no_escribe_si_a_la_ia_no_le_toca():
    assert not esta_escribiendo(hilo(atender_en=AHORA, modo="persona"), [], CON_IA)
    assert not esta_escribiendo(hilo(atender_en=AHORA, ia_activa=False), [], CON_IA)
    assert not esta_escribiendo(hilo(atender_en=AHORA), [], frozenset({"chat"}))


@pytest.mark.parametrize(
    ("quien", "modulos", "frase"),
    [
        (None, CON_IA, "Aún no hay ningún mensaje"),
        (hilo(), CON_IA, "Responde la IA."),
        (hilo(), frozenset({"chat"}), "apagada en esta Nora"),
        (hilo(ia_activa=False), CON_IA, "apagada para esta persona"),
        (hilo(modo="persona", necesita_persona=True), CON_IA, "Espera a una persona"),
        (hilo(modo="persona", atendida_por=7), CON_IA, "La atiende Beto"),
        (hilo(modo="persona", atendida_por=8), CON_IA, "La atiende una persona"),
    ],
)
def test_dice_quien_contestara(quien, modulos, frase):
    assert frase in quien_responde(quien, modulos, {7: "Beto"})
