"""Las tres plantillas de la Nora de ejemplo: una aprobada, una en revisión y una rechazada. Sembrarlas otra vez no las repite."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from sql.conexion import transaccion
from sql.modelos.plantillas import crear_plantilla
from sql.modelos.simulador_plantillas import anotar_plantilla_simulada, buscar_plantilla_simulada


@dataclass(frozen=True, slots=True)
class PlantillaDeEjemplo:
    """Una plantilla de ejemplo: sus textos y en qué quedó su revisión."""

    nombre: str
    categoria: str
    cuerpo: str
    variables: dict[str, str]
    botones: tuple[str, ...]
    estado: str
    motivo: str | None = None

    @property
    def tipo(self) -> str:
        """El tipo de contenido de Twilio."""
        return "twilio/quick-reply" if self.botones else "twilio/text"

    @property
    def contenido(self) -> dict[str, Any]:
        """El contenido como lo describe Twilio."""
        acciones = [{"type": "QUICK_REPLY", "title": titulo, "id": f"boton_{n}"} for n, titulo in enumerate(self.botones, 1)]
        return {self.tipo: {"body": self.cuerpo} | ({"actions": acciones} if acciones else {})}


PLANTILLAS = (
    PlantillaDeEjemplo(
        "pedido_listo_ejemplo",
        "utilidad",
        "Hola {{1}}, tu pedido {{2}} ya está listo en Aurora Café y Flores. Puedes pasar por él hasta las {{3}} de hoy.",
        {"1": "María", "2": "A-1042", "3": "19:00"},
        ("Voy para allá", "Mejor mañana"),
        "aprobada",
    ),
    PlantillaDeEjemplo(
        "taller_de_flores_ejemplo",
        "marketing",
        "Hola {{1}}, este sábado hay taller de arreglos florales y quedan {{2}} lugares. ¿Te apartamos uno?",
        {"1": "María", "2": "4"},
        (),
        "pendiente",
    ),
    PlantillaDeEjemplo(
        "oferta_del_capuchino_ejemplo",
        "utilidad",
        "Hola {{1}}, sólo hoy: segundo capuchino a mitad de precio. Puedes rechazar la oferta respondiendo NO.",
        {"1": "María"},
        (),
        "rechazada",
        "Simulado: el texto dice «rechazar». Cámbialo, guárdala con otro nombre y vuelve a enviarla.",
    ),
)
_CATEGORIAS = {"utilidad": "UTILITY", "marketing": "MARKETING"}


def sembrar_plantillas(nombre_nora: str, ahora: dt.datetime) -> None:
    """Las pone en la Nora y en el libro del WhatsApp simulado, de donde se sincronizan."""
    with transaccion(nombre_nora):
        for ejemplo in PLANTILLAS:
            sid = "HX" + hashlib.sha256(f"{nombre_nora}/{ejemplo.nombre}".encode()).hexdigest()[:32]
            if buscar_plantilla_simulada(nombre_nora, sid) is not None:
                continue
            nombre = f"{nombre_nora}_{ejemplo.nombre}"
            anotar_plantilla_simulada(
                nombre_nora,
                sid,
                nombre=nombre,
                idioma="es",
                variables=ejemplo.variables,
                tipos=ejemplo.contenido,
                categoria=_CATEGORIAS[ejemplo.categoria],
                pedida_en=ahora - dt.timedelta(hours=3),
                # La que está en revisión se queda así: sirve para ver ese estado.
                decidida_en=None if ejemplo.estado == "pendiente" else ahora - dt.timedelta(hours=2),
            )
            crear_plantilla(
                nombre_nora,
                content_sid=sid,
                nombre=nombre,
                idioma="es",
                tipo=ejemplo.tipo,
                categoria=ejemplo.categoria,
                cuerpo=ejemplo.cuerpo,
                variables=ejemplo.variables,
                contenido=ejemplo.contenido,
                estado=ejemplo.estado,
                motivo_rechazo=ejemplo.motivo,
                sincronizada_en=ahora,
            )
