"""El libro de avisos para la pantalla: con los números tachados, contado antes de reprocesar y con el resultado dicho después."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from registro import bitacora
from sql.modelos.base import NoEncontrado
from sql.modelos.libro import (
    SIN_NORA,
    FiltroDelLibro,
    todas_las_noras_buscar_en_libro,
    todas_las_noras_contar_libro,
    todas_las_noras_listar_libro,
)
from sql.modelos.webhooks import WebhookRecibido
from webhook.canal import reproceso

CUENTA_HASTA = 10_000
"""Más allá no se cuenta: «más de 10,000» dice lo mismo y no recorre el mes entero."""


@dataclass(frozen=True, slots=True)
class Aviso:
    """Un aviso del libro como se enseña."""

    id: int
    nombre_nora: str | None
    tipo: str
    veredicto: str
    estado: str | None
    message_sid: str | None
    firma: str | None
    repeticiones: int
    reprocesos: int
    reprocesado_en: dt.datetime | None
    recibido_en: dt.datetime
    ficha_idempotencia: str | None
    consulta: str
    parametros: tuple[tuple[str, str], ...]


def listar_avisos(filtro: FiltroDelLibro, limite: int) -> list[Aviso]:
    """Los avisos del filtro, el más reciente primero."""
    return [preparar(fila) for fila in todas_las_noras_listar_libro(filtro, limite=limite)]


def contar_avisos(filtro: FiltroDelLibro) -> int:
    """Cuántos avisos cumplen el filtro; CUENTA_HASTA + 1 son «más»."""
    return todas_las_noras_contar_libro(filtro, hasta_contar=CUENTA_HASTA + 1)


def obtener_aviso(libro_id: int) -> Aviso:
    """Un aviso del libro.

    Raises:
        NoEncontrado: si ya no está.
    """
    fila = todas_las_noras_buscar_en_libro(libro_id)
    if fila is None:
        raise NoEncontrado(f"No existe el aviso {libro_id}")
    return preparar(fila)


def se_puede_reprocesar(filtro: FiltroDelLibro) -> bool:
    """Si el filtro acota un tramo: el libro entero de una vez no se reprocesa."""
    return bool(filtro.veredicto or filtro.desde or filtro.hasta or filtro.sid or filtro.nombre_nora == SIN_NORA)


def reprocesar(filtro: FiltroDelLibro, tras: int) -> reproceso.Reproceso | None:
    """Reprocesa un tramo del filtro; None si el filtro no acota nada."""
    return reproceso.reprocesar_tramo(filtro, tras=tras) if se_puede_reprocesar(filtro) else None


def decir(r: reproceso.Reproceso) -> str:
    """El resultado de un reproceso en una frase. Puro."""
    if not r.total:
        return "No quedaba ningún aviso por reprocesar."
    partes = [
        _varios(r.guardados, "mensaje guardado", "mensajes guardados"),
        _varios(r.aplicados, "estado aplicado", "estados aplicados"),
        _varios(r.iguales, "sin cambios", "sin cambios"),
        _varios(r.ajenos, "no entregado (es de otra Nora)", "no entregados (son de otra Nora)"),
        _varios(r.fallidos, "fallido (mira Errores)", "fallidos (mira Errores)"),
    ]
    cuantos = "Se reprocesó 1 aviso" if r.total == 1 else f"Se reprocesaron {r.total:,} avisos"
    return f"{cuantos}: {', '.join(parte for parte in partes if parte)}."


def _varios(cuantos: int, uno: str, muchos: str) -> str:
    return f"{cuantos:,} {uno if cuantos == 1 else muchos}" if cuantos else ""


def preparar(fila: WebhookRecibido) -> Aviso:
    """Una fila con sus parámetros en orden y tachados. Puro."""
    return Aviso(
        id=fila.id,
        nombre_nora=fila.nombre_nora,
        tipo=fila.tipo,
        veredicto=fila.veredicto,
        estado=fila.estado,
        message_sid=fila.message_sid,
        firma=fila.firma,
        repeticiones=fila.repeticiones,
        reprocesos=fila.reprocesos,
        reprocesado_en=fila.reprocesado_en,
        recibido_en=fila.recibido_en,
        ficha_idempotencia=fila.ficha_idempotencia,
        consulta=bitacora.tachar(fila.consulta or ""),
        parametros=tuple(sorted((clave, bitacora.tachar(en_texto(valor))) for clave, valor in fila.parametros.items())),
    )


def en_texto(valor: object) -> str:
    """Un valor del libro en una línea: los repetidos, separados por comas."""
    return ", ".join(map(str, valor)) if isinstance(valor, list) else str(valor)
