"""El Postgres embebido: se enciende solo cuando no hay DATABASE_URL y sobrevive a los procesos que lo usan."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

from sql.embebida_programas import VERSION, NoArranca, correr, procesos_de, quien_corre, texto_de

__all__ = ["AJUSTES", "BASE", "NoArranca", "asegurar", "detener", "esta_viva"]

BASE = "aura"
SEGUNDOS_DE_ESPERA = 120.0
"""Tope para quedar listo: una recuperación tras kill -9 relee el diario entero y puede tardar."""

AJUSTES: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    "checkpoint_timeout": "1min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "client_connection_check_interval": "5s",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""Poca memoria, poco diario que releer y ningún puerto de red: sólo el enchufe dentro de la carpeta de datos."""

_MAXIMO_DEL_REGISTRO = 5_000_000
_LARGO_MAXIMO_DEL_ENCHUFE = 100
_RUTA_LLANA = re.compile(r"[\w./+-]+")


def asegurar(carpeta: Path, ajustes: Mapping[str, str] | None = None) -> str:
    """Deja encendido el servidor de esa carpeta y devuelve su DATABASE_URL (base `aura`).

    Si ya está encendido se une a él; si lo mataron hace un instante, espera a que se recupere (hasta 120 s).
    Nunca lo apaga al salir. `ajustes` se suma a AJUSTES y sólo vale si este proceso es quien lo enciende.

    Raises:
        NoArranca: si no queda listo a tiempo.
    """
    datos = _datos(carpeta)
    if esta_viva(carpeta) and _contesta(_url(datos, BASE)):
        return _url(datos, BASE)
    try:
        with _candado(carpeta):
            _inicializar(datos)
            _encender(datos, {**AJUSTES, **(ajustes or {})})
            _crear_base(datos)
    except PermissionError as error:
        raise NoArranca(f"No se puede escribir en {error.filename}: ¿lo creó otro usuario, por ejemplo root?") from error
    return _url(datos, BASE)


