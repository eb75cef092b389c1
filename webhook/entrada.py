"""De los parámetros de Twilio a un mensaje que se entiende. Puro: no toca la red ni la base."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from webhook.baja import leer_orden
from webhook.clases import leer_contenido
from webhook.senas import leer_json, leer_senas

SID_DE_MENSAJE = re.compile(r"(SM|MM)[0-9a-fA-F]{32}\Z")
SID_DE_CUENTA = re.compile(r"AC[0-9a-fA-F]{32}\Z")
_NUMERO_DE_NORA = re.compile(r"whatsapp:(\+[0-9]{6,15})\Z")
LARGO_GUARDADO = 4096
"""Caracteres de texto que se guardan; WhatsApp manda 1600 como mucho y lo demás queda entero en el libro."""
_ORDENAN = frozenset({"texto", "boton", "lista"})
"""Clases cuyo texto lo dijo la persona y puede pedir la baja."""

_DEL_ANUNCIO = {
    "ReferralSourceId": "anuncio_id",
    "ReferralCtwaClid": "clic_id",
    "ReferralSourceType": "tipo",
    "ReferralSourceUrl": "url",
    "ReferralHeadline": "titulo",
    "ReferralBody": "texto",
    "ReferralMediaId": "medio_id",
    "ReferralMediaContentType": "medio_tipo",
    "ReferralMediaUrl": "medio_url",
}


@dataclass(frozen=True, slots=True)
class MensajeEntrante:
    """Un mensaje de una persona, ya leído y limpio."""

    message_sid: str | None
    cuenta: str
    direccion: str
    remitente: str
    numero_nora: str | None
    identidades: tuple[dict[str, str], ...]
    telefono: str | None
    nombre_perfil: str
    texto: str
    resumen: str
    clase: str
    adjuntos: tuple[dict[str, Any], ...]
    sin_atender: bool
    cita_sid: str | None
    reenviado: bool
    referido: dict[str, str] | None
    baja: Literal["baja", "alta"] | None
    se_entiende: bool

    @property
    def identidad_tipo(self) -> str | None:
        """El tipo de la dirección que escribió, o None si no se entiende."""
        return self.identidades[0]["tipo"] if self.identidades else None

    @property
    def identidad_valor(self) -> str | None:
        """La clave canónica de la dirección que escribió."""
        return self.identidades[0]["valor"] if self.identidades else None


def limpiar(texto: str) -> str:
    """El texto sin lo único que Postgres no puede guardar: el byte NUL y los sustitutos sueltos."""
    return texto.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def aplanar(parametros: Mapping[str, list[str]]) -> dict[str, Any]:
    """Los parámetros como se guardan en el libro: un valor, o la lista entera si el nombre vino repetido."""
    return {
        limpiar(nombre): limpiar(valores[0]) if len(valores) == 1 else [limpiar(v) for v in valores]
        for nombre, valores in parametros.items()
    }


def desaplanar(guardados: Mapping[str, Any]) -> dict[str, list[str]]:
    """Lo contrario de `aplanar`: los parámetros del libro en la forma en que se leen."""
    return {nombre: [str(v) for v in valor] if isinstance(valor, list) else [str(valor)] for nombre, valor in guardados.items()}


def de_json(cuerpo: bytes) -> dict[str, list[str]]:
    """Los parámetros de un cuerpo JSON; lo que no es un objeto no tiene ninguno."""
    leido = leer_json(cuerpo)
    return {str(k): [v if isinstance(v, str) else str(v)[:1000]] for k, v in leido.items()} if isinstance(leido, dict) else {}


def leer(parametros: Mapping[str, list[str]]) -> MensajeEntrante:
    """Lee un aviso de mensaje. Nunca se levanta: lo que no cuadra sale con `se_entiende` en falso y se guarda igual.

    Nombres de parámetros: twilio.com/docs/messaging/guides/webhook-request. Lo que aquí no se lee queda en el libro.
    """
    uno = {nombre: limpiar(valores[0]) if valores else "" for nombre, valores in parametros.items()}
    sid = uno.get("MessageSid") or uno.get("SmsMessageSid") or uno.get("SmsSid") or ""
    remitente = uno.get("To", "").strip()
    numero = _NUMERO_DE_NORA.match(remitente)
    senas = leer_senas(uno)
    contenido = leer_contenido(uno)
    texto = contenido.texto[:LARGO_GUARDADO]
    cita = uno.get("OriginalRepliedMessageSid", "")
    sid_valido = SID_DE_MENSAJE.match(sid) is not None
    reenviado = "true" in (uno.get("Forwarded", "").lower(), uno.get("FrequentlyForwarded", "").lower())
    return MensajeEntrante(
        message_sid=sid if sid_valido else None,
        cuenta=uno.get("AccountSid", ""),
        direccion=uno.get("From", "").strip(),
        remitente=remitente,
        numero_nora=numero.group(1) if numero else None,
        identidades=tuple(senas),
        telefono=_telefono(senas),
        nombre_perfil=uno.get("ProfileName", "").strip()[:120],
        texto=texto,
        resumen=contenido.resumen[:300],
        clase=contenido.clase,
        adjuntos=contenido.adjuntos,
        sin_atender=contenido.sin_atender,
        cita_sid=cita if SID_DE_MENSAJE.match(cita) else None,
        reenviado=reenviado,
        referido=_anuncio(uno),
        # Lo reenviado lo escribió otro: no es una orden de esta persona.
        baja=leer_orden(texto) if texto and not reenviado and contenido.clase in _ORDENAN else None,
        se_entiende=bool(sid_valido and senas and numero),
    )


def _telefono(senas: list[dict[str, str]]) -> str | None:
    """El teléfono tal como lo manda WhatsApp, si lo dio."""
    return next((sena["direccion"].removeprefix("whatsapp:") for sena in senas if sena["tipo"] == "telefono"), None)


def _anuncio(uno: Mapping[str, str]) -> dict[str, str] | None:
    """De qué anuncio o publicación viene. `ReferralNumMedia` viene en todos los mensajes y no significa nada."""
    if not (uno.get("ReferralSourceId") or uno.get("ReferralCtwaClid")):
        return None
    return {clave: uno[nombre][:1000] for nombre, clave in _DEL_ANUNCIO.items() if uno.get(nombre)}
