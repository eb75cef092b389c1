"""La única salida a WhatsApp: primero la intención escrita, después Twilio, después su resultado."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ia.salida import largo as largo  # los paneles lo usan por aquí: es la misma cuenta
from registro import tiempo_real
from registro.bitacora import registrar_error, registro, resumir_fallo
from registro.campana import Campana
from registro.config import vigentes
from sql.conexion import transaccion
from sql.modelos import envios, mensajes
from sql.modelos.contactos import obtener_contacto
from sql.modelos.conversaciones import obtener_conversacion
from sql.modelos.envios import PorEnviar
from webhook import simulado
from webhook.cliente_twilio import ClienteDeWhatsApp, ClienteTwilio, Incierto, NoAceptado, Rechazado
from webhook.codigos import motivo_de

LARGO_MAXIMO = 1600
"""Caracteres por mensaje de WhatsApp en Twilio (error 21617)."""
ENVIOS_A_LA_VEZ = 16
REVISAR_SEGUNDOS = 60
"""Cuándo se pregunta por primera vez por un envío dudoso: más que el tiempo de lectura y el de Twilio juntos."""
RENDIRSE_SEGUNDOS = 24 * 3600
"""Lo que sigue sin salir después de la ventana de WhatsApp ya no debe salir solo."""
ESPERA_MAXIMA_SEGUNDOS = 300
DEMORA_PROHIBIDA = 5.0
"""Si entre reclamar y enviar pasó más que esto, otro pudo tomarlo: se devuelve sin enviar."""

ERRORES_DEL_SIMULADO = simulado.ERRORES_DEL_SIMULADO

_reloj_continuo = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def enviar(
    nombre_nora: str,
    conversacion_id: int,
    texto: str,
    *,
    origen: str = "persona",
    autor_id: int | None = None,
    clave_cliente: str | None = None,
) -> int:
    """Deja un mensaje para enviar y devuelve su id. La misma `clave_cliente` es el mismo mensaje.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
        ValueError: si el texto está vacío o pasa de 1600 caracteres.
    """
    texto = texto.strip()
    if not texto:
        raise ValueError("El mensaje está vacío")
    if largo(texto) > LARGO_MAXIMO:
        raise ValueError(f"El mensaje tiene {largo(texto)} caracteres y WhatsApp admite {LARGO_MAXIMO}")
    with transaccion(nombre_nora):
        # Con candado, los ids de un hilo salen en el orden en que se confirman: quien pide «lo nuevo desde» no se salta ninguno.
        conversacion = obtener_conversacion(nombre_nora, conversacion_id, con_candado=True)
        contacto = obtener_contacto(nombre_nora, conversacion.contacto_id)
        mensaje_id, es_nuevo = mensajes.crear_saliente(
            nombre_nora,
            conversacion_id,
            texto,
            origen=origen,
            telefono=contacto.telefono,
            autor_id=autor_id,
            clave_cliente=clave_cliente,
        )
    if es_nuevo:
        anunciar(nombre_nora, conversacion_id, mensaje_id)
    return mensaje_id


def anunciar(nombre_nora: str, conversacion_id: int, mensaje_id: int) -> None:
    """Después de confirmar una intención: lo sabe el navegador y lo sabe quien envía."""
    tiempo_real.avisar(nombre_nora, "mensaje.nuevo", conversacion=conversacion_id, id=mensaje_id)
    tiempo_real.despertar("enviar")


def escribir_como_persona(*, numero_nora: str, telefono: str, nombre: str, texto: str, extra: dict[str, str] | None = None) -> int:
    """El simulador escribe a una Nora por el /webhook de verdad; devuelve el código HTTP."""
    return simulado.escribir_como_persona(vigentes(), numero_nora=numero_nora, telefono=telefono, nombre=nombre, texto=texto, extra=extra)


def repetir_como_persona(nombre_nora: str, telefono: str) -> int | None:
    """El simulador manda otra vez, idéntico, el último mensaje de ese teléfono; código HTTP, o None si no hay qué repetir."""
    return simulado.repetir_ultimo(vigentes(), nombre_nora, f"whatsapp:{telefono}")


def escribir_con_firma_falsa(*, numero_nora: str, telefono: str, nombre: str, texto: str) -> int:
    """El simulador escribe con una firma que no es de nadie; devuelve el código HTTP, que debe ser 403."""
    return simulado.escribir_con_firma_falsa(vigentes(), numero_nora=numero_nora, telefono=telefono, nombre=nombre, texto=texto)


def leer_como_persona(nombre_nora: str, message_sid: str) -> bool:
    """El simulador leyó un mensaje nuestro; dice si existía."""
    return simulado.leer_como_persona(vigentes(), nombre_nora, message_sid)


def cliente_para(cuenta: str | None) -> ClienteDeWhatsApp | None:
    """Por dónde se responde a quien escribió por esa cuenta: la demo por el simulador, las demás por Twilio.

    None si haría falta Twilio y no hay con qué: lo simulado nunca sustituye en silencio a lo real.
    """
    ajustes = vigentes()
    if ajustes.demo and (cuenta == ajustes.cuenta_demo or not ajustes.twilio_conectado):
        return simulado.ClienteSimulado(ajustes)
    if ajustes.twilio_cuenta and ajustes.twilio_ficha:
        return ClienteTwilio(ajustes.twilio_cuenta, ajustes.twilio_ficha.get_secret_value(), ajustes.twilio_url)
    return None


def enviar_sin_parar(parar: threading.Event) -> None:
    """Toma intenciones y las envía hasta que se pida parar; una por hilo de conversación, muchas a la vez."""
    campana = Campana("enviar")
    en_vuelo = threading.BoundedSemaphore(ENVIOS_A_LA_VEZ)
    with ThreadPoolExecutor(ENVIOS_A_LA_VEZ, thread_name_prefix="envio") as mesa:
        while not parar.is_set():
            libres = _libres(en_vuelo)
            antes = time.clock_gettime(_reloj_continuo)
            tomados = envios.todas_las_noras_reclamar_por_enviar(libres) if libres else []
            for _ in range(libres - len(tomados)):
                en_vuelo.release()
            for envio in tomados:
                mesa.submit(_despachar_y_soltar, envio, antes, en_vuelo, campana)
            if not tomados:
                campana.esperar(parar, 1.0)


def _libres(en_vuelo: threading.BoundedSemaphore) -> int:
    """Cuántos envíos más caben ahora; los deja apartados."""
    return sum(1 for _ in itertools.takewhile(lambda _: en_vuelo.acquire(blocking=False), range(ENVIOS_A_LA_VEZ)))


def _despachar_y_soltar(envio: PorEnviar, antes: float, en_vuelo: threading.BoundedSemaphore, campana: Campana) -> None:
    try:
        despachar(envio, reclamado_desde=antes)
    except Exception as fallo:  # la fila queda «enviando» y la conciliación la encuentra
        causa = resumir_fallo(fallo)
        registrar_error("Twilio", f"Falló un envío antes de saber su resultado: {causa}", envio.nombre_nora, "webhook.canal")
    finally:
        en_vuelo.release()
        campana.tocar()


def despachar(envio: PorEnviar, *, reclamado_desde: float | None = None) -> str:
    """Envía una intención ya reclamada y guarda lo que de verdad se sabe de ella. Devuelve el estado en que queda."""
    cliente = cliente_para(envio.cuenta)
    if cliente is None:
        return _fallo(envio, "sin_twilio", "Twilio no está conectado: faltan TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN.", alertar=True)
    if reclamado_desde is not None and time.clock_gettime(_reloj_continuo) - reclamado_desde > DEMORA_PROHIBIDA:
        # Este proceso estuvo dormido (pausa, máquina congelada): puede que otro ya lo esté resolviendo.
        _devolver(envio, 0)
        return "listo"
    aviso_url = f"{vigentes().url_base}/webhook/estado?i={envio.mensaje_id}"
    try:
        sid = cliente.crear(envio.nombre_nora, de=envio.de, para=envio.para, texto=envio.texto, aviso_url=aviso_url)
    except NoAceptado as motivo:
        if envio.edad_segundos > RENDIRSE_SEGUNDOS:
            return _fallo(envio, "caducado", f"No salió en 24 horas: {motivo}. Escríbelo otra vez si aún hace falta.", alertar=True)
        # Cada vez más espaciado: la mitad de lo que lleva esperando, entre lo que pide Twilio y cinco minutos.
        espera = max(motivo.esperar_segundos, min(envio.edad_segundos / 2, ESPERA_MAXIMA_SEGUNDOS))
        _devolver(envio, espera)
        registro.info("envío pospuesto", motivo=str(motivo), mensaje_id=envio.mensaje_id, espera=espera)
        return "listo"
    except Rechazado as motivo:
        return _fallo(envio, motivo.codigo, motivo.frase, alertar=motivo.alertar)
    except Incierto as motivo:
        envios.dejar_por_confirmar(envio.nombre_nora, envio.mensaje_id, envio.tomado_en, revisar_en_segundos=REVISAR_SEGUNDOS)
        registro.warning("envío por confirmar", motivo=str(motivo), mensaje_id=envio.mensaje_id)
        return _avisar_estado(envio, "por_confirmar")
    return _avisar_estado(envio, confirmar(envio.nombre_nora, envio.mensaje_id, sid))


def confirmar(nombre_nora: str, mensaje_id: int, sid: str) -> str:
    """Guarda que Twilio lo aceptó. Si un aviso de fallo se había adelantado, le pone su motivo en palabras. Devuelve el estado."""
    estado = envios.confirmar_envio(nombre_nora, mensaje_id, sid)
    if estado == "fallido":
        envios.explicar_fallo(nombre_nora, mensaje_id, lambda codigo: motivo_de(codigo).frase)
    return estado


def _devolver(envio: PorEnviar, dentro_de_segundos: float) -> None:
    envios.devolver_a_la_cola(
        envio.nombre_nora,
        envio.mensaje_id,
        envio.tomado_en,
        dentro_de_segundos=dentro_de_segundos,
        desde=("enviando",),
        cuenta=False,
    )


def _fallo(envio: PorEnviar, codigo: str, frase: str, *, alertar: bool) -> str:
    campos: dict[str, Any] = {"estado": "fallido", "codigo_error": codigo, "motivo_error": frase, "rango": 9}
    envios.cambiar_envio(envio.nombre_nora, envio.mensaje_id, envio.tomado_en, desde=("enviando",), **campos)
    if alertar:
        registrar_error("Twilio", f"No se pudo enviar (código {codigo}): {frase}", envio.nombre_nora, "webhook.canal")
    return _avisar_estado(envio, "fallido")


def _avisar_estado(envio: PorEnviar, estado: str) -> str:
    tiempo_real.avisar(envio.nombre_nora, "mensaje.estado", conversacion=envio.conversacion_id, id=envio.mensaje_id, estado=estado)
    return estado
