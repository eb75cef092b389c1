"""Los rangos de aquí y los de la base son los mismos."""

from __future__ import annotations

import pytest

from tests.base import Base
from webhook import estados
from webhook.rangos import RANGOS, rango_de


def test_cada_estado_tiene_el_rango_que_le_da_la_base(base: Base) -> None:
    en_la_base = base.filas("select e, public.rango_de_estado(e) from unnest(%s::text[]) as e", list(RANGOS))
    assert sorted(en_la_base) == sorted(RANGOS.items())


@pytest.mark.parametrize("estado", ["receiving", "", "READ"])
def test_lo_que_no_se_conoce_no_adelanta_a_nadie(base: Base, estado: str) -> None:
    assert base.filas("select public.rango_de_estado(%s)", estado) == [(rango_de(estado),)] == [(0,)]


def test_todo_estado_que_se_acepta_tiene_rango() -> None:
    parametros = {"MessageSid": ["SM" + "a" * 32]}
    assert all(estados.leer(parametros | {"MessageStatus": [estado]}, "", None) for estado in RANGOS)
    assert estados.leer(parametros | {"MessageStatus": ["receiving"]}, "", None) is None
