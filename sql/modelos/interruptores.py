"""Los cortacircuitos por servicio y Nora (`interruptores`): con fallos seguidos se deja de llamar un rato."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Integer, UniqueConstraint, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
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
CORTE_MINIMO_SEGUNDOS, CORTE_MAXIMO_SEGUNDOS = 30, 300


def anotar_fallo(nombre_nora: str, servicio: str, motivo: str, *, cortar_ya: bool = False) -> bool:
    """Suma un fallo y, si son bastantes (o `cortar_ya`), abre el corte. Dice si lo abrió ahora, estando cerrado.

    Cada prueba que falla vuelve a cortar el doble de tiempo, de 30 segundos a cinco minutos, sin contar como corte nuevo.
    Lo que ya iba en camino al cortar no dice nada nuevo: ni suma ni alarga. Confirmar un envío lo cierra (función `confirmar_envio`).
    """
    es_este = (Interruptor.nombre_nora == nombre_nora, Interruptor.servicio == servicio)
    with transaccion(nombre_nora) as sesion:
        # La fila ha de existir para que los fallos de varios hilos hagan cola en ella.
        sesion.execute(insert(Interruptor).values(nombre_nora=nombre_nora, servicio=servicio).on_conflict_do_nothing())
        columnas = select(Interruptor.estado, Interruptor.fallos, Interruptor.abierto_hasta)
        estado, antes, hasta = sesion.execute(columnas.where(*es_este).with_for_update()).one()
        # La hora se pide con la fila ya apartada: esperar por ella no envejece la comparación.
        ahora = sesion.execute(select(func.clock_timestamp())).scalar_one()
        if estado == "abierto" and hasta is not None and hasta > ahora:
            return False
        fallos = antes + 1
        campos: dict[str, Any] = {"fallos": fallos, "motivo": motivo[:300]}
        if cortar_ya or estado != "cerrado" or fallos >= FALLOS_PARA_CORTAR:
            # Cortar ya vale por los fallos que faltaban: así la prueba que falle después alarga el corte igual.
            fallos = max(fallos, FALLOS_PARA_CORTAR)
            campos |= {"estado": "abierto", "fallos": fallos, "cambiado_en": ahora}
            campos["abierto_hasta"] = ahora + dt.timedelta(seconds=segundos_de_corte(fallos))
        sesion.execute(update(Interruptor).where(*es_este).values(**campos))
        return estado == "cerrado" and campos.get("estado") == "abierto"


def segundos_de_corte(fallos: int) -> int:
    """Cuánto se deja de llamar con tantos fallos seguidos. Puro."""
    veces = min(max(fallos - FALLOS_PARA_CORTAR, 0), 4)
    return min(CORTE_MINIMO_SEGUNDOS << veces, CORTE_MAXIMO_SEGUNDOS)


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
