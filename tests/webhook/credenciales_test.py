"""Las credenciales de cada Nora: la propia antes que la de la instalación, cifrada siempre, enseñada nunca."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from pydantic import SecretStr

from registro import bitacora, config
from sql.modelos.remitentes import RemitenteDeNora, buscar_remitente, todas_las_noras_listar_remitentes
from tests.base import Base
from tests.fabricas import CUENTA
from tests.panel import FICHA
from tests.personas import AURA, OTRA
from webhook import firmantes, sombra
from webhook.credenciales import Credencial, buscar_credencial, guardar_credenciales, ver_credenciales

PROPIA = "AC" + "a" * 32
SECRETA = "secreto-de-prueba-3f9a"
AHORA = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _con_cuenta(app: Flask) -> None:
    config.fijar(app.extensions["ajustes"].model_copy(update={"twilio_cuenta": CUENTA, "twilio_url": "http://127.0.0.1:9"}))


DE_LA_CASA = Credencial(CUENTA, CUENTA, FICHA, "http://127.0.0.1:9")


def test_sin_nada_propio_vale_la_de_la_instalacion() -> None:
    assert buscar_credencial(AURA, None) == buscar_credencial(AURA, CUENTA) == DE_LA_CASA


def test_la_cuenta_simulada_no_tiene_credencial() -> None:
    assert buscar_credencial(AURA, config.vigentes().cuenta_demo) is None


def test_con_cuenta_propia_habla_por_ella_y_solo_ella() -> None:
    guardar_credenciales(AURA, ahora=AHORA, cuenta=PROPIA, ficha=SECRETA)
    propia = Credencial(PROPIA, PROPIA, SECRETA, "http://127.0.0.1:9")
    assert buscar_credencial(AURA, None) == buscar_credencial(AURA, PROPIA) == propia
    assert buscar_credencial(AURA, CUENTA) == buscar_credencial(OTRA, None) == DE_LA_CASA


def test_por_la_cuenta_de_otro_no_se_habla_con_la_de_la_instalacion() -> None:
    ajena = "AC" + "e" * 32
    assert buscar_credencial(AURA, ajena) is None
    guardar_credenciales(AURA, ahora=AHORA, cuenta=PROPIA, ficha=SECRETA)
    assert buscar_credencial(AURA, ajena) is None
    assert buscar_credencial(OTRA, PROPIA) is None


def test_la_clave_de_api_va_antes_que_el_token() -> None:
    guardar_credenciales(AURA, ahora=AHORA, cuenta=PROPIA, ficha=SECRETA, api_usuario="SK1", api_clave="clave-de-api-0001")
    hallada = buscar_credencial(AURA, None)
    assert hallada is not None
    assert (hallada.cuenta, hallada.usuario, hallada.clave) == (PROPIA, "SK1", "clave-de-api-0001")


def test_una_cuenta_propia_sin_secretos_no_se_sustituye_en_silencio() -> None:
    guardar_credenciales(AURA, ahora=AHORA, cuenta=PROPIA)
    assert buscar_credencial(AURA, None) is None
    assert buscar_credencial(AURA, PROPIA) is None


def test_nada_se_guarda_ni_se_enseña_en_claro(base: Base) -> None:
    guardar_credenciales(AURA, ahora=AHORA, cuenta=PROPIA, ficha=SECRETA, api_clave=SECRETA + "b", claves_compartidas={"k": SECRETA + "c"})
    [(fila,)] = base.filas("select r::text from remitentes r")
    assert "secreto-de-prueba" not in str(fila)
    vistas = ver_credenciales(AURA)
    assert vistas is not None
    assert (vistas.ficha, vistas.api_clave, vistas.claves_compartidas) == ("••••3f9a", "••••f9ab", (("k", "••••f9ac"),))
    assert "secreto" not in repr(vistas)
    assert "secreto" not in repr(buscar_credencial(AURA, None))
    assert ver_credenciales(OTRA) is None


def test_cambiar_el_token_guarda_el_anterior_con_plazo_y_repetirlo_no_cambia_nada() -> None:
    guardar_credenciales(AURA, ahora=AHORA, cuenta=PROPIA, ficha="a" * 32)
    guardar_credenciales(AURA, ahora=AHORA, ficha="a" * 32)
    fila = buscar_remitente(AURA)
    assert fila is not None
    assert fila.ficha_anterior_cifrada is None
    guardar_credenciales(AURA, ahora=AHORA, ficha="b" * 32, gracia=dt.timedelta(minutes=10))
    vistas = ver_credenciales(AURA)
    assert vistas is not None
    assert (vistas.ficha, vistas.ficha_anterior_hasta) == ("••••bbbb", AHORA + dt.timedelta(minutes=10))
    guardar_credenciales(AURA, ahora=AHORA, ficha="")
    vistas = ver_credenciales(AURA)
    assert vistas is not None
    assert (vistas.ficha, vistas.ficha_anterior_hasta) == ("", None)


def test_sin_la_llave_se_avisa_y_no_se_levanta(base: Base) -> None:
    guardar_credenciales(AURA, ahora=AHORA, cuenta=PROPIA, ficha=SECRETA)
    config.fijar(config.vigentes().model_copy(update={"claves_de_cifrado": SecretStr(Fernet.generate_key().decode())}))
    assert buscar_credencial(AURA, None) is None
    bitacora.vaciar()
    [(descripcion,)] = base.filas("select descripcion from logs_errores")
    assert "CLAVES_CIFRADO" in str(descripcion)
    assert "Vuelve a escribirlo" in str(descripcion)


def test_la_sombra_se_cuenta_sin_esperar_y_se_dice_una_vez(base: Base) -> None:
    guardar_credenciales(AURA, ahora=AHORA, sombra_hasta=AHORA + dt.timedelta(hours=1))
    for _ in range(50):
        sombra.contar(AURA, "venía sin firma de prueba", AHORA)
    sombra.vaciar()
    bitacora.vaciar()
    assert base.filas("select sombra_veces, sombra_motivo, sombra_ultima from remitentes") == [(50, "venía sin firma de prueba", AHORA)]
    [(descripcion, veces)] = base.filas("select descripcion, veces from logs_errores")
    assert "venía sin firma de prueba" in str(descripcion)
    assert veces == 1


def test_con_lo_leido_en_memoria_comprobar_no_va_a_la_base(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    del base
    idas: list[int] = []

    def _listar() -> list[RemitenteDeNora]:
        idas.append(1)
        return todas_las_noras_listar_remitentes()

    monkeypatch.setattr(firmantes, "todas_las_noras_listar_remitentes", _listar)
    for _ in range(20):
        firmantes._memoria.conocidos()
    assert len(idas) == 1
    assert firmantes._memoria.releidos() is not None
    assert firmantes._memoria.releidos() is None  # una relectura por segundo, lleguen los que lleguen
    assert len(idas) == 2
