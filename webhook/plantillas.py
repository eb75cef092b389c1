"""Las plantillas que se escriben aquí: guardarlas, pedir su aprobación y quitarlas, sin doblar ninguna en Twilio."""

from __future__ import annotations

import datetime as dt

from registro import tiempo_real
from sql.conexion import transaccion
from sql.modelos import plantillas
from sql.modelos.plantillas import Plantilla
from webhook.cliente_twilio import Incierto, NoAceptado, Rechazado
from webhook.cuenta_de_plantillas import Conexion, ConProblemas, NoSePudo, con_palabras, en_palabras, exigir, prefijo_de
from webhook.plantillas_al_dia import sincronizar
from webhook.texto_de_plantilla import Problema, Propuesta, revisar

__all__ = ["ConProblemas", "NoSePudo", "borrar", "corregir", "crear", "pedir_aprobacion", "prefijo_de", "propuesta_de", "sincronizar"]


def crear(nombre_nora: str, propuesta: Propuesta) -> int:
    """Guarda un borrador, aunque aún no cumpla las reglas, y devuelve su id.

    Raises:
        NoSePudo: si ya hay una plantilla con ese nombre e idioma.
    """
    _exigir_nombre(propuesta)
    with transaccion(nombre_nora):
        repetida = plantillas.buscar_plantilla_por_nombre(nombre_nora, propuesta.nombre, propuesta.idioma)
        plantilla_id = None if repetida else plantillas.crear_plantilla(nombre_nora, **_campos(propuesta))
    if plantilla_id is None:
        raise _repetida()
    tiempo_real.avisar(nombre_nora, "plantilla.cambio")
    return plantilla_id


def corregir(nombre_nora: str, plantilla_id: int, propuesta: Propuesta) -> None:
    """Cambia un borrador que todavía no está en Twilio.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
        NoSePudo: si ya se envió, o si otra lleva ese nombre.
    """
    _exigir_nombre(propuesta)
    with transaccion(nombre_nora):
        fila = plantillas.obtener_plantilla(nombre_nora, plantilla_id, con_candado=True)
        if fila.content_sid or fila.intentada_en:
            raise NoSePudo("Ya se envió a Twilio y no se puede cambiar. Crea otra con el texto nuevo.")
        repetida = plantillas.buscar_plantilla_por_nombre(nombre_nora, propuesta.nombre, propuesta.idioma)
        if repetida is not None and repetida.id != plantilla_id:
            raise _repetida()
        plantillas.cambiar_plantilla(nombre_nora, plantilla_id, motivo_rechazo=None, **_campos(propuesta))
    tiempo_real.avisar(nombre_nora, "plantilla.cambio")


def _exigir_nombre(propuesta: Propuesta) -> None:
    if de_nombre := [problema for problema in revisar(propuesta) if problema.campo in ("nombre", "categoria", "idioma")]:
        raise ConProblemas(de_nombre)


def _repetida() -> NoSePudo:
    return ConProblemas([Problema("nombre", "Ya tienes una plantilla con ese nombre en ese idioma. Ponle otro.")])


def _campos(propuesta: Propuesta) -> dict[str, object]:
    return {
        "nombre": propuesta.nombre,
        "idioma": propuesta.idioma,
        "tipo": propuesta.tipo,
        "categoria": propuesta.categoria,
        "cuerpo": propuesta.cuerpo,
        "variables": propuesta.variables,
        "contenido": propuesta.contenido,
    }


def propuesta_de(fila: Plantilla) -> Propuesta:
    """La plantilla guardada como se escribió."""
    acciones = fila.contenido.get("twilio/quick-reply", {}).get("actions") or []
    botones = tuple(str(accion.get("title", "")) for accion in acciones)
    return Propuesta(fila.nombre, fila.categoria, fila.idioma, fila.cuerpo, dict(fila.variables), botones)


