"""Las personas que escriben a una Nora (`contactos`) y las señas por las que se las reconoce (`identidades`)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Computed,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    desc,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, column_property, mapped_column

from sql.conexion import transaccion
from sql.modelos.base import Base, Cambiado, Creado, Id, NoEncontrado, NombreNora, patron_de_busqueda


class Contacto(Base):
    """Una persona. Puede no tener teléfono: WhatsApp permite escribir sólo con nombre de usuario (BSUID)."""

    __tablename__ = "contactos"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "id"),
        Index("ix_contactos_lista", "nombre_nora", desc("ultimo_mensaje").nulls_last(), desc("id")),
        Index("ix_contactos_nombre_nora_telefono", "nombre_nora", "telefono"),
        Index("ix_contactos_unido_a", "nombre_nora", "unido_a", postgresql_where=text("unido_a is not null")),
        {"comment": "Personas que escriben a cada Nora"},
    )

    id: Mapped[Id]
    telefono: Mapped[str | None] = mapped_column(comment="Teléfono en E.164 como se muestra; vacío si la persona no tiene")
    nombre: Mapped[str | None] = mapped_column(comment="Nombre del perfil de WhatsApp hasta que alguien lo edita")
    nombre_nora: Mapped[NombreNora]
    mensaje_reciente: Mapped[str | None] = mapped_column(comment="Texto del último mensaje, recortado, para la lista")
    ultimo_mensaje: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo fue el último mensaje, en cualquier sentido")
    imagen_perfil: Mapped[str | None] = mapped_column(comment="Ruta de la foto")
    etiquetas: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False, server_default="{}", comment="Etiquetas, sin repetir")
    ia_activa: Mapped[bool] = mapped_column(nullable=False, server_default="true", comment="Si la IA puede responder a esta persona")
    notas: Mapped[str | None] = mapped_column(comment="Notas del equipo; la persona no las ve")
    nombre_editado: Mapped[bool] = mapped_column(
        nullable=False, server_default="false", comment="Alguien puso el nombre a mano: el perfil de WhatsApp ya no lo cambia"
    )
    baja_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo pidió no recibir promociones; vacío si las admite")
    baja_origen: Mapped[str | None] = mapped_column(comment="palabra (lo escribió), twilio (bloqueo) o panel")
    baja_texto: Mapped[str | None] = mapped_column(comment="Lo que escribió, o el motivo que anotó el equipo")
    unido_a: Mapped[int | None] = mapped_column(comment="Persona con la que se unió; entonces no se enseña")
    busca: Mapped[str | None] = mapped_column(
        Text,
        Computed("sin_acentos(coalesce(nombre, ''::text) || ' '::text || coalesce(telefono, ''::text))", persisted=True),
        comment="Nombre y teléfono sin acentos y en minúsculas, para buscar",
    )
    created_at: Mapped[Creado]
    updated_at: Mapped[Cambiado]
    if TYPE_CHECKING:
        usuario: Mapped[str | None]
        """Su nombre de usuario de WhatsApp, sin @; vacío si no lo enseña. Sólo para leer: vive en `identidades`."""


class Identidad(Base):
    """Una seña de una persona: teléfono canónico o BSUID. Con ella no se parte a nadie en dos."""

    __tablename__ = "identidades"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "tipo", "valor"),
        Index("ix_identidades_nombre_nora_contacto_id", "nombre_nora", "contacto_id"),
        ForeignKeyConstraint(["nombre_nora", "contacto_id"], ["contactos.nombre_nora", "contactos.id"], ondelete="CASCADE"),
        {"comment": "Teléfonos canónicos y BSUID de cada persona"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    contacto_id: Mapped[int] = mapped_column(nullable=False, comment="Persona a la que pertenece")
    tipo: Mapped[str] = mapped_column(nullable=False, comment="telefono, bsuid, bsuid_padre o usuario")
    valor: Mapped[str] = mapped_column(nullable=False, comment="Clave canónica: +52 1 y +52 son la misma")
    direccion: Mapped[str] = mapped_column(nullable=False, comment="Dirección exacta que escribió, tal como la manda Twilio")
    visto_en: Mapped[dt.datetime] = mapped_column(
        nullable=False, server_default=func.now(), comment="Última vez que escribió con esta seña"
    )
    created_at: Mapped[Creado]


_USUARIO = (
    select(Identidad.valor)
    .where(Identidad.nombre_nora == Contacto.nombre_nora, Identidad.contacto_id == Contacto.id, Identidad.tipo == "usuario")
    .order_by(Identidad.visto_en.desc(), Identidad.id.desc())
    .limit(1)
    .correlate_except(Identidad)
    .scalar_subquery()
)
Contacto.usuario = column_property(_USUARIO)


def coincide(texto: str) -> ColumnElement[bool]:
    """La condición de búsqueda de personas: por nombre, teléfono o nombre de usuario, sin acentos ni mayúsculas."""
    patron = func.sin_acentos(patron_de_busqueda(texto))
    usuario = func.sin_acentos(patron_de_busqueda(texto.strip().removeprefix("@")))
    de_usuario = select(Identidad.id).where(
        Identidad.nombre_nora == Contacto.nombre_nora,
        Identidad.contacto_id == Contacto.id,
        Identidad.tipo == "usuario",
        func.sin_acentos(Identidad.valor).like(usuario),
    )
    return or_(Contacto.busca.like(patron), de_usuario.exists())


def buscar_contacto(nombre_nora: str, contacto_id: int) -> Contacto | None:
    """La persona con esa clave dentro de esa Nora, o None."""
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(select(Contacto).where(Contacto.nombre_nora == nombre_nora, Contacto.id == contacto_id))


def obtener_contacto(nombre_nora: str, contacto_id: int) -> Contacto:
    """La persona con esa clave dentro de esa Nora.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    contacto = buscar_contacto(nombre_nora, contacto_id)
    if contacto is None:
        raise NoEncontrado(f"No existe el contacto {contacto_id}")
    return contacto


