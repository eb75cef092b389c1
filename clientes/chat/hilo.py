"""De las filas del historial a lo que se pinta: días, divisor de no leídos, grupos, voces y palomitas. Puro."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from clientes.chat.adjuntos import Adjunto, describir
from clientes.chat.contexto import Cita, Referido, citar, leer_referido
from clientes.chat.formato import dar_formato
from registro.pantalla import dia
from sql.modelos.archivos import Archivo
from sql.modelos.mensajes import Mensaje
from sql.modelos.plantillas import Plantilla
from webhook.canal import texto_de_plantilla

ELLA, IA, EQUIPO = "ella", "ia", "equipo"
"""Quién habla en una burbuja: la persona de fuera, la IA o alguien del equipo."""

ESTADOS = {
    "listo": "en espera de salir",
    "enviando": "enviándose",
    "por_confirmar": "por confirmar: WhatsApp aún no contesta si lo aceptó",
    "enviado": "enviado",
    "entregado": "entregado",
    "leido": "leído",
    "fallido": "no se envió",
    "cancelado": "cancelado",
}
"""Cómo va un mensaje nuestro, en palabras."""


@dataclass(frozen=True, slots=True)
class Burbuja:
    """Un mensaje listo para pintar."""

    id: int
    clave: str
    voz: str
    quien: str
    texto: Markup
    adjuntos: tuple[Adjunto, ...]
    momento: dt.datetime
    estado: str
    estado_en_palabras: str
    """Vacío si el mensaje es de la persona: no lleva palomita."""
    motivo: str
    codigo: str
    agrupada: bool
    """Sigue a otra de la misma voz en el mismo minuto: sin pico ni nombre."""
    fecha: str
    """Día del mensaje en la zona de la Nora, «2026-11-23»."""
    separador: str
    """«Hoy», «Ayer»… si con ella empieza un día."""
    no_leidos: int
    """Cuántos mensajes sin leer empiezan en ella; 0 si no va el divisor."""
    tiene_recibo: bool
    reenviado: bool
    cita: Cita | None
    """El mensaje al que responde, si es de este hilo."""
    referido: Referido | None
    """El anuncio por el que llegó."""
    es_plantilla: bool
    botones: tuple[texto_de_plantilla.Boton, ...]
    """Los de la plantilla, como los ve la persona."""


def armar(
    mensajes: list[Mensaje],
    *,
    nombres: Mapping[int, str],
    yo: int,
    zona: str,
    ahora: dt.datetime,
    anterior: Mensaje | None = None,
    sin_leer: int = 0,
    archivos: Mapping[int, Sequence[Archivo]] | None = None,
    citados: Mapping[str, Mensaje] | None = None,
    plantillas: Mapping[int, Plantilla] | None = None,
) -> list[Burbuja]:
    """Las burbujas de esos mensajes, en orden.

    Args:
        nombres: cómo se llama cada usuario del equipo, por su id.
        yo: usuario que mira; lo suyo se firma «Tú».
        anterior: el mensaje que va justo antes, ya pintado, para no repetir su día.
        sin_leer: cuántos mensajes de la persona, desde el final, no se han visto.
        archivos: los de cada mensaje, por su id.
        citados: los mensajes a los que responden otros, por su MessageSid.
        plantillas: aquellas con las que se enviaron, por su id.
    """
    divisor = _primero_sin_leer(mensajes, sin_leer)
    burbujas = []
    for mensaje in mensajes:
        fecha = _fecha(mensaje, zona)
        cambia_el_dia = anterior is None or _fecha(anterior, zona) != fecha
        voz = voz_de(mensaje)
        burbujas.append(
            Burbuja(
                id=mensaje.id,
                clave=mensaje.clave_cliente or "",
                voz=voz,
                quien=_firma(mensaje, voz, nombres, yo),
                texto=dar_formato(mensaje.mensaje),
                adjuntos=tuple(describir(mensaje.clase, mensaje.adjuntos, (archivos or {}).get(mensaje.id, ()))),
                momento=mensaje.fecha_hora,
                estado=mensaje.estado,
                estado_en_palabras="" if voz == ELLA else ESTADOS.get(mensaje.estado, ""),
                motivo=mensaje.motivo_error or "",
                codigo=mensaje.codigo_error or "",
                agrupada=not cambia_el_dia and mensaje.id != divisor and _van_juntos(anterior, mensaje),
                fecha=fecha,
                separador=dia(mensaje.fecha_hora, zona, ahora) if cambia_el_dia else "",
                no_leidos=sin_leer if mensaje.id == divisor else 0,
                tiene_recibo=mensaje.origen == "ia",
                reenviado=mensaje.reenviado,
                cita=citar((citados or {}).get(mensaje.cita_sid or "")),
                referido=leer_referido(mensaje.referido),
                es_plantilla=bool(mensaje.plantilla_id),
                botones=_botones((plantillas or {}).get(mensaje.plantilla_id or 0)),
            )
        )
        anterior = mensaje
    return burbujas


def voz_de(mensaje: Mensaje) -> str:
    """Quién habla en ese mensaje."""
    if mensaje.tipo == "usuario":
        return ELLA
    return IA if mensaje.origen in {"ia", "bienvenida", "automatico"} else EQUIPO


def firma_de_ia(mensaje: Mensaje) -> str:
    """Cómo se firma lo que no escribió una persona: lo de la IA no es lo mismo que un aviso automático."""
    return {"bienvenida": "Bienvenida", "automatico": "Automático"}.get(mensaje.origen, "IA")


def _firma(mensaje: Mensaje, voz: str, nombres: Mapping[int, str], yo: int) -> str:
    if voz == ELLA:
        return ""
    if voz == IA:
        return firma_de_ia(mensaje)
    if mensaje.autor_id is None:
        return "Equipo"
    return "Tú" if mensaje.autor_id == yo else nombres.get(mensaje.autor_id, "Agencia")


def _botones(plantilla: Plantilla | None) -> tuple[texto_de_plantilla.Boton, ...]:
    return tuple(texto_de_plantilla.botones_de(plantilla.contenido)) if plantilla else ()


def _primero_sin_leer(mensajes: list[Mensaje], sin_leer: int) -> int | None:
    """El id del mensaje delante del cual va el divisor, o None si no hay nada sin leer."""
    entrantes = [m.id for m in mensajes if m.tipo == "usuario"]
    return entrantes[-min(sin_leer, len(entrantes))] if sin_leer > 0 and entrantes else None


def _fecha(mensaje: Mensaje, zona: str) -> str:
    return mensaje.fecha_hora.astimezone(ZoneInfo(zona)).date().isoformat()


def _van_juntos(anterior: Mensaje | None, mensaje: Mensaje) -> bool:
    """Misma voz, mismo autor, mismo minuto; uno que falló rompe el grupo."""
    if anterior is None or "fallido" in (anterior.estado, mensaje.estado):
        return False
    misma_voz = (anterior.tipo, anterior.origen, anterior.autor_id) == (mensaje.tipo, mensaje.origen, mensaje.autor_id)
    return misma_voz and abs(mensaje.fecha_hora - anterior.fecha_hora) < dt.timedelta(minutes=1)
