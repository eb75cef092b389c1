"""Deja una base como dicen los datos de una migración: crea lo que falta y adopta lo que ya estaba."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from sql.migraciones.esquema import Indice, Regla, Tabla, ejecutar, literal


def adoptar(conexion: Connection, tablas: Sequence[Tabla], reglas: Sequence[Regla], indices: Sequence[Indice]) -> None:
    for tabla in tablas:
        _crear(conexion, tabla)
    for regla in reglas:
        ejecutar(conexion, f"alter table public.{regla.tabla} add constraint {regla.nombre} {regla.definicion}")
    for indice in indices:
        ejecutar(conexion, indice.orden)
    for tabla in tablas:
        _comentar(conexion, tabla)


def _crear(conexion: Connection, tabla: Tabla) -> None:
    columnas = ",\n  ".join(columna.definicion for columna in tabla.columnas)
    clave = f"constraint pk_{tabla.nombre} primary key ({', '.join(tabla.clave)})"
    ejecutar(conexion, f"create table public.{tabla.nombre} (\n  {columnas},\n  {clave}\n)")


def _comentar(conexion: Connection, tabla: Tabla) -> None:
    ordenes = [f"comment on table public.{tabla.nombre} is {literal(tabla.comentario)}"]
    ordenes += [f'comment on column public.{tabla.nombre}."{c.nombre}" is {literal(c.comentario)}' for c in tabla.columnas]
    ejecutar(conexion, ";\n".join(ordenes))
