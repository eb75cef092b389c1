"""El estado de todas las Noras de un vistazo, en una sola ida a la base (sólo para la agencia)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text

from sql.conexion import transaccion_de_todas_las_noras

_ORDEN = text(
    """
    select n.nombre_nora, coalesce(nullif(n.nombre_visible, ''), n.nombre_nora) as titulo, n.numero_nora, n.es_ejemplo,
      array(select m.modulo from modulos_disponibles m where m.nombre_nora = n.nombre_nora and m.activo order by m.modulo) as modulos,
      (select count(*) from membresias e where e.nombre_nora = n.nombre_nora) as miembros,
      (select count(*) from conocimiento_nora k where k.nombre_nora = n.nombre_nora) as bloques,
      c.contactos, c.ultimo_mensaje, v.sin_leer, v.esperan, f.errores
    from configuracion_bot n
    left join lateral (
      select count(*) as contactos, max(ultimo_mensaje) as ultimo_mensaje from contactos where nombre_nora = n.nombre_nora
    ) c on true
    left join lateral (
      select count(*) filter (where sin_leer > 0) as sin_leer, count(*) filter (where necesita_persona) as esperan
      from conversaciones where nombre_nora = n.nombre_nora
    ) v on true
    left join lateral (
      select coalesce(sum(veces), 0) as errores from logs_errores where nombre_nora = n.nombre_nora and not resuelto
    ) f on true
    order by titulo, n.nombre_nora
    """
)


@dataclass(frozen=True, slots=True)
class ResumenDeNora:
    """Cómo está una Nora."""

    nombre_nora: str
    titulo: str
    numero: str | None
    es_ejemplo: bool
    modulos: frozenset[str]
    miembros: int
    bloques: int
    contactos: int
    ultimo_mensaje: dt.datetime | None
    sin_leer: int
    esperan_persona: int
    errores: int


def todas_las_noras_resumir() -> list[ResumenDeNora]:
    """Una fila por Nora, por nombre visible; `errores` son los que nadie ha resuelto, con sus repeticiones."""
    with transaccion_de_todas_las_noras() as sesion:
        return [
            ResumenDeNora(
                f.nombre_nora,
                f.titulo,
                f.numero_nora,
                f.es_ejemplo,
                frozenset(f.modulos),
                f.miembros,
                f.bloques,
                f.contactos,
                f.ultimo_mensaje,
                f.sin_leer,
                f.esperan,
                int(f.errores),
            )
            for f in sesion.execute(_ORDEN)
        ]
