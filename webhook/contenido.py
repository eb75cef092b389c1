"""La Content API de Twilio: crear, listar, borrar y pedir la aprobación de plantillas (twilio.com/docs/content)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from sql.modelos.plantillas import Vista
from webhook.cliente_twilio import Incierto, Rechazado, pedir
from webhook.credenciales import Credencial
from webhook.texto_de_plantilla import CATEGORIAS

API = "https://content.twilio.com/v1"
POR_PAGINA = 100
PAGINAS_COMO_MUCHO = 100

ESTADOS = {
    "unsubmitted": "sin_enviar",
    "received": "recibida",
    "pending": "pendiente",
    "in_appeal": "pendiente",
    "approved": "aprobada",
    "rejected": "rechazada",
    "paused": "pausada",
    "disabled": "desactivada",
}
"""Los de Twilio, que no son una lista cerrada, en nuestras palabras; uno desconocido no se puede enviar."""
_MAS_RICO_PRIMERO = (
    "whatsapp/card",
    "twilio/card",
    "twilio/carousel",
    "twilio/list-picker",
    "twilio/quick-reply",
    "twilio/call-to-action",
    "twilio/media",
    "twilio/text",
)
"""Si un contenido trae varios tipos, WhatsApp enseña el más rico."""
_CATEGORIAS = {de_twilio: nuestra for nuestra, de_twilio in CATEGORIAS.items()} | {"TRANSACTIONAL": "utilidad"}


@dataclass(frozen=True, slots=True)
class Aprobacion:
    """Qué dice Meta de una plantilla, en nuestras palabras."""

    estado: str
    motivo: str | None


class ClienteDeContenido(Protocol):
    """Lo que saben hacer igual Twilio y el WhatsApp simulado. Todas levantan NoAceptado, Rechazado o Incierto."""

    def listar(self, nombre_nora: str) -> list[Vista]:
        """Todas las plantillas de la cuenta, con su estado."""
        ...

    def crear(self, nombre_nora: str, *, nombre: str, idioma: str, variables: dict[str, str], contenido: dict[str, Any]) -> str:
        """Crea una plantilla y devuelve su SID."""
        ...

    def pedir_aprobacion(self, nombre_nora: str, sid: str, *, nombre: str, categoria: str) -> Aprobacion:
        """La manda a Meta para que la revise."""
        ...

    def leer_aprobacion(self, nombre_nora: str, sid: str) -> Aprobacion | None:
        """Cómo va su revisión; None si esa plantilla ya no existe."""
        ...

    def borrar(self, nombre_nora: str, sid: str) -> None:
        """La quita; si ya no estaba, no pasa nada."""
        ...


class ContenidoDeTwilio:
    """La Content API de verdad, o un doble suyo en TWILIO_API_URL."""

    def __init__(self, credencial: Credencial) -> None:
        self._credencial = credencial

    def listar(self, nombre_nora: str) -> list[Vista]:
        """Todas las páginas de ContentAndApprovals; sin terminar de leerlas no se sabe cuáles faltan y se levanta Incierto."""
        del nombre_nora
        vistas: list[Vista] = []
        url = f"{API}/ContentAndApprovals"
        parametros: dict[str, Any] | None = {"PageSize": POR_PAGINA}
        for _ in range(PAGINAS_COMO_MUCHO):
            pagina = pedir(self._credencial, "GET", url, parametros=parametros)
            vistas += [leer_vista(cruda) for cruda in pagina.get("contents") or [] if cruda.get("sid")]
            url, parametros = str((pagina.get("meta") or {}).get("next_page_url") or ""), None
            if not url:
                return vistas
            if urlsplit(url).hostname != urlsplit(API).hostname:
                raise Incierto("Twilio dio una página siguiente que no es suya")
        raise Incierto(f"La cuenta tiene más de {PAGINAS_COMO_MUCHO * POR_PAGINA} plantillas")

    def crear(self, nombre_nora: str, *, nombre: str, idioma: str, variables: dict[str, str], contenido: dict[str, Any]) -> str:
        """POST /v1/Content. No tiene clave de idempotencia: quien llama pregunta antes si ya existe."""
        del nombre_nora
        cuerpo = {"friendly_name": nombre, "language": idioma, "variables": variables, "types": contenido}
        sid = pedir(self._credencial, "POST", f"{API}/Content", cuerpo_json=cuerpo).get("sid")
        if not sid:
            raise Incierto("Twilio contestó sin SID")
        return str(sid)

    def pedir_aprobacion(self, nombre_nora: str, sid: str, *, nombre: str, categoria: str) -> Aprobacion:
        """POST …/ApprovalRequests/whatsapp; que conteste bien ya es «recibida», diga lo que diga su estado."""
        del nombre_nora
        cuerpo = {"name": nombre, "category": CATEGORIAS[categoria]}
        contestado = leer_aprobacion_cruda(
            pedir(self._credencial, "POST", f"{API}/Content/{sid}/ApprovalRequests/whatsapp", cuerpo_json=cuerpo)
        )
        return Aprobacion("recibida", None) if contestado.estado == "sin_enviar" else contestado

    def leer_aprobacion(self, nombre_nora: str, sid: str) -> Aprobacion | None:
        """GET …/ApprovalRequests."""
        del nombre_nora
        try:
            return leer_aprobacion_cruda(pedir(self._credencial, "GET", f"{API}/Content/{sid}/ApprovalRequests").get("whatsapp") or {})
        except Rechazado as fallo:
            if fallo.es_que_no_esta:
                return None
            raise

    def borrar(self, nombre_nora: str, sid: str) -> None:
        """DELETE /v1/Content/{sid}; borrar dos veces es lo mismo que una."""
        del nombre_nora
        try:
            pedir(self._credencial, "DELETE", f"{API}/Content/{sid}")
        except Rechazado as fallo:
            if not fallo.es_que_no_esta:
                raise


def leer_vista(cruda: dict[str, Any]) -> Vista:
    """Un renglón de ContentAndApprovals en nuestras palabras; lo que falte queda vacío."""
    contenido = {tipo: datos for tipo, datos in (cruda.get("types") or {}).items() if isinstance(datos, dict)}
    tipo = next((t for t in _MAS_RICO_PRIMERO if t in contenido), next(iter(contenido), "twilio/text"))
    datos = contenido.get(tipo, {})
    peticion = cruda.get("approval_requests") or {}
    aprobacion = leer_aprobacion_cruda(peticion)
    return Vista(
        content_sid=str(cruda["sid"]),
        nombre=str(cruda.get("friendly_name") or peticion.get("name") or cruda["sid"]),
        idioma=str(cruda.get("language") or "es"),
        tipo=tipo,
        categoria=_CATEGORIAS.get(str(peticion.get("category") or "").upper()),
        cuerpo=str(datos.get("body") or datos.get("title") or ""),
        variables={str(clave): str(valor) for clave, valor in (cruda.get("variables") or {}).items()},
        contenido=contenido,
        estado=aprobacion.estado,
        motivo=aprobacion.motivo,
    )


def leer_aprobacion_cruda(peticion: dict[str, Any]) -> Aprobacion:
    """El estado de una revisión tal como lo da Twilio; sin estado es que nunca se pidió."""
    dicho = str(peticion.get("status") or "unsubmitted").lower()
    motivo = str(peticion.get("rejection_reason") or "").strip()
    if dicho not in ESTADOS:
        return Aprobacion("desactivada", f"Twilio dice «{dicho}». Mírala en su consola, en Content Template Builder.")
    return Aprobacion(ESTADOS[dicho], motivo or None)
