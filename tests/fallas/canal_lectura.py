"""Lo que el juez necesita, leído de los dos lados: la memoria del doble de Twilio y la base."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.dobles.twilio import DobleDeTwilio
from tests.fallas.canal_carga import NUMEROS
from tests.fallas.canal_casa import CasaPartida
from tests.fallas.canal_juez import Aceptado, Entrante, Escena, Hilo, Respuesta

_ENTRANTES = """
select message_sid, coalesce(direccion, ''), nombre_nora, mensaje, conversacion_id, id
from historial_conversaciones where tipo = 'usuario' order by id
"""
_RESPUESTAS = """
select id, conversacion_id, estado, message_sid, responde_a, mensaje, sids_anteriores, codigo_error
from historial_conversaciones where tipo = 'respuesta' order by id
"""
_HILOS = "select id, modo, coalesce(ultimo_entrante_id, 0), atendido_hasta_id from conversaciones order by id"


def leer_escena(casa: CasaPartida, doble: DobleDeTwilio) -> Escena:
    """Las dos versiones de lo que pasó, al terminar."""
    escritos = [m for m in doble.libro.todos(doble.cuenta) if m["direction"] == "inbound"]
    return Escena(
        en_twilio=[Entrante(m["sid"], m["from"], m["to"], m["body"]) for m in escritos],
        historial=[
            Entrante(sid, de, f"whatsapp:{NUMEROS[nora]}", texto, hilo, clave)
            for sid, de, nora, texto, hilo, clave in casa.filas(_ENTRANTES)
        ],
        respuestas=[
            Respuesta(clave, hilo, estado, sid, responde_a, texto, tuple(anteriores), codigo)
            for clave, hilo, estado, sid, responde_a, texto, anteriores, codigo in casa.filas(_RESPUESTAS)
        ],
        aceptados=[_aceptado(m) for m in doble.aceptados],
        hilos=[Hilo(*fila) for fila in casa.filas(_HILOS)],
    )


def _aceptado(mensaje: dict[str, Any]) -> Aceptado:
    intencion = parse_qs(urlsplit(mensaje["aviso_url"]).query).get("i", [""])[0]
    return Aceptado(
        sid=mensaje["sid"],
        referencia=int(intencion) if intencion.isdigit() else None,
        para=mensaje["to"],
        texto=mensaje["body"],
        estado=mensaje["status"],
        avisados=tuple(mensaje.get("avisados", ())),
    )
