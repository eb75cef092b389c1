"""Mira la casa entera: cada cosa por su lado, para que una que no contesta no esconda a las demás."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from admin.comun.agencia import ZONA_DE_LA_AGENCIA
from admin.comun.sombra import EnSombra, en_sombra
from admin.salud import cuentas, luces
from admin.salud.luces import Luz
from registro.config import Ajustes
from registro.enchufes import EN_TOTAL, contar_abiertos
from registro.pantalla import fecha_entera
from registro.reloj import CANDADO_DEL_RELOJ
from registro.servidor import HILOS
from sql import conexion, migrar
from sql.modelos.conciliaciones import Conciliacion, todas_las_noras_listar_ultimas_conciliaciones
from sql.modelos.interruptores import Interruptor, todas_las_noras_listar_interruptores
from sql.modelos.latidos import todas_las_noras_listar_latidos, todas_las_noras_segundos_desde_latido
from sql.modelos.remitentes import RemitenteDeNora, todas_las_noras_listar_remitentes
from sql.modelos.vigilancia import Cola, todas_las_noras_contar_cola, todas_las_noras_tiene_dueno
from webhook.canal import balance_pedido, recuperacion, remitentes, salud_del_numero

Valor = TypeVar("Valor")


@dataclass(frozen=True, slots=True)
class Numero:
    """El número de una Nora, de un vistazo."""

    nombre_nora: str
    numero: str | None
    estado: str
    color: str
    problema: str
    conciliacion: Conciliacion | None
    frase: str


@dataclass(frozen=True, slots=True)
class Casa:
    """Todo lo que se enseña."""

    luces: list[Luz]
    color: str
    cola: list[Cola]
    interruptores: list[Interruptor]
    numeros: list[Numero]
    sombras: list[EnSombra]


def mirar_la_casa(ajustes: Ajustes) -> Casa:
    """Cómo está todo ahora mismo."""
    cola: list[Cola] = _o(todas_las_noras_contar_cola, [])
    filas: list[RemitenteDeNora] = _o(todas_las_noras_listar_remitentes, [])
    interruptores: list[Interruptor] = _o(todas_las_noras_listar_interruptores, [])
    por_estado = {c.estado: c for c in cola}
    sombras = en_sombra(filas, dt.datetime.now(dt.UTC))
    encendidas = [
        luces.de_la_base(_o(lambda: migrar.esta_al_dia(conexion.dsn()), None), migrar.cabeza()),
        luces.del_trabajador(_o(lambda: todas_las_noras_segundos_desde_latido("trabajador"), None)),
        luces.del_reloj(_o(lambda: todas_las_noras_tiene_dueno(CANDADO_DEL_RELOJ), None)),
        _luz_de_la_cola(por_estado),
        *_luces_de_twilio(ajustes, filas, interruptores),
        luces.de_la_firma([_en_palabras(s) for s in sombras]),
        luces.de_los_sockets(contar_abiertos(), EN_TOTAL, threading.active_count(), HILOS),
        _luz_del_disco(ajustes),
    ]
    ultimas: dict[str, Conciliacion] = _o(todas_las_noras_listar_ultimas_conciliaciones, {})
    return Casa(
        luces=encendidas,
        color=luces.peor(encendidas),
        cola=cola,
        interruptores=interruptores,
        numeros=[_numero(fila, ultimas.get(fila.nombre_nora)) for fila in filas],
        sombras=sombras,
    )


def _o(mirar: Callable[[], Valor], si_no: Valor) -> Valor:
    try:
        return mirar()
    except (SQLAlchemyError, psycopg.Error):
        return si_no


def _luces_de_twilio(ajustes: Ajustes, filas: list[RemitenteDeNora], interruptores: list[Interruptor]) -> list[Luz]:
    con_cuenta = cuentas.con_cuenta(filas, ajustes.twilio_conectado)
    fallan, sin_comprobar = cuentas.comprobaciones(filas, ajustes.twilio_conectado)
    sin_contestar = cuentas.sin_contestar(
        con_cuenta,
        _o(lambda: todas_las_noras_listar_latidos(recuperacion.BUENA_DE), {}),
        _o(lambda: todas_las_noras_listar_latidos(recuperacion.FALLIDA_DE), {}),
        interruptores,
    )
    hace = _o(lambda: todas_las_noras_segundos_desde_latido(recuperacion.LATIDO_BUENO), None)
    return [
        luces.de_los_perdidos(hace, bool(con_cuenta) or ajustes.twilio_conectado, sin_contestar),
        luces.de_las_cuentas(fallan, sin_comprobar, hay_cuentas=bool(con_cuenta)),
    ]


def _en_palabras(sombra: EnSombra) -> str:
    return f"{sombra.nombre_nora}, hasta el {fecha_entera(sombra.hasta, ZONA_DE_LA_AGENCIA)}"


def _luz_de_la_cola(por_estado: dict[str, Cola]) -> Luz:
    listo, dudoso = por_estado.get("listo"), por_estado.get("por_confirmar")
    return luces.de_la_cola(listo.cuantos if listo else 0, listo.edad_segundos if listo else 0.0, dudoso.cuantos if dudoso else 0)


def _luz_del_disco(ajustes: Ajustes) -> Luz:
    carpeta = ajustes.carpeta_de_datos if ajustes.carpeta_de_datos.exists() else ajustes.carpeta_de_datos.parent
    disco = shutil.disk_usage(carpeta)
    return luces.del_disco(disco.free, disco.total)


def _numero(fila: RemitenteDeNora, ultima: Conciliacion | None) -> Numero:
    remitente = fila.remitente
    estado = remitente.estado if remitente else None
    problema = salud_del_numero.problema(estado, remitente.calidad, remitente.razones) if remitente else None
    color = "" if not estado else "mal" if problema else "ojo" if estado == salud_del_numero.DE_PRUEBAS else "bien"
    dicho = salud_del_numero.ESTADOS.get(estado or "", estado or "Sin mirar")
    if remitente and remitente.sender_sid == remitentes.SENDER_SIMULADO:
        dicho += " · simulado"
    return Numero(
        nombre_nora=fila.nombre_nora,
        numero=fila.numero_nora,
        estado=dicho,
        color=color,
        problema=problema or "",
        conciliacion=ultima,
        frase=balance_pedido.frase(ultima) if ultima and ultima.estado == "hecha" else "",
    )
