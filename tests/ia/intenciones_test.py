"""Qué pretende un mensaje: pedir una persona, ser cortés o preguntar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ia.intenciones import cortesia, pide_persona, preguntas

PIDEN = """
quiero hablar con una persona
Quiero hablar con un asesor
quiero ablar con un umano
QUIERO HABLAR CON ALGUIEN REAL
me pueden comunicar con un asesor?
pásame con una persona por favor
necesito un agente
asesor
Asesor por favor
una persona porfa
quisiera que me atienda una persona
puede atenderme alguien?
¿hay alguien real ahí?
no quiero hablar con un robot
no quiero un bot, quiero una persona
con quién puedo hablar?
quiero hablar con el gerente
hablr con una persna
me gustaria platicar con un acesor
prefiero hablar directamente con una persona de verdad
que alguien me llame por favor
me puede ayudar alguien
comuniqueme con un ejecutivo
Hola, buenas tardes. Necesito hablar con alguien
no me sirve, quiero hablar con una persona
¿puedo hablar con ustedes?
humano
pasame a un humano ya
exijo hablar con un supervisor
no entiendes nada quiero un humano
deseo contactar a un representante
""".strip().splitlines()

NO_PIDEN = """
¿la persona que atiende abre los domingos?
a que hora abren
cuanto cobran por persona
mesa para 4 personas
una persona puede recoger por mi?
el asesor me dijo que costaba 200
ya hable con una persona ayer
no quiero hablar con una persona, solo dime el precio
no necesito hablar con un asesor
tienen ropa para una persona alta?
quiero ropa para persona mayor
cuantas personas caben
atienden personas sin cita?
quiero un descuento
necesito una factura a nombre de otra persona
hola
quiero 2 playeras
pueden atender a domicilio
trabajan con agente aduanal?
quiero comprar para mi hermano
¿es para una persona o para dos?
lo hacen a mano?
eres un bot?
me llama la atención ese vestido
""".strip().splitlines()


@pytest.mark.parametrize("texto", PIDEN)
def test_pide_una_persona(texto: str) -> None:
    assert pide_persona(texto)


@pytest.mark.parametrize("texto", NO_PIDEN)
def test_nombra_a_una_persona_sin_pedirla(texto: str) -> None:
    assert not pide_persona(texto)


@pytest.mark.parametrize(
    ("texto", "clase"),
    [
        ("hola", "saludo"),
        ("Hola buenas tardes", "saludo"),
        ("holaaaa", "saludo"),
        ("Buenos días, ¿cómo están?", "saludo"),
        ("muchas gracias!! 🙏", "gracias"),
        ("ok gracias", "gracias"),
        ("hasta luego", "despedida"),
        ("perfecto", "acuerdo"),
        ("👍", "acuerdo"),
        ("??", None),
        ("gracias, ¿y el precio?", None),
        ("hola tienen envíos", None),
        ("información", None),
        ("", None),
    ],
)
def test_reconoce_la_cortesia_sola(texto: str, clase: str | None) -> None:
    assert cortesia(texto) == clase


def test_separa_las_preguntas_de_lo_demas() -> None:
    assert preguntas(["Hola. Quiero unos tenis. ¿Cuánto tarda el envío a Puebla? Gracias", "y aceptan tarjeta"]) == [
        "¿Cuánto tarda el envío a Puebla?",
        "y aceptan tarjeta",
    ]


def test_sin_preguntas_vale_lo_que_trate_de_algo() -> None:
    assert preguntas(["hola", "quiero unos tenis"]) == ["quiero unos tenis"]
    assert preguntas(["info por favor"]) == []


def test_une_lo_que_se_mando_a_trozos() -> None:
    assert preguntas(["hola", "cuánto cuesta", "el envío"]) == ["cuánto cuesta el envío"]
    assert preguntas(["a qué hora abren", "tienen envíos"]) == ["a qué hora abren", "tienen envíos"]


@given(st.text(max_size=400))
def test_nada_de_lo_que_se_escriba_lo_rompe(texto: str) -> None:
    pide_persona(texto)
    cortesia(texto)
    assert all(pregunta.strip() for pregunta in preguntas([texto, texto]))
