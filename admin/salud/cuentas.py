"""Qué Noras tienen algo que mirar con su cuenta de Twilio: la última búsqueda fallida, la comprobación fallida o sin hacer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sql.modelos.interruptores import Interruptor
from sql.modelos.remitentes import RemitenteDeNora
from webhook.canal import comprobacion

LAS_DE_LA_INSTALACION = "las de la instalación"


def con_cuenta(filas: Sequence[RemitenteDeNora], de_la_instalacion: bool) -> list[str]:
    """Las Noras que hablan por una cuenta de Twilio, propia o de la instalación."""
    return [f.nombre_nora for f in filas if de_la_instalacion or (f.remitente and f.remitente.cuenta)]


def sin_contestar(
    noras: Sequence[str],
    buenas: Mapping[str, dt.datetime],
    fallidas: Mapping[str, dt.datetime],
    interruptores: Sequence[Interruptor],
) -> list[str]:
    """Las Noras en las que la última búsqueda de perdidos falló, o cuyas llamadas a Twilio están cortadas. Puro."""
    cortadas = {i.nombre_nora for i in interruptores if i.servicio == "twilio" and i.estado == "abierto"}
    return [n for n in noras if n in cortadas or (n in fallidas and (n not in buenas or fallidas[n] > buenas[n]))]


def comprobaciones(filas: Sequence[RemitenteDeNora], de_la_instalacion: bool) -> tuple[list[str], list[str]]:
    """Las Noras cuya última comprobación falló, y de quién son las credenciales que nadie ha comprobado.

    Las de la instalación son las mismas para todas: basta con que una Nora las comprobara.
    """
    como = {f.nombre_nora: comprobacion.como_quedo(f.remitente) for f in filas}
    propias = {f.nombre_nora for f in filas if f.remitente and f.remitente.cuenta}
    fallan = [nombre for nombre, estado in como.items() if estado == "mal"]
    faltan = [nombre for nombre, estado in como.items() if nombre in propias and estado == "sin_comprobar"]
    comunes = [estado for nombre, estado in como.items() if nombre not in propias]
    if de_la_instalacion and comunes and set(comunes) == {"sin_comprobar"}:
        faltan.append(LAS_DE_LA_INSTALACION)
    return fallan, faltan
