"""De la pregunta a lo que se busca: sinónimos, frases hechas, erratas y matices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ia.conceptos import MAXIMO, conceptos, consulta
from ia.sinonimos import GRUPOS, MATICES, RUIDO


def grupos(pregunta: str) -> list[set[str]]:
    return [set(c.grupos) for c in conceptos(pregunta) if not c.es_matiz]


@pytest.mark.parametrize(
    ("pregunta", "esperados"),
    [
        ("¿A qué hora abren?", [{"horario"}]),
        ("a ke ora sierran", [{"horario"}]),
        ("cuánto cuesta el envío", [{"precio"}, {"envio"}]),
        ("a cuanto el embio", [{"precio"}, {"envio"}]),
        ("puedo pagar con targeta?", [{"pago"}, {"tarjeta"}]),
        ("qué formas de pago tienen", [{"medios de pago"}]),
        ("¿dónde están?", [{"ubicacion"}]),
        ("tienen meses sin intereses", [{"meses"}]),
    ],
)
def test_lo_que_se_dice_de_muchas_maneras_es_un_concepto(pregunta: str, esperados: list[set[str]]) -> None:
    assert grupos(pregunta) == esperados


@pytest.mark.parametrize("saludo", ["buenos días", "Hola, buenas tardes", "muchas gracias", "info por favor", "???", "😀"])
def test_la_cortesia_no_se_busca(saludo: str) -> None:
    assert conceptos(saludo) == []


def test_buenos_dias_no_pregunta_por_los_dias() -> None:
    assert grupos("Buenos días, ¿a qué hora abren?") == [{"horario"}]


def test_el_destino_de_un_envio_es_un_matiz() -> None:
    pedidos = conceptos("¿hacen envíos a Chalchihuites?")
    assert [(c.palabra, c.es_matiz) for c in pedidos] == [("envios", False), ("chalchihuites", True)]


def test_lo_desconocido_se_busca_tal_cual() -> None:
    assert consulta(conceptos("¿venden motocicletas el lunes?")) == "motocicletas ~lunes"


def test_las_alternativas_llevan_los_sinonimos_que_se_buscan_y_no_los_que_solo_se_reconocen() -> None:
    alternativas = consulta(conceptos("¿a qué hora?")).split("|")
    assert {"abren", "horario", "lunes"} <= set(alternativas)
    assert not {"hora", "horas"} & set(alternativas)


def test_corrige_con_las_palabras_de_los_bloques() -> None:
    assert consulta(conceptos("cuanto la limpiesa", {"limpieza", "dental"})) == "limpiesa|limpieza"
    assert "embarazo" in consulta(conceptos("estoy embarazada", {"embarazo"}))
    assert consulta(conceptos("el consulado", {"consultorio"})) == "consulado"


def test_no_se_repite_un_concepto() -> None:
    assert len(conceptos("¿abren? ¿a qué hora abren? ¿cuál es el horario?")) == 1


@given(st.text(max_size=300))
def test_nada_de_lo_que_se_escriba_lo_rompe(texto: str) -> None:
    pedidos = conceptos(texto, {"limpieza"})
    assert len(pedidos) <= MAXIMO
    assert set(consulta(pedidos)) <= set("abcdefghijklmnopqrstuvwxyz0123456789|~ ")


def test_el_vocabulario_esta_bien_escrito() -> None:
    formas = [forma.lstrip("+-") for suyas in GRUPOS.values() for forma in suyas.split()]
    for palabra in [*formas, *RUIDO, *MATICES]:
        assert palabra.isascii(), palabra
        assert palabra == palabra.lower(), palabra
    reconocidas = {f for suyas in GRUPOS.values() for f in suyas.split() if f[0] not in "+"}
    assert not reconocidas & RUIDO
