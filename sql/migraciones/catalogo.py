"""Lo que ya hay en una base, leído de pg_catalog: columnas, reglas, políticas y claves ajenas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class ColumnaHallada:
    """Una columna tal como está."""

    tipo: str
    obligatoria: bool
    con_defecto: bool
    calculada: bool


@dataclass(frozen=True, slots=True)
class ReglaHallada:
    """Una restricción o un índice único tal como está; `clase` es p, u, c, x, f o i (índice sin restricción)."""

    nombre: str
    clase: str
    columnas: tuple[str, ...]
    definicion: str


@dataclass(frozen=True, slots=True)
class ClaveAjena:
    """Una clave ajena vieja guardada por número de columna: así sobrevive a que la columna cambie de nombre."""

    nombre: str
    de: str
    hacia: str
    desde: tuple[int, ...]
    hasta: tuple[int, ...]
    al_borrar: str
    al_cambiar: str
    columnas: tuple[str, ...]
    definicion: str


_ACCION = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}


def clase_de(conexion: Connection, tabla: str) -> str | None:
    """Qué es `public.tabla`: «r» tabla, «v» vista…; None si no existe."""
    orden = text("select relkind::text from pg_class where relnamespace = 'public'::regnamespace and relname = :t")
    clase: str | None = conexion.scalar(orden, {"t": tabla})
    return clase


def columnas_de(conexion: Connection, tabla: str) -> dict[str, ColumnaHallada]:
    """Las columnas de una tabla, por nombre y en su orden."""
    filas = conexion.execute(
        text(
            """
            select a.attname, format_type(a.atttypid, a.atttypmod) as tipo, a.attnotnull,
              a.atthasdef or a.attidentity <> '' as con_defecto, a.attgenerated <> '' as calculada
            from pg_attribute a
            where a.attrelid = cast(:t as regclass) and a.attnum > 0 and not a.attisdropped order by a.attnum
            """
        ),
        {"t": f"public.{tabla}"},
    )
    return {f.attname: ColumnaHallada(f.tipo, f.attnotnull, f.con_defecto, f.calculada) for f in filas}


def reglas_de(conexion: Connection, tabla: str) -> list[ReglaHallada]:
    """Restricciones e índices únicos sueltos de una tabla."""
    filas = conexion.execute(
        text(
            """
            select c.conname as nombre, c.contype::text as clase, pg_get_constraintdef(c.oid) as definicion,
              array(select a.attname::text from unnest(c.conkey) with ordinality k (n, o)
                    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by k.o) as columnas
            from pg_constraint c where c.conrelid = cast(:t as regclass) and c.contype in ('p', 'u', 'c', 'x', 'f')
            union all
            select (select relname from pg_class where oid = i.indexrelid), 'i', pg_get_indexdef(i.indexrelid),
              array(select a.attname::text from unnest(i.indkey::int2[]) with ordinality k (n, o)
                    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.n order by k.o)
            from pg_index i
            where i.indrelid = cast(:t as regclass) and i.indisunique
              and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x'))
            order by 1
            """
        ),
        {"t": f"public.{tabla}"},
    )
    return [ReglaHallada(f.nombre, f.clase, tuple(f.columnas), f.definicion) for f in filas]


def politicas_de(conexion: Connection, tabla: str) -> list[tuple[str, str]]:
    """Las políticas de RLS de una tabla: (nombre, condición)."""
    filas = conexion.execute(
        text(
            "select polname, coalesce(pg_get_expr(polqual, polrelid), '') as condicion from pg_policy where polrelid = cast(:t as regclass)"
        ),
        {"t": f"public.{tabla}"},
    )
    return [(f.polname, f.condicion) for f in filas]


def claves_ajenas(conexion: Connection, tablas: list[str]) -> list[ClaveAjena]:
    """Las claves ajenas que salen de esas tablas o llegan a ellas."""
    filas = conexion.execute(
        text(
            """
            select conname, conrelid::regclass::text as de, confrelid::regclass::text as hacia, conkey, confkey,
              confdeltype::text as borrar, confupdtype::text as cambiar, pg_get_constraintdef(oid) as definicion,
              array(select a.attname::text from pg_attribute a where a.attrelid = conrelid and a.attnum = any (conkey)) as columnas
            from pg_constraint
            where contype = 'f' and conparentid = 0
              and (conrelid::regclass::text = any (:t) or confrelid::regclass::text = any (:t))
            order by conrelid::regclass::text, conname
            """
        ),
        {"t": tablas},
    )
    return [
        ClaveAjena(
            nombre=f.conname,
            de=f.de,
            hacia=f.hacia,
            desde=tuple(f.conkey),
            hasta=tuple(f.confkey),
            al_borrar=_ACCION[f.borrar],
            al_cambiar=_ACCION[f.cambiar],
            columnas=tuple(f.columnas),
            definicion=f.definicion,
        )
        for f in filas
    ]


def nombres_de_columnas(conexion: Connection, tabla: str, numeros: tuple[int, ...]) -> list[str]:
    """Los nombres que tienen hoy esas columnas (por su número, que no cambia)."""
    filas: Any = conexion.execute(
        text(
            "select a.attname from unnest(cast(:n as int2[])) with ordinality k (n, o)"
            " join pg_attribute a on a.attrelid = cast(:t as regclass) and a.attnum = k.n order by k.o"
        ),
        {"n": list(numeros), "t": tabla},
    )
    return [f.attname for f in filas]


def contar(conexion: Connection, tabla: str) -> int:
    """Filas de una tabla."""
    return int(conexion.exec_driver_sql(f"select count(*) from public.{tabla}").scalar_one())  # nosec B608 # nombres de las migraciones
