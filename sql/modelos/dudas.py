"""Los envíos de los que no se sabe si Twilio los tomó: encontrarlos, reconocer lo que ya tiene dueño y cerrarlos a mano."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text, update

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.mensajes import Mensaje


def todas_las_noras_abandonados(arriendo_segundos: int) -> list[tuple[str, int, dt.datetime]]:
    """Envíos `enviando` cuyo trabajador murió: (nombre_nora, mensaje_id, cuándo se tomó)."""
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            select(Mensaje.nombre_nora, Mensaje.id, Mensaje.reclamado_en).where(
                Mensaje.estado == "enviando",
                Mensaje.reclamado_en < func.clock_timestamp() - dt.timedelta(seconds=arriendo_segundos),
            )
        )
        return [(f.nombre_nora, f.id, f.reclamado_en) for f in filas]


@dataclass(frozen=True, slots=True)
class EnDuda:
    """Un envío del que no se sabe si Twilio lo aceptó."""

    nombre_nora: str
    mensaje_id: int
    conversacion_id: int
    texto: str
    para: str
    de: str
    cuenta: str | None
    intento: int
    ausencias: int
    reclamado_en: dt.datetime
    dudoso_desde: dt.datetime
    por_plantilla: bool
    """Si salió con una plantilla: Twilio guarda el texto ya compuesto, que puede no coincidir con el nuestro."""


def todas_las_noras_en_duda(limite: int = 50) -> list[EnDuda]:
    """Envíos `por_confirmar` a los que ya les toca que se pregunte a Twilio."""
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            text(
                """
                select m.nombre_nora, m.id, m.conversacion_id, m.mensaje, m.enviado_a, m.enviado_desde, m.enviado_por,
                       m.intento, m.revisiones, m.reclamado_en, coalesce(m.dudoso_desde, m.reclamado_en) as dudoso_desde,
                       m.content_sid is not null as por_plantilla
                from historial_conversaciones m
                where m.estado = 'por_confirmar' and m.revisar_en <= clock_timestamp()
                order by m.revisar_en limit :limite
                """
            ),
            {"limite": limite},
        )
        return [
            EnDuda(
                f.nombre_nora,
                f.id,
                f.conversacion_id,
                f.mensaje,
                f.enviado_a or "",
                f.enviado_desde or "",
                f.enviado_por,
                f.intento,
                f.revisiones,
                f.reclamado_en,
                f.dudoso_desde,
                f.por_plantilla,
            )
            for f in filas
        ]


def listar_sids_conocidos(nombre_nora: str, sids: list[str]) -> frozenset[str]:
    """De esos SID de Twilio, los que ya están en alguna fila de la Nora, también los de intentos anteriores."""
    anteriores = select(func.unnest(Mensaje.sids_anteriores)).where(Mensaje.nombre_nora == nombre_nora, Mensaje.sids_anteriores != [])
    with transaccion(nombre_nora) as sesion:
        filas = sesion.scalars(select(Mensaje.message_sid).where(Mensaje.nombre_nora == nombre_nora, Mensaje.message_sid.in_(sids)))
        return frozenset(sid for sid in filas if sid) | (frozenset(sesion.scalars(anteriores)) & frozenset(sids))


def dar_por_enviado(nombre_nora: str, mensaje_id: int) -> bool:
    """Una persona comprobó que sí salió: deja de estar sin confirmar. Dice si lo cambió."""
    with transaccion(nombre_nora) as sesion:
        resultado: Any = sesion.execute(
            update(Mensaje)
            .where(
                Mensaje.nombre_nora == nombre_nora,
                Mensaje.id == mensaje_id,
                Mensaje.estado == "fallido",
                Mensaje.codigo_error == "sin_confirmar",
            )
            .values(estado="enviado", rango=2, codigo_error=None, motivo_error=None, cambiado_en=func.clock_timestamp())
        )
        return bool(resultado.rowcount)
