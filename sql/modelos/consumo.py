"""Cuántos mensajes entraron y salieron en un mes, y cuáles caben en lo que Meta regala. Cada fila del historial se cuenta una vez."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from sql.conexion import transaccion, transaccion_de_todas_las_noras

_CUENTA = text(
    """
    select n.nombre_nora, c.categoria, c.comienzo, c.resultado, c.cuantos
    from configuracion_bot n
    cross join lateral (
        select m.categoria, m.comienzo, m.resultado, count(*) as cuantos
        from (
          select case when d.tipo = 'usuario' then 'entra' else d.categoria end as categoria, d.comienzo,
            case
              when d.tipo = 'usuario' then 'entra'
              when d.estado = 'fallido' and d.message_sid is null then 'rechazado'
              when d.estado = 'fallido' then 'fallido'
              when not d.salio then 'sin_salir'
              when d.por_anuncio then 'anuncio'
              -- El cupo es de cada número y se gasta por orden de salida. Contar así ordena tres veces más deprisa que row_number.
              when d.categoria = 'servicio' and count(*) filter (
                where d.tipo = 'respuesta' and d.salio and not d.por_anuncio and d.categoria = 'servicio'
              ) over (partition by d.numero order by d.fecha_hora, d.id rows unbounded preceding) <= :gratis then 'cupo'
              else 'cobrable' end as resultado
          from (
            select h.id, h.fecha_hora, h.tipo, h.categoria, h.estado, h.message_sid, h.por_anuncio,
              -- Lo que no dice de qué número salió (de antes de anotarlo) se carga al de ese mes.
              coalesce(h.enviado_desde, min(h.enviado_desde) over (), '') collate "C" as numero,
              h.estado in ('enviado', 'entregado', 'leido') as salio,
              left(coalesce(h.direccion, h.enviado_a, 'whatsapp:' || h.telefono, ''), 14) as comienzo
            from historial_conversaciones h
            where h.nombre_nora = n.nombre_nora and h.fecha_hora >= :desde and h.fecha_hora < :hasta
          ) d
        ) m
        group by 1, 2, 3
    ) c
    where cast(:nora as text) is null or n.nombre_nora = :nora
    """
)
"""De una Nora, o de todas si `nora` va vacío: es la misma cuenta."""
_PREFIJO = re.compile(r"\+[0-9]{1,4}|\b[A-Z]{2}(?=\.)", re.ASCII)
"""El comienzo de un teléfono, o el país de un BSUID («whatsapp:MX.1349…»)."""


@dataclass(frozen=True, slots=True)
class Recuento:
    """Cuántos mensajes de un mes son iguales a efectos de lo que cuestan."""

    categoria: str
    """«entra» si lo escribió la persona; si no, servicio, utilidad, marketing o autenticacion."""
    prefijo: str
    """Hasta cuatro cifras del teléfono con su +, el país de un BSUID, o vacío si no se sabe."""
    resultado: str
    """«entra», «cupo» (servicio gratis del mes), «anuncio» (gratis), «cobrable», «fallido», «rechazado» (sin SID) o «sin_salir»."""
    cuantos: int


def contar_consumo(nombre_nora: str, mes: dt.date, *, gratis: int) -> list[Recuento]:
    """Lo de una Nora en el mes (UTC) que empieza en `mes`.

    Args:
        gratis: mensajes de servicio que no se cobran al mes por número.
    """
    with transaccion(nombre_nora) as sesion:
        return _juntar(sesion.execute(_CUENTA, {"nora": nombre_nora} | _valores(mes, gratis))).get(nombre_nora, [])


def todas_las_noras_contar_consumo(mes: dt.date, *, gratis: int) -> dict[str, list[Recuento]]:
    """Lo mismo de cada Nora con algún mensaje ese mes, en una sola consulta."""
    with transaccion_de_todas_las_noras() as sesion:
        return _juntar(sesion.execute(_CUENTA, {"nora": None} | _valores(mes, gratis)))


def _juntar(filas: Iterable[Any]) -> dict[str, list[Recuento]]:
    """Lo contado por comienzo de dirección, sumado por prefijo: dos BSUID del mismo país pagan igual."""
    por_nora: dict[str, Counter[tuple[str, str, str]]] = {}
    for fila in filas:
        hallado = _PREFIJO.search(fila.comienzo)
        por_nora.setdefault(fila.nombre_nora, Counter())[fila.categoria, hallado[0] if hallado else "", fila.resultado] += fila.cuantos
    return {nora: [Recuento(*clave, cuantos) for clave, cuantos in cuenta.items()] for nora, cuenta in por_nora.items()}


def _valores(mes: dt.date, gratis: int) -> dict[str, object]:
    desde = dt.datetime(mes.year, mes.month, 1, tzinfo=dt.UTC)
    hasta = dt.datetime(mes.year + mes.month // 12, mes.month % 12 + 1, 1, tzinfo=dt.UTC)
    return {"desde": desde, "hasta": hasta, "gratis": gratis}
