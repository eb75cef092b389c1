"""Fotos, audios y documentos de los mensajes (`archivos`): qué son, dónde están y qué falta por bajar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, UniqueConstraint, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Cambiado, Creado, Id, NoEncontrado, NombreNora


class Archivo(Base):
    """Fotos, audios y documentos que entran o salen, y dónde están guardados."""

    __tablename__ = "archivos"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "id"),
        CheckConstraint("estado in ('pendiente', 'bajando', 'listo', 'fallido')", name="estado_valido"),
        CheckConstraint("sentido in ('entra', 'sale')", name="sentido_valido"),
        ForeignKeyConstraint(
            ["nombre_nora", "mensaje_id"], ["historial_conversaciones.nombre_nora", "historial_conversaciones.id"], ondelete="CASCADE"
        ),
        Index("ix_archivos_nombre_nora_mensaje_id", "nombre_nora", "mensaje_id"),
        Index("ix_archivos_pendientes", "intentar_en", postgresql_where=text("estado in ('pendiente', 'bajando')")),
        {"comment": "Fotos, audios y documentos que entran o salen, y dónde están guardados"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    mensaje_id: Mapped[int | None] = mapped_column(comment="Mensaje al que pertenece")
    sentido: Mapped[str] = mapped_column(nullable=False, comment="entra o sale")
    orden: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Lugar dentro del mensaje")
    url_origen: Mapped[str | None] = mapped_column(comment="De dónde se baja, tal como la da Twilio")
    tipo_declarado: Mapped[str | None] = mapped_column(comment="Tipo MIME que dijo quien lo mandó")
    tipo: Mapped[str | None] = mapped_column(comment="Tipo MIME según su contenido")
    nombre: Mapped[str | None] = mapped_column(comment="Nombre para enseñar y descargar")
    tamano: Mapped[int | None] = mapped_column(comment="Bytes")
    ruta: Mapped[str | None] = mapped_column(comment="Dónde está guardado")
    estado: Mapped[str] = mapped_column(nullable=False, server_default="pendiente", comment="pendiente, bajando, listo o fallido")
    intentos: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Veces que se intentó bajar")
    intentar_en: Mapped[dt.datetime | None] = mapped_column(comment="Próximo intento o fin del arriendo de quien lo baja")
    motivo: Mapped[str | None] = mapped_column(comment="Por qué no está, en palabras")
    huella: Mapped[str | None] = mapped_column(comment="SHA-256 del contenido")
    created_at: Mapped[Creado]
    updated_at: Mapped[Cambiado]


@dataclass(frozen=True, slots=True)
class PorBajar:
    """Un archivo tomado para bajarlo."""

    id: int
    nombre_nora: str
    mensaje_id: int
    conversacion_id: int
    cuenta: str | None
    """AccountSid por el que llegó de verdad ese mensaje, según el libro; None si el libro no lo tiene."""
    message_sid: str | None
    url: str
    intentos: int
    """Contando éste."""
    arriendo: dt.datetime
    """Sello de esta toma: quien la perdió ya no puede cambiar la fila."""


def todas_las_noras_reclamar_archivos(limite: int, arriendo_segundos: float) -> list[PorBajar]:
    """Toma los que esperan y los que alguien dejó a medias (su arriendo venció), sin chocar con otros trabajadores."""
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            text(
                """
                with tomados as (
                    select a.id from archivos a
                    where a.estado in ('pendiente', 'bajando') and a.intentar_en <= clock_timestamp()
                    order by a.intentar_en limit :limite for update skip locked
                )
                update archivos a
                set estado = 'bajando', intentos = a.intentos + 1, updated_at = clock_timestamp(),
                    intentar_en = clock_timestamp() + make_interval(secs => :arriendo)
                from tomados t, historial_conversaciones m
                where a.id = t.id and m.nombre_nora = a.nombre_nora and m.id = a.mensaje_id
                returning a.id, a.nombre_nora, a.mensaje_id, m.conversacion_id, m.message_sid, a.url_origen, a.intentos, a.intentar_en,
                    (select w.parametros ->> 'AccountSid' from webhooks_recibidos w
                     where w.tipo = 'mensaje' and w.message_sid = m.message_sid and w.nombre_nora = a.nombre_nora) cuenta
                """
            ),
            {"limite": limite, "arriendo": arriendo_segundos},
        )
        return [
            PorBajar(
                f.id, f.nombre_nora, f.mensaje_id, f.conversacion_id, f.cuenta, f.message_sid, f.url_origen or "", f.intentos, f.intentar_en
            )
            for f in filas
        ]


def cambiar_descarga(nombre_nora: str, archivo_id: int, arriendo: dt.datetime, **cambios: Any) -> bool:
    """Deja escrito cómo acabó una descarga, si la toma sigue siendo ésa. Dice si lo cambió."""
    with transaccion(nombre_nora) as sesion:
        cambiado = sesion.scalar(
            update(Archivo)
            .where(
                Archivo.nombre_nora == nombre_nora, Archivo.id == archivo_id, Archivo.estado == "bajando", Archivo.intentar_en == arriendo
            )
            .values(**cambios, updated_at=func.clock_timestamp())
            .returning(Archivo.id)
        )
        return cambiado is not None


def reintentar_archivo(nombre_nora: str, archivo_id: int) -> bool:
    """Uno que falló vuelve a esperar su turno, con todos sus intentos. Dice si lo cambió."""
    with transaccion(nombre_nora) as sesion:
        cambiado = sesion.scalar(
            update(Archivo)
            .where(Archivo.nombre_nora == nombre_nora, Archivo.id == archivo_id, Archivo.estado == "fallido", Archivo.sentido == "entra")
            .values(estado="pendiente", intentos=0, motivo=None, intentar_en=func.clock_timestamp(), updated_at=func.clock_timestamp())
            .returning(Archivo.id)
        )
        return cambiado is not None


def crear_archivo_saliente(nombre_nora: str, *, ruta: str, tipo: str, nombre: str, tamano: int, huella: str) -> int:
    """La fila de algo ya guardado que se va a enviar; aún sin mensaje. Devuelve su id."""
    with transaccion(nombre_nora) as sesion:
        archivo = Archivo(
            nombre_nora=nombre_nora, sentido="sale", estado="listo", ruta=ruta, tipo=tipo, nombre=nombre, tamano=tamano, huella=huella
        )
        sesion.add(archivo)
        sesion.flush()
        return archivo.id


def poner_en_mensaje(nombre_nora: str, archivo_id: int, mensaje_id: int) -> bool:
    """Ata un archivo que sale a su mensaje; dice si se pudo: uno que ya tiene mensaje no se manda dos veces.

    Raises:
        NoEncontrado: si el archivo no existe o es de otra Nora.
    """
    with transaccion(nombre_nora) as sesion:
        puesto = sesion.scalar(
            update(Archivo)
            .where(Archivo.nombre_nora == nombre_nora, Archivo.id == archivo_id, Archivo.sentido == "sale", Archivo.mensaje_id.is_(None))
            .values(mensaje_id=mensaje_id, updated_at=func.clock_timestamp())
            .returning(Archivo.id)
        )
        if puesto is None:
            obtener_archivo(nombre_nora, archivo_id)
        return puesto is not None


def obtener_archivo(nombre_nora: str, archivo_id: int) -> Archivo:
    """Un archivo de esa Nora.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    with transaccion(nombre_nora) as sesion:
        archivo = sesion.scalar(select(Archivo).where(Archivo.nombre_nora == nombre_nora, Archivo.id == archivo_id))
    if archivo is None:
        raise NoEncontrado(f"No existe el archivo {archivo_id}")
    return archivo


