"""Retratos de una base para compararla con los modelos, consigo misma después o con otra."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import re
import warnings
from typing import Any

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

import sql.modelos
from sql.conexion import normalizar_url
from sql.migrar import CARPETA
from sql.modelos.base import Base as Modelos

for _modulo in pkgutil.iter_modules(sql.modelos.__path__):
    importlib.import_module(f"sql.modelos.{_modulo.name}")

NUESTRAS = sorted(Modelos.metadata.tables)


def diferencias(url: str) -> list[Any]:
    """Lo que `alembic check` encontraría entre los modelos y esa base; no cuenta lo que la base tiene de más."""
    motor = create_engine(normalizar_url(url))
    with motor.connect() as conexion, warnings.catch_warnings():
        # Alembic avisa así de que no pudo comparar una columna calculada: aquí es un fallo.
        warnings.simplefilter("error", UserWarning)
        warnings.filterwarnings("ignore", message="Can't validate argument 'dialect_options'")
        contexto = MigrationContext.configure(
            conexion,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_object": lambda _o, nombre, tipo, _r, _c: tipo != "table" or nombre in Modelos.metadata.tables,
            },
        )
        halladas = compare_metadata(contexto, Modelos.metadata)
    motor.dispose()
    return [diferencia for diferencia in halladas if not str(diferencia[0]).startswith("remove_")]


def crear_desde_los_modelos(url: str) -> None:
    """Las tablas tal como las crearía SQLAlchemy, sin migraciones."""
    with psycopg.connect(url, autocommit=True) as cruda:
        cruda.execute((CARPETA / "ordenes" / "0001_funciones_texto.sql").read_bytes())
    motor = create_engine(normalizar_url(url))
    Modelos.metadata.create_all(motor)
    motor.dispose()


def retrato(url: str) -> set[tuple[str, ...]]:
    """Columnas, reglas, índices y comentarios de nuestras tablas, cada uno en una línea comparable."""
    with psycopg.connect(url, autocommit=True) as cruda:
        columnas = cruda.execute(
            """
            select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
              a.attidentity::text, a.attgenerated::text,
              coalesce(pg_get_expr(d.adbin, d.adrelid), ''), coalesce(col_description(c.oid, a.attnum), ''),
              coalesce(obj_description(c.oid, 'pg_class'), '')
            from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
            where c.relname = any (%s)
            """,
            (NUESTRAS,),
        ).fetchall()
        reglas = cruda.execute(
            "select c.relname, k.conname, pg_get_constraintdef(k.oid) from pg_constraint k join pg_class c on c.oid = k.conrelid"
            " where c.relname = any (%s) and k.contype <> 'n'",
            (NUESTRAS,),
        ).fetchall()
        indices = cruda.execute("select tablename, indexname, indexdef from pg_indexes where tablename = any (%s)", (NUESTRAS,)).fetchall()
    return {tuple(_sin_molde(str(parte)) for parte in fila) for fila in [*columnas, *reglas, *indices]}


def _sin_molde(texto: str) -> str:
    """Un valor por omisión sin su conversión de tipo: `'4'::numeric` y `(4)::numeric` dicen lo mismo."""
    return re.sub(r"^(?:'([^']*)'|\((\d+)\))::[a-z \[\]]+$", r"\1\2", texto)


def huella_de_todo(url: str) -> dict[str, str]:
    """Un resumen de las filas de cada tabla y de su estructura: si algo cambia, cambia su resumen."""
    resumen = {}
    with psycopg.connect(url, autocommit=True) as cruda:
        tablas = [t for (t,) in cruda.execute("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'")]
        for tabla in tablas:
            filas = sorted(str(fila) for (fila,) in cruda.execute(f'select to_jsonb(t)::text from public."{tabla}" t'.encode()))
            resumen[tabla] = hashlib.sha256("\n".join(filas).encode()).hexdigest()
        definiciones = cruda.execute(
            "select conrelid::regclass::text || conname || pg_get_constraintdef(oid) from pg_constraint"
            " where connamespace = 'public'::regnamespace"
            " union all select indexdef from pg_indexes where schemaname = 'public'"
            " union all select attrelid::regclass::text || attname || format_type(atttypid, atttypmod) from pg_attribute where attnum > 0"
            "   and attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v'))"
            " union all select relname || relacl::text from pg_class where relnamespace = 'public'::regnamespace"
        )
        resumen["(estructura)"] = hashlib.sha256("\n".join(sorted(str(d) for (d,) in definiciones)).encode()).hexdigest()
    return resumen


def sin_validar(retratada: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """El mismo retrato sin las marcas de las reglas que las filas viejas no cumplen."""
    return {tuple(re.sub(r" NOT VALID$", "", parte) for parte in fila) for fila in retratada}
