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
    "+5511987654321": "+551187654321",
    "+551187654321": "+551187654321",
    "+55 (11) 9 8765-4321": "+551187654321",
    "+5511945678901": "+5511945678901",  # nació con nueve cifras: sin el 9 sería un fijo de São Paulo
    "+551145678901": "+551145678901",
    "+5501987654321": "+5501987654321",  # no hay código de área que empiece por cero
    "+55119876543210": "+55119876543210",
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
    assert clave_canonica(clave) == clave


@given(st.from_regex(r"\A[2-9][0-9]{9}\Z"))
def test_mexico_y_argentina_con_y_sin_la_cifra_de_mas_son_la_misma_persona(local: str) -> None:
    assert clave_canonica(f"+521{local}") == clave_canonica(f"+52{local}") == f"+52{local}"
    assert clave_canonica(f"+549{local}") == clave_canonica(f"+54{local}") == f"+54{local}"


_LOCALES = {
    "52": r"\A[2-9][0-9]{9}\Z",
    "54": r"\A[1-3][0-9]{9}\Z",
    "55": r"\A[1-9][1-9]([2-5][0-9]{7}|9[0-9]{8})\Z",
    "57": r"\A3[0-9]{9}\Z",
    "56": r"\A9[0-9]{8}\Z",
    "51": r"\A9[0-9]{8}\Z",
    "34": r"\A[67][0-9]{8}\Z",
}
"""Números de una persona tal como se marcan desde fuera, sin la cifra de más: México, Argentina, Brasil, Colombia, Chile, Perú y España."""


@st.composite
def numeros(draw: st.DrawFn) -> str:
    pais = draw(st.sampled_from(sorted(_LOCALES)))
    return pais + draw(st.from_regex(_LOCALES[pais]))


def formas_de(numero: str) -> list[str]:
    """Las formas en que WhatsApp o una persona escriben ese mismo número."""
    formas = [numero]
    if numero.startswith("52"):
        formas.append(f"521{numero[2:]}")
    if numero.startswith("54"):
        formas.append(f"549{numero[2:]}")
    if re.fullmatch(r"55[1-9]{2}9[6-9][0-9]{7}", numero):
        formas.append(numero[:4] + numero[5:])
    return formas


@st.composite
def escrituras(draw: st.DrawFn, cifras: str) -> str:
    adorno = draw(st.sampled_from(["", "+", "whatsapp:+", " +", "(+"]))
    separadores = draw(st.lists(st.sampled_from(["", "", " ", "-", ".", "(", ")", "\u00a0"]), min_size=len(cifras), max_size=len(cifras)))
    return adorno + "".join(cifra + separador for cifra, separador in zip(cifras, separadores, strict=True))


@given(st.data())
def test_cada_forma_de_escribir_un_numero_da_una_sola_clave(data: st.DataObject) -> None:
    numero = data.draw(numeros())
    claves = {clave_canonica(data.draw(escrituras(forma))) for forma in formas_de(numero)}
    assert claves == {clave_canonica(f"+{numero}")}


@given(numeros(), numeros())
def test_dos_personas_distintas_nunca_comparten_clave(uno: str, otro: str) -> None:
    assert (clave_canonica(f"+{uno}") == clave_canonica(f"+{otro}")) == (uno == otro)


@given(st.from_regex(r"\A[1-9][1-9][0-9]{8}\Z"))
def test_en_brasil_quitar_el_nueve_nunca_convierte_un_movil_en_un_fijo(local: str) -> None:
    fijo = re.fullmatch(r"[1-9]{2}[2-5][0-9]{7}", local) is not None
    assert (clave_canonica(f"+55{local[:2]}9{local[2:]}") == f"+55{local}") == (local[2] in "6789")
    assert not fijo or clave_canonica(f"+55{local}") != clave_canonica(f"+55{local[:2]}9{local[2:]}")


def test_la_base_calcula_la_misma_clave(base: Base) -> None:
    prefijos = ("+521", "+549", "521", "+1", "", "+5511", "+55119", "55", "+5501")
    al_azar = [f"{p}{n * 7919 * 104729 % 10**cifras:0{cifras}d}" for p in prefijos for cifras in (8, 9, 10, 11) for n in range(1, 120)]
    assert len(al_azar) > 4000
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
        ("whatsapp:MX.ENT.11815799212886844830", Identidad("bsuid_padre", "MX.ENT.11815799212886844830")),
        ("whatsapp:MX.ENT11815799212886844830", Identidad("bsuid", "MX.ENT11815799212886844830")),
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
