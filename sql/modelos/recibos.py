"""El recibo de cada respuesta de la IA (`recibos_ia`): qué usó, con qué modelo, cuánto costó y cuánto tardó."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Integer, Numeric, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion
from sql.modelos.base import Base, Creado, Id, NombreNora


class Recibo(Base):
    """De dónde salió una respuesta."""

    __tablename__ = "recibos_ia"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "mensaje_id"),
        ForeignKeyConstraint(
            ["nombre_nora", "mensaje_id"], ["historial_conversaciones.nombre_nora", "historial_conversaciones.id"], ondelete="CASCADE"
        ),
        {"comment": "De dónde salió cada respuesta de la IA y cuánto costó"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    mensaje_id: Mapped[int] = mapped_column(nullable=False, comment="Respuesta a la que pertenece")
    motor: Mapped[str] = mapped_column(nullable=False, comment="openai o extractivo")
    modelo: Mapped[str | None] = mapped_column(comment="Modelo usado, si hubo")
    accion: Mapped[str] = mapped_column(nullable=False, comment="responder o pasar_a_persona")
    motivo: Mapped[str | None] = mapped_column(comment="Por qué se decidió así, en palabras")
    bloques: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, nullable=False, server_default="[]", comment="Bloques usados: id, texto y cobertura"
    )
    fichas_entrada: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Tokens de entrada")
    fichas_salida: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Tokens de salida")
    costo_usd: Mapped[Decimal | None] = mapped_column(
        Numeric(12, 6), comment="Costo en dólares; vacío si no se conoce el precio del modelo"
    )
    milisegundos: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Tiempo en pensar")
    created_at: Mapped[Creado]


def guardar_recibo(nombre_nora: str, mensaje_id: int, **campos: Any) -> None:
    """Guarda el recibo de una respuesta; si ya tenía, se queda el primero."""
    with transaccion(nombre_nora) as sesion:
        sesion.execute(
            insert(Recibo)
            .values(nombre_nora=nombre_nora, mensaje_id=mensaje_id, **campos)
            .on_conflict_do_nothing(index_elements=["nombre_nora", "mensaje_id"])
        )


def buscar_recibo(nombre_nora: str, mensaje_id: int) -> Recibo | None:
    """El recibo de ese mensaje, o None si no lo escribió la IA."""
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(select(Recibo).where(Recibo.nombre_nora == nombre_nora, Recibo.mensaje_id == mensaje_id))


def listar_recibos(nombre_nora: str, mensajes: list[int]) -> dict[int, Recibo]:
    """Los recibos de esos mensajes, por id de mensaje; los que no escribió la IA no están."""
    with transaccion(nombre_nora) as sesion:
        filas = sesion.scalars(select(Recibo).where(Recibo.nombre_nora == nombre_nora, Recibo.mensaje_id.in_(mensajes)))
        return {recibo.mensaje_id: recibo for recibo in filas}
