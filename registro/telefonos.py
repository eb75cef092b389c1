"""Teléfonos y direcciones de WhatsApp: clave canónica para no partir a nadie en dos, y forma de mostrarlos. Puro."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

_TELEFONO = re.compile(r"\+[0-9]{6,15}")
_BSUID = re.compile(r"[A-Za-z]{2}\.[A-Za-z0-9.]{1,128}")
_BSUID_PADRE = re.compile(r"[A-Za-z]{2}\.ENT\.[A-Za-z0-9.]{1,124}")
_CON_CIFRA_DE_MAS = (
    (re.compile(r"521([0-9]{10})"), "52"),
    (re.compile(r"549([0-9]{10})"), "54"),
    # Sólo si tras el noveno dígito viene 6-9: los móviles que empiezan por 1-5 nacieron con nueve cifras y sin el 9 serían un fijo.
    (re.compile(r"(55[1-9][0-9])9([6-9][0-9]{7})"), ""),
)


@dataclass(frozen=True, slots=True)
class Identidad:
    """Una seña de persona: tipo «telefono», «bsuid» o «bsuid_padre» y su valor canónico."""

    tipo: str
    valor: str


def clave_canonica(telefono: str) -> str:
    """El mismo teléfono dicho de una sola forma: sin el 1 de México, sin el 9 de Argentina y sin el noveno dígito de Brasil.

    WhatsApp manda `+521…` y `+549…` para móviles que en la agenda figuran sin esa cifra (documentación de WhatsApp sobre
    números de México y Argentina), y a los móviles brasileños anteriores al noveno dígito los nombra sin él. Se compara con
    esta clave; se responde siempre a la dirección exacta que escribió. La función `telefono_canonico` de la base hace lo
    mismo. Sin ninguna cifra no hay teléfono: texto vacío.
    """
    cifras = re.sub("[^0-9]", "", telefono)
    for forma, prefijo in _CON_CIFRA_DE_MAS:
        if hallado := forma.fullmatch(cifras):
            return f"+{prefijo}{''.join(hallado.groups())}"
    return f"+{cifras}" if cifras else ""


def leer_direccion(direccion: str) -> Identidad | None:
    """La identidad que hay en una dirección de Twilio (`whatsapp:+52…`, `whatsapp:US.1349…` o `whatsapp:US.ENT.…`).

    None si no es ninguna. El BSUID padre (`US.ENT.…`) vale para todas las cuentas de una misma empresa.
    """
    valor = direccion.strip().removeprefix("whatsapp:")
    if _TELEFONO.fullmatch(valor):
        return Identidad("telefono", clave_canonica(valor))
    if _BSUID_PADRE.fullmatch(valor):
        return Identidad("bsuid_padre", valor)
    return Identidad("bsuid", valor) if _BSUID.fullmatch(valor) else None


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
