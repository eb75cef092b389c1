"""El camino de lo que sale: tomar una intención, dejar escrito su final y encontrar lo que quedó en duda.

Son filas de `historial_conversaciones`; aquí están sólo los pasos de un envío.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, exists, func, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.mensajes import Mensaje, obtener_mensaje


@dataclass(frozen=True, slots=True)
class PorEnviar:
    """Lo que hace falta para pedirle a Twilio un envío."""

    nombre_nora: str
    mensaje_id: int
    conversacion_id: int
    contacto_id: int
    texto: str
    para: str
    de: str
    cuenta: str | None
    servicio: str | None
    content_sid: str | None
    variables: dict[str, str] | None
    ruta: str | None
    tipo: str | None
    nombre: str | None
    intento: int
    tomado_en: dt.datetime
    """Sello de esta toma: quien la perdió (otro la tomó después) ya no puede cambiar el envío."""
    salir_en: dt.datetime
    """El hueco que le toca según el ritmo de su número; falta muy poco."""
    edad_segundos: float
    impedimento: str | None
    """«ventana» o «baja» si ya no se puede mandar; entonces no gasta hueco."""


def todas_las_noras_reclamar_por_enviar(
    limite: int, *, adelanto_segundos: float = 0.25, cuenta_simulada: str | None = None
) -> list[PorEnviar]:
    """Toma los próximos envíos y los marca `enviando`, uno por hilo y con el ritmo de cada número.

    El orden dentro del hilo se conserva: mientras haya un envío en vuelo o por confirmar, los siguientes esperan.
    Se toma lo que puede salir de aquí a `adelanto_segundos`. `cuenta_simulada` no tiene ritmo que respetar.
    Si otro trabajador tomó a la vez uno del mismo hilo, el índice lo impide y se devuelve vacío: ya le tocará.
    """
    try:
        return _reclamar_por_enviar(limite, adelanto_segundos, cuenta_simulada)
    except IntegrityError:
        return []


def _reclamar_por_enviar(limite: int, adelanto_segundos: float, cuenta_simulada: str | None) -> list[PorEnviar]:
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            text("select * from public.reclamar_envios(:limite, make_interval(secs => :adelanto), :simulada)"),
            {"limite": limite, "adelanto": adelanto_segundos, "simulada": cuenta_simulada},
        )
        return [
            PorEnviar(
                nombre_nora=f.nombre_nora,
                mensaje_id=f.mensaje_id,
                conversacion_id=f.conversacion_id,
                contacto_id=f.contacto_id,
                texto=f.mensaje,
                para=f.para or "",
                de=f.de or "",
                cuenta=f.cuenta,
                servicio=f.servicio,
                content_sid=f.content_sid,
                variables=f.variables,
                ruta=f.ruta,
                tipo=f.tipo,
                nombre=f.nombre,
                intento=f.intento,
                tomado_en=f.tomado_en,
                salir_en=f.salir_en,
                edad_segundos=float(f.edad),
                impedimento=f.impedimento,
            )
            for f in filas
        ]


def todas_las_noras_segundos_hasta_el_proximo_envio(adelanto_segundos: float = 0.25) -> float | None:
    """Cuánto falta para que algo en cola deje de esperar por ritmo, por reintento o por un corte; None si nada espera por eso."""
    with transaccion_de_todas_las_noras() as sesion:
        segundos = sesion.scalar(
            text(
                """
                select extract(epoch from min(e.cuando) - clock_timestamp())
                from (
                    select min(m.revisar_en) as cuando from historial_conversaciones m
                    where m.estado = 'listo' and m.revisar_en > clock_timestamp()
                    union all
                    select greatest(max(r.siguiente_en) - make_interval(secs => :adelanto), max(i.abierto_hasta))
                    from configuracion_bot n
                    left join ritmos_de_envio r on r.nombre_nora = n.nombre_nora
                    left join interruptores i on i.nombre_nora = n.nombre_nora and i.servicio = 'twilio'
                    where exists (select from historial_conversaciones m where m.nombre_nora = n.nombre_nora and m.estado = 'listo')
                    group by n.nombre_nora
                ) e
                where e.cuando > clock_timestamp()
                """
            ),
            {"adelanto": adelanto_segundos},
        )
        return None if segundos is None else float(segundos)


@dataclass(frozen=True, slots=True)
class Confirmado:
    """En qué quedó un envío al confirmarlo. `sid` es el que tiene la fila: si es otro, el mensaje salió dos veces.

    `por_explicar`: un aviso adelantado trajo el código de un fallo y aún no está en palabras.
    """

    estado: str
    sid: str
    por_explicar: bool


def confirmar_envio(nombre_nora: str, mensaje_id: int, message_sid: str) -> Confirmado:
    """Twilio lo aceptó: guarda su SID y aplica los avisos que llegaron antes que esta confirmación."""
    with transaccion(nombre_nora) as sesion:
        fila = sesion.scalar(
            text("select public.confirmar_envio(:nora, :mensaje, :sid)"),
            {"nora": nombre_nora, "mensaje": mensaje_id, "sid": message_sid},
        )
        return Confirmado(str(fila["estado"]), str(fila["sid"]), bool(fila["por_explicar"]))


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
    """Pone en palabras el código de fallo de un envío que aún no las tenga, aunque después se entregara."""
    with transaccion(nombre_nora) as sesion:
        mensaje = obtener_mensaje(nombre_nora, mensaje_id)
        if mensaje.codigo_error and not mensaje.motivo_error:
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


def repetir_envio(nombre_nora: str, mensaje_id: int, *, dentro_de_segundos: float = 0, en_orden: bool = False) -> bool:
    """Un envío fallido vuelve a `listo` como otro intento; su SID anterior se guarda aparte. Dice si lo cambió (una sola vez).

    `en_orden`: sólo si después de él no se mandó nada en su hilo; si no, quedaría detrás de lo que ya salió.
    """
    with transaccion(nombre_nora) as sesion:
        resultado: Any = sesion.execute(
            update(Mensaje)
            .where(
                Mensaje.nombre_nora == nombre_nora,
                Mensaje.id == mensaje_id,
                Mensaje.estado == "fallido",
                Mensaje.tipo == "respuesta",
                *([~_hay_posterior(nombre_nora)] if en_orden else []),
            )
            .values(
                estado="listo",
                rango=0,
                codigo_error=None,
                motivo_error=None,
                sids_anteriores=case(
                    (Mensaje.message_sid.is_not(None), func.array_append(Mensaje.sids_anteriores, Mensaje.message_sid)),
                    else_=Mensaje.sids_anteriores,
                ),
                message_sid=None,
                enviado_en=None,
                dudoso_desde=None,
                revisar_en=func.clock_timestamp() + dt.timedelta(seconds=dentro_de_segundos),
                cambiado_en=func.clock_timestamp(),
            )
        )
        return bool(resultado.rowcount)


def _hay_posterior(nombre_nora: str) -> Any:
    """Si después de un mensaje ya se mandó otro en el mismo hilo."""
    otro = aliased(Mensaje)
    return exists().where(
        otro.nombre_nora == nombre_nora,
        otro.conversacion_id == Mensaje.conversacion_id,
        otro.id > Mensaje.id,
        otro.tipo == "respuesta",
        otro.estado.in_(("enviando", "por_confirmar", "enviado", "entregado", "leido")),
    )
