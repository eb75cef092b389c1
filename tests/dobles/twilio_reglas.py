"""Lo que Twilio no acepta al crear un mensaje, con el código de error que da. Puro."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

LARGO_MAXIMO = 1600
_DIRECCION = re.compile(r"^(whatsapp:)?(\+[1-9]\d{6,14}|[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128})$")
_SERVICIO = re.compile(r"^MG[0-9a-fA-F]{32}$")
_CONTENIDO = re.compile(r"^HX[0-9a-fA-F]{32}$")
_VIGENCIA_MAXIMA = 36_000


def queja(campos: Mapping[str, str], medios: list[str], *, remitentes: Collection[str], bajas: Collection[str]) -> int | None:
    """El código con que Twilio rechazaría esa petición, o None si la aceptaría (twilio.com/docs/api/errors).

    `remitentes` vacío es «cualquiera vale»; `bajas` son direcciones que pidieron no recibir nada.
    """
    return _de_las_direcciones(campos, remitentes, bajas) or _del_contenido(campos, medios) or _de_las_opciones(campos)


def _de_las_direcciones(campos: Mapping[str, str], remitentes: Collection[str], bajas: Collection[str]) -> int | None:
    para, de, servicio = campos.get("To", ""), campos.get("From", ""), campos.get("MessagingServiceSid", "")
    if not para:
        return 21604
    if not _DIRECCION.match(para):
        return 21211
    if not de and not servicio:
        return 21603
    if servicio and not _SERVICIO.match(servicio):
        return 21701
    if de and not _DIRECCION.match(de):
        return 21212
    if de and de.startswith("whatsapp:") != para.startswith("whatsapp:"):
        return 21910
    if de == para:
        return 21266
    if de and remitentes and de not in remitentes:
        return 63007
    return 21610 if para in bajas else None


def _del_contenido(campos: Mapping[str, str], medios: list[str]) -> int | None:
    texto, plantilla = campos.get("Body", ""), campos.get("ContentSid", "")
    if not texto and not medios and not plantilla:
        return 21619
    if len(texto) > LARGO_MAXIMO:
        return 21617
    if len(medios) > 1:
        return 21623
    if any(not _es_web(url) for url in medios):
        return 21620
    if plantilla and (texto or not _CONTENIDO.match(plantilla)):
        return 21655
    variables = campos.get("ContentVariables")
    return 21656 if variables is not None and not _son_variables(variables) else None


def _de_las_opciones(campos: Mapping[str, str]) -> int | None:
    aviso, vigencia = campos.get("StatusCallback"), campos.get("ValidityPeriod")
    if aviso is not None and (not _es_web(aviso) or "_" in (urlsplit(aviso).hostname or "")):
        return 21609
    if vigencia is not None and not (vigencia.isdigit() and 1 <= int(vigencia) <= _VIGENCIA_MAXIMA):
        return 21628
    if campos.get("ScheduleType") and not campos.get("MessagingServiceSid"):
        return 35118
    return 35114 if campos.get("SendAt") and not campos.get("ScheduleType") else None


def _es_web(url: str) -> bool:
    partes = urlsplit(url)
    return partes.scheme in {"http", "https"} and bool(partes.hostname)


def _son_variables(texto: str) -> bool:
    try:
        valor = json.loads(texto)
    except ValueError:
        return False
    return isinstance(valor, dict) and all(isinstance(v, str) and v for v in valor.values())
