"""El trabajador: los oficios que corren sin que nadie los llame, cada uno en su hilo, hasta que se le pide parar."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from importlib import import_module

from registro.bitacora import recoger_pendientes, registrar_error, registro, resumir_fallo
from registro.parada import Parada
from sql.conexion import ERRORES_DE_CONEXION
from sql.modelos.latidos import todas_las_noras_latir

OFICIOS: tuple[str, ...] = (
    "webhook.atencion:atender_sin_parar",
    "webhook.despacho:enviar_sin_parar",
    "webhook.conciliacion:conciliar_sin_parar",
    "webhook.adjuntos:bajar_sin_parar",
    "webhook.recuperacion:recuperar_sin_parar",
    "webhook.balance_pedido:conciliar_lo_pedido",
    "webhook.plantillas_al_dia:vigilar_sin_parar",
    "registro.reloj:dar_cuerda",
    "registro.trabajador:latir_sin_parar",
)
"""Por texto, para que la portería no importe a quien está por encima."""

_ESPERA_AL_CERRAR = 20
"""Segundos para que todos acaben lo que tienen en la mano; menos de lo que el lanzador espera."""


def latir_sin_parar(parar: threading.Event) -> None:
    """Da señal de vida cada pocos segundos."""
    while not parar.is_set():
        try:
            todas_las_noras_latir("trabajador")
        except ERRORES_DE_CONEXION:
            registro.warning("sin base para el latido")
        parar.wait(5)


def trabajar(oficios: tuple[str, ...] = OFICIOS, parar: threading.Event | None = None) -> None:
    """Corre los oficios hasta SIGTERM o SIGINT; termina lo que tiene en la mano y sale."""
    parar = parar or threading.Event()
    pedida = Parada()
    if threading.current_thread() is threading.main_thread():
        pedida.escuchar()
    hilos = [threading.Thread(target=_sin_caerse, args=(oficio, parar), name=oficio, daemon=True) for oficio in oficios]
    for hilo in hilos:
        hilo.start()
    recoger_pendientes()
    registro.info("trabajador en marcha", oficios=len(hilos))
    while not parar.is_set() and not pedida.wait(1):
        pass
    parar.set()
    limite = time.monotonic() + _ESPERA_AL_CERRAR
    for hilo in hilos:
        hilo.join(max(0.0, limite - time.monotonic()))
    if tercos := [hilo.name for hilo in hilos if hilo.is_alive()]:
        registro.warning("oficios que no terminaron a tiempo", oficios=tercos)


def _sin_caerse(oficio: str, parar: threading.Event) -> None:
    modulo, _, nombre = oficio.partition(":")
    while not parar.is_set():
        try:
            funcion: Callable[[threading.Event], None] = getattr(import_module(modulo), nombre)
            funcion(parar)
            parar.wait(1)  # un oficio que vuelve sin que se lo pidan no da vueltas en vacío
        except ERRORES_DE_CONEXION as fallo:
            registro.warning("oficio sin base", oficio=oficio, causa=type(fallo).__name__)
            parar.wait(1)
        except Exception as fallo:  # un oficio que se cae vuelve a empezar: sus filas siguen ahí
            registro.exception("oficio caído", oficio=oficio)
            registrar_error("Servidor", f"El oficio {oficio} se cayó y vuelve a empezar: {resumir_fallo(fallo)}", origen=oficio)
            parar.wait(2)
