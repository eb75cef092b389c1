"""La única salida a WhatsApp para los paneles: deja escrita la intención y el despacho la manda. También la puerta a lo demás del hilo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ia.salida import LARGO_MAXIMO as LARGO_MAXIMO
from ia.salida import largo as largo  # los paneles lo usan por aquí: es la misma cuenta
from registro import tiempo_real
from registro.config import vigentes
from sql.conexion import transaccion
from sql.modelos import archivos, dudas, envios, mensajes
from sql.modelos.contactos import obtener_contacto
from sql.modelos.conversaciones import obtener_conversacion
from sql.modelos.mensajes import obtener_mensaje
from sql.modelos.plantillas import obtener_plantilla
from sql.modelos.uniones import buscar_hilo_vivo
from webhook import balance_pedido as balance_pedido
from webhook import comprobacion as comprobacion
from webhook import credenciales as credenciales
from webhook import plantillas as _taller
from webhook import recuperacion as recuperacion
from webhook import remitentes as remitentes
from webhook import reproceso as reproceso
from webhook import salud_del_numero as salud_del_numero
from webhook import simulado
from webhook import tarifas as tarifas
from webhook import texto_de_plantilla as texto_de_plantilla
from webhook.adjuntos import reintentar_adjunto as reintentar_adjunto
from webhook.medidor import medir_consumo as medir_consumo
from webhook.medidor import todas_las_noras_medir_consumo as todas_las_noras_medir_consumo
from webhook.partir import partir as partir
from webhook.texto_de_plantilla import armar as armar_plantilla
from webhook.texto_de_plantilla import revisar_valores

LARGO_TOTAL = 5 * LARGO_MAXIMO
"""Más de lo que cabe en cinco mensajes ya no es un mensaje largo: es un documento."""
taller_de_plantillas = _taller
"""Crear, corregir, enviar a aprobación y sincronizar plantillas: los paneles llegan a ellas por aquí."""
ERRORES_DEL_SIMULADO = simulado.ERRORES_DEL_SIMULADO


def enviar(
    nombre_nora: str,
    conversacion_id: int,
    texto: str,
    *,
    origen: str = "persona",
    autor_id: int | None = None,
    clave_cliente: str | None = None,
    categoria: str = "servicio",
) -> list[int]:
    """Deja un texto para enviar y devuelve los ids de sus mensajes: uno, o varios si pasa de 1600 caracteres.

    La misma `clave_cliente` es el mismo mensaje.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
        ValueError: si el texto está vacío o pasa de 8000 caracteres.
    """
    if largo(texto.strip()) > LARGO_TOTAL:
        raise ValueError(f"El mensaje tiene {largo(texto.strip())} caracteres y se admiten {LARGO_TOTAL}: mándalo como documento")
    partes = partir(texto)
    if not partes:
        raise ValueError("El mensaje está vacío")
    claves = [clave_cliente and (f"{clave_cliente}:{n}" if n else clave_cliente) for n in range(len(partes))]
    filas: list[dict[str, Any]] = [{"texto": parte, "clave_cliente": clave} for parte, clave in zip(partes, claves, strict=True)]
    return _dejar(nombre_nora, conversacion_id, filas, origen=origen, autor_id=autor_id, categoria=categoria)


def enviar_plantilla(
    nombre_nora: str,
    conversacion_id: int,
    plantilla_id: int,
    variables: Mapping[str, str],
    *,
    autor_id: int | None = None,
    clave_cliente: str | None = None,
    origen: str = "persona",
) -> int:
    """Deja una plantilla aprobada para enviar, con sus variables, y devuelve el id del mensaje. Sale también con la ventana cerrada.

    Raises:
        NoEncontrado: si el hilo o la plantilla no existen o son de otra Nora.
        ValueError: si la plantilla no está aprobada, faltan variables o es una promoción y la persona pidió no recibirlas.
    """
    plantilla = obtener_plantilla(nombre_nora, plantilla_id)
    if plantilla.estado != "aprobada" or not plantilla.content_sid or plantilla.borrada_en is not None:
        raise ValueError("Esa plantilla no está aprobada: elige otra")
    if problemas := revisar_valores(plantilla.contenido, plantilla.cuerpo, variables):
        raise ValueError(problemas[0].frase)
    fila = {
        "texto": armar_plantilla(plantilla.cuerpo, variables),
        "clave_cliente": clave_cliente,
        "plantilla_id": plantilla.id,
        "content_sid": plantilla.content_sid,
        "variables": dict(variables),
    }
    return _dejar(nombre_nora, conversacion_id, [fila], origen=origen, autor_id=autor_id, categoria=plantilla.categoria)[0]


def enviar_archivo(
    nombre_nora: str,
    conversacion_id: int,
    archivo_id: int,
    *,
    clase: str,
    pie: str = "",
    autor_id: int | None = None,
    clave_cliente: str | None = None,
) -> int:
    """Deja un archivo ya guardado para enviar (uno por mensaje, como admite WhatsApp) y devuelve el id del mensaje.

    Raises:
        NoEncontrado: si el hilo o el archivo no existen o son de otra Nora.
        ValueError: si ese archivo ya se mandó en otro mensaje, o el pie no cabe.
    """
    if largo(pie) > LARGO_MAXIMO:
        raise ValueError(f"El texto que acompaña al archivo pasa de {LARGO_MAXIMO} caracteres")
    fila = {"texto": pie.strip(), "clave_cliente": clave_cliente, "clase": clase, "archivo_id": archivo_id}
    return _dejar(nombre_nora, conversacion_id, [fila], origen="persona", autor_id=autor_id, categoria="servicio")[0]


def _dejar(
    nombre_nora: str, conversacion_id: int, filas: list[dict[str, Any]], *, origen: str, autor_id: int | None, categoria: str
) -> list[int]:
    """Escribe las intenciones en una sola transacción, en orden, y las anuncia después de confirmar."""
    hechos: list[tuple[int, bool]] = []
    with transaccion(nombre_nora):
        # Desde una pestaña vieja se puede escribir en el hilo de alguien que ya se unió a otra persona: va al que vive.
        conversacion_id = buscar_hilo_vivo(nombre_nora, conversacion_id) or conversacion_id
        # Con candado, los ids de un hilo salen en el orden en que se confirman: quien pide «lo nuevo desde» no se salta ninguno.
        conversacion = obtener_conversacion(nombre_nora, conversacion_id, con_candado=True)
        contacto = obtener_contacto(nombre_nora, conversacion.contacto_id)
        if categoria == "marketing" and contacto.baja_en is not None:
            raise ValueError("Esta persona pidió no recibir promociones: no se le puede enviar")
        for fila in filas:
            archivo_id = fila.pop("archivo_id", None)
            mensaje_id, es_nuevo = mensajes.crear_saliente(
                nombre_nora, conversacion_id, origen=origen, telefono=contacto.telefono, autor_id=autor_id, categoria=categoria, **fila
            )
            if archivo_id is not None and es_nuevo and not archivos.poner_en_mensaje(nombre_nora, archivo_id, mensaje_id):
                raise ValueError("Ese archivo ya se mandó: vuelve a adjuntarlo")
            hechos.append((mensaje_id, es_nuevo))
    for mensaje_id, es_nuevo in hechos:
        if es_nuevo:
            anunciar(nombre_nora, conversacion_id, mensaje_id)
    return [mensaje_id for mensaje_id, _ in hechos]


def reintentar(nombre_nora: str, mensaje_id: int) -> bool:
    """Un envío fallido vuelve a la cola porque una persona lo pide; dice si lo hizo (diez clics son uno).

    Raises:
        NoEncontrado: si el mensaje no es de esa Nora.
    """
    mensaje = obtener_mensaje(nombre_nora, mensaje_id)
    hecho = envios.repetir_envio(nombre_nora, mensaje_id)
    if hecho:
        tiempo_real.avisar(nombre_nora, "mensaje.estado", conversacion=mensaje.conversacion_id, id=mensaje_id, estado="listo")
        tiempo_real.despertar("enviar")
    return hecho


def dar_por_enviado(nombre_nora: str, mensaje_id: int) -> bool:
    """Una persona comprobó que un envío sin confirmar sí salió; dice si lo cambió.

    Raises:
        NoEncontrado: si el mensaje no es de esa Nora.
    """
    mensaje = obtener_mensaje(nombre_nora, mensaje_id)
    hecho = dudas.dar_por_enviado(nombre_nora, mensaje_id)
    if hecho:
        tiempo_real.avisar(nombre_nora, "mensaje.estado", conversacion=mensaje.conversacion_id, id=mensaje_id, estado="enviado")
    return hecho


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
