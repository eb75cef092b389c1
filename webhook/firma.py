"""La firma de Twilio: qué token le toca a cada aviso y si la firma es buena. Sin token no pasa nadie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twilio.request_validator import RequestValidator

from registro.config import Ajustes


def elegir_ficha(ajustes: Ajustes, cuenta: str) -> str | None:
    """El token con el que debe venir firmado un aviso de esa cuenta, o None si no conocemos ninguno.

    La cuenta del WhatsApp simulado tiene su propio token y sólo vale en modo demo; las demás, el de TWILIO_AUTH_TOKEN.
    """
    if cuenta == ajustes.cuenta_demo:
        return ajustes.ficha_demo if ajustes.demo else None
    return ajustes.twilio_ficha.get_secret_value() if ajustes.twilio_ficha else None


def es_valida(ficha: str | None, url: str, parametros: Mapping[str, Any], firma: str) -> bool:
    """Si la firma corresponde a esa dirección y a todos los parámetros recibidos.

    Regla: HMAC-SHA1 sobre la URL y los parámetros ordenados (twilio.com/docs/usage/security); la compara en tiempo constante el SDK.
    """
    return bool(ficha and firma) and RequestValidator(ficha).validate(url, parametros, firma)


def firmar(ficha: str, url: str, parametros: Mapping[str, Any]) -> str:
    """La firma que pondría Twilio; la usa el WhatsApp simulado."""
    return str(RequestValidator(ficha).compute_signature(url, parametros))
