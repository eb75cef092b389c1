"""Qué es cada mensaje y cómo se dice: archivo, ubicación, botón, lista, formulario, permiso de llamada o texto. Puro."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webhook.senas import leer_json

MAXIMO_DE_ADJUNTOS = 10
"""Archivos por mensaje (twilio.com/docs/messaging/guides/webhook-request: NumMedia va de 0 a 10)."""
PERMISO_DE_LLAMADA = "VOICE_CALL_REQUEST"
_CAMPOS_DE_FORMULARIO, _LARGO_DE_CAMPO = 50, 300

_ETIQUETAS = {
    "imagen": "📷 Foto",
    "sticker": "Sticker",
    "audio": "🎤 Audio",
    "video": "🎬 Video",
    "documento": "📄 Documento",
    "contacto": "👤 Contacto",
    "ubicacion": "📍 Ubicación",
    "formulario": "📋 Formulario",
    "boton": "Botón",
    "lista": "Opción de una lista",
    "permiso_llamada": "📞 Permiso de llamada",
    "otro": "Mensaje",
}
_SIN_ETIQUETA_CON_TEXTO = frozenset({"texto", "boton", "lista"})
_SEGUN_TIPO = {
    "image": "imagen",
    "audio": "audio",
    "video": "video",
    "document": "documento",
    "sticker": "sticker",
    "contacts": "contacto",
}
"""`MessageType` no está en la tabla oficial: sólo desempata donde lo demás no dice nada."""
_VCARD = frozenset({"text/vcard", "text/x-vcard", "text/directory"})


@dataclass(frozen=True, slots=True)
class Contenido:
    """Lo que trae un mensaje: su clase, su texto y lo que lleva pegado."""

    clase: str
    texto: str
    adjuntos: tuple[dict[str, Any], ...] = ()
    sin_atender: bool = False

    @property
    def resumen(self) -> str:
        """Cómo se ve en la lista de chats."""
        etiqueta = _ETIQUETAS.get(self.clase, "")
        if self.texto and self.clase in _SIN_ETIQUETA_CON_TEXTO:
            return self.texto
        return " · ".join(parte for parte in (etiqueta, self.texto) if parte)


def leer_contenido(uno: Mapping[str, str]) -> Contenido:
    """Qué es el mensaje. Mandan los archivos, después la ubicación y los botones; `MessageType` sólo desempata."""
    cuerpo = uno.get("Body", "")
    if PERMISO_DE_LLAMADA in (cuerpo.strip(), uno.get("ButtonText", "").strip()):
        return _permiso(uno)
    pista = uno.get("MessageType", "").lower()
    if archivos := _archivos(uno):
        return Contenido(_clase_de(archivos[0]["tipo"], pista), cuerpo, archivos)
    if lugar := _lugar(uno):
        return Contenido("ubicacion", cuerpo, (lugar,))
    if uno.get("InteractiveData") or uno.get("FlowData"):
        return _formulario(uno, cuerpo)
    if uno.get("ListId") or uno.get("ListTitle"):
        titulo = uno.get("ListTitle", "")
        return Contenido("lista", cuerpo or titulo, ({"boton": uno.get("ListId", "")[:300], "texto": titulo[:300]},))
    if uno.get("ButtonPayload") or uno.get("ButtonText"):
        texto = uno.get("ButtonText", "")
        return Contenido("boton", cuerpo or texto, ({"boton": uno.get("ButtonPayload", "")[:300], "texto": texto[:300]},))
    return Contenido("texto", cuerpo) if cuerpo else Contenido(_SEGUN_TIPO.get(pista, "otro"), "")


def _permiso(uno: Mapping[str, str]) -> Contenido:
    """La respuesta a «¿podemos llamarte?»: se guarda y se dice, pero no es algo que se conteste."""
    respuesta = uno.get("ButtonPayload", "").strip().upper()
    frase = {"ACCEPTED": "Aceptó que la llamen por WhatsApp", "REJECTED": "No aceptó que la llamen por WhatsApp"}.get(
        respuesta, "Respondió sobre las llamadas por WhatsApp"
    )
    return Contenido("permiso_llamada", frase, ({"permiso": respuesta.lower()[:20]},), sin_atender=True)


def _archivos(uno: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"url": uno[f"MediaUrl{i}"], "tipo": uno.get(f"MediaContentType{i}", "")[:120]}
        for i in range(MAXIMO_DE_ADJUNTOS)
        if uno.get(f"MediaUrl{i}")
    )


def _clase_de(tipo: str, pista: str) -> str:
    tipo = tipo.partition(";")[0].strip().lower()
    if tipo in _VCARD:
        return "contacto"
    if tipo == "image/webp":
        return "imagen" if pista == "image" else "sticker"
    familia = {"image": "imagen", "audio": "audio", "video": "video"}.get(tipo.partition("/")[0])
    if familia or tipo not in {"", "application/octet-stream"}:
        return familia or "documento"
    return _SEGUN_TIPO.get(pista, "documento")


def _lugar(uno: Mapping[str, str]) -> dict[str, Any] | None:
    latitud, longitud = uno.get("Latitude", "")[:20], uno.get("Longitude", "")[:20]
    if not (_cabe(latitud, 90) and _cabe(longitud, 180)):
        return None
    return {"latitud": latitud, "longitud": longitud, "direccion": uno.get("Address", "")[:300], "etiqueta": uno.get("Label", "")[:200]}


def _cabe(grados: str, tope: float) -> bool:
    try:
        return grados.isascii() and math.isfinite(float(grados)) and abs(float(grados)) <= tope
    except ValueError:
        return False


def _formulario(uno: Mapping[str, str], cuerpo: str) -> Contenido:
    """Lo que se contestó en un formulario (Flow), campo por campo; el texto lo dice entero para que se pueda leer y responder."""
    campos: dict[str, str] = {}
    for nombre in ("InteractiveData", "FlowData"):
        leido = leer_json(uno.get(nombre, ""))
        if isinstance(leido, dict):
            respuesta = leido.get("flowResponse")
            campos |= _campos(respuesta if isinstance(respuesta, dict) else leido)
    texto = cuerpo or "\n".join(f"{campo}: {valor}" for campo, valor in campos.items())
    return Contenido("formulario", texto, ({"formulario": campos},))


def _campos(leido: Mapping[str, Any]) -> dict[str, str]:
    return {str(k)[:100]: _en_texto(v)[:_LARGO_DE_CAMPO] for k, v in list(leido.items())[:_CAMPOS_DE_FORMULARIO] if v not in (None, "", {})}


def _en_texto(valor: Any) -> str:
    if isinstance(valor, str):
        return valor
    try:
        return json.dumps(valor, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
