"""Las etiquetas: cuándo son la misma, cuántas caben y qué se rechaza."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientes.contactos.etiquetas import LARGO_MAXIMO, MAXIMO_POR_PERSONA, EtiquetaNoValida, quitar, unir

SIN_PRISA = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""En una máquina cargada tardan los primeros ejemplos; no es lo que se mira aquí."""


def test_varias_de_una_vez_separadas_por_comas() -> None:
    assert unir(["cliente"], " vip ,  mayoreo,, ") == ["cliente", "vip", "mayoreo"]


@pytest.mark.parametrize("escrita", ["VIP", " v\u200bip ", "Vip", "víp"])
def test_la_misma_escrita_de_otra_forma_no_se_repite(escrita: str) -> None:
    assert unir(["vip"], escrita) == ["vip"]


def test_se_queda_la_forma_que_ya_usa_la_nora() -> None:
    assert unir([], "ninos", en_uso=["Niños"]) == ["Niños"]


@pytest.mark.parametrize("escrita", ["", "  ", ",,,", "\u200b,\x00"])
def test_sin_nada_escrito_lo_dice(escrita: str) -> None:
    with pytest.raises(EtiquetaNoValida, match="Escribe una etiqueta"):
        unir([], escrita)


def test_una_demasiado_larga_se_rechaza_y_la_justa_entra() -> None:
    assert unir([], "x" * LARGO_MAXIMO) == ["x" * LARGO_MAXIMO]
    with pytest.raises(EtiquetaNoValida, match="demasiado larga"):
        unir([], "x" * (LARGO_MAXIMO + 1))


def test_no_caben_mas_de_treinta() -> None:
    treinta = [f"e{n}" for n in range(MAXIMO_POR_PERSONA)]
    assert unir(treinta[:-1], treinta[-1]) == treinta
    with pytest.raises(EtiquetaNoValida, match="Caben 30"):
        unir(treinta, "otra")
    assert unir(treinta, "E5") == treinta


def test_quitar_no_mira_mayusculas_ni_acentos_y_no_falla_si_no_estaba() -> None:
    assert quitar(["Niños", "vip"], "NINOS") == ["vip"]
    assert quitar(["vip"], "otra") == ["vip"]


@SIN_PRISA
@given(st.lists(st.text(max_size=30), max_size=8))
def test_unir_dos_veces_lo_mismo_no_cambia_nada(escritas: list[str]) -> None:
    escrito = ",".join(escritas)
    try:
        una = unir([], escrito)
    except EtiquetaNoValida:
        return
    assert unir(una, escrito) == una
    assert all(etiqueta == etiqueta.strip() and "\x00" not in etiqueta for etiqueta in una)