def listar_contactos(
    nombre_nora: str,
    *,
    texto: str = "",
    etiqueta: str = "",
    despues_de: tuple[dt.datetime | None, int] | None = None,
    limite: int = 50,
) -> list[Contacto]:
    """Personas por último mensaje, la más reciente primero; quien se unió a otra no sale.

    `despues_de` es el (ultimo_mensaje, id) de la última fila ya vista: se pagina por clave, no por número.
    """
    orden = select(Contacto).where(Contacto.nombre_nora == nombre_nora, Contacto.unido_a.is_(None))
    if texto:
        orden = orden.where(coincide(texto))
    if etiqueta:
        orden = orden.where(Contacto.etiquetas.contains([etiqueta]))
    if despues_de is not None:
        momento, clave = despues_de
        if momento is None:
            orden = orden.where(Contacto.ultimo_mensaje.is_(None), Contacto.id < clave)
        else:
            anteriores = tuple_(Contacto.ultimo_mensaje, Contacto.id) < tuple_(momento, clave)
            orden = orden.where(or_(anteriores, Contacto.ultimo_mensaje.is_(None)))
    orden = orden.order_by(Contacto.ultimo_mensaje.desc().nulls_last(), Contacto.id.desc()).limit(limite)
    with transaccion(nombre_nora) as sesion:
        return list(sesion.scalars(orden))


def listar_etiquetas(nombre_nora: str) -> list[str]:
    """Las etiquetas en uso de esa Nora, en orden alfabético."""
    with transaccion(nombre_nora) as sesion:
        filas = sesion.execute(
            text("select distinct unnest(etiquetas) as etiqueta from contactos where nombre_nora = :nora and unido_a is null order by 1"),
            {"nora": nombre_nora},
        )
        return [fila.etiqueta for fila in filas]


def guardar_contacto(nombre_nora: str, contacto_id: int, **cambios: Any) -> Contacto:
    """Cambia los campos dados y devuelve la persona como queda.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    with transaccion(nombre_nora) as sesion:
        contacto = obtener_contacto(nombre_nora, contacto_id)
        if cambios:
            sesion.execute(update(Contacto).where(Contacto.nombre_nora == nombre_nora, Contacto.id == contacto_id).values(**cambios))
            sesion.refresh(contacto)
        return contacto


def buscar_contacto_por_identidad(nombre_nora: str, tipo: str, valor: str) -> Contacto | None:
    """La persona que tiene esa seña canónica en esa Nora, o None."""
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(
            select(Contacto)
            .join(Identidad, (Identidad.nombre_nora == Contacto.nombre_nora) & (Identidad.contacto_id == Contacto.id))
            .where(Identidad.nombre_nora == nombre_nora, Identidad.tipo == tipo, Identidad.valor == valor)
        )
