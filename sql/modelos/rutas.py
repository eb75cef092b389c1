"""El espejo de `app.url_map` (`rutas_registradas`), para que la agencia vea qué puertas hay y cómo están protegidas."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import UniqueConstraint, delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion_de_todas_las_noras
from sql.modelos.base import Base, Id

_CANDADO_DEL_ESPEJO = 7_210_001


class RutaRegistrada(Base):
    """Una ruta con un método, tal como la sirve la aplicación."""

    __tablename__ = "rutas_registradas"
    __table_args__ = (
        UniqueConstraint("ruta", "metodo", "blueprint"),
        {"comment": "Espejo exacto de las rutas que sirve la aplicación desde su último arranque"},
    )

    id: Mapped[Id]
    ruta: Mapped[str] = mapped_column(nullable=False, comment="Regla de la dirección, con sus variables")
    blueprint: Mapped[str] = mapped_column(
        nullable=False, server_default="", comment="Blueprint que la sirve; vacío si es de la aplicación"
    )
    metodo: Mapped[str] = mapped_column(nullable=False, server_default="GET", comment="Verbo HTTP")
    registrado_en: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Primera vez que se vio")
    punto_final: Mapped[str] = mapped_column(nullable=False, server_default="", comment="Nombre interno de la ruta (endpoint)")
    proteccion: Mapped[str] = mapped_column(
        nullable=False, server_default="", comment="Marca de acceso: publica, con_sesion, solo_admin o firmada"
    )
    modulo: Mapped[str | None] = mapped_column(comment="Módulo que la abre, si depende de uno")


@dataclass(frozen=True, slots=True)
class Ruta:
    """Una ruta tal como la describe la aplicación al arrancar."""

    ruta: str
    metodo: str
    blueprint: str
    punto_final: str
    proteccion: str
    modulo: str | None


def todas_las_noras_reflejar_rutas(rutas: list[Ruta]) -> None:
    """Deja la tabla igual a `rutas`, en una transacción y con candado: varios procesos pueden arrancar a la vez."""
    filas = [
        {
            "ruta": r.ruta,
            "metodo": r.metodo,
            "blueprint": r.blueprint,
            "punto_final": r.punto_final,
            "proteccion": r.proteccion,
            "modulo": r.modulo,
        }
        for r in rutas
    ]
    with transaccion_de_todas_las_noras() as sesion:
        sesion.execute(text("select pg_advisory_xact_lock(:candado)"), {"candado": _CANDADO_DEL_ESPEJO})
        claves = [(r.ruta, r.metodo, r.blueprint) for r in rutas]
        sobra = delete(RutaRegistrada)
        if claves:
            sobra = sobra.where(tuple_(RutaRegistrada.ruta, RutaRegistrada.metodo, RutaRegistrada.blueprint).not_in(claves))
        sesion.execute(sobra)
        if filas:
            orden = insert(RutaRegistrada).values(filas)
            nuevo = orden.excluded
            sesion.execute(
                orden.on_conflict_do_update(
                    index_elements=["ruta", "metodo", "blueprint"],
                    set_={"punto_final": nuevo.punto_final, "proteccion": nuevo.proteccion, "modulo": nuevo.modulo},
                )
            )


def todas_las_noras_listar_rutas() -> list[RutaRegistrada]:
    """Las rutas registradas, por dirección."""
    with transaccion_de_todas_las_noras() as sesion:
        return list(sesion.scalars(select(RutaRegistrada).order_by(RutaRegistrada.ruta, RutaRegistrada.metodo)))
