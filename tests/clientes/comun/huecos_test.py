"""Los huecos de una plantilla se nombran por su ejemplo y sus problemas se dicen sin hablar de variables."""

from __future__ import annotations

import pytest

from clientes.comun.huecos import decir, nombrar
from webhook.canal import texto_de_plantilla

EJEMPLOS = {"1": "María", "2": "A-1042"}


def test_un_hueco_se_llama_por_su_ejemplo() -> None:
    assert nombrar("1", "María") == "Dato 1 · por ejemplo María"
    assert nombrar("3") == "Dato 3"


@pytest.mark.parametrize(
    ("valores", "frase"),
    [
        ({"1": "Ana", "2": ""}, "Falta el dato 2 (por ejemplo A-1042)."),
        ({"1": "Ana", "2": "{x}"}, "El dato 2 (por ejemplo A-1042) no puede llevar llaves."),
        ({"1": "a" * 401, "2": "x"}, "El dato 1 (por ejemplo María) pasa de 400 caracteres."),
    ],
)
def test_lo_que_falta_al_enviar_se_dice_con_su_ejemplo(valores: dict[str, str], frase: str) -> None:
    [problema] = texto_de_plantilla.revisar_valores({}, "Hola {{1}}, tu pedido {{2}} ya está.", valores)
    assert decir(problema, EJEMPLOS) == frase


def test_sin_ejemplo_se_dice_el_numero() -> None:
    assert decir(texto_de_plantilla.Problema("variable-2", "El valor de {{2}} está vacío.")) == "Falta el dato 2."


def test_en_el_editor_lo_que_falta_es_el_ejemplo() -> None:
    propuesta = texto_de_plantilla.Propuesta("x", "utilidad", "es", "Hola {{1}}, {{2}}, {{3}}.", {"1": "", "2": "{", "3": "c"})
    frases = [decir(problema) for problema in texto_de_plantilla.revisar(propuesta)]
    assert frases == [
        "Hay 1 palabra para 3 datos y Meta pide al menos 7. Escribe algo más o quita datos.",
        "Falta el ejemplo del dato 1.",
        "El ejemplo del dato 2 no puede llevar llaves.",
    ]
