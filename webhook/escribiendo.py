"""«Escribiendo…» en el teléfono de la persona mientras la IA piensa. Es cortesía: nunca falla ni retrasa el turno.

API de Twilio «Typing Indicators» (beta pública): marca el mensaje como leído y dura hasta la respuesta, o 25 segundos.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from registro.bitacora import registrar_error, registro
from sql.modelos.mensajes import obtener_mensaje
from webhook.cliente_twilio import Incierto, NoAceptado, Rechazado, pedir
from webhook.codigos import motivo_de
from webhook.credenciales import buscar_credencial

DIRECCION = "https://messaging.twilio.com/v2/Indicators/Typing.json"
ESPERA_SEGUNDOS = 0.3
"""Si la respuesta sale antes, avisar sólo dejaría un «escribiendo…» detrás de ella."""
RENOVAR_SEGUNDOS = 20.0
"""Antes de que se apague solo; se renueva una vez."""
A_LA_VEZ = 8
"""Hilos como mucho: con Twilio lento, las demás personas se quedan sin aviso y nadie espera."""
SILENCIO_SEGUNDOS = 3600.0
"""Unas credenciales rechazadas se dicen una vez por hora y Nora."""
_CREDENCIALES_RECHAZADAS = motivo_de("20003").frase

_libres = threading.BoundedSemaphore(A_LA_VEZ)
_dicho: dict[str, float] = {}
_candado = threading.Lock()


@contextmanager
def mientras_piensa(nombre_nora: str, cuenta: str | None, mensaje_id: int) -> Iterator[None]:
    """Lo que se haga dentro se acompaña de «escribiendo…». `mensaje_id`: el último que escribió la persona; `cuenta`: por la que llegó.

    Al WhatsApp simulado no se le avisa: su teléfono ya lo sabe por la fila del hilo.
    """
    terminado = threading.Event()
    if _libres.acquire(blocking=False):
        try:
            hilo = threading.Thread(target=_acompanar, args=(nombre_nora, cuenta, mensaje_id, terminado), name="escribiendo", daemon=True)
            hilo.start()
        except RuntimeError:  # sin hilos libres en la máquina: se atiende igual
            _libres.release()
    try:
        yield
    finally:
        terminado.set()


def _acompanar(nombre_nora: str, cuenta: str | None, mensaje_id: int, terminado: threading.Event) -> None:
    try:
        if not terminado.wait(ESPERA_SEGUNDOS) and _avisar(nombre_nora, cuenta, mensaje_id) and not terminado.wait(RENOVAR_SEGUNDOS):
            _avisar(nombre_nora, cuenta, mensaje_id)
    except Exception as fallo:  # es cortesía: lo que sea que falle aquí no puede notarse
        registro.debug("sin «escribiendo…»", causa=type(fallo).__name__, nombre_nora=nombre_nora)
    finally:
        _libres.release()


def _avisar(nombre_nora: str, cuenta: str | None, mensaje_id: int) -> bool:
    """Pide a Twilio que lo muestre; dice si lo mostró."""
    credencial = buscar_credencial(nombre_nora, cuenta)
    sid = obtener_mensaje(nombre_nora, mensaje_id).message_sid
    if credencial is None or not sid:
        return False
    try:
        pedir(credencial, "POST", DIRECCION, datos={"messageId": sid, "channel": "whatsapp"})
    except (NoAceptado, Rechazado, Incierto) as fallo:
        registro.debug("sin «escribiendo…»", causa=str(fallo), nombre_nora=nombre_nora)
        if str(fallo) == _CREDENCIALES_RECHAZADAS and _toca_decirlo(nombre_nora, time.monotonic()):
            registrar_error("Twilio", f"No se pudo mostrar «escribiendo…». {fallo}", nombre_nora, "webhook.escribiendo")
        return False
    return True


def _toca_decirlo(nombre_nora: str, ahora: float) -> bool:
    with _candado:
        if ahora - _dicho.get(nombre_nora, -SILENCIO_SEGUNDOS) < SILENCIO_SEGUNDOS:
            return False
        _dicho[nombre_nora] = ahora
        return True
