"""Lo que se ve en el teléfono de la persona: lo que ella escribió y lo que de verdad le llegó. Puro."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registro.tipos_de_archivo import SE_ABREN_DENTRO
from sql.modelos.archivos import Archivo
from sql.modelos.conversaciones import Hilo
from sql.modelos.mensajes import Mensaje
from sql.modelos.plantillas import Plantilla
from webhook.canal import texto_de_plantilla

HAN_LLEGADO = frozenset({"enviado", "entregado", "leido"})
EN_CAMINO = frozenset({"listo", "enviando"})
_SIN_TEXTO = {
    "imagen": ("photo", "Foto"),
    "audio": ("microphone", "Audio"),
    "video": ("video", "Video"),
    "documento": ("file-text", "Documento"),
    "contacto": ("address-book", "Contacto"),
    "sticker": ("sticker", "Sticker"),
}
CON_ARCHIVO = frozenset(_SIN_TEXTO)
"""Las clases de mensaje que llevan un archivo."""


@dataclass(frozen=True, slots=True)
class Burbuja:
    """Un mensaje en la pantalla del teléfono."""

    id: int
    es_mia: bool
    """La escribió la dueña del teléfono."""
    texto: str
    icono: str
    titulo: str
    """Con `icono`, qué es lo que no es texto; vacíos si es sólo texto."""
    fecha_hora: dt.datetime
    archivo_id: int
    """El archivo que ya se puede ver; 0 si no hay o aún no llegó."""
    figura: str
    """Cómo se ve ese archivo: imagen, audio, video o documento."""
    por_leer: str
    """El SID que falta avisar como leído; vacío si no hay nada que avisar."""
    botones: tuple[str, ...] = ()
    """Lo que dicen los botones de la plantilla."""


def burbujas_de(
    mensajes: Sequence[Mensaje],
    archivos: Mapping[int, Sequence[Archivo]] | None = None,
    plantillas: Mapping[int, Plantilla] | None = None,
) -> list[Burbuja]:
    """Lo que se ve en el teléfono: lo que salió de él y lo que le llegó; lo que sigue en camino o falló, no."""
    suyos, usadas = archivos or {}, plantillas or {}
    return [
        _burbuja(m, suyos.get(m.id, ()), usadas.get(m.plantilla_id or 0))
        for m in mensajes
        if m.tipo == "usuario" or m.estado in HAN_LLEGADO
    ]


def _burbuja(mensaje: Mensaje, archivos: Sequence[Archivo], plantilla: Plantilla | None) -> Burbuja:
    icono, titulo = _SIN_TEXTO.get(mensaje.clase, ("", ""))
    if mensaje.clase == "ubicacion":
        icono, titulo = "map-pin", str((mensaje.adjuntos or [{}])[0].get("etiqueta") or "Ubicación")
    listo = next((archivo for archivo in archivos if archivo.estado == "listo"), None)
    es_mia = mensaje.tipo == "usuario"
    falta_leer = not es_mia and mensaje.estado != "leido"
    return Burbuja(
        mensaje.id,
        es_mia,
        mensaje.mensaje,
        icono,
        (listo.nombre if listo else None) or titulo,
        mensaje.fecha_hora,
        listo.id if listo else 0,
        _figura(listo.tipo or "") if listo else "",
        (mensaje.message_sid or "") if falta_leer else "",
        tuple(boton.titulo for boton in texto_de_plantilla.botones_de(plantilla.contenido)) if plantilla else (),
    )


def _figura(tipo: str) -> str:
    if tipo not in SE_ABREN_DENTRO:
        return "documento"
    return {"image": "imagen", "audio": "audio", "video": "video"}.get(tipo.partition("/")[0], "documento")


def esta_escribiendo(hilo: Hilo | None, mensajes: Sequence[Mensaje], modulos: frozenset[str]) -> bool:
    """Si la IA debe algo a esta persona: aún no atendió lo último que llegó, o ya respondió y el mensaje va de camino."""
    if hilo is None or hilo.conversacion.modo != "ia" or not hilo.contacto.ia_activa or "ia" not in modulos:
        return False
    de_camino = bool(mensajes) and mensajes[-1].tipo == "respuesta" and mensajes[-1].estado in EN_CAMINO
    return hilo.conversacion.atender_en is not None or de_camino


def quien_responde(hilo: Hilo | None, modulos: frozenset[str], equipo: dict[int, str]) -> str:
    """En una frase, quién contestará a lo próximo que se escriba."""
    if "ia" not in modulos:
        return "La IA está apagada en esta Nora: responde el equipo desde el panel."
    if hilo is None:
        return "Responde la IA. Aún no hay ningún mensaje."
    if not hilo.contacto.ia_activa:
        return "La IA está apagada para esta persona: responde el equipo desde el panel."
    if hilo.conversacion.modo == "ia":
        return "Responde la IA."
    if hilo.conversacion.necesita_persona:
        return "Espera a una persona: la IA ya no responde."
    quien = equipo.get(hilo.conversacion.atendida_por or 0)
    return f"La atiende {quien}: la IA no responde." if quien else "La atiende una persona: la IA no responde."
