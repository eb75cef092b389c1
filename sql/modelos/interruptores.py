"""Los cortacircuitos por servicio y Nora (`interruptores`): con fallos seguidos se deja de llamar un rato."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Integer, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Id, NombreNora


class Interruptor(Base):
    """Cortacircuitos por servicio y Nora: con muchos fallos seguidos se deja de llamar un rato."""

    __tablename__ = "interruptores"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "servicio"),
        CheckConstraint("estado in ('cerrado', 'abierto', 'probando')", name="estado_valido"),
        {"comment": "Cortacircuitos por servicio y Nora: con muchos fallos seguidos se deja de llamar un rato"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    servicio: Mapped[str] = mapped_column(nullable=False, comment="twilio u openai")
    estado: Mapped[str] = mapped_column(
        nullable=False, server_default="cerrado", comment="cerrado (funciona), abierto (no se llama) o probando"
    )
    fallos: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Fallos seguidos")
    abierto_hasta: Mapped[dt.datetime | None] = mapped_column(comment="Hasta cuándo no se llama")
    motivo: Mapped[str | None] = mapped_column(comment="Qué falló, en palabras")
    cambiado_en: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Último cambio de estado")


FALLOS_PARA_CORTAR = 5
"""Fallos seguidos de la conexión con los que se deja de llamar."""


def anotar_fallo(nombre_nora: str, servicio: str, motivo: str, *, cortar_ya: bool = False) -> bool:
    """Suma un fallo y, si son bastantes (o `cortar_ya`), abre el corte un rato que crece hasta cinco minutos. Dice si lo abrió ahora.

    Un fallo mientras se probaba vuelve a cortar sin contar como corte nuevo. Confirmar un envío lo cierra (función `confirmar_envio`).
    """
    with transaccion(nombre_nora) as sesion:
        fila = sesion.execute(
            text(
                """
                insert into interruptores as i (nombre_nora, servicio, estado, fallos, abierto_hasta, motivo)
                values (:nora, :servicio, case when :ya or :limite <= 1 then 'abierto' else 'cerrado' end, 1,
                        case when :ya or :limite <= 1 then clock_timestamp() + interval '30 seconds' end, :motivo)
                on conflict (nombre_nora, servicio) do update set
                    fallos = i.fallos + 1,
                    motivo = excluded.motivo,
                    estado = case when :ya or i.fallos + 1 >= :limite or i.estado = 'probando' then 'abierto' else i.estado end,
                    abierto_hasta = case
                        when :ya or i.fallos + 1 >= :limite or i.estado = 'probando'
                        then clock_timestamp() + make_interval(
                            secs => least(300, 30 * power(2, least(greatest(i.fallos + 1 - :limite, 0), 4))))
                        else i.abierto_hasta end,
                    cambiado_en = case when i.estado = 'cerrado' then clock_timestamp() else i.cambiado_en end
                returning estado = 'abierto' and (fallos = :limite or (:ya and fallos = 1)) as recien
                """
            ),
            {"nora": nombre_nora, "servicio": servicio, "motivo": motivo[:300], "ya": cortar_ya, "limite": FALLOS_PARA_CORTAR},
        ).one()
        return bool(fila.recien)


def cerrar_interruptor(nombre_nora: str, servicio: str) -> None:
    """El servicio volvió a contestar: se llama con normalidad."""
    with transaccion(nombre_nora) as sesion:
        sesion.execute(
            text(
                "update interruptores"
                " set estado = 'cerrado', fallos = 0, abierto_hasta = null, motivo = null, cambiado_en = clock_timestamp()"
                " where nombre_nora = :nora and servicio = :servicio and (estado <> 'cerrado' or fallos > 0)"
            ),
            {"nora": nombre_nora, "servicio": servicio},
        )


def todas_las_noras_listar_interruptores() -> list[Interruptor]:
    """Los cortacircuitos que alguna vez saltaron, los que no están cerrados primero."""
    orden = select(Interruptor).order_by(Interruptor.estado == "cerrado", Interruptor.nombre_nora, Interruptor.servicio)
    with transaccion_de_todas_las_noras() as sesion:
        return list(sesion.scalars(orden))
