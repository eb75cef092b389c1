"""Enseñar a la Nora: añadir, corregir y quitar bloques sin repetir ninguno."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from sql.conexion import transaccion
from sql.modelos.conocimiento import Bloque, borrar_bloque, buscar_repetido, crear_bloque, guardar_bloque, obtener_bloque


class YaEstaba(ValueError):
    """Otro bloque ya dice lo mismo; va en `bloque`."""

    def __init__(self, bloque: Bloque) -> None:
        super().__init__("Tu Nora ya sabe esto")
        self.bloque = bloque


def anadir(nombre_nora: str, contenido: str) -> Bloque:
    """Añade un bloque.

    Raises:
        YaEstaba: si otro bloque ya lo dice (sin contar acentos, mayúsculas, signos ni espacios).
    """
    # Si otra persona quita el repetido justo entre las dos preguntas, se vuelve a intentar.
    while True:
        with transaccion(nombre_nora):
            bloque_id = crear_bloque(nombre_nora, contenido)
            if bloque_id is not None:
                return obtener_bloque(nombre_nora, bloque_id)
            repetido = buscar_repetido(nombre_nora, contenido)
        if repetido is not None:
            raise YaEstaba(repetido)


def corregir(nombre_nora: str, bloque_id: int, contenido: str) -> Bloque:
    """Cambia el texto de un bloque.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
        YaEstaba: si otro bloque ya lo dice.
    """
    try:
        return guardar_bloque(nombre_nora, bloque_id, contenido)
    except IntegrityError:
        # Lo decide el índice único y no una pregunta previa: dos correcciones iguales a la vez no caben.
        repetido = buscar_repetido(nombre_nora, contenido, que_no_sea=bloque_id)
        if repetido is None:
            raise
        raise YaEstaba(repetido) from None


def quitar(nombre_nora: str, bloque_id: int) -> Bloque:
    """Quita un bloque y lo devuelve, para poder deshacer.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    with transaccion(nombre_nora):
        bloque = obtener_bloque(nombre_nora, bloque_id)
        borrar_bloque(nombre_nora, bloque_id)
    return bloque
