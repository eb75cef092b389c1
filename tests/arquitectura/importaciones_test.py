"""Quién importa a quién: los contratos de `.importlinter`, y cada servicio de fuera hablado en un solo sitio."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.arquitectura.fuente import RAIZ, archivos_python, corto, importados

EN_UN_SOLO_SITIO = {
    "openai": {"ia/proveedor.py"},
    "twilio": {"webhook/cliente_twilio.py"},
    "supabase": {"registro/archivos.py"},
    "alembic": {"sql/migrar.py", "sql/migraciones/"},
    "gunicorn": {"registro/servidor.py"},
    "socketio": {"registro/tiempo_real.py"},
    "smtplib": {"registro/correo.py"},
    "dotenv": {"registro/config.py"},
}


@pytest.fixture
def _sin_rastro(monkeypatch: pytest.MonkeyPatch) -> None:
    # import-linter añade la carpeta actual al camino de búsqueda y vuelve a importar el proyecto.
    monkeypatch.chdir(RAIZ)
    monkeypatch.syspath_prepend(str(RAIZ))


@pytest.mark.usefixtures("_sin_rastro")
def test_los_contratos_de_importación_se_cumplen(capsys: pytest.CaptureFixture[str]) -> None:
    resultado = lint_imports(config_filename=str(RAIZ / ".importlinter"), no_cache=True)
    assert resultado == 0, capsys.readouterr().out


@pytest.mark.usefixtures("_sin_rastro")
def test_quien_los_comprueba_sabe_decir_que_no(tmp_path: Path) -> None:
    malo = tmp_path / "contratos.ini"
    malo.write_text(
        "[importlinter]\nroot_packages =\n    sql\n    registro\n\n[importlinter:contract:falso]\nname = Mentira\ntype = forbidden\n"
        "source_modules =\n    registro\nforbidden_modules =\n    sql\n",
        "utf-8",
    )
    assert lint_imports(config_filename=str(malo), no_cache=True) == 1


@pytest.mark.parametrize("servicio", EN_UN_SOLO_SITIO)
def test_cada_servicio_se_habla_en_un_solo_sitio(servicio: str) -> None:
    quienes = {corto(a) for a in archivos_python() if any(nombre.split(".")[0] == servicio for nombre in importados(a))}
    permitidos = EN_UN_SOLO_SITIO[servicio]
    assert {quien for quien in quienes if not any(quien.startswith(permitido) for permitido in permitidos)} == set()


def test_nadie_del_producto_importa_las_pruebas() -> None:
    assert [corto(a) for a in archivos_python() if any(nombre.split(".")[0] in {"tests", "pytest"} for nombre in importados(a))] == []
