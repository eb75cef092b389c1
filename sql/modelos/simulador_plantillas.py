"""El libro de plantillas del WhatsApp simulado (`simulador_plantillas`): lo que «Twilio» tiene en modo demo."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion
from sql.modelos.base import Base, Creado, Id, NombreNora


class PlantillaSimulada(Base):
    """Una plantilla aceptada por el simulador, como la tendría Twilio."""

    __tablename__ = "simulador_plantillas"
    __table_args__ = ({"comment": "Plantillas aceptadas por el WhatsApp simulado del modo demo"},)

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    content_sid: Mapped[str] = mapped_column(unique=True, nullable=False, comment="Identificador inventado con la forma de Twilio")
    nombre: Mapped[str] = mapped_column(nullable=False, comment="Nombre con el que se creó")
    idioma: Mapped[str] = mapped_column(nullable=False, comment="Código de idioma")
    variables: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, server_default="{}", comment="Ejemplo de cada variable")
    tipos: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, server_default="{}", comment="Contenido tal como lo pide Twilio")
    categoria: Mapped[str | None] = mapped_column(comment="Categoría con la que se pidió aprobarla, como la llama Twilio")
    pedida_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo se pidió aprobarla")
    decidida_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo contesta el revisor simulado; vacío, nunca")
    created_at: Mapped[Creado]


def anotar_plantilla_simulada(nombre_nora: str, content_sid: str, **campos: Any) -> None:
    """Anota una plantilla aceptada por el simulador."""
    with transaccion(nombre_nora) as sesion:
        sesion.add(PlantillaSimulada(nombre_nora=nombre_nora, content_sid=content_sid, **campos))


def listar_plantillas_simuladas(nombre_nora: str) -> list[PlantillaSimulada]:
    """Las plantillas que el simulador tiene de esa Nora, la más vieja primero."""
    with transaccion(nombre_nora) as sesion:
        orden = select(PlantillaSimulada).where(PlantillaSimulada.nombre_nora == nombre_nora)
        return list(sesion.scalars(orden.order_by(PlantillaSimulada.id)))


def buscar_plantilla_simulada(nombre_nora: str, content_sid: str) -> PlantillaSimulada | None:
    """La plantilla simulada con ese SID, o None."""
    with transaccion(nombre_nora) as sesion:
        orden = select(PlantillaSimulada).where(PlantillaSimulada.nombre_nora == nombre_nora, PlantillaSimulada.content_sid == content_sid)
        return sesion.scalar(orden)


def pedir_aprobacion_simulada(
    nombre_nora: str, content_sid: str, *, categoria: str, pedida_en: dt.datetime, decidida_en: dt.datetime
) -> bool:
    """Anota que se pidió aprobarla y cuándo se contestará; dice si existía."""
    with transaccion(nombre_nora) as sesion:
        resultado: Any = sesion.execute(
            update(PlantillaSimulada)
            .where(PlantillaSimulada.nombre_nora == nombre_nora, PlantillaSimulada.content_sid == content_sid)
            .values(categoria=categoria, pedida_en=pedida_en, decidida_en=decidida_en)
        )
        return bool(resultado.rowcount)


def borrar_plantilla_simulada(nombre_nora: str, content_sid: str) -> None:
    """La quita del simulador; si ya no está, no pasa nada."""
    with transaccion(nombre_nora) as sesion:
        sesion.execute(
            delete(PlantillaSimulada).where(PlantillaSimulada.nombre_nora == nombre_nora, PlantillaSimulada.content_sid == content_sid)
        )
