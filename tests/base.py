"""La base de las pruebas: un Postgres de verdad por serie, una base migrada por obrero y dos Noras en cada prueba."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql as orden_sql
from psycopg.types.json import Json

from sql import conexion, embebida, migrar
from tests.personas import MODULOS_ACTIVOS, NUMEROS, PERSONAS, clave_cifrada

SIN_DISCO = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Si se corta la luz durante las pruebas no se pierde nada que importe."""

PLANTILLA = "plantilla"
RAIZ = Path(tempfile.gettempdir()) / f"aura-pruebas-{hashlib.sha256(str(Path(__file__).parent).encode()).hexdigest()[:8]}"


class Serie:
    """Una serie de pruebas: su carpeta temporal, con un candado que dice que su dueño sigue vivo."""

    def __init__(self) -> None:
        with turno():
            limpiar_restos()
            self.carpeta = RAIZ / uuid.uuid4().hex[:12]
            self.carpeta.mkdir()
            self._candado: IO[str] = (self.carpeta / "dueno").open("w")
            fcntl.flock(self._candado, fcntl.LOCK_EX)

    def terminar(self) -> None:
        """Apaga el servidor si alguien lo encendió y borra la carpeta."""
        _retirar(self.carpeta)
        self._candado.close()


@contextmanager
def turno() -> Iterator[None]:
    """De una en una: que nadie limpie la carpeta de una serie que está naciendo."""
    RAIZ.mkdir(exist_ok=True)
    with (RAIZ / "turno").open("w") as candado:
        fcntl.flock(candado, fcntl.LOCK_EX)
        yield


