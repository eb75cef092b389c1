"""Unir dos personas en una y volver a separarlas, en una transacción: se mueve todo, no se borra nada y queda escrito cómo estaba."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from sqlalchemy import DateTime, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sql.conexion import transaccion
from sql.modelos.base import NoEncontrado
from sql.modelos.contactos import Contacto
from sql.modelos.conversaciones import Conversacion
from sql.modelos.fusion_reglas import Fila, unir_fichas, unir_hilos

_NO_SE_TOCAN = {"id", "nombre_nora", "busca", "created_at", "updated_at"}
HILO_EN_BLANCO: Fila = {
    **dict.fromkeys(set(Conversacion.__table__.columns.keys()) - _NO_SE_TOCAN),
    "modo": "ia",
    "necesita_persona": False,
    "sin_leer": 0,
    "atendido_hasta_id": 0,
    "intentos": 0,
}


class NoSePuedeUnir(ValueError):
    """Ahora no se pueden unir o separar esas personas; el mensaje dice por qué y qué hacer."""


def unir(nombre_nora: str, principal_id: int, secundario_id: int, *, hecha_por: int, union_id: int | None = None) -> int:
    """Deja en `principal_id` todo lo de `secundario_id` (señas, mensajes, archivos y estado del hilo). Devuelve el id de la unión.

    `union_id` es la sugerencia que lo pidió; sin ella, la que hubiera entre las dos o una nueva.

    Raises:
        NoEncontrado: si alguna no existe o es de otra Nora.
        NoSePuedeUnir: si alguna ya está unida a otra, o si hay algo a medio enviar o a medio contestar.
    """
    if principal_id == secundario_id:
        raise NoSePuedeUnir("Es la misma persona.")
    with transaccion(nombre_nora) as sesion:
        hilos, fichas = retener(nombre_nora, [principal_id, secundario_id])
        principal, secundario = fichas[principal_id], fichas[secundario_id]
        if principal["unido_a"] or secundario["unido_a"]:
            raise NoSePuedeUnir("Una de las dos ya está unida a otra persona. Vuelve a abrir su ficha.")
        movido = _mover(sesion, nombre_nora, principal_id, secundario_id, hilos)
        cambios = unir_fichas(principal, secundario)
        guardar(nombre_nora, Contacto, principal_id, cambios)
        guardar(nombre_nora, Contacto, secundario_id, {"unido_a": principal_id})
        movido |= {"fichas": [principal, secundario], "ficha": principal | cambios}
        return _anotar(sesion, nombre_nora, principal_id, secundario_id, hecha_por, union_id, movido)


def retener(nombre_nora: str, personas: list[int]) -> tuple[dict[int, Fila], dict[int, Fila]]:
    """Retiene a esas personas hasta confirmar: (su hilo, si tiene, y su ficha) por id de persona.

    Nadie reconoce a nadie de esa Nora mientras tanto (`resolver_persona` pide el mismo candado); después, los hilos y las
    fichas por orden de clave, como todos los que escriben.

    Raises:
        NoEncontrado: si alguna no existe o es de otra Nora.
        NoSePuedeUnir: si un trabajador está contestando en alguno de esos hilos.
    """
    datos = {"nora": nombre_nora, "personas": personas}
    with transaccion(nombre_nora) as sesion:
        sesion.execute(text("set local timezone = 'UTC'"))
        sesion.execute(text("select pg_advisory_xact_lock(hashtextextended('personas|' || :nora, 0))"), datos)
        hilos = sesion.execute(
            text(
                "select c.contacto_id, to_jsonb(c) as fila, c.arriendo_hasta > clock_timestamp() as ocupado from conversaciones c"
                " where c.nombre_nora = :nora and c.contacto_id = any (:personas) order by c.id for update"
            ),
            datos,
        ).all()
        fichas = sesion.execute(
            text(
                "select c.id, to_jsonb(c) as fila from contactos c"
                " where c.nombre_nora = :nora and c.id = any (:personas) order by c.id for update"
            ),
            datos,
        ).all()
    if len(fichas) != len(set(personas)):
        raise NoEncontrado(f"No existe alguno de los contactos {personas}")
    if any(f.ocupado for f in hilos):
        raise NoSePuedeUnir("La IA está contestando ahora mismo. Espera unos segundos y vuelve a intentarlo.")
    return {f.contacto_id: f.fila for f in hilos}, {f.id: f.fila for f in fichas}


def guardar(nombre_nora: str, modelo: type[Contacto] | type[Conversacion], clave: int, cambios: Fila) -> None:
    """Escribe en esa fila los campos dados, tal como `to_jsonb` los leyó."""
    valores = {
        campo: _leido(modelo, campo, cambios[campo]) for campo in set(modelo.__table__.columns.keys()) - _NO_SE_TOCAN if campo in cambios
    }
    if valores:
        # Unir y separar no es «cambiar la ficha»: su fecha de cambio se queda como estaba.
        orden = update(modelo).where(modelo.nombre_nora == nombre_nora, modelo.id == clave)
        with transaccion(nombre_nora) as sesion:
            sesion.execute(orden.values(valores | {"updated_at": modelo.updated_at}), execution_options={"synchronize_session": False})


def _leido(modelo: type[Contacto] | type[Conversacion], campo: str, valor: Any) -> Any:
    es_momento = isinstance(modelo.__table__.columns[campo].type, DateTime)
    return dt.datetime.fromisoformat(valor) if es_momento and valor is not None else valor


def _mover(sesion: Session, nombre_nora: str, principal_id: int, secundario_id: int, hilos: dict[int, Fila]) -> Fila:
    """Pasa señas y mensajes a quien queda. Devuelve lo necesario para deshacerlo."""
    datos = {"nora": nombre_nora, "principal": principal_id, "secundario": secundario_id}
    sennas = sesion.scalars(
        text("update identidades set contacto_id = :principal where nombre_nora = :nora and contacto_id = :secundario returning id"), datos
    ).all()
    # Quien ya se había unido a la que ahora se une queda unida a la que permanece: un solo paso hasta la persona de hoy.
    reapuntados = sesion.scalars(
        text("update contactos set unido_a = :principal where nombre_nora = :nora and unido_a = :secundario returning id"), datos
    ).all()
    uno, otro = hilos.get(principal_id), hilos.get(secundario_id)
    queda, mensajes = uno, []
    if otro and uno:
        cambios, vacios = _mezclar(uno, otro)
        mensajes = _pasar_mensajes(sesion, nombre_nora, otro["id"], uno["id"])
        guardar(nombre_nora, Conversacion, uno["id"], cambios)
        guardar(nombre_nora, Conversacion, otro["id"], vacios)
        queda = uno | cambios
    elif otro:
        guardar(nombre_nora, Conversacion, otro["id"], {"contacto_id": principal_id})
        queda = otro | {"contacto_id": principal_id}
    hasta = sesion.scalar(text("select coalesce(max(id), 0) from historial_conversaciones where nombre_nora = :nora"), datos)
    return {
        "identidades": list(sennas),
        "reapuntados": list(reapuntados),
        "mensajes": mensajes,
        "hilos": [uno, otro],
        "hilo": queda,
        "hasta": hasta,
    }


def _mezclar(uno: Fila, otro: Fila) -> tuple[Fila, Fila]:
    for pendiente, resuelto in ((uno, otro), (otro, uno)):
        # Una respuesta por mensaje: lo que espera debe ser posterior a lo ya contestado en el otro hilo, o no se contestaría nunca.
        if pendiente["atender_en"] and (pendiente["ultimo_entrante_id"] or 0) <= resuelto["atendido_hasta_id"]:
            raise NoSePuedeUnir("Hay un mensaje esperando respuesta. Espera unos segundos a que se conteste y vuelve a intentarlo.")
    return unir_hilos(uno, otro)


def _pasar_mensajes(sesion: Session, nombre_nora: str, desde: int, hacia: int) -> list[int]:
    try:
        with sesion.begin_nested():
            return list(
                sesion.scalars(
                    text(
                        "update historial_conversaciones set conversacion_id = :hacia"
                        " where nombre_nora = :nora and conversacion_id = :desde returning id"
                    ),
                    {"nora": nombre_nora, "desde": desde, "hacia": hacia},
                )
            )
    except IntegrityError as fallo:
        if "uq_historial_en_duda" not in str(fallo.orig):
            raise
        raise NoSePuedeUnir(
            "Las dos tienen un mensaje a medio enviar. En cuanto se sepa si llegaron (suele ser menos de un minuto) podrás unirlas."
        ) from fallo


def _anotar(
    sesion: Session, nombre_nora: str, principal_id: int, secundario_id: int, hecha_por: int, union_id: int | None, movido: Fila
) -> int:
    datos = {
        "nora": nombre_nora,
        "principal": principal_id,
        "secundario": secundario_id,
        "por": hecha_por,
        "union": union_id,
        "movido": json.dumps(movido),
    }
    # La sugerencia que lo pidió, si la hay, es ahora la unión hecha.
    sugerida = sesion.scalar(
        text(
            "update uniones set estado = 'hecha', principal_id = :principal, secundario_id = :secundario, hecha_en = clock_timestamp(),"
            " hecha_por = :por, deshecha_en = null, movido = cast(:movido as jsonb), updated_at = clock_timestamp()"
            " where nombre_nora = :nora and estado = 'sugerida' and (id = :union"
            " or (cast(:union as bigint) is null"
            " and principal_id in (:principal, :secundario) and secundario_id in (:principal, :secundario))) returning id"
        ),
        datos,
    )
    if sugerida is not None:
        return int(sugerida)
    nueva = sesion.scalar(
        text(
            "insert into uniones (nombre_nora, principal_id, secundario_id, estado, hecha_en, hecha_por, movido)"
            " values (:nora, :principal, :secundario, 'hecha', clock_timestamp(), :por, cast(:movido as jsonb)) returning id"
        ),
        datos,
    )
    return int(nueva or 0)
