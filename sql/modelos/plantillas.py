"""Las plantillas de WhatsApp de cada Nora (`plantillas`) y su estado de aprobación."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Cambiado, Creado, Id, NoEncontrado, NombreNora, patron_de_busqueda

EN_REVISION = ("recibida", "pendiente")
"""Estados en los que Meta todavía no ha contestado."""


class Plantilla(Base):
    """Plantillas de WhatsApp de cada Nora, con su estado de aprobación."""

    __tablename__ = "plantillas"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "id"),
        UniqueConstraint("nombre_nora", "content_sid"),
        CheckConstraint(
            "estado in ('borrador', 'sin_enviar', 'recibida', 'pendiente', 'aprobada', 'rechazada', 'pausada', 'desactivada')",
            name="estado_valido",
        ),
        # Sólo entre las que aún no están en Twilio: allí sí puede haber dos con el mismo nombre, y se enseñan las dos.
        Index(
            "uq_plantillas_por_crear",
            "nombre_nora",
            "nombre",
            "idioma",
            unique=True,
            postgresql_where=text("content_sid is null and borrada_en is null"),
        ),
        Index("ix_plantillas_nombre_nora_estado", "nombre_nora", "estado", postgresql_where=text("borrada_en is null")),
        {"comment": "Plantillas de WhatsApp de cada Nora, con su estado de aprobación"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    content_sid: Mapped[str | None] = mapped_column(comment="Identificador en Twilio (HX…); vacío si aún no se creó allí")
    nombre: Mapped[str] = mapped_column(nullable=False, comment="Nombre en WhatsApp")
    idioma: Mapped[str] = mapped_column(nullable=False, server_default="es", comment="Código de idioma")
    tipo: Mapped[str] = mapped_column(nullable=False, server_default="twilio/text", comment="Tipo de contenido (twilio/text…)")
    categoria: Mapped[str] = mapped_column(nullable=False, server_default="utilidad", comment="utilidad, marketing o autenticacion")
    cuerpo: Mapped[str] = mapped_column(nullable=False, server_default="", comment="Texto con sus variables {{1}}…")
    variables: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, server_default="{}", comment="Ejemplo de cada variable")
    contenido: Mapped[dict[str, Any]] = mapped_column(
        JSONB, nullable=False, server_default="{}", comment="Contenido completo tal como lo describe Twilio"
    )
    estado: Mapped[str] = mapped_column(
        nullable=False,
        server_default="borrador",
        comment="borrador, sin_enviar, recibida, pendiente, aprobada, rechazada, pausada o desactivada",
    )
    motivo_rechazo: Mapped[str | None] = mapped_column(comment="Por qué Meta la rechazó")
    intentada_en: Mapped[dt.datetime | None] = mapped_column(comment="Desde cuándo se está enviando a Twilio sin saber aún si la tiene")
    sincronizada_en: Mapped[dt.datetime | None] = mapped_column(comment="Última vez que se comparó con Twilio")
    borrada_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo se quitó")
    created_at: Mapped[Creado]
    updated_at: Mapped[Cambiado]


@dataclass(frozen=True, slots=True)
class Vista:
    """Una plantilla tal como la tiene Twilio, ya en nuestras palabras."""

    content_sid: str
    nombre: str
    idioma: str
    tipo: str
    categoria: str | None
    """None si nunca se pidió aprobarla: vale la que ya tenía."""
    cuerpo: str
    variables: dict[str, str]
    contenido: dict[str, Any]
    estado: str
    motivo: str | None


@dataclass(frozen=True, slots=True)
class Cambio:
    """Lo que una comparación con Twilio cambió en una plantilla; `antes` es None si es nueva y `despues` si ya no está."""

    plantilla_id: int
    nombre: str
    antes: str | None
    despues: str | None
    motivo: str | None = None


def _vigentes(nombre_nora: str) -> Any:
    return select(Plantilla).where(Plantilla.nombre_nora == nombre_nora, Plantilla.borrada_en.is_(None))


def listar_plantillas(nombre_nora: str, *, texto: str = "", estados: Iterable[str] = (), limite: int = 300) -> list[Plantilla]:
    """Las plantillas de esa Nora, la última cambiada primero; con `texto`, las que lo llevan en el nombre o en el cuerpo."""
    orden = _vigentes(nombre_nora)
    if texto:
        patron = func.sin_acentos(patron_de_busqueda(texto))
        orden = orden.where(
            or_(func.sin_acentos(Plantilla.cuerpo).like(patron), func.sin_acentos(func.replace(Plantilla.nombre, "_", " ")).like(patron))
        )
    if elegidos := tuple(estados):
        orden = orden.where(Plantilla.estado.in_(elegidos))
    with transaccion(nombre_nora) as sesion:
        return list(sesion.scalars(orden.order_by(Plantilla.updated_at.desc(), Plantilla.id.desc()).limit(limite)))


def listar_aprobadas(nombre_nora: str, *, tipos: tuple[str, ...], texto: str = "", limite: int = 100) -> list[Plantilla]:
    """Las que se pueden enviar ahora: aprobadas, de uno de esos tipos, por nombre."""
    halladas = listar_plantillas(nombre_nora, texto=texto, estados=("aprobada",), limite=limite)
    return sorted((p for p in halladas if p.tipo in tipos and p.content_sid), key=lambda p: (p.nombre, p.idioma))


def contar_plantillas(nombre_nora: str) -> dict[str, int]:
    """Cuántas hay en cada estado; los que no tienen ninguna no salen."""
    orden = select(Plantilla.estado, func.count()).where(Plantilla.nombre_nora == nombre_nora, Plantilla.borrada_en.is_(None))
    with transaccion(nombre_nora) as sesion:
        return {fila[0]: fila[1] for fila in sesion.execute(orden.group_by(Plantilla.estado))}


def hora_de_la_base(nombre_nora: str) -> dt.datetime:
    """La hora del reloj con el que se marcan las filas: el de otra máquina podría ir adelantado."""
    with transaccion(nombre_nora) as sesion:
        hora: dt.datetime = sesion.scalars(select(func.clock_timestamp())).one()
        return hora


def buscar_sincronizacion(nombre_nora: str) -> dt.datetime | None:
    """La última vez que se compararon con Twilio, o None si nunca o si no hay ninguna."""
    orden = select(func.max(Plantilla.sincronizada_en)).where(Plantilla.nombre_nora == nombre_nora, Plantilla.borrada_en.is_(None))
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(orden)


def buscar_plantilla_por_nombre(nombre_nora: str, nombre: str, idioma: str) -> Plantilla | None:
    """La plantilla vigente con ese nombre e idioma, o None."""
    with transaccion(nombre_nora) as sesion:
        orden = _vigentes(nombre_nora).where(Plantilla.nombre == nombre, Plantilla.idioma == idioma)
        hallada: Plantilla | None = sesion.scalar(orden.order_by(Plantilla.id).limit(1))
        return hallada


def listar_plantillas_usadas(nombre_nora: str, ids: Iterable[int]) -> dict[int, Plantilla]:
    """Las plantillas con esos ids, por su id, también las quitadas: lo que se envió con ellas sigue en los chats."""
    if not (buscadas := tuple(ids)):
        return {}
    with transaccion(nombre_nora) as sesion:
        filas = sesion.scalars(select(Plantilla).where(Plantilla.nombre_nora == nombre_nora, Plantilla.id.in_(buscadas)))
        return {fila.id: fila for fila in filas}


def obtener_plantilla(nombre_nora: str, plantilla_id: int, *, con_candado: bool = False) -> Plantilla:
    """Una plantilla vigente de esa Nora. Con candado, nadie más la cambia hasta confirmar.

    Raises:
        NoEncontrado: si no existe, se quitó o es de otra Nora.
    """
    orden = _vigentes(nombre_nora).where(Plantilla.id == plantilla_id)
    if con_candado:
        orden = orden.with_for_update().execution_options(populate_existing=True)
    with transaccion(nombre_nora) as sesion:
        plantilla: Plantilla | None = sesion.scalar(orden)
    if plantilla is None:
        raise NoEncontrado(f"No existe la plantilla {plantilla_id}")
    return plantilla


def crear_plantilla(nombre_nora: str, **campos: Any) -> int | None:
    """Escribe una plantilla y devuelve su id; None si ya hay otra por crear con el mismo nombre e idioma."""
    with transaccion(nombre_nora) as sesion:
        orden = insert(Plantilla).values(nombre_nora=nombre_nora, **campos).on_conflict_do_nothing().returning(Plantilla.id)
        return sesion.scalar(orden)


def cambiar_plantilla(nombre_nora: str, plantilla_id: int, **campos: Any) -> None:
    """Cambia los campos dados de una plantilla, aunque ya esté quitada."""
    with transaccion(nombre_nora) as sesion:
        sesion.execute(update(Plantilla).where(Plantilla.nombre_nora == nombre_nora, Plantilla.id == plantilla_id).values(**campos))


def volcar_plantillas(nombre_nora: str, vistas: Iterable[Vista], *, leidas_en: dt.datetime) -> list[Cambio]:
    """Deja las filas como Twilio dice que están y devuelve lo que cambió; cada cambio se cuenta una sola vez.

    Lo creado o enviado después de `leidas_en` no se toca: la lista se leyó antes y no puede saberlo.
    """
    with transaccion(nombre_nora) as sesion:
        # Con candado sobre todas: dos comparaciones a la vez no cuentan dos veces el mismo cambio.
        orden = select(Plantilla).where(Plantilla.nombre_nora == nombre_nora).order_by(Plantilla.id).with_for_update()
        filas = list(sesion.scalars(orden.execution_options(populate_existing=True)))
        por_sid = {fila.content_sid: fila for fila in filas if fila.content_sid}
        por_crear = {(f.nombre, f.idioma): f for f in filas if f.content_sid is None and f.borrada_en is None and f.intentada_en}
        cambios, vistos = [], set()
        for vista in vistas:
            vistos.add(vista.content_sid)
            fila = por_sid.get(vista.content_sid) or por_crear.pop((vista.nombre, vista.idioma), None)
            if fila is None:
                fila = Plantilla(nombre_nora=nombre_nora, content_sid=vista.content_sid, estado=vista.estado)
                _copiar(fila, vista)
                sesion.add(fila)
                sesion.flush()
                cambios.append(Cambio(fila.id, vista.nombre, None, vista.estado, vista.motivo))
            elif fila.updated_at <= leidas_en or fila.content_sid is None:
                antes = fila.estado if fila.borrada_en is None else None
                if _copiar(fila, vista) or antes is None:
                    cambios.append(Cambio(fila.id, vista.nombre, antes, vista.estado, vista.motivo))
        for fila in filas:
            if fila.content_sid and fila.content_sid not in vistos and fila.borrada_en is None and fila.updated_at <= leidas_en:
                fila.borrada_en = leidas_en
                cambios.append(Cambio(fila.id, fila.nombre, fila.estado, None))
        sesion.flush()
        # Compararla no es cambiarla: la fecha del último cambio se queda como estaba.
        sesion.execute(
            update(Plantilla)
            .where(Plantilla.nombre_nora == nombre_nora, Plantilla.content_sid.in_(vistos))
            .values(sincronizada_en=leidas_en, updated_at=Plantilla.updated_at)
        )
        return cambios


def _copiar(fila: Plantilla, vista: Vista) -> bool:
    """Pone en la fila lo que dice Twilio; devuelve si algo de lo que se enseña era distinto."""
    nuevo = {
        "content_sid": vista.content_sid,
        "nombre": vista.nombre,
        "idioma": vista.idioma,
        "tipo": vista.tipo,
        "categoria": vista.categoria or fila.categoria or "utilidad",
        "cuerpo": vista.cuerpo,
        "variables": vista.variables,
        "contenido": vista.contenido,
        "estado": vista.estado,
        "motivo_rechazo": vista.motivo,
        "borrada_en": None,
        # Creada pero sin pedir su aprobación: el envío sigue a medias.
        "intentada_en": fila.intentada_en if vista.estado == "sin_enviar" else None,
    }
    distintos = {campo: valor for campo, valor in nuevo.items() if getattr(fila, campo) != valor}
    for campo, valor in distintos.items():
        setattr(fila, campo, valor)
    return bool(distintos)


@dataclass(frozen=True, slots=True)
class PorMirar:
    """Una Nora que espera a Meta o que tiene un envío a Twilio sin saber cómo acabó."""

    nombre_nora: str
    mirada_en: dt.datetime | None
    """Última comparación; None si alguna no se ha comparado nunca."""
    cambiada_en: dt.datetime
    """Último cambio en lo que se espera."""


def todas_las_noras_con_plantillas_por_mirar() -> list[PorMirar]:
    """Las Noras que esperan algo de Twilio o de Meta."""
    por_mirar = or_(Plantilla.estado.in_(EN_REVISION), Plantilla.intentada_en.is_not(None))
    columnas = (Plantilla.nombre_nora, func.min(Plantilla.sincronizada_en), func.max(Plantilla.updated_at))
    orden = select(*columnas).where(por_mirar, Plantilla.borrada_en.is_(None)).group_by(Plantilla.nombre_nora)
    with transaccion_de_todas_las_noras() as sesion:
        return [PorMirar(fila[0], fila[1], fila[2]) for fila in sesion.execute(orden.order_by(Plantilla.nombre_nora))]


def listar_en_duda(nombre_nora: str, desde_antes_de: dt.datetime) -> list[Plantilla]:
    """Las que se empezaron a enviar a Twilio antes de ese momento y aún no se sabe cómo acabó."""
    with transaccion(nombre_nora) as sesion:
        return list(sesion.scalars(_vigentes(nombre_nora).where(Plantilla.intentada_en < desde_antes_de)))
