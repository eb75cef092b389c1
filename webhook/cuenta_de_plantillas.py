"""Con qué cuenta de WhatsApp se tratan las plantillas de una Nora, cuáles de esa cuenta son suyas y qué se dice si algo falla."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from registro.config import vigentes
from sql.modelos.noras import todas_las_noras_listar
from sql.modelos.plantillas import Vista
from sql.modelos.remitentes import buscar_remitente
from webhook.cliente_twilio import Incierto, NoAceptado, Rechazado
from webhook.contenido import ClienteDeContenido, ContenidoDeTwilio
from webhook.contenido_simulado import ContenidoSimulado
from webhook.credenciales import buscar_credencial
from webhook.texto_de_plantilla import Problema

T = TypeVar("T")

MOTIVOS = {
    "20001": "Twilio no aceptó el contenido. Revisa el texto, los ejemplos y los botones.",
    "20404": "Twilio ya no tiene esa plantilla. Sincroniza para ver las que quedan.",
    "20422": "Twilio no aceptó el contenido. Revisa el texto, los ejemplos y los botones.",
    "20409": "En Twilio ya hay una petición con ese nombre. El de una plantilla rechazada no se puede repetir: ponle otro.",
    "400": "Twilio no aceptó el contenido. Revisa el texto, los ejemplos y los botones.",
    "409": "En Twilio ya hay una petición con ese nombre. El de una plantilla rechazada no se puede repetir: ponle otro.",
}
"""Lo que un código significa cuando se habla de plantillas y no de mensajes."""


class NoSePudo(ValueError):
    """Lo pedido con una plantilla no se hizo; el texto dice por qué y qué hacer, para enseñarlo tal cual."""


class ConProblemas(NoSePudo):
    """Lo escrito no cumple las reglas de WhatsApp; van todas en `problemas`."""

    def __init__(self, problemas: list[Problema]) -> None:
        super().__init__(" ".join(problema.frase for problema in problemas))
        self.problemas = problemas


@dataclass(frozen=True, slots=True)
class Conexion:
    """Con quién se habla de las plantillas de una Nora."""

    cliente: ClienteDeContenido
    compartida: str = ""
    """La cuenta, si es la de la instalación y hay que repartir lo que tiene entre varias Noras."""
    simulada: bool = False


def conexion_de(nombre_nora: str) -> Conexion | None:
    """La cuenta propia, la de la instalación o, en modo demo y sin ninguna, el WhatsApp simulado; None si no hay con qué."""
    ajustes, fila = vigentes(), buscar_remitente(nombre_nora)
    credencial = buscar_credencial(nombre_nora, None)
    if credencial is not None:
        comun = credencial.cuenta == ajustes.twilio_cuenta
        return Conexion(ContenidoDeTwilio(credencial), credencial.cuenta if comun else "")
    if ajustes.demo and not ajustes.twilio_conectado and not (fila and fila.cuenta):
        return Conexion(ContenidoSimulado(), simulada=True)
    return None


def exigir(nombre_nora: str) -> Conexion:
    """Lo mismo, pero sin ella no se sigue.

    Raises:
        NoSePudo: si no hay con qué hablar con Twilio.
    """
    conexion = conexion_de(nombre_nora)
    if conexion is None:
        raise NoSePudo("WhatsApp no está conectado: faltan las credenciales de Twilio. La agencia las pone en Administración › Noras.")
    return conexion


def prefijo_de(nombre_nora: str) -> str:
    """Con lo que empieza el nombre de lo que se crea para esa Nora; Meta no admite guiones en él."""
    return f"{nombre_nora.replace('-', '_')}_"


def es_de(nombre_nora: str, nombre: str, todas: list[str]) -> bool:
    """Si una plantilla de una cuenta compartida es de esa Nora: gana el prefijo más largo («cafe_sur_» antes que «cafe_»)."""
    candidatas = [nora for nora in todas if nombre.startswith((prefijo_de(nora), f"{nora}_"))]
    return bool(candidatas) and max(candidatas, key=len) == nombre_nora


def repartir(nombre_nora: str, conexion: Conexion, vistas: list[Vista]) -> list[Vista]:
    """De lo que tiene la cuenta, lo que es de esa Nora."""
    if not conexion.compartida:
        return vistas
    todas = [nora.nombre_nora for nora in todas_las_noras_listar()]
    return [vista for vista in vistas if es_de(nombre_nora, vista.nombre, todas)]


def con_palabras(llamar: Callable[[], T]) -> T:
    """Llama a Twilio y, si algo sale mal, lo dice en español.

    Raises:
        NoSePudo: con lo que pasó y qué hacer.
    """
    try:
        return llamar()
    except (NoAceptado, Rechazado, Incierto) as fallo:
        raise NoSePudo(en_palabras(fallo)) from fallo


def en_palabras(fallo: Exception) -> str:
    """Lo que pasó con Twilio, para enseñarlo."""
    if isinstance(fallo, Rechazado) and fallo.es_que_no_esta:
        return MOTIVOS["20404"]
    if isinstance(fallo, Rechazado):
        return f"{MOTIVOS.get(fallo.codigo, fallo.frase)} (código {fallo.codigo})"
    if isinstance(fallo, NoSePudo):
        return str(fallo)
    return f"{str(fallo).rstrip('.')}. No cambió nada: inténtalo otra vez en un momento."
