"""La puesta en marcha: las órdenes, el archivo .env y las frases que dice."""

from __future__ import annotations

import ast
import base64
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from registro.instalacion import RAIZ
from registro.preparar import ACCIONES, argumentos_de_pytest, asegurar_env, contenido_env, queja_de_version, secretos_nuevos
from tests.registro.obra import Obra

EJEMPLO = (RAIZ / ".env.example").read_text(encoding="utf-8")
CONTRATO = [
    "PORT",
    "HOST",
    "DATABASE_URL",
    "DATOS_DIR",
    "PUBLIC_URL",
    "SECRET_KEY",
    "CLAVES_CIFRADO",
    "DEMO",
    "DEMO_CLAVE",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_API_URL",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
    "META_GRAPH_URL",
    "SUPABASE_URL",
    "SUPABASE_KEY",
    "SMTP_URL",
]


@pytest.fixture
def carpeta(tmp_path: Path) -> Path:
    (tmp_path / ".env.example").write_text(EJEMPLO, encoding="utf-8")
    return tmp_path


def variables(texto: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", texto, flags=re.MULTILINE))


# --- El archivo .env ---


def test_el_ejemplo_trae_el_contrato_entero_y_ningun_secreto() -> None:
    puestas = variables(EJEMPLO)
    assert list(puestas) == CONTRATO
    assert {nombre for nombre, valor in puestas.items() if valor} == {"PORT", "HOST", "DATOS_DIR", "DEMO", "OPENAI_MODEL"}


def test_env_lo_lee_solo_su_duenno_y_lleva_secretos_validos(carpeta: Path) -> None:
    anterior = os.umask(0)
    try:
        assert asegurar_env(carpeta)
    finally:
        os.umask(anterior)
    assert stat.S_IMODE((carpeta / ".env").stat().st_mode) == 0o600
    puestas = variables((carpeta / ".env").read_text(encoding="utf-8"))
    assert len(puestas["SECRET_KEY"]) >= 64
    assert len(base64.urlsafe_b64decode(puestas["CLAVES_CIFRADO"])) == 32
    assert puestas == variables(EJEMPLO) | {nombre: puestas[nombre] for nombre in ("SECRET_KEY", "CLAVES_CIFRADO")}


def test_env_que_existe_no_se_toca(carpeta: Path) -> None:
    (carpeta / ".env").write_text("PORT=8000\n")
    assert not asegurar_env(carpeta)
    assert (carpeta / ".env").read_text() == "PORT=8000\n"


def test_muchas_llamadas_a_la_vez_crean_un_solo_env_entero_y_no_dejan_restos(carpeta: Path) -> None:
    with ThreadPoolExecutor(8) as grupo:
        creados = list(grupo.map(asegurar_env, [carpeta] * 40))
    assert creados.count(True) == 1
    assert sorted(archivo.name for archivo in carpeta.iterdir()) == [".env", ".env.example"]
    assert list(variables((carpeta / ".env").read_text(encoding="utf-8"))) == CONTRATO


def test_los_secretos_rellenan_solo_las_variables_vacias() -> None:
    ejemplo = "# SECRET_KEY= firma las sesiones\nSECRET_KEY=\nCLAVES_CIFRADO=ya-puesta\nOTRA_SECRET_KEY=\n"
    relleno = contenido_env(ejemplo, {"SECRET_KEY": "s3\\1", "CLAVES_CIFRADO": "nueva"})
    assert relleno == "# SECRET_KEY= firma las sesiones\nSECRET_KEY=s3\\1\nCLAVES_CIFRADO=ya-puesta\nOTRA_SECRET_KEY=\n"


def test_cada_instalacion_tiene_sus_secretos() -> None:
    assert secretos_nuevos() != secretos_nuevos()


# --- Las órdenes ---


@pytest.mark.parametrize("archivo", ["preparar.py", "instalacion.py"])
def test_un_python_viejo_entiende_la_sintaxis_y_puede_decir_que_no_sirve(archivo: str) -> None:
    ast.parse((RAIZ / "registro" / archivo).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_un_python_viejo_recibe_una_frase_con_lo_que_escribir() -> None:
    assert queja_de_version((3, 11)) is None
    assert queja_de_version((4, 0)) is None
    queja = queja_de_version((3, 9))
    assert queja
    assert queja.startswith("Hace falta Python 3.11 o más nuevo, y este es 3.9; ")
    assert "make run PYTHON=python3." in queja


@pytest.mark.parametrize("propio", [["-n0"], ["-n", "4"], ["--numprocesses=2"], ["--pdb"]])
def test_pytest_se_reparte_salvo_que_se_pida_otra_cosa(propio: list[str]) -> None:
    assert argumentos_de_pytest(["tests/webhook"]) == ["-n", "auto", "--maxprocesses", "4", "tests/webhook"]
    assert argumentos_de_pytest(propio) == propio


def test_run_cede_el_sitio_a_la_aplicacion_con_su_entorno_y_devuelve_su_codigo(tmp_path: Path) -> None:
    obra = Obra(tmp_path)
    codigo, salida, _ = obra.hacer("run", "web", PORT="5999")
    assert codigo == 7
    assert salida.endswith("app ['web'] 5999\n")
    assert (obra.raiz / ".env").exists()


def test_limpiar_borra_lo_instalado_y_deja_los_datos(tmp_path: Path) -> None:
    obra = Obra(tmp_path)
    obra.hacer("instalar")
    (obra.raiz / "datos").mkdir()
    assert obra.hacer("limpiar")[0] == 0
    quedan = {archivo.name for archivo in obra.raiz.iterdir()}
    assert {"datos", ".env", "app.py"} <= quedan
    assert not {".venv", "node_modules"} & quedan


def test_una_carpeta_donde_no_se_puede_escribir_se_dice_sin_traza(tmp_path: Path) -> None:
    obra = Obra(tmp_path)
    (obra.raiz / ".preparar.lock").mkdir()
    codigo, _, quejas = obra.hacer("instalar")
    assert codigo == 1
    assert ".preparar.lock" in quejas
    assert "repite la orden" in quejas
    assert "Traceback" not in quejas


def test_una_orden_que_no_existe_ensena_las_que_hay(tmp_path: Path) -> None:
    codigo, _, quejas = Obra(tmp_path).hacer("correr")
    assert codigo == 2
    assert all(orden in quejas for orden in ACCIONES)


def test_el_makefile_ofrece_todas_las_ordenes() -> None:
    ofrecidas = set(re.findall(r"^([a-z-]+):.*## ", (RAIZ / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(ACCIONES) - {"instalar"} <= ofrecidas
