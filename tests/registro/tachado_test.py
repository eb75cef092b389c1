"""Nada secreto pasa a un registro: ni claves, ni fichas, ni teléfonos, ni filas enteras; y un dato no fabrica renglones."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from registro.tachado import describir_fallo, en_texto, en_una_linea, resumir_fallo, tachar, tachar_valor
from sql.conexion import transaccion
from tests.base import Base

CANARIOS = {
    "sk-proj-canario_1234567890": "clave sk-proj-canario_1234567890.",
    "EAAcanario1234567890": "token EAAcanario1234567890 de Meta",
    "gAAAAcanario_1234567890-ab==": "cifrado gAAAAcanario_1234567890-ab==",
    "sbp_canario1234567890ab": "supabase sbp_canario1234567890ab",
    "eyJcanario12.eyJcanario.firma": "jwt eyJcanario12.eyJcanario.firma",
    "0123456789abcdef0123456789abcdef": "token de twilio 0123456789abcdef0123456789abcdef",
    "canario-bearer": "Authorization: Bearer canario-bearer",
    "Y2FuYXJpbzpjYW5hcmlv": "basic Y2FuYXJpbzpjYW5hcmlv",
    "ca:na@rio": "no se pudo abrir postgresql://ca:na@rio@localhost:5432/aura",
    "canario-redis": "redis://:canario-redis@localhost",
    "canario-en-la-url": "GET /algo?access_token=canario-en-la-url&x=1",
    "canario-json": '{"password": "canario-json", "otro": 1}',
    "canario-libpq": "host=localhost password=canario-libpq dbname=x",
    "canario-cookie": "Cookie: aura=canario-cookie",
    ".eJwNysEKgCAMANB_2dmDTtu0n4nplIQ0.awRosQ.VIxPWol0V8Rq8Xw6kiph0j8j5YE": (
        "GET /recuperar/.eJwNysEKgCAMANB_2dmDTtu0n4nplIQ0.awRosQ.VIxPWol0V8Rq8Xw6kiph0j8j5YE"
    ),
}
TELEFONOS = [
    *("+5215512345678", "whatsapp:+5215512345678", "5215512345678", "tel=5215512345678", '"telefono":5215512345678'),
    *("+52 55 1234 5678", "+52 (55) 1234-5678", "+54 9 11 5555-0103", "%2B5215512345678", "x%2B5215512345678"),
]
INOCENTES = [
    *("2026-11-23T16:03:00.123456+00:00", "127.0.0.1:5432", "id 123456789", "tarea-1234567890", "risk-assessment1"),
    *("SM0123456789abcdef0123456789abcdef", "AC0123456789abcdef0123456789abcdef", "123e4567-e89b-12d3-a456-426614174000"),
    *("la clave: pídela a quien administra", "KeyError: 'token'", "cambia la clave", "http://127.0.0.1:5999/x?correo=a@b.com"),
]


@pytest.mark.parametrize(("secreto", "renglon"), CANARIOS.items())
def test_un_secreto_no_sobrevive(secreto: str, renglon: str) -> None:
    assert secreto not in tachar(renglon)
    assert "«tachado»" in tachar(renglon)


@pytest.mark.parametrize("escrito", TELEFONOS)
def test_un_telefono_queda_a_medias(escrito: str) -> None:
    tachado = tachar(f"escribió {escrito}, y ya")
    assert "****" in tachado
    assert not any(trozo in tachado.replace(" ", "") for trozo in ("12345678", "1234-5678", "5555-0103", "551234"))


@pytest.mark.parametrize("renglon", INOCENTES)
def test_lo_que_no_es_secreto_se_lee_igual(renglon: str) -> None:
    assert tachar(renglon) == renglon


@given(st.text(max_size=200))
def test_tachar_dos_veces_es_tachar_una(texto: str) -> None:
    una = tachar(texto)
    assert tachar(una) == una


@given(st.text(max_size=80))
def test_una_linea_es_una_linea(texto: str) -> None:
    limpia = en_una_linea(texto)
    assert len(limpia.splitlines()) <= 1
    assert not any((ord(letra) < 32 and letra != "\t") or 127 <= ord(letra) < 160 for letra in limpia)


def test_un_salto_de_linea_no_fabrica_otro_renglon() -> None:
    assert en_una_linea("hola\n2026-11-23 [error] falso\r\x1b[31m\u2028") == r"hola\n2026-11-23 [error] falso\r\x1b[31m\u2028"


def test_los_contenedores_se_tachan_por_dentro() -> None:
    valor = tachar_valor(
        {"cuerpo": "hola", "a": ["+5215512345678", {"token": "x", "b": ("sk-canario12345", 3, None, True)}], "n": 5215512345678}
    )
    assert valor == {
        "cuerpo": "«tachado»",
        "a": ["+5215****78", {"token": "«tachado»", "b": ["«tachado»", 3, None, True]}],
        "n": "5215****78",
    }


class Roto:
    """Un objeto que no sabe describirse."""

    def __str__(self) -> str:
        raise RuntimeError("canario")


def test_en_texto_acepta_cualquier_objeto() -> None:
    assert en_texto(Roto()) == "<Roto que no se puede describir: RuntimeError>"
    assert en_texto("a\x00b\ud800") == "ab?"


def test_un_fallo_de_la_base_se_resume_sin_la_fila_que_lo_causo(base: Base) -> None:
    orden = text("insert into historial_conversaciones (nombre_nora, mensaje, tipo, origen) values ('aura', 'canario-privado', null, 'x')")
    with pytest.raises(IntegrityError) as fallo, transaccion("aura") as sesion:
        sesion.execute(orden)
    assert "canario-privado" in str(fallo.value)  # por eso no se escribe tal cual
    for escrito in (resumir_fallo(fallo.value), describir_fallo(fallo.value)):
        assert "canario" not in escrito
        assert "NotNullViolation" in escrito


def test_un_fallo_se_describe_con_su_camino_y_su_causa_y_ninguna_variable() -> None:
    secreto = "canario-local"  # una variable viva cuando falla

    def fallar() -> None:
        try:
            psycopg.connect("host=/no-existe user=x", connect_timeout=1)
        except psycopg.OperationalError as causa:
            raise ValueError("primera\nsegunda +5215512345678") from causa

    with pytest.raises(ValueError, match="primera") as fallo:
        fallar()
    descrito = describir_fallo(fallo.value)
    renglones = descrito.splitlines()
    assert renglones[0] == "ValueError: primera"
    assert "  a causa de" in renglones
    assert any("tachado_test.py" in renglon and " en fallar" in renglon for renglon in renglones)
    assert secreto not in descrito
    assert "5512345678" not in descrito


def test_una_cadena_de_fallos_que_se_muerde_la_cola_termina() -> None:
    uno, otro = ValueError("uno"), ValueError("otro")
    uno.__cause__, otro.__cause__ = otro, uno
    assert describir_fallo(uno).count("a causa de") == 1
