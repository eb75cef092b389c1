"""Importa los archivos `*_rows.sql` que exporta Supabase Studio: los lee (nunca los ejecuta), los ordena y da cuenta de cada fila."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from sql.conexion import dsn
from sql.importar_ordenes import apartar_malas, contar_por_tabla, crear_lecturas, insertar, marcar_conocidas
from sql.importar_tablas import SE_REESCRIBE_SOLA, TABLAS
from sql.migrar import CARPETA, migrar
from sql.volcado import Fila, VolcadoInvalido, descodificar, leer

_CANDADO = 7_210_002
_CONOCIDAS = {tabla.nombre: frozenset(tabla.columnas) | {"id"} for tabla in TABLAS}


class NoSePudoImportar(RuntimeError):
    """Algún archivo no se pudo importar; el mensaje es el informe entero y dice la línea."""


@dataclass(slots=True)
class CuentaDeTabla:
    """Qué pasó con las filas de una tabla."""

    leidas: int = 0
    tomadas: int = 0
    ya_estaban: int = 0
    apartadas: dict[str, int] = field(default_factory=dict)
    columnas_de_mas: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Informe:
    """Qué pasó con un archivo. Con `error`, no se tomó nada de él."""

    archivo: str
    tablas: dict[str, CuentaDeTabla] = field(default_factory=dict)
    desconocidas: Counter[str] = field(default_factory=Counter)
    personas_nuevas: int = 0
    error: str | None = None

    def texto(self) -> str:
        """El informe para leerlo en una terminal."""
        if self.error is not None:
            return f"{self.archivo}: no se importó nada. {self.error[0].upper()}{self.error[1:]}."
        return "\n".join([f"{self.archivo}:", *self._renglones()])

    def _renglones(self) -> Iterator[str]:
        for tabla, cuenta in self.tablas.items():
            yield (
                f"  {tabla}: {cuenta.leidas} leídas · {cuenta.tomadas} tomadas · {cuenta.ya_estaban} ya estaban"
                f" · {sum(cuenta.apartadas.values())} apartadas"
            )
            yield from (f"    apartadas {cuantas}: {motivo}" for motivo, cuantas in sorted(cuenta.apartadas.items()))
            if cuenta.columnas_de_mas:
                yield f"    columnas que no se toman: {', '.join(sorted(cuenta.columnas_de_mas))}"
        for tabla, cuantas in sorted(self.desconocidas.items()):
            por_que = "la aplicación la reescribe al arrancar" if tabla == SE_REESCRIBE_SOLA else "no es una tabla de este proyecto"
            yield f"  {tabla}: {cuantas} filas sin tomar ({por_que})"
        if self.personas_nuevas:
            yield f"  {self.personas_nuevas} personas nuevas para mensajes que no tenían contacto"


def importar(url: str, ruta: Path) -> Informe:
    """Importa un archivo en una sola transacción: o entra entero o no entra nada. Importarlo otra vez no cambia nada.

    La base debe estar migrada. Un archivo que no se entiende devuelve un informe con `error`, no una excepción.
    """
    informe = Informe(ruta.name)
    try:
        texto = descodificar(ruta.read_bytes())
        with psycopg.connect(dsn(url), connect_timeout=5) as conexion:
            _importar(conexion, texto, informe)
    except VolcadoInvalido as error:
        return Informe(ruta.name, error=str(error))
    except OSError as error:
        return Informe(ruta.name, error=f"no se puede leer el archivo: {error.strerror}")
    except psycopg.errors.UniqueViolation:
        return Informe(ruta.name, error="alguien guardó las mismas filas mientras tanto; vuelve a intentarlo")
    return informe


def importar_y_contar(url: str, rutas: list[Path]) -> str:
    """Prepara la base, importa los archivos (los contactos antes que sus mensajes) y devuelve el informe en español.

    Raises:
        NoSePudoImportar: con el mismo informe, si algún archivo no entró; los demás sí.
    """
    migrar(url)
    informes = [importar(url, ruta) for ruta in sorted(rutas, key=_turno)]
    texto = "\n".join(informe.texto() for informe in informes)
    if any(informe.error for informe in informes):
        raise NoSePudoImportar(texto)
    return texto


def _turno(ruta: Path) -> tuple[int, str]:
    turnos = [tabla.nombre for tabla in TABLAS]
    nombre = ruta.name.split("_rows")[0]
    return (turnos.index(nombre) if nombre in turnos else len(turnos), ruta.name)


def _importar(conexion: psycopg.Connection[Any], texto: str, informe: Informe) -> None:
    ordenes = CARPETA / "ordenes"
    conexion.execute("set local statement_timeout = 0; set local search_path = public; set local work_mem = '64MB'")
    conexion.execute("set local timezone = 'UTC'; set local datestyle = 'ISO, DMY'")
    conexion.execute("select pg_advisory_xact_lock(%s)", (_CANDADO,))
    conexion.execute((ordenes / "conversiones.sql").read_text())
    conexion.execute(
        "create temp table entrada (n bigint generated always as identity, tabla text, linea bigint, fila jsonb) on commit drop"
    )
    _copiar(conexion, leer(texto), informe)
    conexion.execute("create index on pg_temp.entrada (tabla); analyze pg_temp.entrada")
    for tabla in TABLAS:
        if tabla.nombre in informe.tablas:
            crear_lecturas(conexion, tabla)
            apartar_malas(conexion, tabla)
            marcar_conocidas(conexion, tabla)
            insertar(conexion, tabla)
            contar_por_tabla(conexion, informe.tablas[tabla.nombre])
    if {"contactos", "historial_conversaciones"} & informe.tablas.keys():
        antes = _contactos(conexion)
        conexion.execute((ordenes / "enlazar.sql").read_text())
        conexion.execute((ordenes / "enlazar_ventanas.sql").read_text())
        informe.personas_nuevas = _contactos(conexion) - antes


def _copiar(conexion: psycopg.Connection[Any], filas: Iterator[Fila], informe: Informe) -> None:
    """Deja en la tabla temporal `entrada` las filas de las tablas conocidas, y cuenta las demás."""
    with conexion.cursor() as cursor, cursor.copy("copy pg_temp.entrada (tabla, linea, fila) from stdin") as copia:
        for fila in filas:
            conocidas = _CONOCIDAS.get(fila.tabla)
            if conocidas is None:
                informe.desconocidas[fila.tabla] += 1
                continue
            cuenta = informe.tablas.setdefault(fila.tabla, CuentaDeTabla())
            cuenta.leidas += 1
            cuenta.columnas_de_mas |= fila.valores.keys() - conocidas
            copia.write_row((fila.tabla, fila.linea, json.dumps(fila.valores, ensure_ascii=False)))


def _contactos(conexion: psycopg.Connection[Any]) -> int:
    fila = conexion.execute("select count(*) from public.contactos").fetchone()
    return int(fila[0]) if fila else 0
