"""El estado de cada servicio externo, para la tabla del arranque y la pantalla de salud. Nunca enseña un valor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from registro.config import Ajustes

Estado = Literal["conectado", "simulado", "sin conectar", "mal configurado"]


@dataclass(frozen=True, slots=True)
class Servicio:
    """Un servicio y cómo está."""

    nombre: str
    estado: Estado
    detalle: str


def describir(ajustes: Ajustes) -> list[Servicio]:
    """Cómo está cada servicio según los ajustes; lo que está a medias se dice con su motivo. Puro."""
    return [
        _base(ajustes),
        _whatsapp(ajustes),
        Servicio("IA (OpenAI)", "conectado", f"modelo {ajustes.openai_modelo}")
        if ajustes.openai_clave
        else Servicio("IA (OpenAI)", "simulado", "responde con los bloques de conocimiento; para usar un modelo pon OPENAI_API_KEY"),
        Servicio("Correo", "conectado", "por SMTP_URL")
        if ajustes.correo_url
        else Servicio("Correo", "simulado", f"los correos quedan en {ajustes.carpeta_de_datos / 'correo'}; para enviarlos pon SMTP_URL"),
        _archivos(ajustes),
        Servicio("Meta Ads", "sin conectar", "se conecta desde el módulo de anuncios, que aún no está"),
    ]


def _base(ajustes: Ajustes) -> Servicio:
    if ajustes.base_embebida:
        return Servicio("Base de datos", "conectado", f"embebida, en {ajustes.carpeta_de_datos}")
    return Servicio("Base de datos", "conectado", "por DATABASE_URL")


def _archivos(ajustes: Ajustes) -> Servicio:
    if ajustes.supabase_url and ajustes.supabase_clave:
        return Servicio("Archivos", "conectado", "se guardan en Supabase Storage")
    return Servicio(
        "Archivos",
        "conectado",
        f"se guardan en {ajustes.carpeta_de_datos / 'archivos'}; para usar Supabase Storage pon SUPABASE_URL y SUPABASE_KEY",
    )


def _whatsapp(ajustes: Ajustes) -> Servicio:
    estado, detalle = _estado_de_whatsapp(ajustes)
    return Servicio("WhatsApp (Twilio)", estado, detalle)


def _estado_de_whatsapp(ajustes: Ajustes) -> tuple[Estado, str]:
    if ajustes.twilio_conectado:
        if ajustes.url_publica is None and ajustes.twilio_url is None:
            return "mal configurado", "falta PUBLIC_URL: sin ella Twilio no puede avisarnos"
        return "conectado", "los mensajes de verdad van por Twilio"
    if ajustes.demo and ajustes.twilio_ficha:
        return "simulado", "se exige la firma de TWILIO_AUTH_TOKEN; para enviar falta TWILIO_ACCOUNT_SID"
    if ajustes.demo:
        return "simulado", "usa el simulador del panel; para conectarlo pon TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN"
    return "mal configurado", "faltan TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN; no entra ni sale ningún mensaje"
