"""Lo que se lee para pintar Chats: la bandeja, un hilo, lo que cambió en él y de dónde salió cada respuesta."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from clientes.chat.adjuntos import CON_ARCHIVO
from clientes.chat.hilo import Burbuja, armar
from clientes.chat.lista import Fila, armar_filas, nombre_de, responde_ia
from clientes.chat.ventana import Ventana, motivo_de_bloqueo, ventana_de
from registro.portero import Paso
from sql.conexion import transaccion
from sql.modelos.archivos import listar_archivos_de, listar_con_archivo_cambiado
from sql.modelos.bandeja import contar_por_filtro, listar_ultimos_mensajes
from sql.modelos.base import NoEncontrado
from sql.modelos.citas import listar_citados
from sql.modelos.contactos import Contacto
from sql.modelos.conversaciones import Conversacion, Hilo, listar_hilos, obtener_conversacion, obtener_hilo
from sql.modelos.mensajes import Mensaje, listar_mensajes, listar_mensajes_desde, obtener_mensaje
from sql.modelos.plantillas import listar_plantillas_usadas
from sql.modelos.recibos import Recibo, buscar_recibo
from sql.modelos.usuarios import listar_nombres_de_equipo, todas_las_noras_nombres_de_usuarios

POR_PAGINA = 30
MENSAJES_POR_PAGINA = 40
MAXIMO_DE_NUEVOS = 200
"""Lo más que se pone al día de una vez; si falta más, la página se pide entera."""
MARGEN_DE_RECONEXION = dt.timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Bandeja:
    """Una página de la lista y cuántas conversaciones hay en cada filtro."""

    filas: list[Fila]
    cuentas: dict[str, int]
    siguiente: tuple[dt.datetime, int] | None
    """Dónde sigue la lista; None si ya está entera."""


@dataclass(frozen=True, slots=True)
class Estado:
    """Quién atiende un hilo y si ahora se le puede escribir."""

    conversacion: Conversacion
    contacto_id: int
    contacto: Contacto
    nombre: str
    telefono: str | None
    ventana: Ventana
    responde_ia: bool
    ia_posible: bool
    """Si devolverlo a la IA serviría de algo: módulo encendido y persona con la IA activa."""
    atiende: str
    """Nombre de quien lo tomó; vacío si nadie."""
    es_mia: bool
    bloqueo: str
    """Por qué no se puede escribir ahora; vacío si se puede."""


@dataclass(frozen=True, slots=True)
class Conversado:
    """Un hilo abierto: su estado y sus burbujas."""

    estado: Estado
    burbujas: list[Burbuja]
    hay_anteriores: bool


@dataclass(frozen=True, slots=True)
class PuestaAlDia:
    """Lo que cambió en un hilo desde que se pintó."""

    burbujas: list[Burbuja]
    hay_mas: bool


def leer_bandeja(
    paso: Paso, *, texto: str, solo: str, antes_de: tuple[dt.datetime, int] | None, limite: int, ahora: dt.datetime
) -> Bandeja:
    """Una página de conversaciones por último mensaje, con las cuentas de cada filtro."""
    with transaccion(paso.nombre_nora):
        hilos = listar_hilos(paso.nombre_nora, texto=texto, solo=solo, antes_de=antes_de, limite=limite + 1)
        ultimos = listar_ultimos_mensajes(paso.nombre_nora, [h.conversacion.id for h in hilos[:limite]])
        cuentas = contar_por_filtro(paso.nombre_nora, texto)
    filas = armar_filas(hilos[:limite], ultimos, yo=paso.usuario_id, modulos=paso.modulos, ahora=ahora)
    ultima = hilos[limite - 1].contacto if len(hilos) > limite else None
    siguiente = (ultima.ultimo_mensaje, ultima.id) if ultima is not None and ultima.ultimo_mensaje is not None else None
    return Bandeja(filas, cuentas, siguiente)


def leer_hilo(paso: Paso, conversacion_id: int, *, antes_de: int | None, zona: str, ahora: dt.datetime) -> Conversado:
    """El estado de un hilo y su última página de mensajes (o la anterior a `antes_de`).

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    with transaccion(paso.nombre_nora):
        hilo = obtener_hilo(paso.nombre_nora, conversacion_id)
        mensajes = listar_mensajes(paso.nombre_nora, conversacion_id, antes_de=antes_de, limite=MENSAJES_POR_PAGINA + 1)
    visibles = mensajes[-MENSAJES_POR_PAGINA:]
    nombres = _nombres(paso, visibles, hilo.conversacion.atendida_por)
    sin_leer = 0 if antes_de else hilo.conversacion.sin_leer
    burbujas = _pintar(paso, visibles, nombres=nombres, zona=zona, ahora=ahora, sin_leer=sin_leer)
    return Conversado(_estado(paso, hilo, nombres, ahora), burbujas, len(mensajes) > MENSAJES_POR_PAGINA)


