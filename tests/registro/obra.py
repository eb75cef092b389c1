"""Un proyecto mínimo en una carpeta aparte, con dobles de uv, node y npm, para probar la puesta en marcha sin red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from registro.instalacion import RAIZ

# Cada doble apunta con qué se le llamó; falla o espera si la prueba dejó un archivo que se lo pide.
DOBLE = """#!/bin/sh
echo "{nombre} $1 $2" >> "{obra}/llamadas"
[ -p "{obra}/espera-{nombre}" ] && cat "{obra}/espera-{nombre}" > /dev/null
[ -e "{obra}/falla-{nombre}" ] && {{ echo "{nombre}: sin red"; exit 2; }}
{hacer}
exit 0
"""
HACER_UV = '[ "$1" = venv ] && mkdir -p .venv/bin && ln -sf "{python}" .venv/bin/python'
HACER_NPM = 'case "$*" in *--prefix*) cd "${*##*--prefix }";; esac; rm -rf node_modules && mkdir node_modules'
HACER_NODE = "echo v{version}.1.0"
APP = "import os, sys; print('app', sys.argv[1:], os.environ.get('PORT')); sys.exit(7)"


class Obra:
    """La carpeta del proyecto mínimo y lo que se le puede pedir."""

    def __init__(self, carpeta: Path) -> None:
        self.raiz = carpeta / "proyecto"
        self.programas = carpeta / "programas"
        self.programas.mkdir()
        for parte in ("registro/preparar.py", "registro/instalacion.py", ".env.example"):
            destino = self.raiz / parte
            destino.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(RAIZ / parte, destino)
        (self.raiz / "tests/servidores").mkdir(parents=True)
        de_npm = [f"{donde}{nombre}" for donde in ("", "tests/servidores/") for nombre in ("package.json", "package-lock.json")]
        for parte in ("requirements.txt", "tests/requirements.txt", *de_npm):
            (self.raiz / parte).touch()
        (self.raiz / "app.py").write_text(APP)
        self.poner_programa("uv", HACER_UV.format(python=sys.executable))
        self.poner_programa("npm", HACER_NPM)
        self.poner_node(22)

    def poner_programa(self, nombre: str, hacer: str) -> None:
        """Pone (o cambia) un doble en el PATH de la obra."""
        programa = self.programas / nombre
        programa.write_text(DOBLE.format(nombre=nombre, obra=self.raiz, hacer=hacer))
        programa.chmod(0o755)

    def poner_node(self, version: int) -> None:
        """Pone un doble de Node de esa versión mayor."""
        self.poner_programa("node", HACER_NODE.format(version=version))

    def empezar(self, *orden: str, **entorno: str) -> subprocess.Popen[str]:
        """Arranca la puesta en marcha sin esperarla; solo ve los dobles y lo más llano del sistema."""
        return subprocess.Popen(
            [sys.executable, "registro/preparar.py", *orden],
            cwd=self.raiz,
            env={"PATH": f"{self.programas}{os.pathsep}/usr/bin{os.pathsep}/bin", "PIP_NO_INDEX": "1", "PYTHONUTF8": "1", **entorno},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hacer(self, *orden: str, **entorno: str) -> tuple[int, str, str]:
        """Corre una orden hasta el final: (código, salida, quejas)."""
        proceso = self.empezar(*orden, **entorno)
        salida, quejas = proceso.communicate(timeout=120)
        return proceso.returncode, salida, quejas

    def llamadas(self) -> list[str]:
        """Lo que se pidió a los dobles desde la última vez que se preguntó, ordenado."""
        apuntes = self.raiz / "llamadas"
        lineas = sorted(apuntes.read_text().splitlines()) if apuntes.exists() else []
        apuntes.unlink(missing_ok=True)
        return [linea for linea in lineas if not linea.startswith("node")]
