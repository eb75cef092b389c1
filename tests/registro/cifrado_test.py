"""El cifrado: lo que se guarda se lee, y ni otra Nora, ni otro campo, ni otra llave lo abren."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from registro import config
from registro.cifrado import NoSePuedeDescifrar, cifrar, descifrar, tapar
from tests.panel import ajustes_de_prueba

VIEJA, NUEVA = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def _con_claves(claves: str) -> None:
    config.fijar(ajustes_de_prueba("postgresql://x/y", CLAVES_CIFRADO=claves))


@pytest.fixture(autouse=True)
def _llaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_vigentes", None)
    _con_claves(VIEJA)


def test_lo_cifrado_se_lee_y_no_se_ve() -> None:
    cerrado = cifrar("aura", "ficha", "un-secreto-de-prueba")
    assert "un-secreto" not in cerrado
    assert descifrar("aura", "ficha", cerrado) == "un-secreto-de-prueba"


def test_dos_veces_lo_mismo_no_se_parece() -> None:
    assert cifrar("aura", "ficha", "x") != cifrar("aura", "ficha", "x")


@pytest.mark.parametrize(("nora", "campo"), [("otra", "ficha"), ("aura", "api_clave"), ("", "ficha"), ("aura", "")])
def test_ni_otra_nora_ni_otro_campo_lo_abren(nora: str, campo: str) -> None:
    cerrado = cifrar("aura", "ficha", "secreto")
    with pytest.raises(NoSePuedeDescifrar):
        descifrar(nora, campo, cerrado)


def test_una_llave_nueva_delante_sigue_abriendo_lo_viejo_y_quitar_la_vieja_lo_cierra() -> None:
    cerrado = cifrar("aura", "ficha", "secreto")
    _con_claves(f"{NUEVA}, {VIEJA}")
    assert descifrar("aura", "ficha", cerrado) == "secreto"
    de_ahora = cifrar("aura", "ficha", "otro")
    _con_claves(NUEVA)
    assert descifrar("aura", "ficha", de_ahora) == "otro"
    with pytest.raises(NoSePuedeDescifrar, match="CLAVES_CIFRADO"):
        descifrar("aura", "ficha", cerrado)


@pytest.mark.parametrize("roto", ["", "x", "ñ", "gAAAAA" + "A" * 60])
def test_lo_que_no_es_un_cifrado_se_dice_con_su_error(roto: str) -> None:
    with pytest.raises(NoSePuedeDescifrar):
        descifrar("aura", "ficha", roto)


def test_un_cifrado_que_no_hicimos_nosotros_no_pasa_por_bueno() -> None:
    ajeno = Fernet(VIEJA.encode()).encrypt(b'"solo texto"').decode()
    with pytest.raises(NoSePuedeDescifrar):
        descifrar("aura", "ficha", ajeno)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_cualquier_texto_vuelve_igual(nora: str, texto: str) -> None:
    assert descifrar(nora, "campo", cifrar(nora, "campo", texto)) == texto


def test_la_cola_se_ensena_solo_si_no_delata() -> None:
    assert tapar("0123456789abcdef3f9a") == "••••3f9a"
    assert tapar("corto") == tapar("") == "••••"
