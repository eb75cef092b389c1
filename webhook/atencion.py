"""El oficio de atender: toma los hilos cuya hora llegó, pregunta a la IA, vuelve a mirar y deja escrita la respuesta."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict

from ia import proveedor, salida
from ia.handle_ai import Decision, decidir
from registro import tiempo_real
from registro.bitacora import registrar_error, registro, resumir_fallo
from registro.campana import Campana
from registro.config import vigentes
from sql.conexion import ERRORES_DE_CONEXION, transaccion
from sql.modelos import conversaciones, mensajes, recibos
from sql.modelos.bajas import listar_ordenes_pendientes
from sql.modelos.contactos import obtener_contacto
from sql.modelos.conversaciones import Conversacion
from sql.modelos.modulos import listar_modulos_activos
from sql.modelos.noras import obtener_nora
from webhook import escribiendo, ordenes
from webhook.canal import LARGO_MAXIMO, anunciar

ATENCIONES_A_LA_VEZ = 8
ARRIENDO_SEGUNDOS = 120
"""Más que el tiempo total del proveedor de IA: si vence, quien lo tenía murió."""
INTENTOS_MAXIMOS = 3
LARGO_MINIMO_DE_RESPUESTA = 200
"""Con menos sitio que esto tras la bienvenida, vale más la respuesta sola."""
TEXTO_DE_SOCORRO = "Ahora mismo no puedo responderte bien. Te paso con una persona del equipo, que te escribe en cuanto pueda."


def atender_sin_parar(parar: threading.Event) -> None:
    """Atiende hilos hasta que se pida parar; muchos a la vez, uno por conversación."""
    ajustes = vigentes()
    proveedor.configurar(
        ajustes.openai_clave.get_secret_value() if ajustes.openai_clave else None, ajustes.openai_url, ajustes.openai_modelo
    )
    campana = Campana("atender")
    libres = threading.BoundedSemaphore(ATENCIONES_A_LA_VEZ)
    with ThreadPoolExecutor(ATENCIONES_A_LA_VEZ, thread_name_prefix="atencion") as mesa:
        while not parar.is_set():
            if not libres.acquire(timeout=0.5):
                continue
            tomados = conversaciones.todas_las_noras_reclamar_por_atender(1, ARRIENDO_SEGUNDOS)
            if not tomados:
                libres.release()
                campana.esperar(parar, _cuanto_esperar())
                continue
            nombre_nora, conversacion_id = tomados[0]
            mesa.submit(_atender_y_soltar, nombre_nora, conversacion_id, libres)


def _cuanto_esperar() -> float:
    segundos = conversaciones.todas_las_noras_segundos_hasta_la_proxima()
    return 1.0 if segundos is None else min(1.0, max(0.02, segundos))


def _atender_y_soltar(nombre_nora: str, conversacion_id: int, libres: threading.BoundedSemaphore) -> None:
    try:
        atender(nombre_nora, conversacion_id)
    except ERRORES_DE_CONEXION as fallo:
        registro.warning("atención cortada por la base", conversacion_id=conversacion_id, causa=resumir_fallo(fallo))
        _volver_enseguida(nombre_nora, conversacion_id)
    except Exception as fallo:  # un hilo envenenado no puede parar a los demás
        registro.exception("falló la atención", conversacion_id=conversacion_id, nombre_nora=nombre_nora)
        _tras_un_fallo(nombre_nora, conversacion_id, fallo)
    finally:
        libres.release()


def _volver_enseguida(nombre_nora: str, conversacion_id: int) -> None:
    """Un choque de candados no deja a la persona esperando el arriendo entero; sin base, el arriendo vence solo."""
    with suppress(*ERRORES_DE_CONEXION):
        conversaciones.cambiar_conversacion(
            nombre_nora, conversacion_id, arriendo_hasta=None, atender_en=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
        )


def atender(nombre_nora: str, conversacion_id: int) -> int | None:
    """Atiende un hilo ya arrendado. Devuelve el id de la respuesta, o None si no tocaba responder."""
    conversacion = conversaciones.obtener_conversacion(nombre_nora, conversacion_id)
    corte = conversacion.ultimo_entrante_id or 0
    acuse = ordenes.acuse_de(listar_ordenes_pendientes(nombre_nora, conversacion_id, conversacion.atendido_hasta_id))
    if acuse is not None:
        return _acusar(nombre_nora, conversacion_id, acuse)
    if corte <= conversacion.atendido_hasta_id or _motivo_para_callar(nombre_nora, conversacion):
        _cerrar_sin_responder(nombre_nora, conversacion_id, corte)
        return None
    with escribiendo.mientras_piensa(nombre_nora, conversacion.cuenta, corte):
        decision = decidir(nombre_nora, conversacion_id)
    if decision.accion == "callar":
        _cerrar_sin_responder(nombre_nora, conversacion_id, corte)
        return None
    return _responder(nombre_nora, conversacion_id, corte, decision)


def _acusar(nombre_nora: str, conversacion_id: int, acuse: ordenes.Acuse) -> int | None:
    """Contesta una baja o un alta antes que nada, también si atiende una persona o la IA está apagada. Lo posterior sigue pendiente."""
    with transaccion(nombre_nora):
        conversacion = conversaciones.obtener_conversacion(nombre_nora, conversacion_id, con_candado=True)
        mensaje_id: int | None = None
        if acuse.texto:
            telefono = obtener_contacto(nombre_nora, conversacion.contacto_id).telefono
            mensaje_id, _ = mensajes.crear_saliente(
                nombre_nora, conversacion_id, acuse.texto, origen=ordenes.ORIGEN, telefono=telefono, clave_cliente=acuse.clave
            )
        conversaciones.cambiar_conversacion(nombre_nora, conversacion_id, **_soltar(conversacion, acuse.mensaje_id))
    if mensaje_id is not None:
        anunciar(nombre_nora, conversacion_id, mensaje_id)
    tiempo_real.avisar(nombre_nora, "conversacion.cambio", conversacion=conversacion_id)
    return mensaje_id


def _motivo_para_callar(nombre_nora: str, conversacion: Conversacion) -> str | None:
    """Por qué la IA no debe responder en este hilo, o None si puede."""
    if conversacion.modo != "ia":
        return "lo atiende una persona"
    if not obtener_contacto(nombre_nora, conversacion.contacto_id).ia_activa:
        return "la IA está apagada para esta persona"
    if "ia" not in listar_modulos_activos(nombre_nora):
        return "el módulo de IA está apagado"
    return None


def _cerrar_sin_responder(nombre_nora: str, conversacion_id: int, corte: int) -> None:
    with transaccion(nombre_nora):
        conversacion = conversaciones.obtener_conversacion(nombre_nora, conversacion_id, con_candado=True)
        conversaciones.cambiar_conversacion(nombre_nora, conversacion_id, **_soltar(conversacion, corte))
    tiempo_real.avisar(nombre_nora, "conversacion.cambio", conversacion=conversacion_id)


def _soltar(conversacion: Conversacion, corte: int) -> dict[str, object]:
    """Los campos que cierran una atención; si llegó algo después del corte, su cita sigue en pie."""
    campos: dict[str, object] = {"arriendo_hasta": None, "intentos": 0, "atendido_hasta_id": max(corte, conversacion.atendido_hasta_id)}
    if (conversacion.ultimo_entrante_id or 0) <= corte:
        return campos | {"atender_en": None, "pendiente_desde": None}
    # Lo que llegó después empieza su propia espera: si no, cada mensaje suyo tendría su respuesta aparte.
    return campos | {"pendiente_desde": dt.datetime.now(dt.UTC)}


def _responder(nombre_nora: str, conversacion_id: int, corte: int, decision: Decision) -> int | None:
    nora = obtener_nora(nombre_nora)
    with transaccion(nombre_nora):
        conversacion = conversaciones.obtener_conversacion(nombre_nora, conversacion_id, con_candado=True)
        # Se pensó fuera de la transacción: ahora, con candado, se mira otra vez antes de comprometerse.
        if _motivo_para_callar(nombre_nora, conversacion):
            conversaciones.cambiar_conversacion(nombre_nora, conversacion_id, **_soltar(conversacion, corte))
            return None
        if (conversacion.ultimo_entrante_id or 0) > corte and not _espero_demasiado(conversacion, float(nora.espera_segundos)):
            # Escribió algo más mientras se pensaba: se responde a todo junto cuando venza su nueva espera.
            conversaciones.cambiar_conversacion(nombre_nora, conversacion_id, arriendo_hasta=None)
            return None
        contacto = obtener_contacto(nombre_nora, conversacion.contacto_id)
        texto = _con_bienvenida(nombre_nora, conversacion_id, nora.mensaje_bienvenida, decision.texto)
        mensaje_id, _ = mensajes.crear_saliente(
            nombre_nora, conversacion_id, texto, origen="ia", telefono=contacto.telefono, responde_a=corte
        )
        if decision.recibo is not None:
            recibos.guardar_recibo(nombre_nora, mensaje_id, **asdict(decision.recibo))
        campos = _soltar(conversacion, corte)
        if decision.accion == "pasar_a_persona":
            campos |= {"modo": "persona", "necesita_persona": True, "motivo_persona": _con_mayuscula(decision.motivo), "atendida_por": None}
        conversaciones.cambiar_conversacion(nombre_nora, conversacion_id, **campos)
    anunciar(nombre_nora, conversacion_id, mensaje_id)
    tiempo_real.avisar(nombre_nora, "conversacion.cambio", conversacion=conversacion_id)
    return mensaje_id


def _espero_demasiado(conversacion: Conversacion, espera: float) -> bool:
    desde = conversacion.pendiente_desde
    return desde is not None and dt.datetime.now(dt.UTC) - desde > dt.timedelta(seconds=espera * 4)


def _con_bienvenida(nombre_nora: str, conversacion_id: int, bienvenida: str | None, texto: str) -> str:
    """La primera vez, el saludo va en el mismo mensaje: cada burbuja de más se paga (tarifas de Meta)."""
    if not bienvenida or mensajes.hay_respuestas(nombre_nora, conversacion_id):
        return texto
    saludo = bienvenida.strip()
    libre = LARGO_MAXIMO - salida.largo(saludo) - 2
    return f"{saludo}\n\n{salida.acortar(texto, libre)}" if libre >= LARGO_MINIMO_DE_RESPUESTA else texto


def _con_mayuscula(frase: str) -> str:
    return frase[:1].upper() + frase[1:]


def _tras_un_fallo(nombre_nora: str, conversacion_id: int, fallo: Exception) -> None:
    """Reintenta con calma; al tercer fallo no hay silencio: se avisa a la persona y se pasa el hilo al equipo."""
    anuncio: int | None = None
    with transaccion(nombre_nora):
        conversacion = conversaciones.obtener_conversacion(nombre_nora, conversacion_id, con_candado=True)
        if _motivo_para_callar(nombre_nora, conversacion):
            # Alguien tomó el control mientras fallaba: no se habla por encima de una persona.
            conversaciones.cambiar_conversacion(nombre_nora, conversacion_id, **_soltar(conversacion, conversacion.ultimo_entrante_id or 0))
            return
        intentos = conversacion.intentos + 1
        if intentos < INTENTOS_MAXIMOS:
            espera = dt.timedelta(seconds=2**intentos)
            conversaciones.cambiar_conversacion(
                nombre_nora, conversacion_id, intentos=intentos, arriendo_hasta=None, atender_en=dt.datetime.now(dt.UTC) + espera
            )
        else:
            corte = conversacion.ultimo_entrante_id or 0
            contacto = obtener_contacto(nombre_nora, conversacion.contacto_id)
            anuncio, _ = mensajes.crear_saliente(
                nombre_nora, conversacion_id, TEXTO_DE_SOCORRO, origen="ia", telefono=contacto.telefono, responde_a=corte
            )
            motivo = "La IA falló varias veces seguidas; mira el registro de errores"
            campos = _soltar(conversacion, corte) | {"modo": "persona", "necesita_persona": True, "motivo_persona": motivo}
            conversaciones.cambiar_conversacion(nombre_nora, conversacion_id, **campos)
    que = f"No se pudo atender una conversación (intento {intentos} de {INTENTOS_MAXIMOS}): {resumir_fallo(fallo)}"
    registrar_error("IA", que, nombre_nora, "webhook.atencion")
    if anuncio is not None:
        anunciar(nombre_nora, conversacion_id, anuncio)
        tiempo_real.avisar(nombre_nora, "conversacion.cambio", conversacion=conversacion_id)
