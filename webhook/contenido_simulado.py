"""Las plantillas del modo demo: acepta las que se crean y hace de revisor, sin salir de la máquina."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any

from sql.modelos import simulador_plantillas as libro
from sql.modelos.plantillas import Vista
from webhook.cliente_twilio import Rechazado
from webhook.codigos import motivo_de
from webhook.contenido import Aprobacion, leer_aprobacion_cruda, leer_vista
from webhook.texto_de_plantilla import CATEGORIAS

EN_COLA = dt.timedelta(seconds=2)
"""Lo que se ve «recibida» antes de pasar a «pendiente»."""
REVISION = dt.timedelta(seconds=8)
"""Lo que tarda el revisor simulado; el de verdad, hasta 24 horas."""
PALABRA_QUE_SE_RECHAZA = "rechazar"
MOTIVO = "Simulado: el texto dice «rechazar». Cámbialo, guárdala con otro nombre y vuelve a enviarla."


def _ahora() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class ContenidoSimulado:
    """Se comporta como la Content API hacia nosotros; su libro son filas."""

    def __init__(self, ahora: Callable[[], dt.datetime] = _ahora) -> None:
        self._ahora = ahora

    def listar(self, nombre_nora: str) -> list[Vista]:
        """Lo que el simulador tiene de esa Nora, con la forma en que lo daría Twilio."""
        momento = self._ahora()
        return [
            leer_vista(
                {
                    "sid": fila.content_sid,
                    "friendly_name": fila.nombre,
                    "language": fila.idioma,
                    "variables": fila.variables,
                    "types": fila.tipos,
                    "approval_requests": {"category": fila.categoria, **revision_de(fila, momento)},
                }
            )
            for fila in libro.listar_plantillas_simuladas(nombre_nora)
        ]

    def crear(self, nombre_nora: str, *, nombre: str, idioma: str, variables: dict[str, str], contenido: dict[str, Any]) -> str:
        """La anota en su libro."""
        sid = "HX" + secrets.token_hex(16)
        libro.anotar_plantilla_simulada(nombre_nora, sid, nombre=nombre, idioma=idioma, variables=variables, tipos=contenido)
        return sid

    def pedir_aprobacion(self, nombre_nora: str, sid: str, *, nombre: str, categoria: str) -> Aprobacion:
        """Empieza la revisión simulada."""
        del nombre
        momento = self._ahora()
        if not libro.pedir_aprobacion_simulada(
            nombre_nora, sid, categoria=CATEGORIAS[categoria], pedida_en=momento, decidida_en=momento + REVISION
        ):
            raise Rechazado("20404", motivo_de("20404"))
        return Aprobacion("recibida", None)

    def leer_aprobacion(self, nombre_nora: str, sid: str) -> Aprobacion | None:
        """Cómo va la revisión."""
        fila = libro.buscar_plantilla_simulada(nombre_nora, sid)
        return leer_aprobacion_cruda(revision_de(fila, self._ahora())) if fila else None

    def borrar(self, nombre_nora: str, sid: str) -> None:
        """La quita de su libro."""
        libro.borrar_plantilla_simulada(nombre_nora, sid)


def revision_de(fila: libro.PlantillaSimulada, ahora: dt.datetime) -> dict[str, str]:
    """En qué va la revisión en ese momento, con las palabras de Twilio. Pura."""
    if fila.pedida_en is None:
        return {"status": "unsubmitted", "rejection_reason": ""}
    if fila.decidida_en is None or ahora < fila.decidida_en:
        return {"status": "received" if ahora - fila.pedida_en < EN_COLA else "pending", "rejection_reason": ""}
    if PALABRA_QUE_SE_RECHAZA in str(fila.tipos).lower():
        return {"status": "rejected", "rejection_reason": MOTIVO}
    return {"status": "approved", "rejection_reason": ""}
