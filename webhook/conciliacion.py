"""Qué pasó de verdad con los envíos dudosos: se pregunta a Twilio dos veces; nunca se reenvía a ciegas."""

from __future__ import annotations

import datetime as dt
import threading

from registro import tiempo_real
from registro.bitacora import registrar_error, registro, resumir_fallo
from sql.conexion import ERRORES_DE_CONEXION
from sql.modelos import dudas, envios
from sql.modelos.dudas import EnDuda
from webhook.cliente_twilio import EnvioVisto, Incierto
from webhook.despacho import REVISAR_SEGUNDOS, cliente_para, confirmar

ARRIENDO_SEGUNDOS = 30
"""Un envío «enviando» más viejo que esto es de un trabajador que murió."""
AUSENCIAS_NECESARIAS = 2
INTENTOS_MAXIMOS = 4
"""Cada reenvío exige antes su propia prueba de ausencia: repetirlo no duplica. Con dos, en un mal rato alguno se quedaba sin salir."""
MARGEN_DE_RELOJ = dt.timedelta(minutes=5)
"""Twilio y Postgres no llevan la misma hora, y Twilio la da en segundos: lo ya conocido y el texto distinto se descartan aparte."""
SIN_CONFIRMAR = "sin_confirmar"
"""Código propio: Twilio nunca dijo si lo tomó. Las funciones de la base lo conocen por este nombre."""
RENDIRSE_TRAS = dt.timedelta(minutes=15)


def conciliar_sin_parar(parar: threading.Event) -> None:
    """Cada pocos segundos revisa los envíos abandonados y los dudosos."""
    while not parar.is_set():
        conciliar(dt.datetime.now(dt.UTC))
        parar.wait(5)


def conciliar(ahora: dt.datetime) -> None:
    """Una pasada: lo abandonado pasa a dudoso y a lo dudoso que ya le toca se le busca en Twilio."""
    for nombre_nora, mensaje_id, tomado_en in dudas.todas_las_noras_abandonados(ARRIENDO_SEGUNDOS):
        envios.dejar_por_confirmar(nombre_nora, mensaje_id, tomado_en, revisar_en_segundos=REVISAR_SEGUNDOS - ARRIENDO_SEGUNDOS)
    for duda in dudas.todas_las_noras_en_duda():
        try:
            resolver(duda, ahora)
        except ERRORES_DE_CONEXION:
            raise
        except Exception as fallo:  # una duda envenenada no puede parar a las demás
            registrar_error("Twilio", f"No se pudo conciliar un envío: {resumir_fallo(fallo)}", duda.nombre_nora, "webhook.conciliacion")
            _seguir_dudando(duda, ahora, "no se pudo preguntar")


def elegir(vistos: list[EnvioVisto], conocidos: frozenset[str], texto: str | None) -> EnvioVisto | None:
    """El envío de Twilio que tiene que ser el nuestro: sin dueño y con el mismo texto; None si no hay exactamente uno.

    Sin `texto` (una plantilla, que Twilio guarda ya compuesta) basta con que no tenga dueño.
    """
    libres = [v for v in vistos if v.sid not in conocidos and (texto is None or v.cuerpo.strip() == texto.strip())]
    return libres[0] if len(libres) == 1 else None


def resolver(duda: EnDuda, ahora: dt.datetime) -> None:
    """Busca en Twilio un envío dudoso y decide: es éste, no está (dos veces: se reenvía) o que lo mire una persona."""
    cliente = cliente_para(duda.nombre_nora, duda.cuenta)
    try:
        if cliente is None:
            raise Incierto("Twilio no está conectado")
        vistos = cliente.listar(duda.nombre_nora, de=duda.de, para=duda.para, desde=duda.reclamado_en - MARGEN_DE_RELOJ)
    except Incierto as motivo:
        _seguir_dudando(duda, ahora, str(motivo))
        return
    conocidos = dudas.listar_sids_conocidos(duda.nombre_nora, [v.sid for v in vistos])
    nuestro = elegir(vistos, conocidos, None if duda.por_plantilla else duda.texto)
    if nuestro is not None:
        estado = confirmar(duda.nombre_nora, duda.mensaje_id, nuestro.sid)
        tiempo_real.avisar(duda.nombre_nora, "mensaje.estado", conversacion=duda.conversacion_id, id=duda.mensaje_id, estado=estado)
        return
    if any(v.sid not in conocidos for v in vistos):
        _seguir_dudando(duda, ahora, "Twilio tiene un envío sin dueño que no coincide con éste")
    elif duda.ausencias + 1 < AUSENCIAS_NECESARIAS:
        envios.dejar_por_confirmar(
            duda.nombre_nora, duda.mensaje_id, duda.reclamado_en, revisar_en_segundos=REVISAR_SEGUNDOS, ausencias=duda.ausencias + 1
        )
    elif duda.intento < INTENTOS_MAXIMOS:
        registro.info("no llegó a Twilio: se reenvía", mensaje_id=duda.mensaje_id, intento=duda.intento)
        envios.devolver_a_la_cola(
            duda.nombre_nora, duda.mensaje_id, duda.reclamado_en, dentro_de_segundos=0, desde=("por_confirmar",), cuenta=True
        )
        tiempo_real.despertar("enviar")
    else:
        _a_una_persona(duda, f"Twilio no lo tiene tras {INTENTOS_MAXIMOS} intentos")


def _seguir_dudando(duda: EnDuda, ahora: dt.datetime, motivo: str) -> None:
    if ahora - duda.dudoso_desde > RENDIRSE_TRAS:
        _a_una_persona(duda, motivo)
    else:
        envios.dejar_por_confirmar(
            duda.nombre_nora, duda.mensaje_id, duda.reclamado_en, revisar_en_segundos=REVISAR_SEGUNDOS / 2, ausencias=duda.ausencias
        )


def _a_una_persona(duda: EnDuda, motivo: str) -> None:
    # Deja de esperar para no frenar el hilo; con rango bajo, un aviso tardío de Twilio todavía puede corregirlo.
    envios.cambiar_envio(
        duda.nombre_nora,
        duda.mensaje_id,
        duda.reclamado_en,
        desde=("por_confirmar",),
        estado="fallido",
        rango=1,
        codigo_error=SIN_CONFIRMAR,
        motivo_error=f"No sabemos si salió: {motivo}. Compruébalo con la persona antes de repetirlo.",
        revisar_en=None,
    )
    tiempo_real.avisar(duda.nombre_nora, "mensaje.estado", conversacion=duda.conversacion_id, id=duda.mensaje_id, estado="fallido")
    registrar_error(
        "Twilio",
        f"No se sabe si salió el mensaje {duda.mensaje_id}: {motivo}. Míralo en la consola de Twilio antes de repetirlo.",
        duda.nombre_nora,
        "webhook.conciliacion",
    )
