"""Las Noras: su número, su carácter y sus tiempos (`configuracion_bot`)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Cambiado, Creado, Id, NoEncontrado, NombreNora


class Nora(Base):
    """Una asistente: configuración que la agencia y el cliente editan."""

    __tablename__ = "configuracion_bot"
    __table_args__ = (
        UniqueConstraint("nombre_nora"),
        UniqueConstraint("numero_nora"),
        CheckConstraint("heredada or nombre_nora ~ '^[a-z0-9][a-z0-9_-]{0,62}$'", name="nombre_valido"),
        {"comment": "Una fila por Nora: número, personalidad, instrucciones y tiempos"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    numero_nora: Mapped[str | None] = mapped_column(comment="Número de WhatsApp en E.164, con +; vacío si aún no tiene")
    mensaje_bienvenida: Mapped[str | None] = mapped_column(comment="Se envía con la primera respuesta a cada persona")
    personalidad: Mapped[str | None] = mapped_column(comment="Cómo habla")
    instrucciones: Mapped[str | None] = mapped_column(comment="Qué debe y qué no debe hacer")
    foto_perfil: Mapped[str | None] = mapped_column(comment="Ruta de la foto")
    nombre_visible: Mapped[str | None] = mapped_column(comment="Nombre del negocio como se muestra en pantalla")
    espera_segundos: Mapped[Decimal] = mapped_column(
        Numeric(5, 1), nullable=False, server_default="4", comment="Segundos de silencio antes de responder, para juntar mensajes seguidos"
    )
    zona_horaria: Mapped[str] = mapped_column(
        nullable=False, server_default="America/Mexico_City", comment="Zona IANA con la que se muestran las horas"
    )
    es_ejemplo: Mapped[bool] = mapped_column(nullable=False, server_default="false", comment="Creada por el modo demo")
    heredada: Mapped[bool] = mapped_column(
        nullable=False, server_default="false", comment="Venía de otra base con un nombre que hoy no se admitiría"
    )
    created_at: Mapped[Creado]
    updated_at: Mapped[Cambiado]

    @property
    def titulo(self) -> str:
        """Cómo se llama en pantalla."""
        return self.nombre_visible or self.nombre_nora


def buscar_nora(nombre_nora: str) -> Nora | None:
    """La configuración de esa Nora, o None."""
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(select(Nora).where(Nora.nombre_nora == nombre_nora))


def obtener_nora(nombre_nora: str) -> Nora:
    """La configuración de esa Nora.

    Raises:
        NoEncontrado: si no existe.
    """
    nora = buscar_nora(nombre_nora)
    if nora is None:
        raise NoEncontrado(f"No existe la Nora {nombre_nora!r}")
    return nora


def todas_las_noras_listar() -> list[Nora]:
    """Todas las Noras por nombre (sólo para la agencia)."""
    with transaccion_de_todas_las_noras() as sesion:
        return list(sesion.scalars(select(Nora).order_by(Nora.nombre_nora)))


def todas_las_noras_contar() -> int:
    """Cuántas Noras hay; con 0 el modo demo siembra la de ejemplo."""
    with transaccion_de_todas_las_noras() as sesion:
        return sesion.scalar(select(func.count()).select_from(Nora)) or 0


def guardar_nora(nombre_nora: str, **cambios: Any) -> Nora:
    """Crea la Nora o cambia sólo los campos dados."""
    with transaccion(nombre_nora) as sesion:
        nora = buscar_nora(nombre_nora)
        if nora is None:
            nora = Nora(nombre_nora=nombre_nora, **cambios)
            sesion.add(nora)
        elif cambios:
            sesion.execute(update(Nora).where(Nora.nombre_nora == nombre_nora).values(**cambios))
        sesion.flush()
        sesion.refresh(nora)
        return nora
