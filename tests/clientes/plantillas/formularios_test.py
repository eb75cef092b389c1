"""Lo que se escribe en Plantillas, limpio y con el nombre como lo quiere WhatsApp."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientes.plantillas.formularios import escribir_nombre, leer_busqueda, leer_clave, leer_grupo, leer_nombre, leer_propuesta, otra_como
from clientes.plantillas.iniciales import INICIALES
from webhook.canal import texto_de_plantilla


@pytest.mark.parametrize(
    ("escrito", "queda"),
    [("Recordatorio de cita", "recordatorio_de_cita"), ("  ¡Año NUEVO!  ", "ano_nuevo"), ("a--b__c", "a_b_c"), ("¿?", ""), ("日本", "")],
)
def test_el_nombre_queda_como_lo_admite_whatsapp(escrito: str, queda: str) -> None:
    assert escribir_nombre(escrito) == queda


@given(st.text(max_size=300))
def test_ningún_nombre_se_sale_de_lo_que_whatsapp_admite(escrito: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]*", escribir_nombre(escrito))


def test_el_prefijo_se_pone_una_vez_y_no_se_enseña() -> None:
    for escrito in ("Cita", "aura_cita", "Aura cita"):
        assert leer_propuesta({"nombre": escrito}, "aura_").nombre == "aura_cita"
    assert leer_nombre("aura_recordatorio_de_cita", "aura_") == "Recordatorio de cita"
    assert leer_nombre("aura_", "aura_") == "Aura_"
    assert leer_propuesta({"nombre": "aura_"}, "aura_").nombre == "aura_aura"


def test_sólo_se_guardan_los_ejemplos_que_el_texto_usa() -> None:
    propuesta = leer_propuesta(
        {"nombre": "x", "cuerpo": "Hola {{2}}\r\ny {{1}}.", "variable-1": " a ", "variable-2": "b\nc", "variable-9": "z"}, "aura_"
    )
    assert propuesta.cuerpo == "Hola {{2}}\ny {{1}}."
    assert propuesta.variables == {"1": "a", "2": "b c"}


@pytest.mark.parametrize(
    ("nombre", "otro"), [("aura_promo", "aura_promo_2"), ("aura_promo_2", "aura_promo_3"), ("x", "x_2"), ("a_007", "a_007_2")]
)
def test_la_corregida_lleva_el_nombre_siguiente(nombre: str, otro: str) -> None:
    assert otra_como(texto_de_plantilla.Propuesta(nombre, "utilidad", "es", "")).nombre == otro


def test_una_clave_rara_no_es_ninguna() -> None:
    assert [leer_clave(texto) for texto in ("7", "0", "-1", "٣", "9" * 30, "x", "")] == [7, None, None, None, None, None, None]


def test_los_botones_vacíos_no_cuentan() -> None:
    assert leer_propuesta({"boton-1": " ", "boton-2": "Sí", "boton-3": "No", "boton-4": "sobra"}, "aura_").botones == ("Sí", "No")


def test_búsqueda_y_filtro_no_crecen_ni_se_inventan() -> None:
    assert leer_busqueda(" a\x00 " + "b" * 500) == "a " + "b" * 98
    assert (leer_grupo("rechazadas"), leer_grupo("x")) == ("rechazadas", "")


@pytest.mark.parametrize("clave", INICIALES)
def test_las_iniciales_cumplen_las_reglas(clave: str) -> None:
    assert texto_de_plantilla.revisar(INICIALES[clave][2]) == []
