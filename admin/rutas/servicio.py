"""La auditoría de rutas y el estado técnico de la casa."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from admin.rutas.publicas import motivo_de_rojo
from ia.palabras import sin_acentos
from registro.config import Ajustes
from registro.salud import LATIDO_VIEJO_SEGUNDOS
from registro.servicios import Servicio, describir
from sql import conexion, migrar
from sql.modelos.latidos import todas_las_noras_segundos_desde_latido
from sql.modelos.rutas import RutaRegistrada, todas_las_noras_listar_rutas

_PAQUETES = ("flask", "flask-socketio", "flask-security", "sqlalchemy", "alembic", "psycopg", "twilio", "openai", "gunicorn", "apscheduler")


@dataclass(frozen=True, slots=True)
class RutaAuditada:
    """Una ruta y, si algo no está en orden, qué."""

    ruta: RutaRegistrada
    rojo: str


@dataclass(frozen=True, slots=True)
class Estado:
    """Qué corre aquí y cómo está."""

    versiones: tuple[tuple[str, str], ...]
    revision: str
    esta_al_dia: bool
    servicios: tuple[Servicio, ...]
    latido: float | None
    """Segundos desde la última señal del trabajador; None si nunca dio."""

    @property
    def hay_trabajador(self) -> bool:
        """Si el trabajador dio señales hace poco."""
        return self.latido is not None and self.latido < LATIDO_VIEJO_SEGUNDOS


def listar_rutas(texto: str = "", proteccion: str = "") -> list[RutaAuditada]:
    """Las rutas que sirve la aplicación, primero las que hay que mirar; con filtro por texto y por protección."""
    buscado = sin_acentos(texto)
    auditadas = [RutaAuditada(r, motivo_de_rojo(r.metodo, r.ruta, r.proteccion)) for r in todas_las_noras_listar_rutas()]
    return sorted(
        (a for a in auditadas if _contiene(a.ruta, buscado) and proteccion in {"", a.ruta.proteccion}),
        key=lambda a: (not a.rojo, a.ruta.ruta, a.ruta.metodo),
    )


def _contiene(ruta: RutaRegistrada, buscado: str) -> bool:
    return buscado in sin_acentos(f"{ruta.metodo} {ruta.ruta} {ruta.blueprint} {ruta.punto_final} {ruta.modulo or ''}")


def describir_estado(ajustes: Ajustes) -> Estado:
    """Versiones, migraciones, servicios y procesos."""
    return Estado(
        versiones=(("Python", platform.python_version()), *((paquete, _version(paquete)) for paquete in _PAQUETES)),
        revision=migrar.cabeza(),
        esta_al_dia=migrar.esta_al_dia(conexion.dsn()),
        servicios=tuple(describir(ajustes)),
        latido=todas_las_noras_segundos_desde_latido("trabajador"),
    )


def _version(paquete: str) -> str:
    try:
        return version(paquete)
    except PackageNotFoundError:
        return "no instalado"
