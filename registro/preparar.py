"""La puesta en marcha: deja el proyecto instalado con lo que trae el sistema y arranca lo que se pida.

Usa solo la biblioteca estándar, porque corre antes de que haya nada instalado. La sintaxis la lee también un Python 3.8:
así es este archivo quien dice que hace falta uno más nuevo, y no un error de sintaxis.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import secrets
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Sequence

if not __package__:
    # Llamado por su ruta, Python busca en registro/; los módulos de la casa se buscan desde la raíz.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from registro.instalacion import BIN, PYTHON, RAIZ, NoSePuede, con_candado, decir, entorno_del_producto, instalar, taller

PYTHON_MINIMO = (3, 11)
TRABAJADORES_MAXIMOS = 4

CODIGO = ["app.py", "sql", "registro", "ia", "webhook", "clientes", "admin"]
REVISIONES = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "djlint": ["djlint", "--lint", "--quiet", "templates"],
    "bandit": ["bandit", "-q", "-r", "-c", "pyproject.toml", *CODIGO],
    "import-linter": ["lint-imports", "--no-logo"],
}
SOBRANTES = [
    ".venv",
    "node_modules",
    "tests/contrato/node_modules",
    "tests/servidores/node_modules",
    "capturas",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".import_linter_cache",
    ".hypothesis",
]


class Accion(NamedTuple):
    """Lo que hace una orden tras la puesta en marcha: qué corre el Python del entorno, y qué necesita antes."""

    explicacion: str
    orden: tuple[str, ...] = ()
    con_pruebas: bool = False
    con_env: bool = False


ACCIONES = {
    "run": Accion("instala lo que falte y arranca el producto", ("app.py",), con_env=True),
    "test": Accion("instala lo que falte y pasa las pruebas", ("-m", "pytest"), con_pruebas=True),
    "check": Accion("ruff, mypy, djlint, bandit y los contratos de import", con_pruebas=True),
    "bench": Accion("mide lo que el producto promete", ("-m", "tests.bancos"), con_pruebas=True, con_env=True),
    "fallas": Accion("mata procesos a media tarea y comprueba que nada se pierde", ("-m", "tests.fallas.matar"), con_pruebas=True),
    "fallas-canal": Accion("el cable entero con golpes, y un juez que cuenta", ("-m", "tests.fallas.canal"), con_pruebas=True),
    "instalar": Accion("instala lo que falte, sin arrancar nada", con_env=True),
    "limpiar": Accion("borra lo instalado; no toca los datos ni .env"),
}


# --- El archivo .env ------------------------------------------------------------------------------------------------


def secretos_nuevos() -> dict[str, str]:
    """Los secretos que cada instalación genera para sí: la firma de las sesiones y la clave Fernet del cifrado en reposo."""
    return {"SECRET_KEY": secrets.token_urlsafe(48), "CLAVES_CIFRADO": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}


def contenido_env(ejemplo: str, valores: dict[str, str]) -> str:
    """El texto de `.env`: el del ejemplo, con los valores puestos en las variables que trae vacías."""
    return re.sub(r"^([A-Z_]+)=[ \t]*$", lambda linea: f"{linea[1]}={valores.get(linea[1], '')}", ejemplo, flags=re.MULTILINE)


def asegurar_env(carpeta: Path) -> bool:
    """Crea `.env` si no existe, legible solo por su dueño; devuelve si lo creó. Nunca toca uno que ya esté.

    Se escribe entero aparte y se enlaza con su nombre: ni queda a medias ni pisa el de otra llamada simultánea.
    """
    destino = carpeta / ".env"
    if destino.exists():
        return False
    texto = contenido_env((carpeta / ".env.example").read_text(encoding="utf-8"), secretos_nuevos())
    provisional = carpeta / f".env.{os.getpid()}.{secrets.token_hex(4)}"
    with os.fdopen(os.open(str(provisional), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as archivo:
        archivo.write(texto)
    try:
        os.link(str(provisional), str(destino))
    except FileExistsError:
        return False
    finally:
        provisional.unlink()
    return True


# --- Las órdenes ----------------------------------------------------------------------------------------------------


def queja_de_version(version: Sequence[int]) -> str | None:
    """La frase que dice qué hacer si este Python es demasiado viejo; None si sirve."""
    if tuple(version) >= PYTHON_MINIMO:
        return None
    nuevo = next((f"python3.{menor}" for menor in range(16, 10, -1) if shutil.which(f"python3.{menor}")), None)
    remedio = f"escribe: make run PYTHON={nuevo}" if nuevo else "instálalo y escribe, por ejemplo: make run PYTHON=python3.12"
    return f"Hace falta Python {PYTHON_MINIMO[0]}.{PYTHON_MINIMO[1]} o más nuevo, y este es {version[0]}.{version[1]}; {remedio}"


def argumentos_de_pytest(argumentos: Sequence[str]) -> list[str]:
    """Añade el reparto entre núcleos, salvo que quien llama elija otro o quiera el depurador."""
    propio = any(argumento.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for argumento in argumentos)
    return [*argumentos] if propio else ["-n", "auto", "--maxprocesses", str(TRABAJADORES_MAXIMOS), *argumentos]


def revisar() -> int:
    """Pasa todas las revisiones a la vez y enseña entero lo que diga cada una que falle; 0 si pasan todas."""

    def una(orden: list[str]) -> tuple[int, str]:
        return taller.correr([BIN / orden[0], *orden[1:]])

    fallan = []
    with ThreadPoolExecutor(os.cpu_count()) as grupo:
        for nombre, (codigo, salida) in zip(REVISIONES, grupo.map(una, REVISIONES.values())):
            decir(f"{nombre}: {'bien' if codigo == 0 else 'FALLA'}")
            if codigo != 0:
                decir(salida)
                fallan.append(nombre)
    if fallan:
        decir(f"Fallan: {', '.join(fallan)}")
    return 1 if fallan else 0


def limpiar() -> int:
    """Borra lo instalado y lo que dejan las herramientas. Los datos y `.env` se quedan."""
    with con_candado():
        for nombre in SOBRANTES:
            shutil.rmtree(str(RAIZ / nombre), ignore_errors=True)
    decir("Borrado lo instalado. Siguen aquí los datos y el archivo .env.")
    return 0


def convertirse_en(orden: Sequence[str]) -> int:
    """Cede el sitio al Python del entorno, que recibe las señales y la terminal directamente."""
    sys.stdout.flush()
    os.chdir(str(RAIZ))
    if os.name != "nt":
        os.execve(str(PYTHON), [str(PYTHON), *orden], entorno_del_producto())
    return subprocess.call([str(PYTHON), *orden], env=entorno_del_producto())


def obedecer(nombre: str, argumentos: Sequence[str]) -> int:
    """Hace la orden pedida, con los argumentos que siguen para el programa que arranca; devuelve el código de salida."""
    if nombre == "limpiar":
        return limpiar()
    accion = ACCIONES[nombre]
    instalar(accion.con_pruebas)
    if accion.con_env and asegurar_env(RAIZ):
        decir("Creado .env con secretos nuevos, solo para esta máquina.")
    if nombre == "check":
        return revisar()
    if not accion.orden:
        decir("Todo listo. Para arrancar: make run")
        return 0
    return convertirse_en([*accion.orden, *(argumentos_de_pytest(argumentos) if nombre == "test" else argumentos)])


def principal(argumentos: Sequence[str]) -> int:
    """Lee la línea de órdenes y la cumple; lo que lo impida se dice en una frase y sale con 1 (130 si se interrumpe)."""
    lector = argparse.ArgumentParser(
        prog="registro/preparar.py",
        description="Prepara y arranca el proyecto.",
        epilog="\n".join(f"{nombre:12} {accion.explicacion}" for nombre, accion in ACCIONES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    lector.add_argument("orden", choices=sorted(ACCIONES))
    lector.add_argument("argumentos", nargs=argparse.REMAINDER, help="pasan tal cual al programa que se arranca")
    pedido = lector.parse_args(argumentos)
    if pedido.argumentos and not ACCIONES[pedido.orden].orden:
        lector.error(f"{pedido.orden} no lleva argumentos")
    queja = queja_de_version(sys.version_info[:2])
    try:
        if queja:
            raise NoSePuede(queja)
        return obedecer(pedido.orden, pedido.argumentos)
    except NoSePuede as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        que = f"{error.filename or RAIZ}: {error.strerror}"
        print(f"\n{que}. Arregla el permiso o el sitio en el disco, y repite la orden.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        taller.parar()
        print("\nInterrumpido. Al repetir la orden se termina lo que falte.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(principal(sys.argv[1:]))