def leer_estado(paso: Paso, conversacion_id: int, ahora: dt.datetime) -> Estado:
    """Quién atiende y si se puede escribir.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    hilo = obtener_hilo(paso.nombre_nora, conversacion_id)
    return _estado(paso, hilo, _nombres(paso, [], hilo.conversacion.atendida_por), ahora)


def leer_nuevos(
    paso: Paso,
    conversacion_id: int,
    *,
    desde: int,
    primero: int | None,
    cambiado_desde: dt.datetime | None,
    zona: str,
    ahora: dt.datetime,
) -> PuestaAlDia:
    """Los mensajes posteriores a `desde` y, de los ya pintados (desde `primero`), los que cambiaron de estado después.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
    """
    with transaccion(paso.nombre_nora):
        obtener_conversacion(paso.nombre_nora, conversacion_id)
        nuevos = listar_mensajes_desde(paso.nombre_nora, conversacion_id, desde, limite=MAXIMO_DE_NUEVOS)
        previos = listar_mensajes(paso.nombre_nora, conversacion_id, antes_de=desde + 1, limite=1)
        cambiados: list[Mensaje] = []
        if primero is not None and cambiado_desde is not None:
            corte = cambiado_desde - MARGEN_DE_RECONEXION
            pintados = listar_mensajes_desde(paso.nombre_nora, conversacion_id, primero - 1, limite=MAXIMO_DE_NUEVOS)
            bajados = listar_con_archivo_cambiado(paso.nombre_nora, [m.id for m in pintados if m.clase in CON_ARCHIVO], corte)
            cambiados = [m for m in pintados if m.id <= desde and (m.id in bajados or (m.tipo != "usuario" and m.cambiado_en >= corte))]
    nombres = _nombres(paso, cambiados + nuevos, None)
    ya_pintados = [_sin_separador(b) for b in _pintar(paso, cambiados, nombres=nombres, zona=zona, ahora=ahora)]
    anterior = previos[0] if previos else None
    burbujas = _pintar(paso, nuevos, nombres=nombres, zona=zona, ahora=ahora, anterior=anterior)
    return PuestaAlDia(ya_pintados + burbujas, len(nuevos) == MAXIMO_DE_NUEVOS)


def leer_mensaje(paso: Paso, conversacion_id: int, mensaje_id: int, *, zona: str, ahora: dt.datetime) -> Burbuja:
    """Un mensaje suelto, para repintarlo donde ya estaba.

    Raises:
        NoEncontrado: si no existe, o es de otro hilo o de otra Nora.
    """
    mensaje = obtener_mensaje_del_hilo(paso.nombre_nora, conversacion_id, mensaje_id)
    nombres = _nombres(paso, [mensaje], None)
    return _sin_separador(_pintar(paso, [mensaje], nombres=nombres, zona=zona, ahora=ahora)[0])


def leer_recibo(paso: Paso, conversacion_id: int, mensaje_id: int) -> tuple[Mensaje, Recibo | None]:
    """Un mensaje y de dónde salió; sin recibo si no lo escribió la IA.

    Raises:
        NoEncontrado: si no existe, o es de otro hilo o de otra Nora.
    """
    mensaje = obtener_mensaje_del_hilo(paso.nombre_nora, conversacion_id, mensaje_id)
    return mensaje, buscar_recibo(paso.nombre_nora, mensaje_id)


def obtener_mensaje_del_hilo(nombre_nora: str, conversacion_id: int, mensaje_id: int) -> Mensaje:
    """Ese mensaje, si es de ese hilo.

    Raises:
        NoEncontrado: si no existe, o es de otro hilo o de otra Nora.
    """
    mensaje = obtener_mensaje(nombre_nora, mensaje_id)
    if mensaje.conversacion_id != conversacion_id:
        raise NoEncontrado(f"El mensaje {mensaje_id} no es de la conversación {conversacion_id}")
    return mensaje


def _estado(paso: Paso, hilo: Hilo, nombres: dict[int, str], ahora: dt.datetime) -> Estado:
    conversacion, contacto = hilo.conversacion, hilo.contacto
    ventana = ventana_de(conversacion.ventana_hasta, ahora)
    return Estado(
        conversacion=conversacion,
        contacto_id=contacto.id,
        contacto=contacto,
        nombre=nombre_de(contacto),
        telefono=contacto.telefono if contacto.nombre else None,
        ventana=ventana,
        responde_ia=responde_ia(conversacion, contacto, paso.modulos),
        ia_posible="ia" in paso.modulos and contacto.ia_activa,
        atiende=nombres.get(conversacion.atendida_por or 0, "") if conversacion.modo == "persona" else "",
        es_mia=conversacion.modo == "persona" and conversacion.atendida_por == paso.usuario_id,
        bloqueo=motivo_de_bloqueo(paso.puede_escribir, conversacion.direccion, ventana),
    )


def _pintar(paso: Paso, mensajes: list[Mensaje], **resto: Any) -> list[Burbuja]:
    """Las burbujas de esos mensajes, con sus archivos, lo que citan y su plantilla; lo que no llevan no se pregunta."""
    con_archivo = [m.id for m in mensajes if m.clase in CON_ARCHIVO]
    sids = {m.cita_sid for m in mensajes if m.cita_sid}
    citados = listar_citados(paso.nombre_nora, mensajes[0].conversacion_id or 0, sids) if sids else {}
    archivos = listar_archivos_de(paso.nombre_nora, con_archivo)
    plantillas = listar_plantillas_usadas(paso.nombre_nora, {m.plantilla_id for m in mensajes if m.plantilla_id})
    return armar(mensajes, yo=paso.usuario_id, archivos=archivos, citados=citados, plantillas=plantillas, **resto)


def _nombres(paso: Paso, mensajes: list[Mensaje], atiende: int | None) -> dict[int, str]:
    """Los nombres que hacen falta para firmar; si todo es de quien mira, ni se preguntan."""
    ids = {m.autor_id for m in mensajes if m.autor_id} | ({atiende} if atiende else set())
    if not ids - {paso.usuario_id}:
        return {paso.usuario_id: "Tú"}
    del_equipo = listar_nombres_de_equipo(paso.nombre_nora)
    fuera = [i for i in ids if i not in del_equipo]
    de_la_agencia = todas_las_noras_nombres_de_usuarios(fuera) if fuera else {}
    return del_equipo | {i: f"{nombre} (agencia)" for i, nombre in de_la_agencia.items()}


def _sin_separador(burbuja: Burbuja) -> Burbuja:
    return replace(burbuja, separador="")
