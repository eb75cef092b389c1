"""Lo que hace el teléfono del simulador: escribir, leer, repetir y falsificar, siempre por la puerta de verdad."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from clientes.simulador.muestras import MUESTRAS
from clientes.simulador.personajes import Personaje, inventar_cifras
from clientes.simulador.recado import Recado
from clientes.simulador.sucesos import Suceso, contar_sucesos
from clientes.simulador.telefono import CON_ARCHIVO, Burbuja, burbujas_de, esta_escribiendo, quien_responde
from registro import archivos
from registro.telefonos import clave_canonica
from sql.modelos.archivos import Archivo, listar_archivos_de, obtener_archivo
from sql.modelos.base import NoEncontrado
from sql.modelos.contactos import buscar_contacto_por_identidad
from sql.modelos.conversaciones import Hilo, buscar_hilo_de_contacto
from sql.modelos.mensajes import listar_mensajes, obtener_mensaje
from sql.modelos.noras import Nora
from sql.modelos.plantillas import listar_plantillas_usadas
from sql.modelos.recibos import listar_recibos
from sql.modelos.usuarios import listar_nombres_de_equipo
from sql.modelos.webhooks import listar_webhooks_de_persona
from webhook import canal

MENSAJES_A_LA_VISTA = 60
MEMORIA = dt.timedelta(hours=24)
"""Hasta cuándo mira atrás «Qué pasó»."""
_INTENTOS_DE_NUMERO = 20
VALE_SEGUNDOS = 4 * 3600
"""Lo que dura el enlace a una muestra; el de Twilio dura lo mismo."""


class SinNumero(Exception):
    """Esta Nora no tiene número: no hay adónde escribirle."""


@dataclass(frozen=True, slots=True)
class Pantalla:
    """El teléfono tal como está ahora."""

    conversacion_id: int | None
    burbujas: list[Burbuja]
    escribiendo: bool
    quien_responde: str


@dataclass(frozen=True, slots=True)
class Resultado:
    """En qué acabó algo que se mandó a /webhook: el código HTTP y lo que significa."""

    http: int | None
    salio_como_debia: bool
    texto: str


def mirar_telefono(nombre_nora: str, personaje: Personaje, modulos: frozenset[str]) -> Pantalla:
    """Lo que se ve ahora en el teléfono de esa persona."""
    hilo = _hilo_de(nombre_nora, personaje)
    mensajes = listar_mensajes(nombre_nora, hilo.conversacion.id, limite=MENSAJES_A_LA_VISTA) if hilo else []
    equipo = listar_nombres_de_equipo(nombre_nora) if hilo and hilo.conversacion.atendida_por else {}
    return Pantalla(
        hilo.conversacion.id if hilo else None,
        burbujas_de(
            mensajes,
            listar_archivos_de(nombre_nora, [m.id for m in mensajes if m.clase in CON_ARCHIVO]),
            listar_plantillas_usadas(nombre_nora, {m.plantilla_id for m in mensajes if m.plantilla_id}),
        ),
        esta_escribiendo(hilo, mensajes, modulos),
        quien_responde(hilo, modulos, equipo),
    )


def listar_sucesos(nombre_nora: str, personaje: Personaje, ahora: dt.datetime) -> list[Suceso]:
    """Lo que pasó con esa persona en las últimas 24 horas, de lo más nuevo a lo más viejo."""
    desde = ahora - MEMORIA
    hilo = _hilo_de(nombre_nora, personaje)
    mensajes = listar_mensajes(nombre_nora, hilo.conversacion.id, limite=MENSAJES_A_LA_VISTA) if hilo else []
    recibos = listar_recibos(nombre_nora, [m.id for m in mensajes if m.origen == "ia" and m.fecha_hora >= desde])
    return contar_sucesos(listar_webhooks_de_persona(nombre_nora, personaje.direccion, desde=desde), recibos)


def _hilo_de(nombre_nora: str, personaje: Personaje) -> Hilo | None:
    contacto = buscar_contacto_por_identidad(nombre_nora, "telefono", clave_canonica(personaje.telefono))
    return buscar_hilo_de_contacto(nombre_nora, contacto.id) if contacto else None


def inventar_personaje(nombre_nora: str) -> str:
    """Las cifras de un número de ficción que no haya escrito antes a esa Nora (si quedan)."""
    cifras = inventar_cifras(secrets.randbelow)
    for _ in range(_INTENTOS_DE_NUMERO):
        if buscar_contacto_por_identidad(nombre_nora, "telefono", f"+{cifras}") is None:
            break
        cifras = inventar_cifras(secrets.randbelow)
    return cifras


def escribir(nora: Nora, personaje: Personaje, recado: Recado) -> Resultado:
    """Esa persona manda un mensaje a la Nora.

    Raises:
        SinNumero: si la Nora no tiene número.
    """
    numero = _numero_de(nora)
    extra = recado.extra | (_adjuntar(nora.nombre_nora, recado.muestra) if recado.muestra else {})
    http = _contestacion(
        lambda: canal.escribir_como_persona(
            numero_nora=numero, telefono=personaje.telefono, nombre=personaje.nombre, texto=recado.texto, extra=extra
        )
    )
    return Resultado(http, http == 200, "" if http == 200 else _no_entro(http))


def _adjuntar(nombre_nora: str, clave: str) -> dict[str, str]:
    """Deja la muestra en el almacén, como Twilio deja la suya en su servidor, y la anuncia como él.

    Nadie más conoce esa copia: el barrido nocturno la quita.
    """
    muestra = MUESTRAS[clave]
    ruta = archivos.ruta_nueva(nombre_nora, muestra.tipo)
    archivos.guardar(ruta, muestra.hacer(), muestra.tipo)
    return {
        "NumMedia": "1",
        "MessageType": muestra.message_type,
        "MediaUrl0": archivos.url_firmada(ruta, VALE_SEGUNDOS, tipo=muestra.tipo),
        "MediaContentType0": muestra.tipo,
    }


def obtener_archivo_del_telefono(nombre_nora: str, personaje: Personaje, archivo_id: int) -> Archivo:
    """Un archivo de lo que se ve en ese teléfono.

    Raises:
        NoEncontrado: si no existe, o es de otra persona o de otra Nora.
    """
    archivo, hilo = obtener_archivo(nombre_nora, archivo_id), _hilo_de(nombre_nora, personaje)
    if hilo is None or not archivo.mensaje_id or not archivo.ruta:
        raise NoEncontrado("No existe ese archivo")
    if obtener_mensaje(nombre_nora, archivo.mensaje_id).conversacion_id != hilo.conversacion.id:
        raise NoEncontrado("No existe ese archivo")
    return archivo


def leer(nombre_nora: str, sids: list[str]) -> int:
    """Esa persona vio esos mensajes: cuántos existían y quedaron avisados como leídos."""
    try:
        return sum(canal.leer_como_persona(nombre_nora, sid) for sid in sids)
    except canal.ERRORES_DEL_SIMULADO:
        return 0  # como un aviso perdido de Twilio: el mensaje se queda en entregado


def repetir(nombre_nora: str, personaje: Personaje) -> Resultado:
    """Twilio manda dos veces lo mismo: debe contestarse 200 y no añadirse nada."""
    antes = _ultimo_entrante(nombre_nora, personaje)
    http = _contestacion(lambda: canal.repetir_como_persona(nombre_nora, personaje.telefono))
    if http is None:
        return Resultado(None, False, "Aún no hay nada que repetir: escribe algo primero.")
    if http != 200:
        return Resultado(http, False, _no_entro(http))
    if _ultimo_entrante(nombre_nora, personaje) != antes:
        return Resultado(http, False, "Se añadió un mensaje y no debía añadirse ninguno.")
    return Resultado(http, True, "El mismo mensaje llegó otra vez y no se duplicó.")


def falsificar(nora: Nora, personaje: Personaje) -> Resultado:
    """Alguien sin el token escribe en nombre de esa persona: debe contestarse 403 y no guardarse nada.

    Raises:
        SinNumero: si la Nora no tiene número.
    """
    numero, antes = _numero_de(nora), _ultimo_entrante(nora.nombre_nora, personaje)
    http = _contestacion(
        lambda: canal.escribir_con_firma_falsa(
            numero_nora=numero, telefono=personaje.telefono, nombre=personaje.nombre, texto="Este mensaje no debe entrar"
        )
    )
    if http == 403 and _ultimo_entrante(nora.nombre_nora, personaje) == antes:
        return Resultado(http, True, "El mensaje no venía de WhatsApp: se rechazó y no se guardó nada.")
    return Resultado(http, False, f"Se esperaba un 403 sin guardar nada y /webhook contestó {http or 'con silencio'}.")


def _ultimo_entrante(nombre_nora: str, personaje: Personaje) -> int | None:
    hilo = _hilo_de(nombre_nora, personaje)
    return hilo.conversacion.ultimo_entrante_id if hilo else None


def _numero_de(nora: Nora) -> str:
    if not nora.numero_nora:
        raise SinNumero(nora.nombre_nora)
    return nora.numero_nora


def _contestacion(pedir: Callable[[], int | None]) -> int | None:
    """El código HTTP con que contestó /webhook; 0 si nuestra propia dirección no contestó."""
    try:
        return pedir()
    except canal.ERRORES_DEL_SIMULADO:
        return 0


def _no_entro(http: int | None) -> str:
    return f"El mensaje no entró: /webhook contestó {http}." if http else "El mensaje no entró: nuestra propia dirección no contesta."
