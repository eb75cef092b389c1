"""De los parámetros de Twilio a un mensaje que se entiende. Puro: no toca la red ni la base."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registro.telefonos import leer_direccion

SID_DE_MENSAJE = re.compile(r"^(SM|MM)[0-9a-fA-F]{32}$")
SID_DE_CUENTA = re.compile(r"^AC[0-9a-fA-F]{32}$")
_NUMERO_DE_NORA = re.compile(r"^whatsapp:(\+\d{6,15})$")
LARGO_GUARDADO = 4096
"""Caracteres de texto que se guardan; WhatsApp manda 1600 como mucho y lo demás queda entero en el libro."""
MAXIMO_DE_ADJUNTOS = 20

_NOMBRE_DE_CLASE = {
    "imagen": "📷 Foto",
    "sticker": "Sticker",
    "audio": "🎤 Audio",
    "video": "🎬 Video",
    "documento": "📄 Documento",
    "contacto": "👤 Contacto",
    "ubicacion": "📍 Ubicación",
    "boton": "Botón",
    "otro": "Mensaje",
}


@dataclass(frozen=True, slots=True)
class MensajeEntrante:
    """Un mensaje de una persona, ya leído y limpio."""

    message_sid: str | None
    cuenta: str
    direccion: str
    remitente: str
    numero_nora: str | None
    identidad_tipo: str | None
    identidad_valor: str | None
    telefono: str | None
    nombre_perfil: str
    texto: str
    clase: str
    adjuntos: tuple[dict[str, Any], ...]
    se_entiende: bool

    @property
    def resumen(self) -> str:
        """Cómo se ve en la lista de chats."""
        etiqueta = _NOMBRE_DE_CLASE.get(self.clase, "")
        return " · ".join(parte for parte in (etiqueta if self.clase != "boton" else "", self.texto) if parte) or etiqueta


def limpiar(texto: str) -> str:
    """El texto sin lo único que Postgres no puede guardar: el byte NUL y los sustitutos sueltos."""
    return texto.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def aplanar(parametros: Mapping[str, list[str]]) -> dict[str, Any]:
    """Los parámetros como se guardan en el libro: un valor, o la lista entera si el nombre vino repetido."""
    return {
        limpiar(nombre): limpiar(valores[0]) if len(valores) == 1 else [limpiar(v) for v in valores]
        for nombre, valores in parametros.items()
    }


def leer(parametros: Mapping[str, list[str]]) -> MensajeEntrante:
    """Lee un aviso de mensaje. Nunca se levanta: lo que no cuadra sale con `se_entiende` en falso y se guarda igual.

    Nombres de parámetros: twilio.com/docs/messaging/guides/webhook-request.
    """
    uno = {nombre: limpiar(valores[0]) if valores else "" for nombre, valores in parametros.items()}
    sid = uno.get("MessageSid") or uno.get("SmsMessageSid") or uno.get("SmsSid") or ""
    direccion, remitente = uno.get("From", "").strip(), uno.get("To", "").strip()
    identidad = leer_direccion(direccion)
    numero = _NUMERO_DE_NORA.match(remitente)
    clase, adjuntos = _adjuntos(uno)
    texto = (uno.get("Body", "") or uno.get("ButtonText", "") or uno.get("ListTitle", ""))[:LARGO_GUARDADO]
    sid_valido = SID_DE_MENSAJE.match(sid) is not None
    return MensajeEntrante(
        message_sid=sid if sid_valido else None,
        cuenta=uno.get("AccountSid", ""),
        direccion=direccion,
        remitente=remitente,
        numero_nora=numero.group(1) if numero else None,
        identidad_tipo=identidad.tipo if identidad else None,
        identidad_valor=identidad.valor if identidad else None,
        telefono=direccion.removeprefix("whatsapp:") if identidad and identidad.tipo == "telefono" else None,
        nombre_perfil=uno.get("ProfileName", "").strip()[:120],
        texto=texto,
        clase=clase,
        adjuntos=adjuntos,
        se_entiende=bool(sid_valido and identidad and numero),
    )


def _adjuntos(uno: Mapping[str, str]) -> tuple[str, tuple[dict[str, Any], ...]]:
    archivos = tuple(
        {"url": uno[f"MediaUrl{i}"], "tipo": uno.get(f"MediaContentType{i}", "")}
        for i in range(MAXIMO_DE_ADJUNTOS)
        if uno.get(f"MediaUrl{i}")
    )
    if archivos:
        return _clase_de(archivos[0]["tipo"]), archivos
    if uno.get("Latitude") and uno.get("Longitude"):
        lugar = {
            "latitud": uno["Latitude"][:20],
            "longitud": uno["Longitude"][:20],
            "direccion": uno.get("Address", "")[:300],
            "etiqueta": uno.get("Label", "")[:200],
        }
        return "ubicacion", (lugar,)
    if uno.get("ButtonPayload") or uno.get("ButtonText") or uno.get("ListId"):
        return "boton", ({"boton": uno.get("ButtonPayload") or uno.get("ListId", ""), "texto": uno.get("ButtonText", "")},)
    return ("texto", ()) if uno.get("Body") else ("otro", ())


def _clase_de(tipo: str) -> str:
    familia = tipo.partition("/")[0]
    if tipo == "image/webp":
        return "sticker"
    if tipo in {"text/vcard", "text/x-vcard"}:
        return "contacto"
    return {"image": "imagen", "audio": "audio", "video": "video"}.get(familia, "documento")
