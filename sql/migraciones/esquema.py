"""Cómo se describe una tabla dentro de una migración: datos congelados, que no cambian cuando cambian los modelos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Columna:
    """Una columna tal como debe quedar. `calculo` es la expresión de una columna generada."""

    nombre: str
    tipo: str
    comentario: str
    obligatoria: bool = False
    defecto: str | None = None
    calculo: str | None = None

    @property
    def tipo_en_el_catalogo(self) -> str:
        """El tipo tal como lo nombra Postgres al leerlo."""
        return self.tipo.partition(" generated ")[0].replace("timestamptz", "timestamp with time zone").replace(", ", ",")

    @property
    def definicion(self) -> str:
        """Lo que va detrás de «add column»."""
        partes = [f'"{self.nombre}"', self.tipo]
        if self.calculo:
            partes.append(f"generated always as ({self.calculo}) stored")
        if self.defecto is not None:
            partes.append(f"default {self.defecto}")
        if self.obligatoria:
            partes.append("not null")
        return " ".join(partes)


@dataclass(frozen=True, slots=True)
class Tabla:
    """Una tabla tal como debe quedar, con su clave primaria (por omisión, la identidad `id`).

    `heredadas` son las columnas que ya tenía la base anterior; sin ellas, la tabla es nueva y no adopta nada.
    `orden` es la columna de fecha por la que se numeran sus filas si su `id` viejo no era un número.
    """

    nombre: str
    comentario: str
    columnas: tuple[Columna, ...]
    clave: tuple[str, ...] = ("id",)
    heredadas: frozenset[str] = frozenset()
    orden: str = "created_at"

    def tiene(self, columna: str) -> bool:
        """Si esa columna es de esta tabla."""
        return any(propia.nombre == columna for propia in self.columnas)


@dataclass(frozen=True, slots=True)
class Regla:
    """Una restricción con nombre: `definicion` es lo que va detrás de «add constraint nombre»."""

    tabla: str
    nombre: str
    definicion: str

    @property
    def es_comprobacion(self) -> bool:
        """Si es un CHECK: en una base adoptada entra sin validar, para que las filas viejas se queden."""
        return self.definicion.startswith("check")

    @property
    def condicion(self) -> str:
        """Lo que un CHECK exige, entre paréntesis."""
        return self.definicion.removeprefix("check ")


@dataclass(frozen=True, slots=True)
class Indice:
    """Un índice con nombre; `sobre` es lo que va detrás de «on tabla»."""

    tabla: str
    nombre: str
    sobre: str
    unico: bool = False

    @property
    def orden(self) -> str:
        """La orden entera."""
        return f"create {'unique ' if self.unico else ''}index if not exists {self.nombre} on public.{self.tabla} {self.sobre}"


def literal(texto: str) -> str:
    """El texto como literal de SQL; sólo para comentarios y nombres escritos en las migraciones."""
    return "'" + texto.replace("'", "''") + "'"


def ejecutar(conexion: Connection, ordenes: str) -> None:
    """Ejecuta texto de SQL tal cual (varias órdenes, con `%` y `:` dentro), en la transacción de esa conexión."""
    cruda: Any = conexion.connection.driver_connection
    cruda.execute(ordenes)
