"""Lo que la agencia escribe de una Nora, revisado campo por campo."""

from __future__ import annotations

from decimal import Decimal

import pytest

from admin.noras.formularios import leer_miembro, leer_nombre_de_nora, leer_nora
from admin.noras.zonas import existe, grupos, nombre_de

BUENA = {"nombre_visible": "Café Luna", "numero_nora": "+52 55 1234 5678", "zona_horaria": "America/Mexico_City", "espera_segundos": "4"}


def test_una_nora_bien_escrita_sale_lista_para_guardar() -> None:
    revision = leer_nora(BUENA | {"mensaje_bienvenida": " Hola\r\n ", "instrucciones": ""})
    assert revision.errores == {}
    assert revision.valores == {
        "nombre_visible": "Café Luna",
        "numero_nora": "+525512345678",
        "mensaje_bienvenida": "Hola",
        "personalidad": None,
        "instrucciones": None,
        "zona_horaria": "America/Mexico_City",
        "espera_segundos": Decimal("4"),
    }


@pytest.mark.parametrize(
    ("campo", "malo"),
    [
        ("nombre_visible", ""),
        ("nombre_visible", "\u200b"),
        ("nombre_visible", "a" * 81),
        ("numero_nora", "55 1234 5678"),
        ("numero_nora", "+52 no es"),
        ("numero_nora", "<script>"),
        ("mensaje_bienvenida", "a" * 1001),
        ("personalidad", "a" * 2001),
        ("instrucciones", "a" * 8001),
        ("zona_horaria", ""),
        ("zona_horaria", "../../etc/passwd"),
        ("espera_segundos", "61"),
        ("espera_segundos", "-1"),
        ("espera_segundos", "NaN"),
        ("espera_segundos", "1e9"),
        ("espera_segundos", "٣"),
    ],
)
def test_cada_campo_malo_se_nombra_y_solo_el(campo: str, malo: str) -> None:
    assert set(leer_nora(BUENA | {campo: malo}).errores) == {campo}


def test_sin_numero_y_con_decimales_vale() -> None:
    revision = leer_nora(BUENA | {"numero_nora": " ", "espera_segundos": "2,5"})
    assert revision.errores == {}
    assert (revision.valores["numero_nora"], revision.valores["espera_segundos"]) == (None, Decimal("2.5"))


@pytest.mark.parametrize("mala", ["", "Café", "-a", "a b", "a" * 64, "*", "nueva", "../x"])
def test_claves_que_no_valen(mala: str) -> None:
    with pytest.raises(ValueError, match=r"Usa minúsculas|reservado"):
        leer_nombre_de_nora(mala)


def test_la_clave_se_pasa_a_minusculas() -> None:
    assert leer_nombre_de_nora(" Cafe-Luna_2 ") == "cafe-luna_2"


def test_un_miembro_necesita_correo_entero_y_rol_de_la_lista() -> None:
    assert leer_miembro({"correo": " ANA@negocio.mx", "nombre": " Ana ", "rol": "agente"}).valores == {
        "correo": "ana@negocio.mx",
        "nombre": "Ana",
        "rol": "agente",
    }
    assert set(leer_miembro({"correo": "ana", "rol": "admin"}).errores) == {"correo", "rol"}
    assert set(leer_miembro({"correo": "a\x00@b", "rol": "dueno"}).errores) == {"correo"}


def test_las_zonas_empiezan_por_america_y_espana_y_no_se_repiten() -> None:
    (america, zonas), (espana, de_espana), _otras = grupos()
    assert (america, espana) == ("América", "España")
    assert ("America/Mexico_City", "México (Ciudad de México)") in zonas
    assert {zona for zona, _ in de_espana} == {"Europe/Madrid", "Atlantic/Canary", "Africa/Ceuta"}
    todas = [zona for _, grupo in grupos() for zona, _ in grupo]
    assert len(todas) == len(set(todas))
    assert all(existe(zona) for zona in todas)


def test_una_zona_vieja_se_puede_usar_y_se_sabe_nombrar() -> None:
    assert existe("America/Buenos_Aires")
    assert nombre_de("America/Buenos_Aires") == "Argentina (Buenos Aires)"
