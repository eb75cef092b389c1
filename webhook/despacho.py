"""El oficio de enviar: toma intenciones con su ritmo, se las pide a Twilio y deja escrito lo que de verdad se sabe de cada una."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from registro import archivos, tiempo_real
from registro.almacen import AlmacenCaido, SinArchivo
from registro.bitacora import registrar_error, registro, resumir_fallo
from registro.campana import Campana
from registro.config import vigentes
from sql.modelos import bajas, envios, interruptores
from sql.modelos.envios import PorEnviar
from webhook import simulado
from webhook.cliente_twilio import ClienteDeWhatsApp, ClienteTwilio, Incierto, NoAceptado, Rechazado, Salida
from webhook.codigos import Motivo, motivo_de
from webhook.credenciales import buscar_credencial
from webhook.rangos import rango_de

ENVIOS_A_LA_VEZ = 16
ADELANTO_SEGUNDOS = 0.25
"""Con cuánta anticipación se toma un envío cuyo hueco ya está dado: quien lo tiene espera a su hora exacta."""
REVISAR_SEGUNDOS = 60
"""Cuándo se pregunta por primera vez por un envío dudoso: más que el tiempo de lectura y el de Twilio juntos."""
RENDIRSE_SEGUNDOS = 24 * 3600
"""Lo que sigue sin salir después de la ventana de WhatsApp ya no debe salir solo."""
ESPERA_MAXIMA_SEGUNDOS = 300
ESPERA_DEL_ALMACEN = 15
"""Segundos hasta volver a pedir el enlace de un archivo a un almacén que no contesta."""
DEMORA_PROHIBIDA = 5.0
"""Si entre reclamar y enviar pasó más que esto, otro pudo tomarlo: se devuelve sin enviar."""
REPETIR_HASTA = dt.timedelta(hours=2)
"""Edad hasta la que un envío fallido por algo pasajero se repite sin que nadie lo pida."""
VIDA_DEL_ENLACE = 6 * 3600
"""Segundos que vale la dirección de un archivo: la cola de Twilio puede retener un mensaje cuatro horas."""

_reloj_continuo = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def cliente_para(nombre_nora: str, cuenta: str | None) -> ClienteDeWhatsApp | None:
    """Por dónde se responde a quien escribió por esa cuenta: la demo por el simulador, las demás por Twilio.

    None si haría falta Twilio y no hay con qué: lo simulado nunca sustituye en silencio a lo real.
    """
    ajustes = vigentes()
    if cuenta == ajustes.cuenta_demo:
        return simulado.ClienteSimulado(ajustes) if ajustes.demo else None
    # Un hilo empezado con otra cuenta (la Nora se mudó) se contesta con la que tiene ahora.
    if credencial := buscar_credencial(nombre_nora, cuenta) or buscar_credencial(nombre_nora, None):
        return ClienteTwilio(credencial)
    return simulado.ClienteSimulado(ajustes) if ajustes.demo and not ajustes.twilio_conectado else None


def enviar_sin_parar(parar: threading.Event) -> None:
    """Toma intenciones y las envía hasta que se pida parar; una por hilo de conversación, muchas a la vez."""
    campana = Campana("enviar")
    en_vuelo = threading.BoundedSemaphore(ENVIOS_A_LA_VEZ)
    simulada = vigentes().cuenta_demo
    with ThreadPoolExecutor(ENVIOS_A_LA_VEZ, thread_name_prefix="envio") as mesa:
        while not parar.is_set():
            libres = _libres(en_vuelo)
            antes = time.clock_gettime(_reloj_continuo)
            tomados = (
                envios.todas_las_noras_reclamar_por_enviar(libres, adelanto_segundos=ADELANTO_SEGUNDOS, cuenta_simulada=simulada)
                if libres
                else []
            )
            for _ in range(libres - len(tomados)):
                en_vuelo.release()
            for envio in tomados:
                mesa.submit(_despachar_y_soltar, envio, antes, en_vuelo, campana)
            if not tomados:
                campana.esperar(parar, _cuanto_esperar() if libres else 1.0)


def _cuanto_esperar() -> float:
    segundos = envios.todas_las_noras_segundos_hasta_el_proximo_envio(ADELANTO_SEGUNDOS)
    return 1.0 if segundos is None else min(1.0, max(0.01, segundos))


def _libres(en_vuelo: threading.BoundedSemaphore) -> int:
    """Cuántos envíos más caben ahora; los deja apartados."""
    return sum(1 for _ in itertools.takewhile(lambda _: en_vuelo.acquire(blocking=False), range(ENVIOS_A_LA_VEZ)))


def _despachar_y_soltar(envio: PorEnviar, antes: float, en_vuelo: threading.BoundedSemaphore, campana: Campana) -> None:
    try:
        # El hueco se dio con la hora de la base: se espera lo que faltaba al tomarlo, no hasta una hora absoluta.
        faltan = (envio.salir_en - envio.tomado_en).total_seconds() - (time.clock_gettime(_reloj_continuo) - antes)
        if faltan > 0:
            time.sleep(min(faltan, ADELANTO_SEGUNDOS))
        despachar(envio, reclamado_desde=antes)
    except Exception as fallo:  # la fila queda «enviando» y la conciliación la encuentra
        causa = resumir_fallo(fallo)
        registrar_error("Twilio", f"Falló un envío antes de saber su resultado: {causa}", envio.nombre_nora, "webhook.despacho")
    finally:
        en_vuelo.release()
        campana.tocar()


def despachar(envio: PorEnviar, *, reclamado_desde: float | None = None) -> str:
    """Envía una intención ya reclamada y guarda lo que de verdad se sabe de ella. Devuelve el estado en que queda."""
    if envio.impedimento:
        motivo = motivo_de(envio.impedimento)
        return _acabar(envio, "fallido" if envio.impedimento == "ventana" else "cancelado", envio.impedimento, motivo)
    cliente = cliente_para(envio.nombre_nora, envio.cuenta)
    if cliente is None:
        return _acabar(envio, "fallido", "sin_twilio", motivo_de("sin_twilio"))
    try:
        salida = salida_de(envio)
    except AlmacenCaido as fallo:
        # Aún no se llamó a Twilio: consta que no salió.
        registro.warning("almacén sin respuesta", causa=resumir_fallo(fallo), mensaje_id=envio.mensaje_id)
        _devolver(envio, ESPERA_DEL_ALMACEN)
        return "listo"
    except SinArchivo:
        return _acabar(envio, "fallido", "sin_archivo", motivo_de("sin_archivo"))
    if reclamado_desde is not None and time.clock_gettime(_reloj_continuo) - reclamado_desde > DEMORA_PROHIBIDA:
        # Este proceso estuvo dormido (pausa, máquina congelada): puede que otro ya lo esté resolviendo.
        _devolver(envio, 0)
        return "listo"
    try:
        sid = cliente.crear(envio.nombre_nora, salida)
    except NoAceptado as motivo:
        return _posponer(envio, motivo)
    except Rechazado as motivo:
        if motivo.motivo.clase == "baja":
            bajas.anotar_baja(envio.nombre_nora, envio.contacto_id, "twilio", motivo.frase)
        interruptores.cerrar_interruptor(envio.nombre_nora, "twilio")
        return _acabar(envio, "fallido", motivo.codigo, motivo.motivo)
    except Incierto as motivo:
        envios.dejar_por_confirmar(envio.nombre_nora, envio.mensaje_id, envio.tomado_en, revisar_en_segundos=REVISAR_SEGUNDOS)
        registro.warning("envío por confirmar", motivo=str(motivo), mensaje_id=envio.mensaje_id)
        _anotar_averia(envio.nombre_nora, str(motivo))
        return _avisar_estado(envio, "por_confirmar")
    return _avisar_estado(envio, confirmar(envio.nombre_nora, envio.mensaje_id, sid))


def salida_de(envio: PorEnviar) -> Salida:
    """Lo que se le pide a WhatsApp por una intención. El aviso de estado lleva qué intención y qué intento es."""
    base = vigentes().url_base
    media = archivos.url_firmada(envio.ruta, VIDA_DEL_ENLACE, nombre=envio.nombre, tipo=envio.tipo) if envio.ruta else None
    return Salida(
        de=envio.de,
        para=envio.para,
        texto=envio.texto,
        aviso_url=f"{base}/webhook/estado?i={envio.mensaje_id}&a={envio.intento}",
        media_url=media,
        content_sid=envio.content_sid,
        variables=envio.variables,
        servicio=envio.servicio,
    )


def confirmar(nombre_nora: str, mensaje_id: int, sid: str) -> str:
    """Guarda que Twilio lo aceptó. Si un aviso de fallo se había adelantado, le pone su motivo en palabras. Devuelve el estado."""
    confirmado = envios.confirmar_envio(nombre_nora, mensaje_id, sid)
    if confirmado.sid != sid:
        avisar_de_doble(nombre_nora, mensaje_id)
    if confirmado.por_explicar:
        envios.explicar_fallo(nombre_nora, mensaje_id, lambda codigo: motivo_de(codigo).frase)
    return confirmado.estado


def avisar_de_doble(nombre_nora: str, mensaje_id: int) -> None:
    """Un mensaje salió dos veces: no tiene arreglo, pero nadie debe enterarse por la persona que lo recibió."""
    registrar_error(
        "Twilio",
        f"El mensaje {mensaje_id} salió dos veces: Twilio dio dos identificadores para la misma intención. Discúlpate con la persona.",
        nombre_nora,
        "webhook.despacho",
    )


def _posponer(envio: PorEnviar, motivo: NoAceptado) -> str:
    if motivo.averia:
        _anotar_averia(envio.nombre_nora, str(motivo), cortar_ya=motivo.corta)
    if envio.edad_segundos > RENDIRSE_SEGUNDOS:
        frase = f"No salió en 24 horas: {motivo} Escríbelo otra vez si aún hace falta."
        return _acabar(envio, "fallido", "caducado", Motivo("alertar", frase))
    # Cada vez más espaciado: la mitad de lo que lleva esperando, entre lo que pide Twilio y cinco minutos.
    espera = max(motivo.esperar_segundos, min(envio.edad_segundos / 2, ESPERA_MAXIMA_SEGUNDOS))
    _devolver(envio, 0 if motivo.corta else espera)
    registro.info("envío pospuesto", motivo=str(motivo), mensaje_id=envio.mensaje_id, espera=espera)
    return "listo"


def _anotar_averia(nombre_nora: str, motivo: str, *, cortar_ya: bool = False) -> None:
    if interruptores.anotar_fallo(nombre_nora, "twilio", motivo, cortar_ya=cortar_ya):
        que = f"Se dejó de enviar por un rato: {motivo.rstrip('.')}. Lo que está en cola sale solo en cuanto Twilio vuelva a contestar."
        registrar_error("Twilio", que, nombre_nora, "webhook.despacho:corte")


def _devolver(envio: PorEnviar, dentro_de_segundos: float) -> None:
    envios.devolver_a_la_cola(
        envio.nombre_nora,
        envio.mensaje_id,
        envio.tomado_en,
        dentro_de_segundos=dentro_de_segundos,
        desde=("enviando",),
        cuenta=False,
    )


def _acabar(envio: PorEnviar, estado: str, codigo: str, motivo: Motivo) -> str:
    campos: dict[str, Any] = {
        "estado": estado,
        "codigo_error": codigo,
        "motivo_error": motivo.frase,
        "rango": rango_de("canceled" if estado == "cancelado" else "failed"),
    }
    envios.cambiar_envio(envio.nombre_nora, envio.mensaje_id, envio.tomado_en, desde=("enviando",), **campos)
    if motivo.clase == "alertar":
        registrar_error("Twilio", f"No se pudo enviar (código {codigo}): {motivo.frase}", envio.nombre_nora, "webhook.despacho")
    return _avisar_estado(envio, estado)


def _avisar_estado(envio: PorEnviar, estado: str) -> str:
    tiempo_real.avisar(envio.nombre_nora, "mensaje.estado", conversacion=envio.conversacion_id, id=envio.mensaje_id, estado=estado)
    return estado


def repetir_si_conviene(nombre_nora: str, mensaje_id: int, codigo: str | None, *, intento: int, edad: dt.timedelta) -> bool:
    """Lo que Twilio aceptó y después falló por algo pasajero sale otra vez, si no quedaría fuera de orden. Dice si se repite.

    Lo viejo no: una respuesta o un recordatorio de hace horas ya no dice la verdad.
    """
    motivo = motivo_de(codigo)
    tope = 1 if motivo.clase == "una_vez" else 2
    if not motivo.se_repite_solo or intento > tope or edad > REPETIR_HASTA:
        return False
    return envios.repetir_envio(nombre_nora, mensaje_id, dentro_de_segundos=motivo.esperar_segundos * intento, en_orden=True)