def listar_archivos_de(nombre_nora: str, mensajes: Sequence[int]) -> dict[int, list[Archivo]]:
    """Los archivos de esos mensajes, en su orden, por id de mensaje."""
    if not mensajes:
        return {}
    orden = select(Archivo).where(Archivo.nombre_nora == nombre_nora, Archivo.mensaje_id.in_(mensajes)).order_by(Archivo.orden, Archivo.id)
    por_mensaje: dict[int, list[Archivo]] = {}
    with transaccion(nombre_nora) as sesion:
        for archivo in sesion.scalars(orden):
            por_mensaje.setdefault(archivo.mensaje_id or 0, []).append(archivo)
    return por_mensaje


def listar_rutas(nombre_nora: str) -> frozenset[str]:
    """Todas las rutas del almacén que alguna fila de esa Nora conoce."""
    with transaccion(nombre_nora) as sesion:
        rutas = sesion.scalars(select(Archivo.ruta).where(Archivo.nombre_nora == nombre_nora, Archivo.ruta.is_not(None)))
        return frozenset(ruta for ruta in rutas if ruta)


def quitar_archivos_sin_mensaje(nombre_nora: str, antes_de: dt.datetime) -> int:
    """Borra las filas de lo que se subió y nunca llegó a enviarse. Devuelve cuántas."""
    with transaccion(nombre_nora) as sesion:
        hecho = sesion.execute(
            text("delete from archivos where nombre_nora = :nora and mensaje_id is null and created_at < :antes returning id"),
            {"nora": nombre_nora, "antes": antes_de},
        )
        return len(hecho.all())


def listar_con_archivo_cambiado(nombre_nora: str, mensajes: Sequence[int], desde: dt.datetime) -> frozenset[int]:
    """De esos mensajes, los que tienen un archivo que cambió desde entonces."""
    if not mensajes:
        return frozenset()
    orden = select(Archivo.mensaje_id).where(
        Archivo.nombre_nora == nombre_nora, Archivo.mensaje_id.in_(mensajes), Archivo.updated_at >= desde
    )
    with transaccion(nombre_nora) as sesion:
        return frozenset(mensaje_id for mensaje_id in sesion.scalars(orden) if mensaje_id is not None)
