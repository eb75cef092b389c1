"""El lector del entorno: dice de una vez todo lo que está mal, nunca enseña un valor y lo que falta tiene buen sustituto."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registro import config
from registro.config import RAIZ, Ajustes, AjustesInvalidos, cargar
from tests.panel import ajustes_de_prueba

CLAVE = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
URL = "postgresql://u:p@localhost:5432/aura"
MALOS = {
    "PORT": "cinco-mil-canario",
    "HOST": "http://canario",
    "DATABASE_URL": "postgresql://canario:cana/rio@localhost:5432/x",
    "PUBLIC_URL": "ftp://canario.example",
    "SECRET_KEY": "canario-corto",
    "CLAVES_CIFRADO": "canario",
    "DEMO": "canario",
    "DEMO_CLAVE": "canario",
    "TWILIO_ACCOUNT_SID": "canario",
    "TWILIO_API_URL": "canario",
    "OPENAI_BASE_URL": "http://cana:rio",
    "META_GRAPH_URL": "canario://x",
    "SUPABASE_URL": "http://cana_rio.example",
    "SMTP_URL": "canario@correo",
}
NOMBRES = [
    *("PORT", "HOST", "DATABASE_URL", "DATOS_DIR", "PUBLIC_URL", "SECRET_KEY", "CLAVES_CIFRADO", "DEMO", "DEMO_CLAVE"),
    *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"),
    *("META_GRAPH_URL", "SUPABASE_URL", "SUPABASE_KEY", "SMTP_URL"),
]


@pytest.fixture
def entorno(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Un entorno sin ninguna de nuestras variables."""
    for nombre in NOMBRES:
        monkeypatch.delenv(nombre, raising=False)
    return monkeypatch


def cargar_sin_archivo(**valores: str) -> Ajustes:
    return cargar(archivo=None, **{"SECRET_KEY": "una-clave-larga-de-verdad", "CLAVES_CIFRADO": CLAVE, **valores})


def quejas(entorno: pytest.MonkeyPatch, **valores: str) -> str:
    for nombre, valor in valores.items():
        entorno.setenv(nombre, valor)
    with pytest.raises(AjustesInvalidos) as fallo:
        cargar(archivo=None)
    return str(fallo.value)


def test_todas_las_variables_malas_se_nombran_a_la_vez_y_ningun_valor_se_ensena(entorno: pytest.MonkeyPatch) -> None:
    texto = quejas(entorno, **MALOS)
    # Con la cuenta de Twilio y el proyecto de Supabase escritos, aunque mal, hacen falta sus parejas.
    assert set(re.findall(r"· ([A-Z_]+):", texto)) == {*MALOS, "TWILIO_AUTH_TOKEN", "SUPABASE_KEY"}
    for pedazo in ("canario", "cana/rio", "cana_rio", "cana:rio"):
        assert pedazo not in texto


def test_lo_obligatorio_que_falta_se_dice(entorno: pytest.MonkeyPatch) -> None:
    assert re.findall(r"· (.+)", quejas(entorno)) == ["SECRET_KEY: falta", "CLAVES_CIFRADO: falta"]


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=3, max_size=40))
def test_una_direccion_imposible_nunca_sale_en_el_mensaje(basura: str) -> None:
    secreto = f"zq{basura}zq"
    with pytest.raises(AjustesInvalidos) as fallo:
        cargar_sin_archivo(DATABASE_URL=f"postgresql://u:{secreto}@[malo:5432/x", PORT="0")
    assert "zq" not in str(fallo.value)


def test_el_entorno_vale_mas_que_el_archivo(entorno: pytest.MonkeyPatch, tmp_path: Path) -> None:
    archivo = tmp_path / ".env"
    archivo.write_text(f"PORT=7000\nHOST=0.0.0.0\nDATABASE_URL={URL}\nSECRET_KEY=la-clave-del-archivo\nCLAVES_CIFRADO={CLAVE}\n", "utf-8")
    entorno.setenv("PORT", "7001")
    # Vacía es «la embebida», también para tapar la del archivo.
    entorno.setenv("DATABASE_URL", "")
    ajustes = cargar(archivo=archivo)
    assert (ajustes.puerto, ajustes.direccion, ajustes.base_url) == (7001, "0.0.0.0", None)
    entorno.delenv("DATABASE_URL")
    assert cargar(archivo=archivo).base_url is not None


def test_sin_nada_escrito_todo_tiene_sustituto(entorno: pytest.MonkeyPatch) -> None:
    ajustes = cargar_sin_archivo()
    assert (ajustes.puerto, ajustes.direccion, ajustes.demo) == (5000, "127.0.0.1", False)
    assert ajustes.carpeta_de_datos == RAIZ / "datos"
    assert ajustes.url_base == ajustes.url_interna == "http://127.0.0.1:5000"
    assert ajustes.base_embebida
    assert not ajustes.twilio_conectado