def esta_viva(carpeta: Path) -> bool:
    """Si alguien escucha en el enchufe del servidor; no abre sesión, cuesta microsegundos."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as enchufe:
        try:
            enchufe.connect(str(_carpeta_del_enchufe(_datos(carpeta)) / ".s.PGSQL.5432"))
        except OSError:
            return False
    return True


def detener(carpeta: Path) -> None:
    """Apaga el servidor de esa carpeta (cierra las conexiones abiertas); si no está encendido, no hace nada."""
    datos = _datos(carpeta)
    if not (datos / "PG_VERSION").exists():
        return
    with _candado(carpeta):
        if not procesos_de(datos):
            return
        try:
            correr("pg_ctl", "-w", "-t", "60", "-m", "fast", "-D", str(datos), "stop", datos=datos)
        except subprocess.CalledProcessError as error:
            if procesos_de(datos):
                raise NoArranca(f"El Postgres embebido no se apagó: {texto_de(error)}") from error
        if _carpeta_del_enchufe(datos) != datos:
            shutil.rmtree(_carpeta_del_enchufe(datos), ignore_errors=True)


def _datos(carpeta: Path) -> Path:
    return carpeta.absolute() / "cluster"


def _carpeta_del_enchufe(datos: Path) -> Path:
    # El nombre de un enchufe de Unix no puede pasar de unos cien bytes, y Postgres parte por las comas la lista de carpetas.
    if len(os.fsencode(datos)) + len("/.s.PGSQL.5432") <= _LARGO_MAXIMO_DEL_ENCHUFE and _RUTA_LLANA.fullmatch(str(datos)):
        return datos
    return Path(tempfile.gettempdir()) / f"aura-{hashlib.sha256(os.fsencode(datos)).hexdigest()[:12]}"


def _url(datos: Path, base: str) -> str:
    return f"postgresql://postgres@/{base}?host={quote(str(_carpeta_del_enchufe(datos)), safe='/')}&port=5432"


def _contesta(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as conexion:
            return conexion.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


@contextlib.contextmanager
def _candado(carpeta: Path) -> Iterator[None]:
    # El candado es del sistema operativo: si el proceso muere, se suelta solo y no queda ningún archivo que estorbe.
    carpeta.mkdir(parents=True, exist_ok=True)
    with (carpeta / "candado").open("w") as archivo:
        fcntl.flock(archivo, fcntl.LOCK_EX)
        yield


def _inicializar(datos: Path) -> None:
    quien = quien_corre()
    enchufe = _carpeta_del_enchufe(datos)
    for carpeta in {datos, enchufe}:
        if carpeta.is_symlink():
            raise NoArranca(f"{carpeta} es un enlace: pon la carpeta de verdad")
        carpeta.mkdir(parents=True, exist_ok=True)
        if quien:
            os.chown(carpeta, quien.pw_uid, quien.pw_gid)
        carpeta.chmod(0o700)
    marca = datos / "PG_VERSION"
    if marca.exists() and marca.read_text().strip() != str(VERSION):
        raise NoArranca(f"La base de {datos} es de Postgres {marca.read_text().strip()} y aquí se usa el {VERSION}")
    a_medias = datos.parent / "inicializando"
    if marca.exists() and not a_medias.exists():
        return
    if any(datos.iterdir()) and not a_medias.exists():
        raise NoArranca(f"En {datos} hay archivos pero no una base de Postgres: no se toca nada")
    # Un initdb interrumpido deja restos sin ningún dato: se empieza de nuevo.
    for resto in datos.iterdir():
        shutil.rmtree(resto) if resto.is_dir() else resto.unlink()
    a_medias.touch()
    try:
        correr(
            "initdb", "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--username=postgres", "--no-instructions", f"--pgdata={datos}", datos=datos,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise NoArranca(f"No se pudo crear la base embebida en {datos}: {texto_de(error)}") from error
    a_medias.unlink()


def _encender(datos: Path, ajustes: Mapping[str, str]) -> None:
    limite = time.monotonic() + SEGUNDOS_DE_ESPERA
    fallo = "no contestó a tiempo"
    while time.monotonic() < limite:
        if not procesos_de(datos):
            _quitar_restos(datos)
            try:
                _lanzar(datos, ajustes)
            except subprocess.CalledProcessError as error:
                fallo = texto_de(error)
        if _contesta(_url(datos, "postgres")):
            return
        time.sleep(0.2)
    raise NoArranca(f"El Postgres embebido no arranca ({fallo}); mira {datos / 'postgres.log'}")


def _lanzar(datos: Path, ajustes: Mapping[str, str]) -> None:
    registro = datos / "postgres.log"
    if registro.exists() and registro.stat().st_size > _MAXIMO_DEL_REGISTRO:
        registro.replace(registro.with_suffix(".anterior.log"))
    enchufe = {"unix_socket_directories": str(_carpeta_del_enchufe(datos)), "unix_socket_permissions": "0700", "port": "5432"}
    opciones = " ".join(f"-c {clave}={shlex.quote(valor)}" for clave, valor in {**ajustes, **enchufe}.items())
    correr("pg_ctl", "-w", "-t", "60", "-l", str(registro), "-o", opciones, "-D", str(datos), "start", datos=datos)


def _quitar_restos(datos: Path) -> None:
    """Sin ningún proceso vivo, los archivos de candado son de uno muerto y su número puede ser ya de otro programa."""
    enchufe = _carpeta_del_enchufe(datos)
    for resto in (datos / "postmaster.pid", enchufe / ".s.PGSQL.5432", enchufe / ".s.PGSQL.5432.lock"):
        resto.unlink(missing_ok=True)


def _crear_base(datos: Path) -> None:
    with psycopg.connect(_url(datos, "postgres"), autocommit=True) as conexion:
        if conexion.execute("select 1 from pg_database where datname = %s", (BASE,)).fetchone() is None:
            conexion.execute(f'create database "{BASE}"')
