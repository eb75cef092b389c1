"""Las reglas del texto de una plantilla: todo lo que está mal de una vez, y lo que vale se arma entero."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.texto_de_plantilla import (
    LARGO_DEL_CUERPO,
    Boton,
    Propuesta,
    Trozo,
    armar,
    botones_de,
    revisar,
    revisar_valores,
    trozos,
    variables_de,
)

BUENA = Propuesta(
    "aura_recordatorio",
    "utilidad",
    "es",
    "Hola {{1}}, te recordamos tu cita del {{2}}. Responde si quieres cambiarla.",
    {"1": "María", "2": "martes"},
    ("Confirmo", "Cambiar"),
)


def con(**cambios: object) -> Propuesta:
    """La buena con algo cambiado."""
    campos = {campo: getattr(BUENA, campo) for campo in ("nombre", "categoria", "idioma", "cuerpo", "ejemplos", "botones")}
    return Propuesta(**(campos | cambios))  # type: ignore[arg-type]


def frases(propuesta: Propuesta) -> str:
    """Todo lo que se le reprocha."""
    return " | ".join(f"{p.campo}: {p.frase}" for p in revisar(propuesta))


def test_una_bien_escrita_no_tiene_reproches() -> None:
    assert revisar(BUENA) == []


@pytest.mark.parametrize(
    ("cuerpo", "reproche"),
    [
        ("", "Escribe el texto"),
        ("{{1}}, tu cita es mañana por la tarde", "no puede empezar con {{1}}"),
        ("Tu cita de mañana por la tarde es con {{1}}", "no puede terminar con {{1}}"),
        ("Hola {{1}} {{2}}, tu cita es mañana por la tarde.", "{{1}} y {{2}} están pegadas"),
        ("Hola {{1}}{{2}}, tu cita es mañana por la tarde.", "{{1}} y {{2}} están pegadas"),
        ("Hola {{2}}, tu cita es mañana.", "Falta {{1}}"),
        ("Hola {{1}}, tu cita de {{4}} es mañana por la tarde, te esperamos.", "Falta {{2}} y {{3}}"),
        ("Hola {{nombre}}, tu cita es mañana.", "«{{nombre}}» no vale"),
        ("Hola {{0}}, tu cita es mañana.", "«{{0}}» no vale"),
        ("Hola {{1, tu cita es mañana.", "llaves «{{» sin pareja"),
        ("Hola {{1}}, sí.", "Hay 2 palabras para 1 variable y Meta pide al menos 3"),
        ("Hola, tu cita es mañana. " + "a" * 1024, "y WhatsApp admite 1024"),
    ],
)
def test_cada_regla_del_cuerpo_dice_qué_falla_y_dónde(cuerpo: str, reproche: str) -> None:
    assert reproche in frases(con(cuerpo=cuerpo))


@pytest.mark.parametrize(
    ("cambio", "reproche"),
    [
        ({"nombre": ""}, "nombre: Ponle un nombre"),
        ({"nombre": "Recordatorio de cita"}, "nombre: El nombre sólo lleva minúsculas"),
        ({"nombre": "a" * 121}, "nombre: El nombre pasa de 120"),
        ({"categoria": "PROMO"}, "categoria: Elige una categoría"),
        ({"idioma": "xx"}, "idioma: Elige el idioma"),
        ({"ejemplos": {"1": "María"}}, "variable-2: El ejemplo de {{2}} está vacío"),
        ({"ejemplos": {"1": "María\nPeña", "2": "x"}}, "variable-1: El ejemplo de {{1}} no puede llevar saltos"),
        ({"ejemplos": {"1": "María", "2": "{{3}}"}}, "variable-2: El ejemplo de {{2}} no puede llevar llaves"),
        ({"ejemplos": {"1": "a" * 401, "2": "b"}}, "variable-1: El ejemplo de {{1}} pasa de 400"),
        ({"botones": ("a", "b", "c", "d")}, "boton-1: Como mucho caben 3"),
        ({"botones": ("Sí", "sí")}, "boton-2: El botón «sí» está repetido"),
        ({"botones": ("a" * 21,)}, "boton-1"),
        ({"botones": ("Ver {{1}}",)}, "boton-1: Un botón no lleva variables"),
    ],
)
def test_nombre_categoria_ejemplos_y_botones(cambio: dict[str, object], reproche: str) -> None:
    assert reproche in frases(con(**cambio))


def test_los_ejemplos_cuentan_para_el_tope() -> None:
    assert "Con sus ejemplos mide" in frases(con(cuerpo="Hola {{1}}, te esperamos aquí. " + "a" * 900, ejemplos={"1": "b" * 200}))


def test_se_dice_todo_de_una_vez() -> None:
    campos = {p.campo for p in revisar(Propuesta("MAL", "?", "?", "{{1}}{{3}}", {}, ("a" * 30,)))}
    assert campos == {"nombre", "categoria", "idioma", "cuerpo", "variable-1", "variable-3", "boton-1"}


def test_más_de_cien_variables_no_caben_y_un_número_enorme_no_cuelga() -> None:
    cuerpo = "Hola, estas son tus cosas de hoy: " + " y luego además ".join(f"{{{{{n}}}}}" for n in range(1, 102)) + " y ya."
    assert "Como mucho caben 100 variables" in frases(con(cuerpo=cuerpo))
    assert "no vale" in frases(con(cuerpo="Hola {{99999999999999999999}}, tu cita es mañana."))


def test_las_variables_de_un_contenido_incluyen_las_de_sus_enlaces() -> None:
    contenido = {
        "twilio/call-to-action": {
            "body": "Hola {{1}}",
            "actions": [{"type": "URL", "title": "Ver", "url": "https://x.example/{{10}}/{{2}}"}],
        }
    }
    assert variables_de(contenido) == ["1", "2", "10"]
    assert botones_de(contenido) == [Boton("Ver", "https://x.example/{{10}}/{{2}}", "URL")]


def test_el_contenido_es_el_que_pide_la_api() -> None:
    assert con(botones=()).contenido == {"twilio/text": {"body": BUENA.cuerpo}}
    acciones = BUENA.contenido["twilio/quick-reply"]["actions"]
    assert [(a["type"], a["title"]) for a in acciones] == [("QUICK_REPLY", "Confirmo"), ("QUICK_REPLY", "Cambiar")]
    assert len({a["id"] for a in acciones}) == 2


def test_un_valor_con_forma_de_variable_no_se_vuelve_a_mirar_ni_se_deja_enviar() -> None:
    assert armar("Hola {{1}} y {{2}}.", {"1": "{{2}}", "2": "B"}) == "Hola {{2}} y B."
    assert revisar_valores({}, "Hola {{1}} y {{2}}.", {"1": "{{2}}", "2": "B"})[0].campo == "variable-1"
    with pytest.raises(KeyError):
        armar("Hola {{1}}.", {})


def test_los_trozos_juntos_son_el_texto() -> None:
    assert trozos("Hola {{1}}, el {{2}}.", {"1": "Ana"}) == [
        Trozo("Hola "),
        Trozo("Ana", "1"),
        Trozo(", el "),
        Trozo("{{2}}", "2"),
        Trozo("."),
    ]


PALABRAS = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=30)
PIEZAS = st.lists(
    st.one_of(PALABRAS, st.integers(0, 6).map(lambda n: f"{{{{{n}}}}}"), st.sampled_from(["{", "}", "{{", "}}", " hola "])), max_size=14
)
VALORES = st.dictionaries(st.integers(0, 6).map(str), st.text(max_size=60), max_size=7)


@given(piezas=PIEZAS, valores=VALORES)
def test_lo_que_se_da_por_bueno_se_arma_entero_y_cabe(piezas: list[str], valores: dict[str, str]) -> None:
    cuerpo = "".join(piezas)
    propuesta = Propuesta("prueba", "utilidad", "es", cuerpo, valores)
    if not revisar(propuesta):
        armado = armar(cuerpo, propuesta.variables)
        assert not re.search(r"\{\{\s*\w+\s*\}\}", armado)
        assert len(armado.encode("utf-16-le")) // 2 <= LARGO_DEL_CUERPO
        assert revisar_valores(propuesta.contenido, cuerpo, propuesta.variables) == []


@given(veces=st.integers(1, 20), ejemplo=st.text(min_size=1, max_size=90))
def test_con_variables_bien_puestas_sólo_importan_los_valores(veces: int, ejemplo: str) -> None:
    cuerpo = "Hola, te contamos: " + ", ".join(f"van dos más {{{{{n}}}}} ahora" for n in range(1, veces + 1)) + " y listo."
    propuesta = Propuesta("prueba", "utilidad", "es", cuerpo, {str(n): ejemplo for n in range(1, veces + 1)})
    problemas = revisar(propuesta)
    if not problemas:
        assert "{{" not in armar(cuerpo, propuesta.variables)
    assert all(p.campo.startswith("variable-") or "mide" in p.frase for p in problemas)


@given(cuerpo=st.text(max_size=200), valores=VALORES)
def test_ningún_texto_rompe_al_revisor_ni_pierde_letras(cuerpo: str, valores: dict[str, str]) -> None:
    assert "".join(trozo.texto for trozo in trozos(cuerpo, {})) == cuerpo
    assert all(problema.frase and problema.campo for problema in revisar(Propuesta("x", "utilidad", "es", cuerpo, valores)))
