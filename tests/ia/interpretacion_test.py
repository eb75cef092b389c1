"""Lo que el modelo quiso decir, aunque lo diga a su manera."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ia.interpretacion import Ilegible, Interpretada, interpretar

BUENO = {"respuesta": "Abrimos a las 9.", "bloques": [7, 3], "confianza": 0.8, "pasar_a_persona": False, "motivo": "está en el horario"}


def en_json(**cambios: object) -> str:
    return json.dumps(BUENO | cambios, ensure_ascii=False)


def test_lee_el_json_pedido() -> None:
    assert interpretar(en_json()) == Interpretada("Abrimos a las 9.", (7, 3), 0.8, False, "está en el horario")


@pytest.mark.parametrize("envoltura", ["```json\n{}\n```", "```\n{}\n```", "Claro, aquí va: {} ¿algo más?", "  {}  "])
def test_lo_lee_aunque_venga_envuelto(envoltura: str) -> None:
    assert interpretar(envoltura.replace("{}", en_json())).respuesta == "Abrimos a las 9."


def test_la_prosa_vale_y_no_cita_bloques() -> None:
    assert interpretar("Abrimos a las 9.\n¡Te esperamos!") == Interpretada("Abrimos a las 9.\n¡Te esperamos!")


@pytest.mark.parametrize(
    ("cambios", "esperado"),
    [
        ({"bloques": ["7", 3, True, "x", 3, None]}, {"bloques": (7, 3)}),
        ({"bloques": None}, {"bloques": ()}),
        ({"confianza": 7}, {"confianza": 1.0}),
        ({"confianza": -1}, {"confianza": 0.0}),
        ({"confianza": "alta"}, {"confianza": 1.0}),
        ({"pasar_a_persona": "true"}, {"pasar_a_persona": True}),
        ({"pasar_a_persona": None}, {"pasar_a_persona": False}),
        ({"respuesta": "", "pasar_a_persona": True}, {"respuesta": "", "pasar_a_persona": True}),
    ],
)
def test_es_tolerante_con_los_tipos(cambios: dict[str, object], esperado: dict[str, object]) -> None:
    leida = interpretar(en_json(**cambios))
    assert {clave: getattr(leida, clave) for clave in esperado} == esperado


@pytest.mark.parametrize(
    "roto",
    [
        en_json()[:40],
        '{"respuesta": "Abri',
        "{}",
        "[]",
        '{"otra": 1}',
        en_json(respuesta="  "),
        en_json(respuesta=None),
        en_json(respuesta=["a"]),
        'Aquí va: {"respuesta": "Abri',
    ],
)
def test_un_json_roto_no_se_le_ensena_a_nadie(roto: str) -> None:
    with pytest.raises(Ilegible):
        interpretar(roto)


@given(st.text(max_size=300))
def test_o_se_lee_o_se_dice_que_no(texto: str) -> None:
    try:
        leida = interpretar(texto)
    except Ilegible:
        return
    assert 0 <= leida.confianza <= 1
