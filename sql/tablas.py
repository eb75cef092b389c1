"""Escribe docs/tablas.md a partir de la base: `python -m sql.tablas`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import psycopg

from sql import embebida
from sql.conexion import ROL_DE_LA_APLICACION, dsn
from sql.migrar import migrar

ARCHIVO = Path(__file__).parent.parent / "docs" / "tablas.md"

_TABLAS = """
    select c.oid, c.relname as nombre, obj_description(c.oid, 'pg_class') as para_que
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'alembic_version' order by 2
"""
_COLUMNAS = """
    select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      case when a.attidentity <> '' then 'sola' when a.attgenerated <> '' then 'calculada' else pg_get_expr(d.adbin, d.adrelid) end,
      col_description(a.attrelid, a.attnum)
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = %s and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
_REGLAS = """
    select conname, pg_get_constraintdef(oid) from pg_constraint
    where conrelid = %s and contype in ('p', 'u', 'c', 'f') order by contype = 'p' desc, conname
"""
_INDICES = """
    select c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .* USING ', '\\1')
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = %s and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))
    order by 1
"""
_POLITICAS = "select polname from pg_policy where polrelid = %s order by 1"
_FUNCIONES = """
    select p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', obj_description(p.oid, 'pg_proc'), p.prosecdef
    from pg_proc p where p.pronamespace = 'public'::regnamespace and obj_description(p.oid, 'pg_proc') is not null
      and has_function_privilege(%s, p.oid, 'execute') order by 1
"""
_SENTIDO = {"de_su_nora": "sólo desde la transacción de su Nora", "sin_nora": "sólo desde las funciones `todas_las_noras_…`"}


def generar(url: str) -> str:
    """El documento entero, a partir de una base ya migrada."""
    with psycopg.connect(dsn(url), autocommit=True) as conexion:
        conexion.execute("set search_path = public")
        partes = [
            "# Tablas",
            "",
            "Este archivo sale de la base de datos: no se edita, se escribe con `python -m sql.tablas`.",
            "",
        ]
        for oid, nombre, para_que in conexion.execute(_TABLAS).fetchall():
            partes += _tabla(conexion, oid, nombre, para_que)
        partes += ["## Funciones", "", "| función | para qué | corre como |", "|---|---|---|"]
        for firma, para_que, definida in conexion.execute(_FUNCIONES, (ROL_DE_LA_APLICACION,)):
            partes.append(f"| `{firma}` | {para_que} | {'su dueña' if definida else 'quien llama'} |")
    return "\n".join(partes) + "\n"


def _tabla(conexion: psycopg.Connection[Any], oid: int, nombre: str, para_que: str) -> list[str]:
    politicas = [_SENTIDO.get(politica, politica) for (politica,) in conexion.execute(_POLITICAS, (oid,))]
    partes = [f"## {nombre}", "", f"{para_que}. Se ve y se escribe {', '.join(politicas)}.", ""]
    partes += ["| columna | tipo | obligatoria | por omisión | qué es |", "|---|---|---|---|---|"]
    for columna, tipo, obligatoria, omision, comentario in conexion.execute(_COLUMNAS, (oid,)):
        valor = f"`{omision}`" if omision and omision not in {"sola", "calculada"} else omision or ""
        partes.append(f"| {columna} | {tipo} | {'sí' if obligatoria else ''} | {valor} | {_celda(comentario)} |")
    partes.append("")
    partes += [f"- `{regla}`: {definicion}" for regla, definicion in conexion.execute(_REGLAS, (oid,))]
    partes += [f"- `{indice}`: {definicion}" for indice, definicion in conexion.execute(_INDICES, (oid,))]
    return [*partes, ""]


def _celda(texto: str | None) -> str:
    return (texto or "").replace("|", "\\|")


def escribir() -> None:
    """Enciende un Postgres pasajero, lo migra y deja docs/tablas.md al día."""
    with tempfile.TemporaryDirectory() as carpeta:
        try:
            url = embebida.asegurar(Path(carpeta), {"fsync": "off"})
            migrar(url)
            ARCHIVO.write_text(generar(url), encoding="utf-8")
        finally:
            embebida.detener(Path(carpeta))


if __name__ == "__main__":
    escribir()
