"""Las plantillas como Twilio dice que están: comparar a petición, cada noche y mientras Meta revisa alguna."""

from __future__ import annotations

import datetime as dt
import threading

from registro import tiempo_real
from registro.bitacora import registrar_error, registro, resumir_fallo
from sql.modelos import plantillas
from sql.modelos.noras import todas_las_noras_listar
from sql.modelos.plantillas import Cambio, PorMirar, Vista
from webhook.cliente_twilio import Incierto, NoAceptado, Rechazado
from webhook.cuenta_de_plantillas import NoSePudo, con_palabras, conexion_de, en_palabras, exigir, repartir

CADA_SEGUNDOS = 4
"""Entre miradas a las que esperan respuesta."""
MIRAR_CADA = dt.timedelta(minutes=10)
"""Cada cuánto se pregunta por las que Meta está revisando."""
RECIENTE = dt.timedelta(minutes=1)
"""El revisor simulado contesta en segundos: a lo recién mandado se le mira en cada vuelta."""
DUDA = dt.timedelta(seconds=60)
"""Más que los tiempos de espera de crear y pedir juntos: pasado esto, un envío a medias ya no sigue vivo."""
ALARMAN = {
    "rechazada": "Meta rechazó la plantilla «{nombre}»: {motivo} Corrige el texto y envíala con otro nombre.",
    "pausada": "Meta pausó la plantilla «{nombre}»: {motivo} Usa otra unos días: se pausa cuando muchas personas la marcan.",
    "desactivada": "La plantilla «{nombre}» ya no se puede enviar: {motivo} Crea otra con un texto distinto.",
}


def sincronizar(nombre_nora: str) -> list[Cambio]:
    """Deja las plantillas como Twilio dice que están y devuelve lo que cambió.

    Raises:
        NoSePudo: si no hay credenciales o Twilio no contesta bien.
    """
    conexion, leidas_en = exigir(nombre_nora), plantillas.hora_de_la_base(nombre_nora)
    vistas = con_palabras(lambda: conexion.cliente.listar(nombre_nora))
    return _volcar(nombre_nora, repartir(nombre_nora, conexion, vistas), leidas_en)


def _volcar(nombre_nora: str, vistas: list[Vista], leidas_en: dt.datetime) -> list[Cambio]:
    cambios = plantillas.volcar_plantillas(nombre_nora, vistas, leidas_en=leidas_en)
    for cambio in cambios:
        if cambio.despues in ALARMAN and cambio.antes not in (None, cambio.despues):
            motivo = f"{(cambio.motivo or 'no dijo por qué').rstrip('.')}."
            registrar_error(
                "Twilio", ALARMAN[cambio.despues].format(nombre=cambio.nombre, motivo=motivo), nombre_nora, "webhook.plantillas"
            )
    if cambios:
        tiempo_real.avisar(nombre_nora, "plantilla.cambio")
    return cambios


def sincronizar_todas() -> str:
    """Compara las plantillas de todas las Noras; la cuenta de la instalación se lista una sola vez."""
    listadas: dict[str, tuple[list[Vista], dt.datetime]] = {}
    hechas = 0
    for nora in todas_las_noras_listar():
        nombre = nora.nombre_nora
        conexion = conexion_de(nombre)
        if conexion is None:
            continue
        try:
            if not conexion.compartida:
                sincronizar(nombre)
            else:
                if conexion.compartida not in listadas:
                    leidas_en, cliente = plantillas.hora_de_la_base(nombre), conexion.cliente
                    listadas[conexion.compartida] = (cliente.listar(nombre), leidas_en)
                vistas, leidas_en = listadas[conexion.compartida]
                _volcar(nombre, repartir(nombre, conexion, vistas), leidas_en)
            hechas += 1
        except (NoSePudo, NoAceptado, Rechazado, Incierto) as fallo:
            registrar_error("Twilio", f"No se pudieron comparar las plantillas: {en_palabras(fallo)}", nombre, "webhook.plantillas_al_dia")
    return f"{hechas} Noras comparadas"


def vigilar_sin_parar(parar: threading.Event) -> None:
    """Mira las que esperan a Meta y averigua cómo acabó lo que quedó en duda, hasta que se pida parar."""
    while not parar.wait(CADA_SEGUNDOS):
        for pendiente in plantillas.todas_las_noras_con_plantillas_por_mirar():
            try:
                vigilar(pendiente)
            except NoSePudo as fallo:
                registro.info("plantillas sin mirar", nombre_nora=pendiente.nombre_nora, motivo=str(fallo))
            except Exception as fallo:  # una Nora con algo roto no deja a las demás sin mirar
                causa = resumir_fallo(fallo)
                registrar_error(
                    "Twilio", f"No se pudieron mirar las plantillas: {causa}", pendiente.nombre_nora, "webhook.plantillas_al_dia"
                )


def vigilar(pendiente: PorMirar) -> None:
    """Compara si ya toca, y deja libre lo que Twilio no llegó a recibir.

    Raises:
        NoSePudo: si no hay credenciales o Twilio no contesta bien.
    """
    nombre_nora = pendiente.nombre_nora
    conexion, ahora = exigir(nombre_nora), plantillas.hora_de_la_base(nombre_nora)
    dudosas = plantillas.listar_en_duda(nombre_nora, ahora - DUDA)
    if not (dudosas or toca_mirar(pendiente, ahora, simulada=conexion.simulada)):
        return
    sincronizar(nombre_nora)
    for fila in plantillas.listar_en_duda(nombre_nora, ahora - DUDA):
        motivo = "Twilio no la recibió: puedes volver a enviarla a aprobación."
        plantillas.cambiar_plantilla(nombre_nora, fila.id, intentada_en=None, motivo_rechazo=motivo)
        tiempo_real.avisar(nombre_nora, "plantilla.cambio")


def toca_mirar(pendiente: PorMirar, ahora: dt.datetime, *, simulada: bool) -> bool:
    """Si ya hay que preguntar otra vez: cada diez minutos, y enseguida por lo recién mandado al revisor simulado. Pura."""
    if simulada and ahora - pendiente.cambiada_en < RECIENTE:
        return True
    return pendiente.mirada_en is None or ahora - pendiente.mirada_en >= MIRAR_CADA
