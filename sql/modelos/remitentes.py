"""El número de cada Nora ante Twilio (`remitentes`): credenciales cifradas, firma que se exige, ritmo y salud."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Integer, Numeric, UniqueConstraint, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Cambiado, Creado, Id, NombreNora
from sql.modelos.noras import Nora


class Remitente(Base):
    """Cómo habla con Twilio el número de cada Nora: credenciales propias, firma, ritmo y salud. Sin fila valen los de la instalación."""

    __tablename__ = "remitentes"
    __table_args__ = (
        UniqueConstraint("nombre_nora"),
        CheckConstraint("esquema in ('sha1', 'sha256')", name="esquema_valido"),
        {
            "comment": (
                "Cómo habla con Twilio el número de cada Nora: credenciales propias, firma, ritmo y salud."
                " Sin fila valen los de la instalación"
            )
        },
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    cuenta: Mapped[str | None] = mapped_column(comment="AccountSid propio; vacío si usa el de la instalación")
    servicio: Mapped[str | None] = mapped_column(comment="MessagingServiceSid por el que envía, si usa uno")
    ficha_cifrada: Mapped[str | None] = mapped_column(comment="Auth Token de la cuenta propia, cifrado")
    ficha_cambiada_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo se cambió el Auth Token")
    ficha_anterior_cifrada: Mapped[str | None] = mapped_column(comment="Auth Token anterior, cifrado, mientras dura una rotación")
    ficha_anterior_hasta: Mapped[dt.datetime | None] = mapped_column(comment="Hasta cuándo vale el token anterior")
    api_usuario: Mapped[str | None] = mapped_column(comment="Clave de API (SK…) con la que envía, si usa una")
    api_clave_cifrada: Mapped[str | None] = mapped_column(comment="Secreto de la clave de API, cifrado")
    esquema: Mapped[str] = mapped_column(nullable=False, server_default="sha1", comment="Firma mínima que se acepta: sha1 o sha256")
    claves_compartidas_cifradas: Mapped[str | None] = mapped_column(
        comment="Claves compartidas de firma (JSON de clave a secreto), cifradas"
    )
    sombra_hasta: Mapped[dt.datetime | None] = mapped_column(comment="Hasta cuándo la firma sólo se cuenta y no se exige")
    sombra_veces: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default="0", comment="Avisos que se habrían rechazado en sombra"
    )
    sombra_ultima: Mapped[dt.datetime | None] = mapped_column(comment="Último aviso que se habría rechazado")
    sombra_motivo: Mapped[str | None] = mapped_column(comment="Por qué se habría rechazado el último")
    por_segundo: Mapped[Decimal | None] = mapped_column(Numeric, comment="Envíos por segundo de este número; vacío, el de WhatsApp")
    estado: Mapped[str | None] = mapped_column(comment="Estado del remitente en Twilio (ONLINE, OFFLINE…)")
    calidad: Mapped[str | None] = mapped_column(comment="Calidad según Meta")
    limite: Mapped[str | None] = mapped_column(comment="Personas distintas a las que puede iniciar charla en 24 horas")
    razones: Mapped[list[Any]] = mapped_column(
        JSONB, nullable=False, server_default="[]", comment="Por qué está fuera de línea, según Twilio"
    )
    sender_sid: Mapped[str | None] = mapped_column(comment="Identificador del remitente en Twilio (XE…)")
    webhook_url: Mapped[str | None] = mapped_column(comment="Dirección de avisos que Twilio tiene puesta")
    mirado_en: Mapped[dt.datetime | None] = mapped_column(comment="Última vez que se preguntó a Twilio por su salud")
    comprobado_en: Mapped[dt.datetime | None] = mapped_column(comment="Última comprobación pedida por una persona")
    comprobacion: Mapped[list[Any]] = mapped_column(
        JSONB, nullable=False, server_default="[]", comment="Resultado de esa comprobación, paso a paso"
    )
    created_at: Mapped[Creado]
    updated_at: Mapped[Cambiado]


@dataclass(frozen=True, slots=True)
class RemitenteDeNora:
    """Una Nora con su número y, si las tiene, sus credenciales propias."""

    nombre_nora: str
    numero_nora: str | None
    remitente: Remitente | None


def buscar_remitente(nombre_nora: str) -> Remitente | None:
    """Cómo habla con Twilio el número de esa Nora, o None si vale lo de la instalación."""
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(select(Remitente).where(Remitente.nombre_nora == nombre_nora))


def guardar_remitente(nombre_nora: str, **campos: Any) -> Remitente:
    """Crea la fila de esa Nora o cambia sólo los campos dados; lo secreto llega ya cifrado."""
    orden = insert(Remitente).values(nombre_nora=nombre_nora, **campos)
    with transaccion(nombre_nora) as sesion:
        sesion.execute(orden.on_conflict_do_update(index_elements=["nombre_nora"], set_=campos | {"updated_at": func.now()}))
        return sesion.scalars(
            select(Remitente).where(Remitente.nombre_nora == nombre_nora), execution_options={"populate_existing": True}
        ).one()


def sumar_sombra(nombre_nora: str, veces: int, *, ultima: dt.datetime, motivo: str) -> None:
    """Suma avisos que se habrían rechazado mientras el número está en sombra."""
    orden = (
        update(Remitente)
        .where(Remitente.nombre_nora == nombre_nora)
        .values(sombra_veces=Remitente.sombra_veces + veces, sombra_ultima=ultima, sombra_motivo=motivo)
    )
    with transaccion(nombre_nora) as sesion:
        sesion.execute(orden)


def todas_las_noras_listar_remitentes() -> list[RemitenteDeNora]:
    """Todas las Noras con su número y sus credenciales, por nombre. Cruza Noras: un aviso dice su número, no su Nora."""
    orden = (
        select(Nora.nombre_nora, Nora.numero_nora, Remitente)
        .outerjoin(Remitente, Remitente.nombre_nora == Nora.nombre_nora)
        .order_by(Nora.nombre_nora)
    )
    with transaccion_de_todas_las_noras() as sesion:
        return [RemitenteDeNora(nombre, numero, remitente) for nombre, numero, remitente in sesion.execute(orden)]
