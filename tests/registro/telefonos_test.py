"""Un teléfono dicho de muchas formas es una sola persona, aquí y dentro de la base."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registro.telefonos import Identidad, clave_canonica, leer_direccion, mostrar, normalizar
from tests.base import Base

CORPUS = {
    "+5215512345678": "+525512345678",
    "+525512345678": "+525512345678",
    "+52 1 55 1234 5678": "+525512345678",
    "52-1-55-1234-5678": "+525512345678",
    "+5491155550103": "+541155550103",
    "+541155550103": "+541155550103",
    "+54 9 (11) 5555-0103": "+541155550103",
    "+573005550104": "+573005550104",
    "+14155238886": "+14155238886",
    "whatsapp:+5215512345678": "+525512345678",
    "+521551234567": "+521551234567",  # le falta una cifra: no es el 1 de los móviles
    "+52155123456789": "+52155123456789",
    "+5215": "+5215",
    "+54911": "+54911",
    "٥٢١٥٥١٢٣٤٥٦٧٨": "",
    "+52٣1 5512345678": "+525512345678",
    "+525512345678\n": "+525512345678",
    "": "",
    "sin cifras": "",
    "+": "",
}


@pytest.mark.parametrize(("escrito", "clave"), CORPUS.items())
def test_clave_canonica(escrito: str, clave: str) -> None:
    assert clave_canonica(escrito) == clave


@given(st.text())
def test_la_clave_es_siempre_la_misma_y_sólo_cifras(escrito: str) -> None:
    clave = clave_canonica(escrito)
    assert re.fullmatch(r"(\+[0-9]+)?", clave)
    assert clave_canonica(clave) == clave or re.match(r"\+5(21|49)[0-9]{10}$", clave)


@given(st.from_regex(r"\A[2-9][0-9]{9}\Z"))
def test_mexico_y_argentina_con_y_sin_la_cifra_de_mas_son_la_misma_persona(local: str) -> None:
    assert clave_canonica(f"+521{local}") == clave_canonica(f"+52{local}") == f"+52{local}"
    assert clave_canonica(f"+549{local}") == clave_canonica(f"+54{local}") == f"+54{local}"


def test_la_base_calcula_la_misma_clave(base: Base) -> None:
    prefijos = ("+521", "+549", "521", "+1", "")
    al_azar = [f"{p}{n * 7919 % 10**cifras:0{cifras}d}" for p in prefijos for cifras in (9, 10, 11) for n in range(1, 40)]
    escritos = [*CORPUS, *al_azar]
    filas = base.filas(
        "select coalesce(public.telefono_canonico(t), '') from unnest(%s::text[]) with ordinality as x(t, n) order by n", escritos
    )
    assert [fila for (fila,) in filas] == [clave_canonica(escrito) for escrito in escritos]


@pytest.mark.parametrize(
    ("direccion", "identidad"),
    [
        ("whatsapp:+5215512345678", Identidad("telefono", "+525512345678")),
        ("+14155238886", Identidad("telefono", "+14155238886")),
        (" whatsapp:+14155238886 ", Identidad("telefono", "+14155238886")),
        ("whatsapp:MX.13491208655302741918", Identidad("bsuid", "MX.13491208655302741918")),
        ("whatsapp:MX.ENT.11815799212886844830", Identidad("bsuid", "MX.ENT.11815799212886844830")),
        ("whatsapp:", None),
        ("", None),
        ("whatsapp:+", None),
        ("whatsapp:+1", None),
        ("whatsapp:+1234567890123456", None),
        ("whatsapp:+٥٢١٥٥١٢٣٤٥٦", None),
        ("whatsapp:+14155238886\nX", None),
        ("messenger:123456", None),
        ("whatsapp:MX.'; drop table", None),
    ],
)
def test_leer_direccion(direccion: str, identidad: Identidad | None) -> None:
    assert leer_direccion(direccion) == identidad


@pytest.mark.parametrize(
    ("guardado", "visto"),
    [
        ("+5215512345678", "+52 55 1234 5678"),
        ("+525512345678", "+52 55 1234 5678"),
        ("+14155238886", "+1 415-523-8886"),
        ("no es un teléfono", "no es un teléfono"),
        (None, ""),
        ("", ""),
    ],
)
def test_mostrar(guardado: str | None, visto: str) -> None:
    assert mostrar(guardado) == visto


@given(st.text(max_size=30))
def test_mostrar_y_normalizar_aceptan_cualquier_cosa(escrito: str) -> None:
    assert isinstance(mostrar(escrito), str)
    normal = normalizar(escrito)
    assert normal is None or re.fullmatch(r"\+[0-9]{6,17}", normal)


@pytest.mark.parametrize(
    ("escrito", "normal"),
    [
        ("+52 55 1234 5678", "+525512345678"),
        (" whatsapp:+14155238886 ", "+14155238886"),
        ("5512345678", None),
        ("+52", None),
        ("+00 123", None),
        ("hola", None),
    ],
)
def test_normalizar(escrito: str, normal: str | None) -> None:
    assert normalizar(escrito) == normal
