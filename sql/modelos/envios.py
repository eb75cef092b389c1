"""El camino de lo que sale: tomar una intención, dejar escrito su final y encontrar lo que quedó en duda.

Son filas de `historial_conversaciones`; aquí están sólo los pasos de un envío.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.mensajes import Mensaje, obtener_mensaje


@dataclass(frozen=True, slots=True)
class PorEnviar:
    """Lo que hace falta para pedirle a Twilio un envío."""

    nombre_nora: str
    mensaje_id: int
    conversacion_id: int
    texto: str
    para: str
    de: str
    cuenta: str | None
    intento: int
    tomado_en: dt.datetime
    """Sello de esta toma: quien la perdió (otro la tomó después) ya no puede cambiar el envío."""
    edad_segundos: float


def todas_las_noras_reclamar_por_enviar(limite: int) -> list[PorEnviar]:
    """Toma la primera intención de cada hilo sin nada en vuelo y la marca `enviando`.

    El orden dentro del hilo se conserva: mientras haya un envío en vuelo o por confirmar, los siguientes esperan.
    Si otro trabajador tomó a la vez uno del mismo hilo, el índice lo impide y se devuelve vacío: ya le tocará.
    """
    try:
        return _reclamar_por_enviar(limite)
    except IntegrityError:
        return []


def _reclamar_por_enviar(limite: int) -> list[PorEnviar]:
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            text(
                """
                with candidatas as (
                    select m.id from historial_conversaciones m
                    where m.estado = 'listo' and (m.revisar_en is null or m.revisar_en <= clock_timestamp())
                      and not exists (
                        select 1 from historial_conversaciones a
                        where a.conversacion_id = m.conversacion_id and a.nombre_nora = m.nombre_nora
                          and a.estado in ('listo', 'enviando', 'por_confirmar') and a.id <> m.id
                          and (a.id < m.id or a.estado <> 'listo')
                      )
                    order by m.id limit :limite for update skip locked
                )
                update historial_conversaciones m
                set estado = 'enviando', intento = m.intento + 1, reclamado_en = clock_timestamp(), revisiones = 0,
                    revisar_en = null, dudoso_desde = null, cambiado_en = clock_timestamp(),
                    enviado_a = c.direccion, enviado_desde = c.remitente, enviado_por = c.cuenta
                from candidatas t, conversaciones c
                where m.id = t.id and c.id = m.conversacion_id and c.nombre_nora = m.nombre_nora
                returning m.nombre_nora, m.id, m.conversacion_id, m.mensaje, m.enviado_a, m.enviado_desde, m.enviado_por, m.intento,
                    m.reclamado_en, extract(epoch from clock_timestamp() - m.fecha_hora) as edad
                """
            ),
            {"limite": limite},
        )
        return [
            PorEnviar(
                f.nombre_nora,
                f.id,
                f.conversacion_id,
                f.mensaje,
                f.enviado_a or "",
                f.enviado_desde or "",
                f.enviado_por,
                f.intento,
                f.reclamado_en,
                float(f.edad),
            )
            for f in filas
        ]


def confirmar_envio(nombre_nora: str, mensaje_id: int, message_sid: str) -> str:
    """Twilio lo aceptó: guarda su SID y aplica los avisos que llegaron antes que esta confirmación. Devuelve el estado."""
    with transaccion(nombre_nora) as sesion:
        return str(
            sesion.scalar(
                text("select public.confirmar_envio(:nora, :mensaje, :sid)"),
                {"nora": nombre_nora, "mensaje": mensaje_id, "sid": message_sid},
            )
        )


def cambiar_envio(nombre_nora: str, mensaje_id: int, tomado_en: dt.datetime | None, *, desde: tuple[str, ...], **cambios: Any) -> bool:
    """Cambia el estado de un envío sólo si sigue en uno de `desde` y su toma es la de `tomado_en` (None: nunca se tomó).

    Dice si lo cambió.
    """
    with transaccion(nombre_nora) as sesion:
        resultado: Any = sesion.execute(
            update(Mensaje)
            .where(
                Mensaje.nombre_nora == nombre_nora,
                Mensaje.id == mensaje_id,
                Mensaje.estado.in_(desde),
                Mensaje.reclamado_en == tomado_en,
            )
            .values(cambiado_en=func.clock_timestamp(), **cambios)
        )
        return bool(resultado.rowcount)


def explicar_fallo(nombre_nora: str, mensaje_id: int, explicar: Callable[[str], str]) -> None:
    """Pone en palabras el código de un envío fallido que aún no las tenga."""
    with transaccion(nombre_nora) as sesion:
        mensaje = obtener_mensaje(nombre_nora, mensaje_id)
        if mensaje.estado == "fallido" and mensaje.codigo_error and not mensaje.motivo_error:
            sesion.execute(
                update(Mensaje)
                .where(Mensaje.nombre_nora == nombre_nora, Mensaje.id == mensaje_id)
                .values(motivo_error=explicar(mensaje.codigo_error))
            )


def devolver_a_la_cola(
    nombre_nora: str, mensaje_id: int, tomado_en: dt.datetime, *, dentro_de_segundos: float, desde: tuple[str, ...], cuenta: bool
) -> bool:
    """Lo que consta que Twilio no aceptó vuelve a `listo` para otro intento; dice si lo cambió.

    `cuenta` dice si gastó un intento: sólo los gastan los de final dudoso, no los que ni llegaron a Twilio.
    """
    return cambiar_envio(
        nombre_nora,
        mensaje_id,
        tomado_en,
        desde=desde,
        estado="listo",
        intento=Mensaje.intento if cuenta else Mensaje.intento - 1,
        revisar_en=func.clock_timestamp() + dt.timedelta(seconds=dentro_de_segundos),
    )


def dejar_por_confirmar(
    nombre_nora: str, mensaje_id: int, tomado_en: dt.datetime, *, revisar_en_segundos: float, ausencias: int = 0
) -> bool:
    """No se sabe si Twilio lo aceptó: se preguntará dentro de esos segundos. Dice si lo cambió."""
    return cambiar_envio(
        nombre_nora,
        mensaje_id,
        tomado_en,
        desde=("enviando", "por_confirmar"),
        estado="por_confirmar",
        revisiones=ausencias,
        dudoso_desde=func.coalesce(Mensaje.dudoso_desde, func.clock_timestamp()),
        revisar_en=func.clock_timestamp() + dt.timedelta(seconds=revisar_en_segundos),
    )


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


def todas_las_noras_en_duda(limite: int = 50) -> list[EnDuda]:
    """Envíos `por_confirmar` a los que ya les toca que se pregunte a Twilio."""
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            text(
                """
                select m.nombre_nora, m.id, m.conversacion_id, m.mensaje, m.enviado_a, m.enviado_desde, m.enviado_por,
                       m.intento, m.revisiones, m.reclamado_en, coalesce(m.dudoso_desde, m.reclamado_en) as dudoso_desde
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
            )
            for f in filas
        ]


def listar_sids_conocidos(nombre_nora: str, sids: list[str]) -> frozenset[str]:
    """De esos SID de Twilio, los que ya están en alguna fila de la Nora."""
    with transaccion(nombre_nora) as sesion:
        filas = sesion.scalars(select(Mensaje.message_sid).where(Mensaje.nombre_nora == nombre_nora, Mensaje.message_sid.in_(sids)))
        return frozenset(sid for sid in filas if sid)
