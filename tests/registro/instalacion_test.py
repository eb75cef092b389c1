"""La instalación: qué se instala y cuándo, y que nada de lo que la corte la deje rota."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.registro.obra import Obra

TODO = ["npm ci --omit=dev", "uv pip install", "uv venv --allow-existing"]


@pytest.fixture
def obra(tmp_path: Path) -> Obra:
    return Obra(tmp_path)


def test_la_primera_vez_instala_todo_y_la_segunda_nada(obra: Obra) -> None:
    codigo, salida, quejas = obra.hacer("instalar")
    assert (codigo, quejas) == (0, "")
    assert "Instalando los paquetes del navegador y los paquetes de Python…" in salida
    assert obra.llamadas() == TODO

    codigo, salida, _ = obra.hacer("instalar")
    assert (codigo, obra.llamadas()) == (0, [])
    assert "Instalando" not in salida


@pytest.mark.parametrize(
    ("archivo", "llamadas"),
    [("requirements.txt", ["uv pip install"]), ("package-lock.json", ["npm ci --omit=dev"]), ("tests/requirements.txt", [])],
)
def test_si_cambian_las_versiones_reinstala_solo_lo_suyo(obra: Obra, archivo: str, llamadas: list[str]) -> None:
    obra.hacer("instalar")
    obra.llamadas()
    (obra.raiz / archivo).write_text("# otra versión\n")
    assert obra.hacer("instalar")[0] == 0
    assert obra.llamadas() == llamadas


def test_si_la_carpeta_se_muda_reinstala_lo_que_lleva_su_ruta(obra: Obra) -> None:
    obra.hacer("instalar")
    obra.llamadas()
    apuntes = obra.raiz / "llamadas"
    obra.raiz = obra.raiz.rename(obra.raiz.with_name("mudado"))
    # Los dobles siguen apuntando en la carpeta de antes.
    apuntes.parent.mkdir()
    assert obra.hacer("instalar")[0] == 0
    assert "uv pip install" in apuntes.read_text()


def test_si_desaparece_el_python_del_sistema_rehace_el_entorno(obra: Obra) -> None:
    obra.hacer("instalar")
    obra.llamadas()
    enlace = obra.raiz / ".venv/bin/python"
    enlace.unlink()
    enlace.symlink_to("/no/existe/python")
    assert obra.hacer("instalar")[0] == 0
    assert obra.llamadas() == ["uv pip install", "uv venv --allow-existing"]


def test_una_instalacion_cortada_se_rehace_desde_cero(obra: Obra) -> None:
    obra.hacer("instalar")
    obra.llamadas()
    a_medio_copiar = obra.raiz / ".venv/paquete-a-medio-copiar"
    a_medio_copiar.touch()
    (obra.raiz / ".venv/a-medias").touch()
    assert obra.hacer("instalar")[0] == 0
    assert obra.llamadas() == ["uv pip install", "uv venv --allow-existing"]
    assert not a_medio_copiar.exists()


def test_lo_instalado_para_las_pruebas_sirve_para_arrancar(obra: Obra) -> None:
    (obra.raiz / "pytest.py").write_text("import sys; print(sys.argv[1:])")
    codigo, salida, _ = obra.hacer("test", "-k", "firma")
    assert codigo == 0
    assert salida.endswith("['-n', 'auto', '--maxprocesses', '4', '-k', 'firma']\n")
    obra.llamadas()
    assert obra.hacer("instalar")[0] == 0
    assert obra.llamadas() == []


def test_si_npm_falla_lo_dice_en_una_frase_y_al_repetir_se_arregla(obra: Obra) -> None:
    (obra.raiz / "falla-npm").touch()
    codigo, _, quejas = obra.hacer("instalar")
    assert codigo == 1
    assert "No se pudieron instalar los paquetes del navegador; revisa la conexión" in quejas
    assert "npm: sin red" in quejas
    assert "Traceback" not in quejas

    (obra.raiz / "falla-npm").unlink()
    obra.llamadas()
    assert obra.hacer("instalar")[0] == 0
    assert "npm ci --omit=dev" in obra.llamadas()


def test_sin_uv_posible_instala_con_el_pip_del_entorno_y_si_tampoco_puede_lo_dice(obra: Obra) -> None:
    (obra.programas / "uv").unlink()
    codigo, salida, quejas = obra.hacer("instalar")
    assert (codigo, quejas) == (0, "")
    assert "se instala con pip" in salida
    assert (obra.raiz / ".venv/pyvenv.cfg").exists()

    (obra.raiz / "requirements.txt").write_text("un-paquete-que-no-esta==1\n")
    codigo, _, quejas = obra.hacer("instalar")
    assert codigo == 1
    assert quejas.strip().startswith("No se pudieron instalar los paquetes de Python; revisa la conexión")
    assert "Traceback" not in quejas


def test_sin_modulo_de_entornos_dice_que_instalar(obra: Obra, tmp_path: Path) -> None:
    (obra.programas / "uv").unlink()
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['ensurepip'] = None")
    codigo, _, quejas = obra.hacer("instalar", PYTHONPATH=str(tmp_path))
    assert (codigo, quejas.strip()) == (1, "A este Python le falta su módulo de entornos; escribe: sudo apt install python3-venv")


@pytest.mark.parametrize("version", [18, None])
def test_con_un_node_viejo_o_ninguno_instala_uno_en_el_entorno(obra: Obra, version: int | None) -> None:
    if version:
        obra.poner_node(version)
    else:
        (obra.programas / "node").write_text("#!/bin/sh\nexit 127\n")
    # El paquete de Node deja su npm en el entorno; aquí lo deja el doble de uv.
    (obra.programas / "npm").rename(obra.programas / "npm-del-paquete")
    obra.poner_programa("npm", "exit 9")
    uv = obra.programas / "uv"
    uv.write_text(uv.read_text().replace("exit 0", f'[ "$1" = pip ] && cp {obra.programas}/npm-del-paquete .venv/bin/npm\nexit 0'))
    codigo, salida, quejas = obra.hacer("instalar")
    assert (codigo, quejas) == (0, "")
    assert "No hay Node 20 o más nuevo" in salida
    assert obra.llamadas() == ["npm ci --omit=dev", "uv pip install", "uv pip install", "uv venv --allow-existing"]


def test_dos_a_la_vez_instalan_una_sola(obra: Obra) -> None:
    obra.hacer("instalar")
    (obra.raiz / "requirements.txt").write_text("# otra versión\n")
    with open(obra.raiz / ".preparar.lock", "wb") as candado:
        fcntl.flock(candado, fcntl.LOCK_EX)
        proceso = obra.empezar("instalar")
        assert proceso.stdout
        assert "se espera a que termine" in proceso.stdout.readline()
        obra.llamadas()
        # Otro termina la misma instalación mientras este espera: no queda nada que hacer.
        sello = obra.raiz / ".venv/sello-marcha"
        sello.write_text(huella_en(obra, "requirements.txt"))
    proceso.communicate(timeout=60)
    assert (proceso.returncode, obra.llamadas()) == (0, [])


def huella_en(obra: Obra, archivo: str) -> str:
    """La huella que calcula la propia obra, cuya raíz es otra."""
    orden = f"from registro.instalacion import huella; print(huella([{archivo!r}]), end='')"
    return subprocess.run([sys.executable, "-c", orden], cwd=obra.raiz, check=True, capture_output=True, text=True).stdout


def test_si_matan_a_quien_instala_el_candado_dura_hasta_que_acabe_su_instalador(obra: Obra) -> None:
    espera = obra.raiz / "espera-uv"
    os.mkfifo(espera)
    proceso = obra.empezar("instalar")
    soltar = os.open(espera, os.O_WRONLY)  # vuelve cuando el instalador ya corre y espera
    proceso.kill()
    proceso.communicate(timeout=60)
    with open(obra.raiz / ".preparar.lock", "wb") as candado:
        with pytest.raises(BlockingIOError):
            fcntl.flock(candado, fcntl.LOCK_EX | fcntl.LOCK_NB)
        espera.unlink()
        os.close(soltar)
        fcntl.flock(candado, fcntl.LOCK_EX)
    obra.llamadas()
    assert obra.hacer("instalar")[0] == 0
    assert "uv venv --allow-existing" in obra.llamadas()


def test_interrumpir_no_ensena_un_error_y_al_repetir_se_termina(obra: Obra) -> None:
    espera = obra.raiz / "espera-uv"
    os.mkfifo(espera)
    proceso = obra.empezar("instalar")
    soltar = os.open(espera, os.O_WRONLY)
    proceso.send_signal(signal.SIGINT)
    _, quejas = proceso.communicate(timeout=60)
    os.close(soltar)
    espera.unlink()
    assert proceso.returncode == 130
    assert "Interrumpido. Al repetir la orden se termina lo que falte." in quejas
    assert "Traceback" not in quejas
    assert obra.hacer("instalar")[0] == 0
