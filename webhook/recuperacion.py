"""Los mensajes que Twilio aceptó y su aviso nunca nos llegó: se le preguntan cada dos minutos y entran por el camino de siempre."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from registro import tiempo_real
from registro.bitacora import registrar_error, registro, resumir_fallo
from sql.conexion import ERRORES_DE_CONEXION
from sql.modelos.balance import todas_las_noras_entrantes_conocidos
from sql.modelos.interruptores import Interruptor, cerrar_interruptor, todas_las_noras_listar_interruptores
from sql.modelos.latidos import todas_las_noras_latir, todas_las_noras_segundos_desde_latido
from sql.modelos.noras import todas_las_noras_listar
from webhook import process_message
from webhook.cliente_twilio import Incierto, NoAceptado, Rechazado
from webhook.listado_twilio import Libro, LibroDeTwilio, Visto, direcciones_de, libro_para

LATIDO, LATIDO_BUENO = "recuperacion", "recuperacion_buena"
"""La última pasada de quien fuera, y la última en que todas las Noras contestaron."""
BUENA_DE, FALLIDA_DE = "recuperacion_buena:", "recuperacion_fallida:"
"""Lo mismo por Nora (detrás va su nombre): la última vez que contestó y la última que no."""
CADA_SEGUNDOS = 120
SOLAPE = dt.timedelta(hours=24)
"""Hasta dónde se mira atrás en una pasada a fondo."""
MARGEN = dt.timedelta(minutes=15)
"""Lo que se vuelve a mirar antes de la última pasada buena: Twilio puede tardar en listar."""
RECIENTE = dt.timedelta(seconds=60)
"""Más nuevo que esto puede estar entrando ahora mismo por el webhook: no es una pérdida."""
PAGINA, PAGINA_A_FONDO = 100, 1000
FALLOS_PARA_AVISAR = 5


@dataclass
class Memoria:
    """Lo que un trabajador recuerda de sus pasadas por cada Nora; al nacer no recuerda nada y mira a fondo."""

    buenas: dict[str, dt.datetime] = field(default_factory=dict)
    a_fondo: dict[str, dt.datetime] = field(default_factory=dict)
    fallos: dict[str, int] = field(default_factory=dict)

    def desde(self, nombre_nora: str, ahora: dt.datetime) -> dt.datetime | None:
        """Hasta dónde hay que volver a mirar; None si toca a fondo (al nacer y una vez al día)."""
        buena, honda = self.buenas.get(nombre_nora), self.a_fondo.get(nombre_nora)
        if buena is None or honda is None or ahora - honda >= SOLAPE or ahora - buena >= SOLAPE:
            return None
        return buena - MARGEN

    def anotar(self, nombre_nora: str, ahora: dt.datetime, *, a_fondo: bool) -> None:
        """Una pasada que terminó bien."""
        self.buenas[nombre_nora] = ahora
        self.fallos.pop(nombre_nora, None)
        if a_fondo:
            self.a_fondo[nombre_nora] = ahora


def recuperar_sin_parar(parar: threading.Event) -> None:
    """El oficio: una pasada por todas las Noras cada dos minutos, entre todos los trabajadores."""
    memoria, recien_nacido = Memoria(), True
    while not parar.is_set():
        hace = todas_las_noras_segundos_desde_latido(LATIDO)
        if recien_nacido or hace is None or hace >= CADA_SEGUNDOS:
            todas_las_noras_latir(LATIDO)
            recuperar_de_todas(memoria, dt.datetime.now(dt.UTC), parar)
            if not memoria.fallos:
                todas_las_noras_latir(LATIDO_BUENO)
            recien_nacido = False
        parar.wait(CADA_SEGUNDOS / 8)


def recuperar_de_todas(memoria: Memoria, ahora: dt.datetime, parar: threading.Event | None = None) -> int:
    """Una pasada por cada Nora con cuenta de Twilio; devuelve cuántos mensajes se recuperaron. El fallo de una no frena a las demás."""
    saltados = {i.nombre_nora: i for i in todas_las_noras_listar_interruptores() if i.servicio == "twilio" and i.estado != "cerrado"}
    cortadas = {nombre for nombre, interruptor in saltados.items() if esta_cortada(interruptor, ahora)}
    recuperados, saturadas = 0, set[str]()
    for nora in todas_las_noras_listar():
        if parar is not None and parar.is_set():
            break
        nombre = nora.nombre_nora
        if nombre in cortadas:
            continue
        libro = libro_para(nombre)
        if not isinstance(libro, LibroDeTwilio):
            memoria.fallos.pop(nombre, None)  # ya no tiene cuenta que mirar
            continue
        if libro.cuenta in saturadas:
            continue
        try:
            recuperados += recuperar(nombre, libro, ahora, memoria)
            todas_las_noras_latir(f"{BUENA_DE}{nombre}")
            if nombre in saltados and direcciones_de(nombre, libro.cuenta):
                cerrar_interruptor(nombre, "twilio")  # Twilio acaba de contestar: no hace falta esperar a que un envío lo pruebe
                tiempo_real.despertar("enviar")
        except NoAceptado as fallo:
            saturadas.add(libro.cuenta)  # pidió ir más despacio: las demás Noras de esa cuenta esperan a la próxima pasada
            _contar_fallo(nombre, fallo, memoria)
        except ERRORES_DE_CONEXION:
            raise
        except Exception as fallo:  # la Nora que falla no deja a las demás sin mirar
            _contar_fallo(nombre, fallo, memoria)
    return recuperados


def esta_cortada(interruptor: Interruptor, ahora: dt.datetime) -> bool:
    """Si aún no se debe llamar: un corte vencido sigue «abierto» hasta que alguien prueba. Puro."""
    hasta = interruptor.abierto_hasta
    return interruptor.estado == "abierto" and hasta is not None and hasta > ahora


def recuperar(nombre_nora: str, libro: Libro, ahora: dt.datetime, memoria: Memoria) -> int:
    """Busca lo perdido de una Nora y lo mete en orden de fecha; devuelve cuántos entraron.

    Raises:
        NoAceptado, Rechazado, Incierto: si no se pudo preguntar entero; entonces no entra nada y la próxima pasada lo repite.
    """
    desde = memoria.desde(nombre_nora, ahora)
    perdidos: dict[str, Visto] = {}
    for direccion in direcciones_de(nombre_nora, libro.cuenta):
        for visto in buscar_perdidos(libro, direccion, ahora, desde):
            perdidos.setdefault(visto.sid, visto)
    entraron = meter(nombre_nora, libro, perdidos.values())
    memoria.anotar(nombre_nora, ahora, a_fondo=desde is None)
    if entraron:
        registro.info("mensajes recuperados", nombre_nora=nombre_nora, cuantos=len(entraron))
        registrar_error("Webhook", _frase(entraron), nombre_nora, "webhook.recuperacion")
    return len(entraron)


def buscar_perdidos(libro: Libro, direccion: str, ahora: dt.datetime, desde: dt.datetime | None) -> list[Visto]:
    """Lo que Twilio recibió para esa dirección y aquí no consta, lo más nuevo primero.

    Args:
        desde: hasta dónde es obligatorio mirar; antes de eso basta con que una página entera sea conocida. None: 24 horas enteras.
    """
    limite, perdidos = ahora - SOLAPE, list[Visto]()
    for pagina in libro.entrantes(direccion, por_pagina=PAGINA_A_FONDO if desde is None else PAGINA):
        en_plazo = [visto for visto in pagina if visto.creado_en >= limite]
        conocidos = todas_las_noras_entrantes_conocidos([v.sid for v in en_plazo]) if en_plazo else frozenset()
        faltan = [visto for visto in en_plazo if visto.sid not in conocidos]
        perdidos += [visto for visto in faltan if visto.creado_en <= ahora - RECIENTE]
        if len(en_plazo) < len(pagina):
            break
        if desde is not None and pagina and not faltan and pagina[-1].creado_en < desde:
            break
    return perdidos


def meter(nombre_nora: str, libro: Libro, perdidos: Iterable[Visto]) -> list[Visto]:
    """Mete los perdidos por el mismo camino que un aviso, del más viejo al más nuevo; devuelve los que entraron.

    Raises:
        NoAceptado, Incierto: si hacía falta preguntar por los archivos de uno y no se pudo.
    """
    # El listado viene de nuevo a viejo y con segundos enteros: al darle la vuelta, los del mismo segundo conservan su orden.
    en_orden = list(perdidos)[::-1]
    en_orden.sort(key=lambda visto: visto.creado_en)
    entraron = []
    for visto in en_orden:
        parametros = parametros_de(visto, libro.cuenta, _medios(libro, visto))
        try:
            recibido = process_message.recibir(
                parametros, via="conciliacion", firma="conciliacion", recibido_en=visto.creado_en.isoformat()
            )
        except ERRORES_DE_CONEXION:
            raise
        except Exception as fallo:  # uno que no se deja guardar no impide que entren los demás
            causa = resumir_fallo(fallo)
            registrar_error("Webhook", f"No se pudo recuperar el mensaje {visto.sid}: {causa}", nombre_nora, "webhook.recuperacion")
            continue
        if recibido.es_nuevo:
            entraron.append(visto)
    return entraron


def parametros_de(visto: Visto, cuenta: str, medios: list[tuple[str, str]]) -> dict[str, list[str]]:
    """El formulario que habría mandado Twilio, con lo que da su listado (no da el nombre de perfil ni los botones). Puro.

    Nombres: twilio.com/docs/messaging/guides/webhook-request.
    """
    parametros = {
        "MessageSid": visto.sid,
        "SmsMessageSid": visto.sid,
        "SmsSid": visto.sid,
        "AccountSid": cuenta,
        "From": visto.de,
        "To": visto.para,
        "Body": visto.cuerpo,
        "NumMedia": str(len(medios)),
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }
    if visto.servicio:
        parametros["MessagingServiceSid"] = visto.servicio
    if (telefono := visto.de.removeprefix("whatsapp:")).startswith("+"):
        parametros["WaId"] = telefono[1:]
    for lugar, (url, tipo) in enumerate(medios):
        parametros[f"MediaUrl{lugar}"], parametros[f"MediaContentType{lugar}"] = url, tipo
    return {nombre: [valor] for nombre, valor in parametros.items()}


def _medios(libro: Libro, visto: Visto) -> list[tuple[str, str]]:
    if not visto.num_media:
        return []
    try:
        return libro.medios(visto.sid)
    except Rechazado:
        return []  # Twilio ya no los guarda: el mensaje entra igual, con su texto


def _frase(entraron: list[Visto]) -> str:
    cuantos = "1 mensaje" if len(entraron) == 1 else f"{len(entraron)} mensajes"
    primero, ultimo = (visto.creado_en.astimezone(dt.UTC).strftime("%H:%M") for visto in (entraron[0], entraron[-1]))
    return (
        f"Recuperado: {cuantos} que Twilio no pudo entregarnos entre las {primero} y las {ultimo} (UTC). Ya están en el chat. "
        "Si se repite, revisa la dirección del webhook en «WhatsApp de la Nora»."
    )


def _contar_fallo(nombre_nora: str, fallo: Exception, memoria: Memoria) -> None:
    veces = memoria.fallos[nombre_nora] = memoria.fallos.get(nombre_nora, 0) + 1
    todas_las_noras_latir(f"{FALLIDA_DE}{nombre_nora}")
    registro.warning("no se pudo preguntar por mensajes perdidos", nombre_nora=nombre_nora, veces=veces, causa=type(fallo).__name__)
    # Un corte suelto es vida normal y lo arregla la pasada siguiente; un «no» de Twilio hay que mirarlo ya.
    pasajero = isinstance(fallo, Incierto) or (isinstance(fallo, NoAceptado) and not fallo.corta)
    if veces == (FALLOS_PARA_AVISAR if pasajero else 1):
        causa = str(fallo) if isinstance(fallo, NoAceptado | Rechazado | Incierto) else resumir_fallo(fallo)
        registrar_error(
            "Twilio", f"No se puede preguntar a Twilio si se perdió algún mensaje: {causa}", nombre_nora, "webhook.recuperacion"
        )
