"""Mira la casa entera: cada cosa por su lado, para que una que no contesta no esconda a las demás."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from admin.salud import luces
from admin.salud.luces import Luz
from registro.config import Ajustes
from registro.enchufes import EN_TOTAL, contar_abiertos
from registro.reloj import CANDADO_DEL_RELOJ
from registro.servidor import HILOS
from sql import conexion, migrar
from sql.modelos.conciliaciones import Conciliacion, todas_las_noras_listar_ultimas_conciliaciones
from sql.modelos.interruptores import Interruptor, todas_las_noras_listar_interruptores
from sql.modelos.latidos import todas_las_noras_segundos_desde_latido
from sql.modelos.remitentes import RemitenteDeNora, todas_las_noras_listar_remitentes
from sql.modelos.vigilancia import Cola, todas_las_noras_contar_cola, todas_las_noras_tiene_dueno
from webhook.canal import balance_pedido, salud_del_numero

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


def mirar_la_casa(ajustes: Ajustes) -> Casa:
    """Cómo está todo ahora mismo."""
    cola: list[Cola] = _o(todas_las_noras_contar_cola, [])
    filas: list[RemitenteDeNora] = _o(todas_las_noras_listar_remitentes, [])
    por_estado = {c.estado: c for c in cola}
    encendidas = [
        luces.de_la_base(_o(lambda: migrar.esta_al_dia(conexion.dsn()), None), migrar.cabeza()),
        luces.del_trabajador(_o(lambda: todas_las_noras_segundos_desde_latido("trabajador"), None)),
        luces.del_reloj(_o(lambda: todas_las_noras_tiene_dueno(CANDADO_DEL_RELOJ), None)),
        _luz_de_la_cola(por_estado),
        luces.de_los_perdidos(
            _o(lambda: todas_las_noras_segundos_desde_latido("recuperacion_buena"), None),
            ajustes.twilio_conectado or any(f.remitente and f.remitente.cuenta for f in filas),
        ),
        luces.de_los_sockets(contar_abiertos(), EN_TOTAL, threading.active_count(), HILOS),
        _luz_del_disco(ajustes),
    ]
    ultimas: dict[str, Conciliacion] = _o(todas_las_noras_listar_ultimas_conciliaciones, {})
    return Casa(
        luces=encendidas,
        color=luces.peor(encendidas),
        cola=cola,
        interruptores=_o(todas_las_noras_listar_interruptores, []),
        numeros=[_numero(fila, ultimas.get(fila.nombre_nora)) for fila in filas],
    )


def _o(mirar: Callable[[], Valor], si_no: Valor) -> Valor:
    try:
        return mirar()
    except (SQLAlchemyError, psycopg.Error):
        return si_no


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
    return Numero(
        nombre_nora=fila.nombre_nora,
        numero=fila.numero_nora,
        estado=salud_del_numero.ESTADOS.get(estado or "", estado or "Sin mirar"),
        color=color,
        problema=problema or "",
        conciliacion=ultima,
        frase=balance_pedido.frase(ultima) if ultima and ultima.estado == "hecha" else "",
    )
