"""Teléfonos y direcciones de WhatsApp: clave canónica para no partir a nadie en dos, y forma de mostrarlos. Puro."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

_TELEFONO = re.compile(r"\+[0-9]{6,15}")
_BSUID = re.compile(r"[A-Za-z]{2}\.[A-Za-z0-9.]{1,128}")


@dataclass(frozen=True, slots=True)
class Identidad:
    """Una seña de persona: tipo «telefono» o «bsuid» y su valor canónico."""

    tipo: str
    valor: str


def clave_canonica(telefono: str) -> str:
    """El mismo teléfono dicho de una sola forma: México sin el 1 tras +52 y Argentina sin el 9 tras +54.

    WhatsApp manda `+521…` y `+549…` para móviles que en la agenda figuran sin esa cifra (documentación de WhatsApp sobre
    números de México y Argentina). Se compara con esta clave; se responde siempre a la dirección exacta que escribió.
    La función `telefono_canonico` de la base hace lo mismo. Sin ninguna cifra no hay teléfono: texto vacío.
    """
    cifras = re.sub("[^0-9]", "", telefono)
    if not cifras:
        return ""
    cifras = f"+{cifras}"
    if len(cifras) == 14 and cifras.startswith("+521"):
        return "+52" + cifras[4:]
    if len(cifras) == 14 and cifras.startswith("+549"):
        return "+54" + cifras[4:]
    return cifras


def leer_direccion(direccion: str) -> Identidad | None:
    """La identidad que hay en una dirección de Twilio (`whatsapp:+52…` o `whatsapp:US.1349…`); None si no es ninguna."""
    valor = direccion.strip().removeprefix("whatsapp:")
    if _TELEFONO.fullmatch(valor):
        return Identidad("telefono", clave_canonica(valor))
    if _BSUID.fullmatch(valor):
        return Identidad("bsuid", valor)
    return None


def mostrar(telefono: str | None) -> str:
    """Un E.164 como lo escribe una persona («+52 55 1234 5678»); lo que no se entiende se devuelve igual."""
    if not telefono:
        return ""
    try:
        numero = phonenumbers.parse(clave_canonica(telefono) if telefono.startswith("+521") else telefono)
    except phonenumbers.NumberParseException:
        return telefono
    return phonenumbers.format_number(numero, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def normalizar(texto: str) -> str | None:
    """Un número escrito por una persona como E.164, o None si no es un teléfono posible. Hay que poner el prefijo con +."""
    limpio = texto.strip().removeprefix("whatsapp:")
    if not limpio.startswith("+"):
        return None
    try:
        numero = phonenumbers.parse(limpio)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(numero):
        return None
    return phonenumbers.format_number(numero, phonenumbers.PhoneNumberFormat.E164)
