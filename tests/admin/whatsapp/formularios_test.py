"""Lo que la agencia escribe de la conexión, revisado campo por campo."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.whatsapp.formularios import leer_credenciales, leer_firma, leer_ritmo, leer_sombra

CUENTA, SERVICIO, CLAVE = "AC" + "a" * 32, "MG" + "b" * 32, "SK" + "c" * 32
FICHA, SECRETO = "0123456789abcdef0123456789abcdef", "SecretoDeLaClaveDeApi1234567890ab"


def test_las_credenciales_completas_valen() -> None:
    escrito = {"cuenta": f" {CUENTA} ", "servicio": SERVICIO, "api_usuario": CLAVE, "ficha": FICHA.upper(), "api_clave": SECRETO}
    revision = leer_credenciales(escrito, hay_ficha=False, hay_api_clave=False)
    assert revision.errores == {}
    assert revision.valores == {"cuenta": CUENTA, "servicio": SERVICIO, "api_usuario": CLAVE, "ficha": FICHA, "api_clave": SECRETO}


def test_un_secreto_vacio_se_queda_como_estaba() -> None:
    revision = leer_credenciales({"cuenta": CUENTA, "ficha": ""}, hay_ficha=True, hay_api_clave=False)
    assert revision.errores == {}
    assert "ficha" not in revision.valores


@pytest.mark.parametrize(
    ("escrito", "campo"),
    [
        ({"ficha": FICHA}, "cuenta"),
        ({"cuenta": "AC123", "ficha": FICHA}, "cuenta"),
        ({"cuenta": SERVICIO, "ficha": FICHA}, "cuenta"),
        ({"cuenta": CUENTA}, "ficha"),
        ({"cuenta": CUENTA, "ficha": "corto"}, "ficha"),
        ({"cuenta": CUENTA, "ficha": FICHA, "servicio": "x"}, "servicio"),
        ({"cuenta": CUENTA, "ficha": FICHA, "api_usuario": CLAVE}, "api_clave"),
        ({"cuenta": CUENTA, "ficha": FICHA, "api_usuario": CLAVE, "api_clave": "con espacios dentro"}, "api_clave"),
    ],
)
def test_lo_que_no_vale_se_dice_en_su_campo(escrito: dict[str, str], campo: str) -> None:
    assert set(leer_credenciales(escrito, hay_ficha=False, hay_api_clave=False).errores) == {campo}


@given(st.dictionaries(st.sampled_from(["cuenta", "servicio", "api_usuario", "ficha", "api_clave"]), st.text(max_size=60)))
def test_nada_de_lo_escrito_levanta_y_lo_aceptado_tiene_su_forma(escrito: dict[str, str]) -> None:
    revision = leer_credenciales(escrito, hay_ficha=True, hay_api_clave=True)
    if not revision.errores:
        assert revision.valores["cuenta"].startswith("AC")
        assert len(revision.valores["cuenta"]) == 34


def test_solo_sha256_exige_una_clave_compartida() -> None:
    assert "esquema" in leer_firma({"esquema": "sha256"}, frozenset()).errores
    assert leer_firma({"esquema": "sha256"}, frozenset({"k1"})).errores == {}
    assert leer_firma({"esquema": "sha256", "clave_id": "k1", "clave_secreto": "s" * 32}, frozenset()).errores == {}


@pytest.mark.parametrize(
    ("escrito", "campo"),
    [
        ({"esquema": "md5"}, "esquema"),
        ({"esquema": "sha1", "clave_id": "k 1", "clave_secreto": "s" * 32}, "clave_id"),
        ({"esquema": "sha1", "clave_id": "", "clave_secreto": "s" * 32}, "clave_id"),
        ({"esquema": "sha1", "clave_id": "k1", "clave_secreto": "corto"}, "clave_secreto"),
    ],
)
def test_una_firma_mal_escrita_se_dice_en_su_campo(escrito: dict[str, str], campo: str) -> None:
    assert set(leer_firma(escrito, frozenset()).errores) == {campo}


@pytest.mark.parametrize(("texto", "valor"), [("", None), ("80", Decimal(80)), ("0,33", Decimal("0.33")), ("400", Decimal(400))])
def test_el_ritmo_vale(texto: str, valor: Decimal | None) -> None:
    assert leer_ritmo({"por_segundo": texto}).valores == {"por_segundo": valor}


@pytest.mark.parametrize("texto", ["0", "401", "-1", "1e3", "mucho", "１"])
def test_el_ritmo_no_vale(texto: str) -> None:
    assert set(leer_ritmo({"por_segundo": texto}).errores) == {"por_segundo"}


@pytest.mark.parametrize(("texto", "horas"), [("24", 24), ("72", 72), ("0", 0), ("48", None), ("", None), ("x", None)])
def test_la_sombra_es_de_24_o_72_horas(texto: str, horas: int | None) -> None:
    assert leer_sombra({"horas": texto}) == horas