def limpiar_restos() -> None:
    """Apaga y borra lo que dejó una serie muerta a la fuerza: su candado está suelto. Hay que tener el turno."""
    for marca in RAIZ.glob("*/dueno"):
        carpeta = marca.parent
        with suppress(FileNotFoundError, BlockingIOError), marca.open("r+") as candado:
            fcntl.flock(candado, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _retirar(carpeta)


def _retirar(carpeta: Path) -> None:
    embebida.detener(carpeta / "pg")
    shutil.rmtree(carpeta, ignore_errors=True)


def encender(carpeta: Path) -> str:
    """Enciende (o se une a) el servidor de la serie y deja migrada la base plantilla; devuelve su dirección."""
    url = embebida.asegurar(carpeta / "pg", SIN_DISCO)
    with (carpeta / "plantilla").open("w") as candado:
        fcntl.flock(candado, fcntl.LOCK_EX)
        plantilla = direccion(url, PLANTILLA)
        if not _existe(url, PLANTILLA):
            crear_base(url, PLANTILLA)
        migrar.migrar(plantilla)
    return url


def direccion(url: str, base: str) -> str:
    """La misma dirección con otra base."""
    return url.replace(f"/{embebida.BASE}?", f"/{base}?")


def _existe(url: str, base: str) -> bool:
    with psycopg.connect(url, autocommit=True) as cruda:
        return cruda.execute("select 1 from pg_database where datname = %s", (base,)).fetchone() is not None


def crear_base(url: str, nombre: str, plantilla: str = "template1") -> str:
    """Crea (de nuevo, si estaba) una base copiada de la plantilla y devuelve su dirección."""
    with psycopg.connect(url, autocommit=True) as cruda:
        cruda.execute(orden_sql.SQL("drop database if exists {} with (force)").format(orden_sql.Identifier(nombre)))
        cruda.execute(orden_sql.SQL("create database {} template {}").format(orden_sql.Identifier(nombre), orden_sql.Identifier(plantilla)))
    return direccion(url, nombre)


def borrar_base(url: str, nombre: str) -> None:
    """Quita una base aunque queden conexiones abiertas."""
    with psycopg.connect(url, autocommit=True) as cruda:
        cruda.execute(orden_sql.SQL("drop database if exists {} with (force)").format(orden_sql.Identifier(nombre)))


class Base:
    """La base de un obrero: la dirección y una conexión de dueño, que ve y puede todo."""

    def __init__(self, servidor: str, nombre: str) -> None:
        self.servidor = servidor
        self.url = crear_base(servidor, nombre, PLANTILLA)
        self.apuntar()
        self.duena = psycopg.connect(self.url, autocommit=True)
        # Una transacción que otra prueba dejó abierta debe decirse, no colgar la serie.
        self.duena.execute("set lock_timeout = '10s'")
        filas = self.duena.execute(
            "select oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
            " and relname <> 'alembic_version' order by 1"
        )
        self.tablas = [tabla for (tabla,) in filas]
        self._sucias = " union all ".join(f"select '{tabla}' where exists (select from {tabla})" for tabla in self.tablas)

    def apuntar(self) -> None:
        """Deja `sql.conexion` apuntando a esta base, por si otra prueba lo cambió."""
        with suppress(conexion.SinConfigurar):
            if conexion.dsn() == conexion.dsn(self.url):
                return
        conexion.configurar(self.url)

    def vaciar(self) -> None:
        """Deja todas las tablas vacías y los contadores a cero. Sólo toca las que tienen filas: vaciar cuesta por archivo."""
        sucias = [tabla for (tabla,) in self.duena.execute(self._sucias)]
        if not sucias:
            return
        try:
            self.duena.execute(f"truncate {', '.join(sucias)} restart identity cascade")
        except psycopg.errors.DeadlockDetected:
            # Un hilo de fondo de la aplicación (la ronda de los sockets) leía en otro orden: borrar fila a fila no choca con quien lee.
            self._borrar(sucias)

    def _borrar(self, tablas: list[str]) -> None:
        with self.duena.transaction():
            self.duena.execute("set local session_replication_role = replica")
            for tabla in tablas:
                self.duena.execute(f"delete from {tabla}")
                self.duena.execute(
                    "select setval(pg_get_serial_sequence(%s, 'id'), 1, false) where pg_get_serial_sequence(%s, 'id') is not null"
                    if self._tiene_id(tabla)
                    else "select %s, %s",
                    (tabla, tabla),
                )

    def _tiene_id(self, tabla: str) -> bool:
        consulta = "select 1 from information_schema.columns where table_schema = 'public' and table_name = %s and column_name = 'id'"
        return self.duena.execute(consulta, (tabla,)).fetchone() is not None

    def sembrar(self) -> None:
        """Dos Noras con sus módulos y las cuatro personas."""
        with self.duena.transaction(), self.duena.cursor() as cursor:
            cursor.executemany("insert into configuracion_bot (nombre_nora, numero_nora) values (%s, %s)", list(NUMEROS.items()))
            cursor.executemany(
                "insert into modulos_disponibles (nombre_nora, modulo, activo) values (%s, %s, true)",
                [(nora, modulo) for nora in NUMEROS for modulo in MODULOS_ACTIVOS],
            )
            cursor.execute("insert into roles (id, name) values (1, 'admin')")
            for persona in PERSONAS:
                cursor.execute(
                    "insert into usuarios (id, email, nombre, password, fs_uniquifier, confirmed_at) values (%s, %s, %s, %s, %s, now())",
                    (persona.id, persona.correo, persona.nombre, clave_cifrada(), f"sello-{persona.id}"),
                )
                if persona.nora is None:
                    cursor.execute("insert into roles_usuarios values (%s, 1)", (persona.id,))
                else:
                    cursor.execute(
                        "insert into membresias (nombre_nora, usuario_id, rol) values (%s, %s, %s)", (persona.nora, persona.id, persona.rol)
                    )
            cursor.execute("alter table usuarios alter id restart with 101")
            cursor.execute("alter table roles alter id restart with 101")

    def filas(self, consulta: str, *valores: object) -> list[tuple[object, ...]]:
        """Lo que responde una consulta hecha como dueña: para mirar sin pasar por RLS."""
        return self.duena.execute(consulta, [Json(v) if isinstance(v, dict) else v for v in valores]).fetchall()  # type: ignore[arg-type]

    def cerrar(self) -> None:
        """Suelta las conexiones y quita la base."""
        self.duena.close()
        conexion.motor().dispose()


@contextmanager
def base_aparte(servidor: str, plantilla: str = "template1") -> Iterator[str]:
    """Una base de usar y tirar para pruebas que migran o importan; da su dirección."""
    nombre = f"aparte_{uuid.uuid4().hex[:12]}"
    yield crear_base(servidor, nombre, plantilla)
    borrar_base(servidor, nombre)
