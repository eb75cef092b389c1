"""Deshacer una unión: cada cual recupera sus señas, sus mensajes y su hilo, también lo que llegó después por sus direcciones."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sql.conexion import transaccion
from sql.modelos.base import NoEncontrado
from sql.modelos.contactos import Contacto
from sql.modelos.conversaciones import Conversacion
from sql.modelos.fusion import HILO_EN_BLANCO, NoSePuedeUnir, guardar, retener
from sql.modelos.fusion_reglas import Fila, Llegado, separar_fichas, separar_hilos
from sql.modelos.uniones import Union

PLAZO_PARA_DESHACER = dt.timedelta(hours=24)

_DE_QUIEN_ES = text("""
    select m.id, m.tipo, m.fecha_hora, m.direccion, m.mensaje,
        case when m.direccion ~ '^(whatsapp:)?[+][0-9]' then telefono_canonico(m.direccion)
             else regexp_replace(m.direccion, '^whatsapp:', '') end = any (:valores) as es_suyo
    from historial_conversaciones m
    where m.nombre_nora = :nora and m.conversacion_id = :hilo and m.id > :hasta
    order by m.id
""")
_DEVOLVER_MOVIDAS = text("""
    update identidades i set contacto_id = :secundario
    where i.nombre_nora = :nora and i.contacto_id = :principal and i.id = any (:ids)
    returning i.tipo, i.valor
""")
# Lo que una misma transacción guardó lleva la misma hora de nacimiento: la seña aprendida y el mensaje que la trajo.
_DEVOLVER_APRENDIDAS = text("""
    update identidades i set contacto_id = :secundario
    where i.nombre_nora = :nora and i.contacto_id = :principal and i.created_at in (
        select m.cambiado_en from historial_conversaciones m
        where m.nombre_nora = :nora and m.conversacion_id = :hilo and m.id > :hasta and m.tipo = 'usuario'
          and case when m.direccion ~ '^(whatsapp:)?[+][0-9]' then telefono_canonico(m.direccion)
                   else regexp_replace(m.direccion, '^whatsapp:', '') end = any (:valores)
    )
    returning i.tipo, i.valor
