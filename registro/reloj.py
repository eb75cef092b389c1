"""El reloj: un horario escrito como datos que APScheduler hace sonar en un solo proceso a la vez."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler

from registro.bitacora import registrar_error, registro, resumir_fallo
from sql import conexion

CANDADO_DEL_RELOJ = 7_210_002
_CADA = 5.0
"""Segundos entre comprobaciones: de que el candado sigue siendo nuestro, o de si ya está libre."""


@dataclass(frozen=True, slots=True)
class Tarea:
    """Algo que se hace porque llegó la hora. `funcion` es «paquete.modulo:nombre»."""

    clave: str
    funcion: str
    disparo: str
    cuando: dict[str, Any]


HORARIO: tuple[Tarea, ...] = (
    Tarea("limpiar_errores", "registro.bitacora:limpiar", "cron", {"hour": 3, "minute": 17}),
    Tarea("podar_libro", "webhook.reproceso:podar_libro", "cron", {"hour": 3, "minute": 37}),
    Tarea("barrer_huerfanos", "webhook.adjuntos:barrer_huerfanos", "cron", {"hour": 4, "minute": 7}),
    # De madrugada en América: el día de ayer ya se cerró en la zona de cada Nora.
    Tarea("conciliar_ayer", "webhook.balance_pedido:pedir_la_de_anoche", "cron", {"hour": 9, "minute": 10}),
    Tarea("sincronizar_plantillas", "webhook.plantillas_al_dia:sincronizar_todas", "cron", {"hour": 9, "minute": 40}),
    Tarea("mirar_remitentes", "webhook.remitentes:mirar_a_todas", "cron", {"minute": 7}),
)


def _correr(tarea: Tarea) -> None:
    modulo, _, nombre = tarea.funcion.partition(":")
    try:
        resultado = getattr(import_module(modulo), nombre)()
        registro.info("tarea hecha", tarea=tarea.clave, resultado=str(resultado))
    except Exception as fallo:  # una tarea rota no para el reloj
        registro.exception("tarea fallida", tarea=tarea.clave)
        causa = resumir_fallo(fallo)
        registrar_error("Reloj", f"Falló la tarea «{tarea.clave}»: {causa}. Volverá a sonar a su hora.", origen=tarea.funcion)


def dar_cuerda(parar: threading.Event) -> None:
    """Hace sonar el horario mientras este proceso tenga el candado; los demás esperan su turno."""
    while not parar.is_set():
        try:
            with psycopg.connect(conexion.dsn(), autocommit=True, connect_timeout=2) as guardia:
                fila = guardia.execute("select pg_try_advisory_lock(%s)", (CANDADO_DEL_RELOJ,)).fetchone()
                if fila and fila[0]:
                    _sonar_mientras(guardia, parar)
        except psycopg.OperationalError:
            registro.warning("el reloj espera a la base")
        parar.wait(_CADA)


def _sonar_mientras(guardia: psycopg.Connection[Any], parar: threading.Event) -> None:
    agenda = BackgroundScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}, timezone="UTC")
    for tarea in HORARIO:
        agenda.add_job(_correr, tarea.disparo, args=[tarea], id=tarea.clave, **tarea.cuando)
    agenda.start()
    try:
        while not parar.wait(_CADA):
            guardia.execute("select 1")  # si la conexión cae, el candado ya no es nuestro
    finally:
        agenda.shutdown(wait=False)
