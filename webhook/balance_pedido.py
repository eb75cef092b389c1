"""Cuándo se compara con Twilio: cada noche el día anterior, y cuando una persona lo pide; lo hace el trabajador, una Nora cada vez."""

from __future__ import annotations

import datetime as dt
import threading
from zoneinfo import ZoneInfo

from registro import tiempo_real
from registro.bitacora import registrar_error, registro, resumir_fallo
from registro.campana import Campana
from registro.textos import con_miles
from sql.conexion import ERRORES_DE_CONEXION
from sql.modelos.conciliaciones import (
    Conciliacion,
    pedir_conciliacion,
    terminar_conciliacion,
    todas_las_noras_tomar_conciliacion,
)
from sql.modelos.noras import Nora, todas_las_noras_listar
from webhook.balance import balancear
from webhook.cliente_twilio import Incierto, NoAceptado, Rechazado
from webhook.listado_twilio import libro_para

MIRAR_CADA_SEGUNDOS = 5.0
DIAS_MAXIMOS = 31
"""Cuánto se puede comparar de una vez."""
RECIENTE = dt.timedelta(seconds=60)
"""Lo más nuevo puede estar a medio camino: no se compara."""


def pedir_ultimos_dias(nombre_nora: str, dias: int, pedida_por: str, ahora: dt.datetime) -> int | None:
    """Pide comparar los últimos `dias` (de 1 a 31); devuelve su id, o None si ya hay una en marcha."""
    dias = min(max(dias, 1), DIAS_MAXIMOS)
    hasta = ahora - RECIENTE
    pedida = pedir_conciliacion(nombre_nora, hasta - dt.timedelta(days=dias), hasta, pedida_por)
    tiempo_real.despertar("conciliar")
    return pedida


def pedir_la_de_anoche() -> int:
    """Pide para cada Nora con cuenta la comparación de su día de ayer. La llama el reloj; devuelve cuántas pidió."""
    ahora = dt.datetime.now(dt.UTC)
    pedidas = [
        pedir_conciliacion(nora.nombre_nora, *ayer_de(nora, ahora), "noche")
        for nora in todas_las_noras_listar()
        if nora.numero_nora and libro_para(nora.nombre_nora) is not None
    ]
    tiempo_real.despertar("conciliar")
    return sum(pedida is not None for pedida in pedidas)


def ayer_de(nora: Nora, ahora: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Principio y fin del día de ayer en la zona de esa Nora."""
    hoy = ahora.astimezone(ZoneInfo(nora.zona_horaria)).replace(hour=0, minute=0, second=0, microsecond=0)
    ayer = (hoy - dt.timedelta(hours=12)).replace(hour=0)
    return ayer, hoy - dt.timedelta(microseconds=1)


def conciliar_lo_pedido(parar: threading.Event) -> None:
    """El oficio: hace las comparaciones pedidas, de una en una, hasta que se pida parar."""
    campana = Campana("conciliar")
    while not parar.is_set():
        pedida = todas_las_noras_tomar_conciliacion()
        if pedida is None:
            campana.esperar(parar, MIRAR_CADA_SEGUNDOS)
        else:
            hacer(pedida)


def hacer(pedida: Conciliacion) -> bool:
    """Hace una comparación ya tomada y deja su resultado; dice si salió bien. Si la base se va, queda para otro turno."""
    nora = pedida.nombre_nora
    try:
        libro = libro_para(nora)
        if libro is None:
            terminar_conciliacion(nora, pedida.id, motivo="Esta Nora no tiene cuenta de Twilio. Ponla en «WhatsApp de la Nora».")
            return False
        cuentas = balancear(pedida, libro)
    except ERRORES_DE_CONEXION:
        raise
    except (NoAceptado, Rechazado, Incierto) as fallo:
        _fallida(pedida, str(fallo))
        return False
    except Exception as fallo:  # una comparación envenenada no puede repetirse para siempre
        _fallida(pedida, resumir_fallo(fallo))
        return False
    terminar_conciliacion(nora, pedida.id, **cuentas.como_columnas())
    registro.info("conciliación hecha", nombre_nora=nora, **{c: v for c, v in cuentas.como_columnas().items() if c != "detalle"})
    return True


def _fallida(pedida: Conciliacion, causa: str) -> None:
    terminar_conciliacion(pedida.nombre_nora, pedida.id, motivo=causa)
    registrar_error(
        "Twilio",
        f"No se pudo comparar con Twilio: {causa}. Pídela otra vez en «WhatsApp de la Nora».",
        pedida.nombre_nora,
        "webhook.balance",
    )


def frase(hecha: Conciliacion) -> str:
    """El resultado en una línea: «0 perdidos de 12,431»."""
    perdidos = "1 perdido" if hecha.perdidos == 1 else f"{con_miles(hecha.perdidos)} perdidos"
    return f"{perdidos} de {con_miles(hecha.en_twilio)}"
