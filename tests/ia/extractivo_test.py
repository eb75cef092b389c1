"""Respuestas con las palabras de los bloques: elegir, partir y juntar."""

from __future__ import annotations

import datetime as dt

import pytest

from ia.extractivo import UMBRAL, cabeza, cuerpo, elegir, responder
from sql.modelos.conocimiento import BloqueHallado

TARDE = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)


def hallado(contenido: str, cobertura: float = 1.0, puntaje: float = 0.1, clave: int = 1) -> BloqueHallado:
    return BloqueHallado(clave, contenido, cobertura, puntaje)


@pytest.mark.parametrize(
    ("contenido", "su_cabeza", "su_cuerpo"),
    [
        ("Pregunta: ¿Cuánto cuesta el envío? Respuesta: $99 a todo México.", "¿Cuánto cuesta el envío?", "$99 a todo México."),
        ("P: ¿Facturan?\nR: Sí, el mismo mes.", "¿Facturan?", "Sí, el mismo mes."),
        ("¿Tienen estacionamiento? Hay uno a media cuadra.", "¿Tienen estacionamiento?", "Hay uno a media cuadra."),
        ("Horario: lunes a sábado de 9:00 a 19:00.", "Horario", "Horario: lunes a sábado de 9:00 a 19:00."),
        ("Abrimos todos los días. Menos el lunes.", "Abrimos todos los días", "Abrimos todos los días. Menos el lunes."),
        ("¿Ya conoces la tienda?", "¿Ya conoces la tienda?", "¿Ya conoces la tienda?"),
    ],
)
def test_la_pregunta_escrita_en_el_bloque_no_se_repite_al_responder(contenido: str, su_cabeza: str, su_cuerpo: str) -> None:
    assert (cabeza(contenido), cuerpo(contenido)) == (su_cabeza, su_cuerpo)


def test_responde_con_el_bloque_al_pie_de_la_letra() -> None:
    hallazgo = elegir("¿a qué hora abren?", [hallado("Horario: lunes a sábado de 9:00 a 19:00.")])
    assert hallazgo is not None
    assert hallazgo.texto == "Horario: lunes a sábado de 9:00 a 19:00."


def test_por_debajo_del_umbral_no_se_responde() -> None:
    assert elegir("¿venden motos?", [hallado("Los tenis cuestan $899.", UMBRAL - 0.01)]) is None
    assert elegir("¿venden motos?", []) is None


def test_gana_el_bloque_que_trata_de_eso_y_no_el_que_lo_menciona() -> None:
    de_paso = hallado("Bordamos tu logo: el pedido mínimo es de 10 piezas y el envío tarda una semana.", 0.95, 0.2, 1)
    suyo = hallado("Tiempo de entrega: de 2 a 4 días.", 0.85, 0.1, 2)
    hallazgo = elegir("¿cuánto tiempo tarda el envío?", [de_paso, suyo])
    assert hallazgo is not None
    assert hallazgo.bloque.id == 2


def test_varias_preguntas_se_responden_juntas_y_sin_repetir() -> None:
    horario, envio = hallado("Horario: de 9 a 19.", clave=1), hallado("Envío: $99.", clave=2)
    respuesta = responder([("¿horario?", [horario]), ("¿envío?", [envio]), ("¿a qué hora?", [horario])], None)
    assert respuesta.texto == "Horario: de 9 a 19.\n\nEnvío: $99."
    assert respuesta.sin_respuesta == ()


def test_dice_que_quedo_sin_responder() -> None:
    respuesta = responder([("¿horario?", [hallado("Horario: de 9 a 19.")]), ("¿venden motos?", [])], None)
    assert respuesta.texto == "Horario: de 9 a 19."
    assert respuesta.sin_respuesta == ("¿venden motos?",)


def test_saluda_solo_si_responde_algo() -> None:
    assert responder([("¿horario?", [hallado("Horario: de 9 a 19.")])], TARDE).texto == "Buenas tardes. Horario: de 9 a 19."
    assert responder([("¿motos?", [])], TARDE).texto == ""
