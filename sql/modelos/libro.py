"""El libro de avisos visto por la agencia: filtrar, contar, volver a leer y podar lo viejo."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select

from sql.conexion import transaccion_de_todas_las_noras
from sql.modelos.base import patron_de_busqueda
from sql.modelos.webhooks import WebhookRecibido

SIN_NORA = "-"
"""En el filtro, los avisos que no son de ninguna Nora."""
DIAS_DE_RETENCION = 30


@dataclass(frozen=True, slots=True)
class FiltroDelLibro:
    """Qué avisos se quieren; vacío es «todos». `desde` entra y `hasta` no."""

    nombre_nora: str = ""
    veredicto: str = ""
    tipo: str = ""
    sid: str = ""
    desde: dt.datetime | None = None
    hasta: dt.datetime | None = None


def todas_las_noras_listar_libro(filtro: FiltroDelLibro, *, limite: int, antes_de: int | None = None) -> list[WebhookRecibido]:
    """Los avisos del filtro, el más reciente primero; `antes_de` es el id desde el que se sigue hacia atrás."""
    orden = _filtrar(select(WebhookRecibido), filtro).order_by(WebhookRecibido.id.desc()).limit(limite)
    if antes_de is not None:
        orden = orden.where(WebhookRecibido.id < antes_de)
    with transaccion_de_todas_las_noras() as sesion:
        return list(sesion.scalars(orden))


def todas_las_noras_contar_libro(filtro: FiltroDelLibro, *, hasta_contar: int) -> int:
    """Cuántos avisos cumplen el filtro, sin contar más allá de `hasta_contar`."""
    dentro = _filtrar(select(WebhookRecibido.id), filtro).limit(hasta_contar).subquery()
    with transaccion_de_todas_las_noras() as sesion:
        return sesion.scalar(select(func.count()).select_from(dentro)) or 0


def todas_las_noras_tomar_del_libro(filtro: FiltroDelLibro, *, tras: int, hasta_id: int, limite: int) -> list[WebhookRecibido]:
    """Los avisos del filtro con id mayor que `tras` y como mucho `hasta_id`, en el orden en que llegaron."""
    orden = (
        _filtrar(select(WebhookRecibido), filtro)
        .where(WebhookRecibido.id > tras, WebhookRecibido.id <= hasta_id)
        .order_by(WebhookRecibido.id)
        .limit(limite)
    )
    with transaccion_de_todas_las_noras() as sesion:
        return list(sesion.scalars(orden))


def todas_las_noras_buscar_en_libro(libro_id: int) -> WebhookRecibido | None:
    """Un aviso por su id, o None."""
    with transaccion_de_todas_las_noras() as sesion:
        return sesion.get(WebhookRecibido, libro_id)


def todas_las_noras_ultimo_del_libro() -> int:
    """El id del último aviso; 0 si no hay ninguno."""
    with transaccion_de_todas_las_noras() as sesion:
        return sesion.scalar(select(func.max(WebhookRecibido.id))) or 0


def todas_las_noras_podar_libro(antes_de: dt.datetime, *, lote: int) -> int:
    """Borra hasta `lote` avisos recibidos antes de ese momento, los más viejos primero; devuelve cuántos. Una transacción corta."""
    viejos = select(WebhookRecibido.id).where(WebhookRecibido.recibido_en < antes_de).order_by(WebhookRecibido.recibido_en).limit(lote)
    orden = delete(WebhookRecibido).where(WebhookRecibido.id.in_(viejos.scalar_subquery())).returning(WebhookRecibido.id)
    with transaccion_de_todas_las_noras() as sesion:
        return len(sesion.scalars(orden).all())


def _filtrar(orden: Select[Any], filtro: FiltroDelLibro) -> Select[Any]:
    if filtro.nombre_nora == SIN_NORA:
        orden = orden.where(WebhookRecibido.nombre_nora.is_(None))
    elif filtro.nombre_nora:
        orden = orden.where(WebhookRecibido.nombre_nora == filtro.nombre_nora)
    if filtro.veredicto:
        orden = orden.where(WebhookRecibido.veredicto == filtro.veredicto)
    if filtro.tipo:
        orden = orden.where(WebhookRecibido.tipo == filtro.tipo)
    if filtro.sid:
        orden = orden.where(WebhookRecibido.message_sid.ilike(patron_de_busqueda(filtro.sid)))
    if filtro.desde:
        orden = orden.where(WebhookRecibido.recibido_en >= filtro.desde)
    if filtro.hasta:
        orden = orden.where(WebhookRecibido.recibido_en < filtro.hasta)
    return orden
