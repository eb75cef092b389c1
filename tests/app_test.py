"""El índice del libro: `crear_app()` da la aplicación y la terminal se niega a arrancar si algún ajuste está mal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import crear_app
from registro.config import RAIZ
from tests.bancos.casa import entorno_nuevo
from tests.base import Base
from tests.panel import ajustes_de_prueba
from tests.registro.apoyo import extensiones_como_estaban


def test_crear_app_da_una_aplicación_que_sirve(base: Base, tmp_path: Path) -> None:
    with extensiones_como_estaban():
        app = crear_app(ajustes_de_prueba(base.url, DATOS_DIR=tmp_path), estricto=True)
        assert app.test_client().get("/salud").get_json() == {"estado": "ok", "base": "ok", "puertas_rotas": []}


def terminal(entorno: dict[str, str], *orden: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py", *orden], cwd=RAIZ, env=entorno, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("orden", [[], ["web"], ["trabajador"], ["base"]])
def test_un_env_malo_no_arranca_y_nombra_todas_las_variables_sin_sus_valores(tmp_path: Path, orden: list[str]) -> None:
    malas = {"PORT": "canario", "SECRET_KEY": "canario", "DATABASE_URL": "canario://x", "PUBLIC_URL": "canario", "CLAVES_CIFRADO": ""}
    hecho = terminal(entorno_nuevo(tmp_path, **malas), *orden)
    assert hecho.returncode == 2
    for variable in malas:
        assert f"· {variable}: " in hecho.stderr
    assert "canario" not in hecho.stderr
    assert "Traceback" not in hecho.stderr
    assert hecho.stdout == ""


def test_importar_la_aplicación_no_carga_la_web() -> None:
    """Las órdenes que no sirven páginas arrancan sin pagar por Flask."""
    orden = "import sys, app; sys.exit('flask' in sys.modules)"
    hecho = subprocess.run(
        [sys.executable, "-c", orden], cwd=RAIZ, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False
    )
    assert hecho.returncode == 0, hecho.stderr
