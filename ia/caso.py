"""Lo que hace falta leer de la base para pensar una respuesta: el negocio, lo pendiente y el historial del caso actual."""

from __future__ import annotations

from dataclasses import dataclass

from ia.instrucciones import Negocio, Turno
from sql.conexion import transaccion
from sql.modelos.conversaciones import Conversacion, obtener_hilo
from sql.modelos.mensajes import Mensaje, hay_respuestas, listar_entrantes_pendientes, listar_mensajes
from sql.modelos.noras import Nora, obtener_nora

MENSAJES_DEL_CASO = 60
PENDIENTES_MAXIMOS = 200
CARACTERES_PENDIENTES = 12_000
"""De quien escribe sin parar se piensa lo último: unas diez pantallas de teléfono."""

_NO_LLEGARON = frozenset({"fallido", "cancelado"})
_DE_TEXTO = frozenset({"texto", "boton", "lista", "formulario"})
_NO_SE_CONTESTAN = frozenset({"permiso_llamada"})
"""Lo que WhatsApp apunta en el hilo y nadie dijo: ni se responde ni se le enseña al modelo."""
_SIN_TEXTO = {"sticker": "[mandó un sticker]", "ubicacion": "[mandó su ubicación]", "contacto": "[mandó un contacto]"}


@dataclass(frozen=True, slots=True)
class Caso:
    """Un hilo tal como hay que pensarlo. `historial` es lo dicho antes de lo pendiente, sólo de este caso."""

    negocio: Negocio
    zona_horaria: str
    puede_la_ia: bool
    textos: tuple[str, ...]
    medios_sin_texto: tuple[str, ...]
    historial: tuple[Turno, ...]
    hay_que_saludar: bool


def leer_caso(nombre_nora: str, conversacion_id: int) -> Caso:
    """Lee el caso en una transacción corta, que se cierra antes de pensar.

    Raises:
        NoEncontrado: si la Nora o el hilo no existen.
    """
    with transaccion(nombre_nora):
        hilo = obtener_hilo(nombre_nora, conversacion_id)
        nora = obtener_nora(nombre_nora)
        pendientes = listar_entrantes_pendientes(
            nombre_nora, conversacion_id, hilo.conversacion.atendido_hasta_id, limite=PENDIENTES_MAXIMOS
        )
        pendientes = [m for m in pendientes if m.clase not in _NO_SE_CONTESTAN]
        recientes = listar_mensajes(nombre_nora, conversacion_id, limite=MENSAJES_DEL_CASO)
        respondida_alguna_vez = hay_respuestas(nombre_nora, conversacion_id)
    antes = _antes_de_lo_pendiente(hilo.conversacion, recientes, {m.id for m in pendientes})
    return Caso(
        negocio=Negocio(nombre_nora, nora.titulo, nora.personalidad or "", nora.instrucciones or ""),
        zona_horaria=nora.zona_horaria,
        puede_la_ia=hilo.conversacion.modo == "ia" and hilo.contacto.ia_activa,
        textos=_los_ultimos_que_caben([m.mensaje.strip() for m in pendientes if m.mensaje.strip()]),
        medios_sin_texto=tuple(m.clase for m in pendientes if not m.mensaje.strip()),
        historial=tuple(Turno("persona" if m.tipo == "usuario" else "negocio", _texto(m)) for m in antes),
        hay_que_saludar=_hay_que_saludar(nora, antes, respondida_alguna_vez),
    )


def _los_ultimos_que_caben(textos: list[str]) -> tuple[str, ...]:
    caben: list[str] = []
    libres = CARACTERES_PENDIENTES
    for texto in reversed(textos):
        libres -= len(texto)
        if libres < 0 and caben:
            break
        caben.append(texto[-CARACTERES_PENDIENTES:])
    return tuple(reversed(caben))


def _antes_de_lo_pendiente(conversacion: Conversacion, recientes: list[Mensaje], pendientes: set[int]) -> list[Mensaje]:
    return [
        m
        for m in recientes
        if m.id not in pendientes
        and (conversacion.caso_desde is None or m.fecha_hora >= conversacion.caso_desde)
        and m.estado not in _NO_LLEGARON
        and m.clase not in _NO_SE_CONTESTAN
    ]


def _hay_que_saludar(nora: Nora, antes: list[Mensaje], respondida_alguna_vez: bool) -> bool:
    """En la primera respuesta de cada caso, salvo en la primera de todas si hay bienvenida, que ya saluda."""
    if any(m.tipo == "respuesta" for m in antes):
        return False
    return respondida_alguna_vez or not (nora.mensaje_bienvenida or "").strip()


def _texto(mensaje: Mensaje) -> str:
    if mensaje.mensaje.strip() or mensaje.clase in _DE_TEXTO:
        return mensaje.mensaje.strip()
    return _SIN_TEXTO.get(mensaje.clase, f"[mandó {mensaje.clase}]")
