"""Lo que se mira para saber si la casa va bien: la cola de salida y quién tiene cada turno."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, text

from sql.conexion import transaccion_de_todas_las_noras
from sql.modelos.mensajes import Mensaje

EN_CAMINO = ("listo", "enviando", "por_confirmar")
"""Los estados de lo que todavía no salió."""


@dataclass(frozen=True, slots=True)
class Cola:
    """Cuántos envíos hay en un estado y cuánto lleva el más viejo, en segundos."""

    estado: str
    cuantos: int
    edad_segundos: float


def todas_las_noras_contar_cola() -> list[Cola]:
    """La cola de salida de todas las Noras, un renglón por estado aunque esté vacío."""
    orden = (
        select(Mensaje.estado, func.count(), func.extract("epoch", func.now() - func.min(Mensaje.fecha_hora)))
        .where(Mensaje.estado.in_(EN_CAMINO))
        .group_by(Mensaje.estado)
    )
    with transaccion_de_todas_las_noras() as sesion:
        halladas = {estado: Cola(estado, cuantos, max(0.0, float(edad))) for estado, cuantos, edad in sesion.execute(orden)}
    return [halladas.get(estado, Cola(estado, 0, 0.0)) for estado in EN_CAMINO]


def todas_las_noras_tiene_dueno(candado: int) -> bool:
    """Si algún proceso de esta base tiene ahora ese turno (candado de aviso de Postgres)."""
    orden = text(
        "select exists (select from pg_locks where locktype = 'advisory' and granted and objsubid = 1"
        " and classid = (cast(:candado as bigint) >> 32)::oid and objid = (cast(:candado as bigint) & 4294967295)::oid"
        " and database = (select oid from pg_database where datname = current_database()))"
    )
    with transaccion_de_todas_las_noras() as sesion:
        return bool(sesion.scalar(orden, {"candado": candado}))
