"""Señales de vida de los procesos (`latidos`), para que /listo sepa si hay quien atienda."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Text, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion_de_todas_las_noras
from sql.modelos.base import Base


class Latido(Base):
    """Última señal de un proceso."""

    __tablename__ = "latidos"
    __table_args__ = ({"comment": "Última señal de vida de cada proceso"},)

    proceso: Mapped[str] = mapped_column(Text, primary_key=True, comment="Nombre del proceso")
    visto_en: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Última señal")


def todas_las_noras_latir(proceso: str) -> None:
    """Deja constancia de que ese proceso sigue vivo."""
    with transaccion_de_todas_las_noras() as sesion:
        sesion.execute(
            insert(Latido).values(proceso=proceso).on_conflict_do_update(index_elements=["proceso"], set_={"visto_en": func.now()})
        )


def todas_las_noras_listar_latidos(prefijo: str) -> dict[str, dt.datetime]:
    """La última señal de cada proceso cuyo nombre empieza así, por lo que sigue a ese comienzo."""
    orden = select(Latido).where(Latido.proceso.startswith(prefijo, autoescape=True))
    with transaccion_de_todas_las_noras() as sesion:
        return {latido.proceso.removeprefix(prefijo): latido.visto_en for latido in sesion.scalars(orden)}


def todas_las_noras_segundos_desde_latido(proceso: str) -> float | None:
    """Segundos desde la última señal de ese proceso; None si nunca dio."""
    with transaccion_de_todas_las_noras() as sesion:
        valor = sesion.scalar(select(func.extract("epoch", func.now() - Latido.visto_en)).where(Latido.proceso == proceso))
        return None if valor is None else float(valor)
