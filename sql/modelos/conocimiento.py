"""Lo que la Nora sabe (`conocimiento_nora`): bloques cortos, sin vacíos ni repetidos, con búsqueda en español ciega a los acentos."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import TSVECTOR, insert
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion
from sql.modelos.base import Base, Cambiado, Creado, Id, NoEncontrado, NombreNora

LARGO_MAXIMO = 1000
"""Caracteres por bloque (manual del proyecto)."""


class Bloque(Base):
    """Un bloque de conocimiento: lo que la IA puede citar."""

    __tablename__ = "conocimiento_nora"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "huella"),
        CheckConstraint(f"char_length(contenido) <= {LARGO_MAXIMO} and btrim(contenido) <> ''", name="contenido_valido"),
        Index("ix_conocimiento_nora_busqueda", "busqueda", postgresql_using="gin"),
        Index("ix_conocimiento_nora_nombre_nora_id", "nombre_nora", "id"),
        {"comment": "Bloques de conocimiento: hasta 1000 caracteres, nunca vacíos, nunca repetidos"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    contenido: Mapped[str] = mapped_column(nullable=False, comment="El texto del bloque")
    huella: Mapped[str] = mapped_column(
        nullable=False,
        server_default=text("(gen_random_uuid())::text"),
        comment="Resumen del texto sin acentos, mayúsculas ni espacios de más: dos iguales son el mismo bloque",
    )
    busqueda: Mapped[str | None] = mapped_column(
        TSVECTOR,
        Computed("lexemas_de(contenido)", persisted=True),
        comment="Lexemas en español, sin acentos",
    )
    created_at: Mapped[Creado]
    updated_at: Mapped[Cambiado]


@dataclass(frozen=True, slots=True)
class BloqueHallado:
    """Un bloque que responde en parte a una pregunta. `cobertura` va de 0 a 1: palabras halladas entre palabras preguntadas."""

    id: int
    contenido: str
    cobertura: float
    puntaje: float


def listar_bloques(nombre_nora: str, *, texto: str = "", limite: int = 500) -> list[Bloque]:
    """Los bloques de esa Nora, el más reciente primero; con `texto`, los que lo contienen."""
    orden = select(Bloque).where(Bloque.nombre_nora == nombre_nora)
    if texto:
        orden = orden.where(func.strpos(func.sin_acentos(Bloque.contenido), func.sin_acentos(texto.strip())) > 0)
    with transaccion(nombre_nora) as sesion:
        return list(sesion.scalars(orden.order_by(Bloque.updated_at.desc(), Bloque.id.desc()).limit(limite)))


def contar_bloques(nombre_nora: str) -> int:
    """Cuántos bloques tiene esa Nora."""
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(select(func.count()).select_from(Bloque).where(Bloque.nombre_nora == nombre_nora)) or 0


def obtener_bloque(nombre_nora: str, bloque_id: int) -> Bloque:
    """Un bloque de esa Nora.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    with transaccion(nombre_nora) as sesion:
        bloque = sesion.scalar(select(Bloque).where(Bloque.nombre_nora == nombre_nora, Bloque.id == bloque_id))
    if bloque is None:
        raise NoEncontrado(f"No existe el bloque {bloque_id}")
    return bloque


def buscar_repetido(nombre_nora: str, contenido: str, *, que_no_sea: int | None = None) -> Bloque | None:
    """El bloque que ya dice lo mismo (sin contar acentos, mayúsculas ni espacios), o None."""
    with transaccion(nombre_nora) as sesion:
        orden = select(Bloque).where(Bloque.nombre_nora == nombre_nora, Bloque.huella == func.huella_de_texto(contenido))
        if que_no_sea is not None:
            orden = orden.where(Bloque.id != que_no_sea)
        return sesion.scalar(orden)


def crear_bloque(nombre_nora: str, contenido: str) -> int | None:
    """Añade un bloque y devuelve su id; None si ya había uno igual."""
    with transaccion(nombre_nora) as sesion:
        return sesion.scalar(
            insert(Bloque)
            .values(nombre_nora=nombre_nora, contenido=contenido, huella=func.huella_de_texto(contenido))
            .on_conflict_do_nothing(index_elements=["nombre_nora", "huella"])
            .returning(Bloque.id)
        )


def guardar_bloque(nombre_nora: str, bloque_id: int, contenido: str) -> Bloque:
    """Cambia el texto de un bloque.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    with transaccion(nombre_nora) as sesion:
        bloque = obtener_bloque(nombre_nora, bloque_id)
        sesion.execute(
            update(Bloque)
            .where(Bloque.nombre_nora == nombre_nora, Bloque.id == bloque_id)
            .values(contenido=contenido, huella=func.huella_de_texto(contenido))
        )
        sesion.refresh(bloque)
        return bloque


def borrar_bloque(nombre_nora: str, bloque_id: int) -> None:
    """Quita un bloque; si ya no está, no pasa nada."""
    with transaccion(nombre_nora) as sesion:
        sesion.execute(delete(Bloque).where(Bloque.nombre_nora == nombre_nora, Bloque.id == bloque_id))


def buscar_bloques(nombre_nora: str, pregunta: str, *, limite: int = 8) -> list[BloqueHallado]:
    """Los bloques que mejor cubren la pregunta, por cobertura y después por cercanía de las palabras.

    La búsqueda corre en una función que filtra por la Nora de la transacción: bajo RLS, `@@` no usaría su índice.
    """
    with transaccion(nombre_nora) as sesion:
        filas = sesion.execute(
            text("select id, contenido, cobertura, puntaje from public.buscar_bloques(:nora, :pregunta, :limite)"),
            {"nora": nombre_nora, "pregunta": pregunta, "limite": limite},
        )
        return [BloqueHallado(f.id, f.contenido, float(f.cobertura), float(f.puntaje)) for f in filas]
