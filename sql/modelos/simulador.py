"""El libro del WhatsApp simulado (`simulador_envios`): lo que «Twilio» aceptó en modo demo."""

from __future__ import annotations

from sqlalchemy import Index, desc, select
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion
from sql.modelos.base import Base, Creado, Id, NombreNora


class EnvioSimulado(Base):
    """Un envío aceptado por el simulador, como lo tendría Twilio."""

    __tablename__ = "simulador_envios"
    __table_args__ = (
        Index("ix_simulador_envios_nombre_nora_para", "nombre_nora", "para", desc("id")),
        {"comment": "Envíos aceptados por el WhatsApp simulado del modo demo"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    message_sid: Mapped[str] = mapped_column(unique=True, nullable=False, comment="Identificador inventado con la forma de Twilio")
    para: Mapped[str] = mapped_column(nullable=False, comment="Dirección de la persona")
    de: Mapped[str] = mapped_column(nullable=False, comment="Dirección de la Nora")
    cuerpo: Mapped[str] = mapped_column(nullable=False, comment="Texto")
    aviso_url: Mapped[str] = mapped_column(nullable=False, server_default="", comment="Adónde avisar los cambios de estado")
    created_at: Mapped[Creado]


def aceptar_envio(nombre_nora: str, message_sid: str, *, para: str, de: str, cuerpo: str, aviso_url: str) -> None:
    """Anota que el simulador aceptó un envío."""
    with transaccion(nombre_nora) as sesion:
        sesion.add(EnvioSimulado(nombre_nora=nombre_nora, message_sid=message_sid, para=para, de=de, cuerpo=cuerpo, aviso_url=aviso_url))


def buscar_envio(nombre_nora: str, message_sid: str) -> EnvioSimulado | None:
    """El envío simulado con ese SID, o None."""
    with transaccion(nombre_nora) as sesion:
        orden = select(EnvioSimulado).where(EnvioSimulado.nombre_nora == nombre_nora, EnvioSimulado.message_sid == message_sid)
        return sesion.scalar(orden)


def listar_envios(nombre_nora: str, *, para: str, limite: int = 50) -> list[EnvioSimulado]:
    """Los últimos envíos simulados a esa dirección, el más reciente primero."""
    with transaccion(nombre_nora) as sesion:
        return list(
            sesion.scalars(
                select(EnvioSimulado)
                .where(EnvioSimulado.nombre_nora == nombre_nora, EnvioSimulado.para == para)
                .order_by(EnvioSimulado.id.desc())
                .limit(limite)
            )
        )


def listar_aceptados(nombre_nora: str, *, de: str, antes_de: int | None = None, limite: int = 200) -> list[EnvioSimulado]:
    """Un lote de lo aceptado desde esa dirección, el más reciente primero; el siguiente se pide con el último id."""
    orden = select(EnvioSimulado).where(EnvioSimulado.nombre_nora == nombre_nora, EnvioSimulado.de == de)
    if antes_de is not None:
        orden = orden.where(EnvioSimulado.id < antes_de)
    with transaccion(nombre_nora) as sesion:
        return list(sesion.scalars(orden.order_by(EnvioSimulado.id.desc()).limit(limite)))
