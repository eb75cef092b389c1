"""Un servidor compatible con Supabase Storage, de verdad, sobre el Postgres de las pruebas."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from registro.instalacion import SERVIDORES

MODULOS = SERVIDORES / "node_modules"
LITE = MODULOS / "@supabase" / "lite" / "dist" / "cli" / "index.js"
NODE_MINIMO = 22
"""Con uno más viejo, las descargas de este servidor llegan vacías."""
_CONFIGURACION = """
[api]
port = {puerto}
[db]
driver = "postgres"
url = "postgres:///{base}"
[storage]
enabled = true
file_size_limit = "50MiB"
[auth]
enabled = true
jwt_secret = "solo-de-pruebas-0123456789-ABCDEFGHIJ-abcdefghij"
publishable_key = "env(SUPABASE_PUBLISHABLE_KEY)"
secret_key = "env(SUPABASE_SECRET_KEY)"
"""


@dataclass(frozen=True)
class Proyecto:
    """Dónde está y con qué clave se entra."""

    url: str
    clave: str


def motivo_para_saltarlo() -> str:
    """Por qué no se puede encender aquí; vacío si se puede."""
    if not LITE.exists():
        return "Falta el servidor de pruebas: lo instala `make test` (tests/servidores) donde hay npm y conexión"
    return "" if buscar_node() else f"Hace falta Node {NODE_MINIMO} o más nuevo para el servidor de pruebas"


def buscar_node() -> str | None:
    """El Node que trae tests/servidores o, si no es para esta máquina, el del sistema si es bastante nuevo."""
    for propio in MODULOS.glob("node-*/bin/node"):
        return str(propio)
    sistema = shutil.which("node")
    if sistema is None:
        return None
    version = re.match(r"v(\d+)", subprocess.run([sistema, "--version"], capture_output=True, text=True, check=False).stdout)
    return sistema if version and int(version[1]) >= NODE_MINIMO else None


@contextmanager
def encendido(carpeta: Path, base: str) -> Iterator[Proyecto]:
    """El servidor en marcha sobre esa base (dirección de Postgres por enchufe de Unix) mientras dura el bloque."""
    node, puerto = buscar_node() or "node", _puerto_libre()
    partes = urlsplit(base)
    (carpeta / "supabase").mkdir(parents=True)
    (carpeta / "supabase" / "config.toml").write_text(_CONFIGURACION.format(puerto=puerto, base=partes.path.lstrip("/")))
    consulta = parse_qs(partes.query)
    entorno = {
        "PATH": "/usr/bin:/bin",
        "PGHOST": consulta["host"][0],
        "PGPORT": consulta.get("port", ["5432"])[0],
        "PGUSER": partes.username or "postgres",
        "EXPERIMENTAL_STORAGE": "1",
        "LITE_TELEMETRY": "0",
        "DO_NOT_TRACK": "1",
        "HOME": str(carpeta),
    }
    orden = [node, str(LITE)]
    subprocess.run([*orden, "generate-keys"], cwd=carpeta, env=entorno, check=True, capture_output=True, timeout=60)
    clave = next(r.partition("=")[2] for r in (carpeta / ".env").read_text().splitlines() if r.startswith("SUPABASE_SECRET_KEY="))
    with (carpeta / "salida.txt").open("wb") as salida:
        proceso = subprocess.Popen([*orden, "start", "--no-admin"], cwd=carpeta, env=entorno, stdout=salida, stderr=subprocess.STDOUT)
    try:
        _esperar(f"http://127.0.0.1:{puerto}", proceso, carpeta / "salida.txt")
        yield Proyecto(f"http://127.0.0.1:{puerto}", clave)
    finally:
        proceso.terminate()
        try:
            proceso.wait(10)
        except subprocess.TimeoutExpired:
            proceso.kill()


def _puerto_libre() -> int:
    with socket.socket() as enchufe:
        enchufe.bind(("127.0.0.1", 0))
        return int(enchufe.getsockname()[1])


def _esperar(url: str, proceso: subprocess.Popen[bytes], salida: Path) -> None:
    limite = time.monotonic() + 60
    while proceso.poll() is None and time.monotonic() < limite:
        try:
            if requests.get(f"{url}/storage/v1/status", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError(f"El servidor de Storage no arrancó:\n{salida.read_text(errors='replace')[-2000:]}")