""")


def deshacer(nombre_nora: str, union_id: int, principal_id: int | None = None) -> Union:
    """Separa a las dos personas de una unión hecha y la devuelve ya deshecha. `principal_id`, si se da, debe ser la que quedó.

    Raises:
        NoEncontrado: si la unión no existe, es de otra Nora o no está hecha.
        NoSePuedeUnir: si pasó el plazo, si hay otra unión posterior encima o si la IA está contestando.
    """
    with transaccion(nombre_nora) as sesion:
        vista = _obtener(sesion, nombre_nora, union_id)
        if principal_id not in (None, vista.principal_id):
            raise NoEncontrado(f"La unión {union_id} no es de esa persona")
        hilos, fichas = retener(nombre_nora, [vista.principal_id, vista.secundario_id])
        # Ya retenidas las personas se mira otra vez: dos que deshacen a la vez no la deshacen dos veces.
        sesion.refresh(vista)
        union = _obtener(sesion, nombre_nora, union_id)
        _exigir_que_es_la_ultima(sesion, nombre_nora, union)
        _devolver(sesion, nombre_nora, union, hilos, fichas)
        union.estado = "deshecha"
        union.deshecha_en = dt.datetime.now(dt.UTC)
        sesion.flush()
        return union


def _obtener(sesion: Session, nombre_nora: str, union_id: int) -> Union:
    union = sesion.scalar(select(Union).where(Union.nombre_nora == nombre_nora, Union.id == union_id, Union.estado == "hecha"))
    if union is None:
        raise NoEncontrado(f"No existe la unión {union_id}, o ya se deshizo")
    return union


def _exigir_que_es_la_ultima(sesion: Session, nombre_nora: str, union: Union) -> None:
    if union.hecha_en is None or union.hecha_en < dt.datetime.now(dt.UTC) - PLAZO_PARA_DESHACER:
        raise NoSePuedeUnir("Pasaron más de 24 horas desde que se unieron: ya no se pueden separar.")
    posterior = sesion.scalar(
        text(
            "select id from uniones where nombre_nora = :nora and estado = 'hecha' and hecha_en > :hecha_en"
            " and (principal_id = :principal or secundario_id = :principal) limit 1"
        ),
        {"nora": nombre_nora, "hecha_en": union.hecha_en, "principal": union.principal_id},
    )
    if posterior:
        raise NoSePuedeUnir("Después se unió otra persona a esta ficha. Deshaz primero la unión más reciente.")


def _devolver(sesion: Session, nombre_nora: str, union: Union, hilos: dict[int, Fila], fichas: dict[int, Fila]) -> None:
    movido, principal_id, secundario_id = union.movido, union.principal_id, union.secundario_id
    valores = _devolver_identidades(sesion, nombre_nora, principal_id, secundario_id, movido, hilos.get(principal_id))
    sesion.execute(
        text("update contactos set unido_a = :secundario where nombre_nora = :nora and id = any (:reapuntados)"),
        {"nora": nombre_nora, "secundario": secundario_id, "reapuntados": movido["reapuntados"]},
    )
    llegado: tuple[Llegado | None, Llegado | None] = (None, None)
    if hilo := hilos.get(principal_id):
        llegado = _devolver_hilos(sesion, nombre_nora, union, hilo, hilos.get(secundario_id), valores)
    principal, secundario = separar_fichas(tuple(movido["fichas"]), movido["ficha"], fichas[principal_id], llegado)
    guardar(nombre_nora, Contacto, principal_id, principal)
    guardar(nombre_nora, Contacto, secundario_id, secundario | {"unido_a": None})


def _devolver_identidades(
    sesion: Session, nombre_nora: str, principal_id: int, secundario_id: int, movido: Fila, hilo: Fila | None
) -> list[str]:
    """Las señas vuelven con su persona; también las que se aprendieron después en un mensaje suyo. Devuelve sus valores."""
    datos = {"nora": nombre_nora, "principal": principal_id, "secundario": secundario_id, "ids": movido["identidades"]}
    valores = [f.valor for f in sesion.execute(_DEVOLVER_MOVIDAS, datos) if f.tipo != "usuario"]
    if hilo:
        datos |= {"hilo": hilo["id"], "hasta": movido["hasta"], "valores": valores}
        valores += [f.valor for f in sesion.execute(_DEVOLVER_APRENDIDAS, datos) if f.tipo != "usuario"]
    return valores


def _devolver_hilos(
    sesion: Session, nombre_nora: str, union: Union, hilo: Fila, otro: Fila | None, valores: list[str]
) -> tuple[Llegado | None, Llegado | None]:
    movido = union.movido
    del_principal, del_secundario = movido["hilos"]
    datos = {"nora": nombre_nora, "hilo": hilo["id"], "hasta": movido["hasta"], "valores": valores}
    nuevos = sesion.execute(_DE_QUIEN_ES, datos).all()
    suyos = [m for m in nuevos if m.es_suyo]
    ajenos = [m for m in nuevos if not m.es_suyo]
    llegado = (_resumir(ajenos), _resumir(suyos))
    antes = (del_principal or HILO_EN_BLANCO, del_secundario or HILO_EN_BLANCO)
    # Si al unirlas ninguna tenía hilo, el de ahora nació después.
    recien_unido = movido["hilo"] or {campo: HILO_EN_BLANCO.get(campo, valor) for campo, valor in hilo.items()}
    principal, secundario = separar_hilos(antes, recien_unido, hilo, llegado)
    if del_principal is None and del_secundario is not None:
        # El hilo era del secundario y se lo lleva; la principal abre uno si habló mientras tanto.
        guardar(nombre_nora, Conversacion, hilo["id"], secundario | {"contacto_id": union.secundario_id})
        _colgar(sesion, nombre_nora, None, union.principal_id, principal, [m.id for m in ajenos])
    else:
        guardar(nombre_nora, Conversacion, hilo["id"], principal | {"contacto_id": union.principal_id})
        _colgar(sesion, nombre_nora, otro, union.secundario_id, secundario, [*movido["mensajes"], *(m.id for m in suyos)])
    return llegado


def _colgar(sesion: Session, nombre_nora: str, hilo: Fila | None, contacto_id: int, estado: Fila, mensajes: list[int]) -> None:
    """Pone esos mensajes en el hilo de esa persona con ese estado; si no tenía hilo y hay mensajes, se abre."""
    if hilo is None and not mensajes:
        return
    clave = (
        hilo["id"]
        if hilo
        else sesion.execute(
            text("insert into conversaciones (nombre_nora, contacto_id) values (:nora, :contacto) returning id"),
            {"nora": nombre_nora, "contacto": contacto_id},
        ).scalar_one()
    )
    guardar(nombre_nora, Conversacion, clave, estado | {"contacto_id": contacto_id})
    sesion.execute(
        text("update historial_conversaciones set conversacion_id = :clave where nombre_nora = :nora and id = any (:mensajes)"),
        {"nora": nombre_nora, "clave": clave, "mensajes": mensajes},
    )


def _resumir(mensajes: list[Any]) -> Llegado | None:
    if not mensajes:
        return None
    suyos = [m for m in mensajes if m.tipo == "usuario"]
    ultimo, hablado = (suyos or mensajes)[-1], mensajes[-1]
    return Llegado(
        cuantos=len(suyos),
        ultimo_id=ultimo.id if suyos else None,
        ultimo_en=_momento(ultimo.fecha_hora) if suyos else None,
        direccion=ultimo.direccion if suyos else None,
        hablado_en=_momento(hablado.fecha_hora),
        resumen=hablado.mensaje[:200] or None,
    )


def _momento(cuando: dt.datetime) -> str:
    return cuando.astimezone(dt.UTC).isoformat()
