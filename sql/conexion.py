"""La puerta a Postgres: un motor por proceso y transacciones que siempre dicen de qué Nora son."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolAgotado
from sqlalchemy.orm import Session

ROL_DE_LA_APLICACION = "aura_app"
TODAS = "*"
"""Contexto de las funciones `todas_las_noras_…`; ninguna Nora puede llamarse así."""

ERRORES_DE_CONEXION = (OperationalError, InterfaceError, PoolAgotado, psycopg.OperationalError, psycopg.InterfaceError)
"""Lo que se levanta cuando la base no está: quien deba seguir vivo sin ella captura esto."""

_motor: Engine | None = None
_abierta: ContextVar[tuple[str, Session] | None] = ContextVar("transaccion_abierta", default=None)


class SinConfigurar(RuntimeError):
    """Se pidió la base antes de `configurar(url)`."""


class OtraNora(RuntimeError):
    """Dentro de la transacción de una Nora se pidió otra: es un error de programación, nunca un dato."""


def normalizar_url(url: str) -> str:
    """Devuelve la dirección con el controlador psycopg 3 y rechaza el pooler de transacciones de Supabase.

    El puerto 6543 no admite LISTEN ni candados de sesión (documentación de Supabase, «Connecting to your database»).

    Raises:
        ValueError: si la dirección no es de Postgres o apunta al puerto 6543.
    """
    partes = urlsplit(url)
    if partes.scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL debe empezar por postgresql://")
    if partes.port == 6543:
        raise ValueError("DATABASE_URL usa el pooler de transacciones (puerto 6543): usa la conexión directa o el pooler de sesión (5432)")
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def dsn(url: str | None = None) -> str:
    """La dirección en la forma que entiende psycopg sin SQLAlchemy; sin argumento, la del motor configurado."""
    direccion = make_url(url) if url else motor().url
    return direccion.set(drivername="postgresql").render_as_string(hide_password=False)


def crear_motor(url: str, *, como_aplicacion: bool = True, tamano: int = 12, de_mas: int = 20) -> Engine:
    """Crea un motor. Con `como_aplicacion`, cada conexión baja al rol `aura_app`, que no es dueño de nada y obedece RLS."""
    motor_nuevo = create_engine(
        normalizar_url(url),
        pool_size=tamano,
        max_overflow=de_mas,
        pool_timeout=2,
        pool_pre_ping=False,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={"connect_timeout": 2, "prepare_threshold": 3},
    )
    if como_aplicacion:
        event.listen(motor_nuevo, "connect", _bajar_de_rol)
    return motor_nuevo


def _bajar_de_rol(conexion: Any, _registro: Any) -> None:
    # Se fija al abrir y no en cada transacción: así la ruta caliente no paga otra ida y vuelta.
    conexion.autocommit = True
    conexion.execute(f"set role {ROL_DE_LA_APLICACION}")
    conexion.execute("set statement_timeout = '15s'")
    conexion.execute("set lock_timeout = '5s'")
    conexion.execute("set idle_in_transaction_session_timeout = '30s'")
    conexion.autocommit = False


def configurar(url: str) -> Engine:
    """Fija el motor de este proceso (una vez al arrancar, o una por prueba) y lo devuelve."""
    global _motor
    if _motor is not None:
        _motor.dispose()
    _motor = crear_motor(url)
    return _motor


def motor() -> Engine:
    """El motor de este proceso.

    Raises:
        SinConfigurar: si nadie llamó a `configurar`.
    """
    if _motor is None:
        raise SinConfigurar("Llama a sql.conexion.configurar(url) antes de usar la base")
    return _motor


@contextmanager
def transaccion(nombre_nora: str) -> Iterator[Session]:
    """Abre una transacción de esa Nora, o se une a la que ya está abierta para ella.

    Confirma al salir y deshace si algo se levanta. Postgres sólo deja ver y escribir filas de esa Nora
    (política `de_su_nora`), aunque una consulta olvide el filtro.

    Raises:
        OtraNora: si ya hay una transacción abierta de otra Nora.
        ValueError: si el nombre está vacío.
    """
    if not nombre_nora:
        raise ValueError("transaccion() necesita el nombre de una Nora")
    abierta = _abierta.get()
    if abierta is not None:
        if abierta[0] != nombre_nora:
            raise OtraNora(f"Hay una transacción abierta de {abierta[0]!r} y se pidió {nombre_nora!r}")
        yield abierta[1]
        return
    with Session(motor(), expire_on_commit=False) as sesion, sesion.begin():
        sesion.execute(text("select set_config('app.nora', :nora, true)"), {"nora": nombre_nora})
        marca = _abierta.set((nombre_nora, sesion))
        try:
            yield sesion
        finally:
            _abierta.reset(marca)


def transaccion_de_todas_las_noras() -> AbstractContextManager[Session]:
    """Transacción que cruza Noras. Sólo la usan las funciones `todas_las_noras_…` y las tablas sin Nora (usuarios, rutas)."""
    return transaccion(TODAS)


@contextmanager
def en_exclusiva(clave: int) -> Iterator[None]:
    """Espera su turno entre todos los procesos de esta base; el turno se suelta al salir o si el proceso muere."""
    with motor().connect().execution_options(isolation_level="AUTOCOMMIT") as conexion:
        conexion.execute(text("set lock_timeout = 0"))  # el turno puede tardar lo que tarde el otro
        conexion.execute(text("select pg_advisory_lock(:clave)"), {"clave": clave})
        try:
            yield
        finally:
            # Se cierra de verdad: así vuelve a los límites de todas y suelta el turno.
            conexion.invalidate()


def responde() -> None:
    """Pregunta algo mínimo a la base; se levanta si no está."""
    with motor().connect() as conexion:
        conexion.execute(text("select 1"))