def pedir_aprobacion(nombre_nora: str, plantilla_id: int, *, ahora: dt.datetime | None = None) -> str:
    """Crea la plantilla en Twilio si hace falta y la manda a Meta. Devuelve el estado en que queda.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
        ConProblemas: si no cumple las reglas de WhatsApp.
        NoSePudo: si ya se envió, o Twilio no la tomó. Si no se sabe, queda apartada y se averigua sola.
    """
    conexion = exigir(nombre_nora)
    fila = _apartar(nombre_nora, plantilla_id, ahora or plantillas.hora_de_la_base(nombre_nora))
    try:
        sid = fila.content_sid or _crear_en_twilio(nombre_nora, conexion, fila)
        aprobacion = conexion.cliente.pedir_aprobacion(
            nombre_nora, sid, nombre=fila.nombre.replace("-", "_").lower(), categoria=fila.categoria
        )
    except Incierto:
        # Sigue apartada: `plantillas_al_dia.vigilar` preguntará a Twilio, y mientras nadie la manda otra vez.
        tiempo_real.avisar(nombre_nora, "plantilla.cambio")
        raise NoSePudo("Aún no sabemos si Twilio la recibió. Se comprueba sola en un minuto: no hace falta repetirlo.") from None
    except (NoAceptado, Rechazado, NoSePudo) as fallo:
        plantillas.cambiar_plantilla(nombre_nora, plantilla_id, intentada_en=None)
        tiempo_real.avisar(nombre_nora, "plantilla.cambio")
        raise NoSePudo(en_palabras(fallo)) from fallo
    plantillas.cambiar_plantilla(
        nombre_nora,
        plantilla_id,
        estado=aprobacion.estado,
        motivo_rechazo=aprobacion.motivo,
        intentada_en=None,
        sincronizada_en=plantillas.hora_de_la_base(nombre_nora),
    )
    tiempo_real.avisar(nombre_nora, "plantilla.cambio")
    return aprobacion.estado


def _apartar(nombre_nora: str, plantilla_id: int, ahora: dt.datetime) -> Plantilla:
    """Con candado: dos clics a la vez son un solo envío a Twilio."""
    with transaccion(nombre_nora):
        fila = plantillas.obtener_plantilla(nombre_nora, plantilla_id, con_candado=True)
        if fila.estado not in ("borrador", "sin_enviar"):
            raise NoSePudo("Esta plantilla ya se envió a aprobación.")
        if fila.intentada_en is not None:
            raise NoSePudo("Ya se está enviando. Espera un minuto: se comprueba sola.")
        if problemas := revisar(propuesta_de(fila)) if fila.content_sid is None else []:
            raise ConProblemas(problemas)
        plantillas.cambiar_plantilla(nombre_nora, plantilla_id, intentada_en=ahora, motivo_rechazo=None)
    return fila


def _crear_en_twilio(nombre_nora: str, conexion: Conexion, fila: Plantilla) -> str:
    """Antes de crearla se pregunta si ya está: un envío anterior pudo llegar sin que lo supiéramos."""
    iguales = [v for v in conexion.cliente.listar(nombre_nora) if (v.nombre, v.idioma) == (fila.nombre, fila.idioma)]
    if any((vista.tipo, vista.cuerpo) != (fila.tipo, fila.cuerpo) for vista in iguales):
        raise NoSePudo("En Twilio ya hay otra plantilla con ese nombre. Sincroniza para verla, o ponle otro nombre a ésta.")
    sid = (
        iguales[0].content_sid
        if iguales
        else conexion.cliente.crear(
            nombre_nora, nombre=fila.nombre, idioma=fila.idioma, variables=dict(fila.variables), contenido=dict(fila.contenido)
        )
    )
    plantillas.cambiar_plantilla(nombre_nora, fila.id, content_sid=sid, estado="sin_enviar")
    return sid


def borrar(nombre_nora: str, plantilla_id: int) -> None:
    """La quita de Twilio y de la lista; lo ya enviado con ella se conserva.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
        NoSePudo: si Twilio no contestó, o si se está enviando ahora.
    """
    fila = plantillas.obtener_plantilla(nombre_nora, plantilla_id)
    if fila.intentada_en is not None:
        raise NoSePudo("Se está enviando a Twilio. Espera un minuto y vuelve a intentarlo.")
    if sid := fila.content_sid:
        conexion = exigir(nombre_nora)
        con_palabras(lambda: conexion.cliente.borrar(nombre_nora, sid))
    plantillas.cambiar_plantilla(nombre_nora, plantilla_id, borrada_en=plantillas.hora_de_la_base(nombre_nora))
    tiempo_real.avisar(nombre_nora, "plantilla.cambio")