def test_el_ejemplo_nombra_justo_las_variables_que_se_leen() -> None:
    escritas = re.findall(r"^([A-Z_]+)=", (RAIZ / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert sorted(escritas) == sorted(NOMBRES) == sorted(str(c.validation_alias) for c in Ajustes.model_fields.values())


@pytest.mark.parametrize(
    ("direccion", "interna", "enlace"),
    [
        ("127.0.0.1", "http://127.0.0.1:81", "127.0.0.1:81"),
        ("0.0.0.0", "http://127.0.0.1:81", "0.0.0.0:81"),
        ("::", "http://[::1]:81", "[::]:81"),
        ("[::1]", "http://[::1]:81", "[::1]:81"),
        ("servidor.local", "http://servidor.local:81", "servidor.local:81"),
    ],
)
def test_direccion_interna_y_donde_se_escucha(direccion: str, interna: str, enlace: str) -> None:
    ajustes = cargar_sin_archivo(HOST=direccion, PORT="81")
    assert (ajustes.url_interna, ajustes.enlace) == (interna, enlace)


def test_con_direccion_publica_twilio_llega_por_ella_y_la_interna_sigue_siendo_de_aqui() -> None:
    ajustes = cargar_sin_archivo(PUBLIC_URL="https://panel.ejemplo.com/")
    assert ajustes.url_base == "https://panel.ejemplo.com"
    assert ajustes.url_interna == "http://127.0.0.1:5000"


@pytest.mark.parametrize(
    ("valores", "local"),
    [({}, True), ({"HOST": "::1"}, True), ({"HOST": "0.0.0.0"}, False), ({"PUBLIC_URL": "https://tunel.example"}, False)],
)
def test_es_local_sólo_si_nadie_de_fuera_puede_llegar(valores: dict[str, str], local: bool) -> None:
    assert cargar_sin_archivo(**valores).es_local is local


@pytest.mark.parametrize(
    ("valores", "variable"),
    [
        ({"TWILIO_ACCOUNT_SID": "AC" + "0" * 32}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_AUTH_TOKEN": "x" * 32}, "TWILIO_ACCOUNT_SID"),
        ({"SUPABASE_URL": "https://x.supabase.co"}, "SUPABASE_KEY"),
        ({"SUPABASE_KEY": "clave"}, "SUPABASE_URL"),
        ({"DATABASE_URL": "postgresql://u:p@x.pooler.supabase.com:6543/postgres"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://u:p@localhost/x"}, "DATABASE_URL"),
        ({"CLAVES_CIFRADO": ","}, "CLAVES_CIFRADO"),
        ({"PORT": "70000"}, "PORT"),
    ],
)
def test_lo_que_va_en_pareja_o_no_sirve_nombra_la_variable_que_hay_que_tocar(valores: dict[str, str], variable: str) -> None:
    with pytest.raises(AjustesInvalidos) as fallo:
        cargar_sin_archivo(**valores)
    assert re.findall(r"· ([A-Z_]+):", str(fallo.value)) == [variable]


def test_en_demo_el_token_de_twilio_puede_ir_solo() -> None:
    assert not cargar_sin_archivo(DEMO="1", TWILIO_AUTH_TOKEN="x" * 32).twilio_conectado


def test_la_cuenta_de_la_demo_sale_de_la_clave_secreta_y_tiene_forma_de_twilio() -> None:
    una, otra = cargar_sin_archivo(), cargar_sin_archivo(SECRET_KEY="otra-clave-larga-de-verdad")
    assert re.fullmatch("AC[0-9a-f]{32}", una.cuenta_demo)
    assert re.fullmatch("[0-9a-f]{32}", una.ficha_demo)
    assert una.cuenta_demo == cargar_sin_archivo().cuenta_demo != otra.cuenta_demo
    assert una.ficha_demo not in una.cuenta_demo
    assert "una-clave-larga" not in repr(una) + str(una)


def test_los_ajustes_no_se_cambian_y_los_de_este_proceso_se_fijan_una_vez(monkeypatch: pytest.MonkeyPatch) -> None:
    ajustes = ajustes_de_prueba(URL)
    with pytest.raises(ValueError, match="frozen"):
        ajustes.puerto = 1  # type: ignore[misc]
    monkeypatch.setattr(config, "_vigentes", None)
    with pytest.raises(RuntimeError, match="fijar"):
        config.vigentes()
    assert config.fijar(ajustes) is ajustes is config.vigentes()


def test_la_base_embebida_se_distingue_de_la_dada() -> None:
    assert cargar_sin_archivo().con_base_embebida(URL).base_embebida
    assert not cargar_sin_archivo(DATABASE_URL=URL).base_embebida


def test_los_datos_van_siempre_a_la_misma_carpeta(tmp_path: Path) -> None:
    assert cargar_sin_archivo(DATOS_DIR="otros").carpeta_de_datos == RAIZ / "otros"
    assert cargar_sin_archivo(DATOS_DIR=str(tmp_path)).carpeta_de_datos == tmp_path
