"""Lo que cuesta cada mensaje: país, categoría, cupo y fallos."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sql.modelos.consumo import Recuento
from webhook import tarifas

NOVIEMBRE = dt.date(2026, 11, 1)
RESULTADOS = ("cupo", "anuncio", "cobrable", "fallido", "rechazado", "sin_salir")
_RECUENTOS = st.lists(
    st.one_of(
        st.builds(Recuento, st.just("entra"), st.sampled_from(["+5215", "+5730", ""]), st.just("entra"), st.integers(1, 5_000)),
        st.builds(
            Recuento,
            st.sampled_from(["servicio", "utilidad", "marketing", "autenticacion"]),
            st.sampled_from(["+5215", "+5730", "+1809", "MX", "+4915", ""]),
            st.sampled_from(RESULTADOS),
            st.integers(1, 5_000),
        ),
    ),
    max_size=20,
)


@pytest.mark.parametrize(
    ("prefijo", "nombre"),
    [
        ("+5215", "México"), ("+5255", "México"), ("MX", "México"), ("+5491", "Argentina"), ("+5511", "Brasil"), ("+5691", "Chile"),
        ("+5730", "Colombia"), ("+5199", "Perú"), ("+3461", "España"), ("+1809", "Resto de Latinoamérica"),
        ("+1787", "Resto de Latinoamérica"), ("+1212", "Estados Unidos y Canadá"), ("US", "Estados Unidos y Canadá"),
        ("+5022", "Resto de Latinoamérica"), ("+5939", "Resto de Latinoamérica"), ("+4915", "Otro país"), ("ZZ", "Otro país"),
        ("", "Otro país"), ("+", "Otro país"), ("+0", "Otro país"), ("+1", "Estados Unidos y Canadá"),
    ],
)  # fmt: skip
def test_el_mercado_sale_del_prefijo(prefijo: str, nombre: str) -> None:
    assert tarifas.mercado_de(prefijo).nombre == nombre


def test_lo_que_no_se_conoce_se_marca_aproximado() -> None:
    assert tarifas.mercado_de("+4915").aproximado
    assert not tarifas.mercado_de("+5691").aproximado


def test_el_servicio_se_cobra_desde_octubre_de_2026() -> None:
    chile = tarifas.mercado_de("CL")
    assert tarifas.precio_de_meta(chile, "servicio", dt.date(2026, 9, 1)) == 0
    assert tarifas.precio_de_meta(chile, "servicio", dt.date(2026, 10, 1)) == Decimal("0.0200")
    assert tarifas.precio_de_meta(chile, "marketing", dt.date(2026, 9, 1)) == Decimal("0.0889")


def test_cada_final_cuesta_lo_suyo() -> None:
    recuentos = [
        Recuento("entra", "+5691", "entra", 10),
        Recuento("servicio", "+5691", "cupo", 1_000),
        Recuento("servicio", "+5691", "cobrable", 50),
        Recuento("servicio", "+5691", "anuncio", 7),
        Recuento("servicio", "+5691", "fallido", 3),
        Recuento("servicio", "+5691", "rechazado", 4),
        Recuento("servicio", "+5691", "sin_salir", 2),
        Recuento("marketing", "+5691", "cobrable", 5),
    ]
    consumo = tarifas.estimar(recuentos, NOVIEMBRE)
    assert consumo.twilio == (10 + 1_000 + 50 + 7 + 5) * Decimal("0.005") + 3 * Decimal("0.001")
    assert consumo.meta == 50 * Decimal("0.0200") + 5 * Decimal("0.0889")
    assert (consumo.entrantes, consumo.salientes, consumo.fallidos, consumo.sin_salir) == (10, 1_062, 7, 2)
    assert (consumo.cupo_usado, consumo.servicio) == (1_000, 1_050)
    assert not consumo.aproximado


@given(_RECUENTOS)
def test_cada_mensaje_esta_en_una_linea_y_solo_en_una(recuentos: list[Recuento]) -> None:
    consumo = tarifas.estimar(recuentos, NOVIEMBRE)
    total = sum(r.cuantos for r in recuentos)
    assert sum(linea.mensajes for linea in consumo.lineas) == total
    assert consumo.entrantes + consumo.salientes + consumo.fallidos + consumo.sin_salir == total
    for clave in (lambda linea: linea.mercado, lambda linea: linea.categoria):
        juntas = tarifas.agrupar(consumo.lineas, clave)
        assert sum(junta.mensajes for junta in juntas) == total
        assert sum((junta.total for junta in juntas), Decimal(0)) == consumo.total
    assert consumo.total == sum((linea.total for linea in consumo.lineas), Decimal(0))
    assert consumo.total >= 0


@given(_RECUENTOS, st.sampled_from(["servicio", "utilidad", "marketing"]), st.sampled_from(["+5215", "+5730"]))
def test_un_mensaje_mas_nunca_abarata(recuentos: list[Recuento], categoria: str, prefijo: str) -> None:
    antes = tarifas.estimar(recuentos, NOVIEMBRE).total
    assert tarifas.estimar([*recuentos, Recuento(categoria, prefijo, "cobrable", 1)], NOVIEMBRE).total > antes
