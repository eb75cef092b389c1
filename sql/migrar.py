"""Lleva la base a la última migración: una vez, con candado, y casi gratis cuando ya está al día."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from sql.conexion import ROL_DE_LA_APLICACION, dsn, normalizar_url
from sql.migraciones.esquema import ejecutar

if TYPE_CHECKING:
    from alembic.config import Config

CARPETA = Path(__file__).parent / "migraciones"
_CANDADO = 7_210_000


class NoSePuedeMigrar(RuntimeError):
    """A la conexión le falta un permiso; el mensaje dice cuál y qué hacer."""


def cabeza() -> str:
    """La última revisión, escrita en `.cabeza` para que dos ramas que añadan una choquen en git."""
    return (CARPETA / ".cabeza").read_text().strip()


def esta_al_dia(url: str) -> bool:
    """Si la base está en la última revisión y el rol de la aplicación existe en este servidor."""
    with psycopg.connect(dsn(url), connect_timeout=5, autocommit=True) as conexion:
        hay = conexion.execute(
            "select to_regclass('public.alembic_version') is not null and exists (select from pg_roles where rolname = %s)",
            (ROL_DE_LA_APLICACION,),
        ).fetchone()
        if hay != (True,):
            return False
        return conexion.execute("select version_num from public.alembic_version").fetchall() == [(cabeza(),)]


def migrar(url: str) -> bool:
    """Lleva la base a la última revisión y concede los permisos; dice si hizo algo.

    Corre con el rol de la conexión (no baja a `aura_app`) y con un candado de Postgres: varios procesos pueden llamarla a la vez.

    Raises:
        NoSePuedeMigrar: si ese rol no puede ver todas las filas o no puede crear el rol de la aplicación.
    """
    if esta_al_dia(url):
        return False
    motor = create_engine(normalizar_url(url), poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with motor.begin() as conexion:
            conexion.execute(text("set local statement_timeout = 0"))
            conexion.execute(text("set local search_path = public"))
            conexion.execute(text("select pg_advisory_xact_lock(:candado)"), {"candado": _CANDADO})
            _exigir_que_lo_ve_todo(conexion)
            _crear_rol(conexion)
            _subir(conexion)
            ejecutar(conexion, (CARPETA / "ordenes" / "permisos.sql").read_text())
    except psycopg.errors.InsufficientPrivilege as error:
        raise NoSePuedeMigrar(
            f"Al rol de DATABASE_URL le falta un permiso ({error.diag.message_primary}): usa el dueño de las tablas, «postgres» en Supabase"
        ) from error
    return True


def proponer(url: str, mensaje: str, carpeta: Path = CARPETA) -> Path:
    """Escribe la siguiente revisión con lo que los modelos tienen y esa base (ya al día) no, y mueve la cabeza. Devuelve el archivo.

    Es un borrador: hay que leerlo, y añadir a mano las políticas de las tablas nuevas.
    """
    from alembic import command
    from alembic.script import Script

    revision = f"{int((carpeta / '.cabeza').read_text()) + 1:04d}"
    motor = create_engine(normalizar_url(url), poolclass=NullPool)
    with motor.begin() as conexion:
        hecha = command.revision(configuracion(conexion, carpeta), message=mensaje, autogenerate=True, rev_id=revision)
    if not isinstance(hecha, Script):  # Alembic devuelve una lista cuando escribe en varias ramas: aquí sólo hay una
        raise NoSePuedeMigrar("Alembic no escribió ninguna revisión")
    (carpeta / ".cabeza").write_text(f"{revision}\n")
    return Path(hecha.path)


def configuracion(conexion: Connection, carpeta: Path = CARPETA) -> Config:
    """La configuración de Alembic para esa conexión; sustituye a un alembic.ini."""
    from alembic.config import Config  # importarlo cuesta y casi ningún arranque migra

    ajustes = Config()
    ajustes.set_main_option("script_location", str(carpeta))
    ajustes.set_main_option("version_locations", str(carpeta / "versiones"))
    ajustes.set_main_option("path_separator", "os")
    ajustes.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    ajustes.attributes["conexion"] = conexion
    return ajustes


def _subir(conexion: Connection) -> None:
    from alembic import command

    command.upgrade(configuracion(conexion), "head")


def _exigir_que_lo_ve_todo(conexion: Connection) -> None:
    quien, puede = conexion.execute(text("select rolname, rolsuper or rolbypassrls from pg_roles where rolname = current_user")).one()
    if not puede:
        raise NoSePuedeMigrar(
            f"El rol «{quien}» de DATABASE_URL no puede ver todas las filas (ni superusuario ni BYPASSRLS) y migrar con él perdería datos: "
            "usa el usuario «postgres» de Supabase o ejecuta «alter role … bypassrls»"
        )


def _crear_rol(conexion: Connection) -> None:
    rol = ROL_DE_LA_APLICACION
    fila = conexion.execute(text("select rolsuper or rolbypassrls or rolcanlogin from pg_roles where rolname = :rol"), {"rol": rol}).first()
    if fila is not None and fila[0]:
        raise NoSePuedeMigrar(f"El rol «{rol}» ya existe y puede demasiado: debe ser nologin, nosuperuser y nobypassrls")
    if fila is None:
        _intentar(conexion, f"create role {rol} nologin nosuperuser nobypassrls nocreatedb nocreaterole noinherit")
    if not conexion.scalar(text("select rolsuper from pg_roles where rolname = current_user")):
        _intentar(conexion, f"grant {rol} to current_user")


def _intentar(conexion: Connection, orden: str) -> None:
    try:
        with conexion.begin_nested():
            ejecutar(conexion, orden)
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        pass  # los roles son de todo el servidor: otra base lo creó a la vez
    except psycopg.errors.InsufficientPrivilege as error:
        raise NoSePuedeMigrar(
            f"El rol de DATABASE_URL no puede crear el rol «{ROL_DE_LA_APLICACION}» ni pertenecer a él: "
            "usa el usuario «postgres» de Supabase o uno con CREATEROLE"
        ) from error
