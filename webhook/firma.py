"""La firma de Twilio: quién puede firmar cada aviso y si lo firmó. Puro; sin una clave conocida no pasa nadie."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit, urlunsplit

SHA1, SHA256 = "HMAC_SHA1", "HMAC_SHA256"
_RESUMENES = {SHA1: hashlib.sha1, SHA256: hashlib.sha256}
_PUERTO_NORMAL = {"https": 443, "http": 80}

Firma = Literal["sha1", "sha256", "anterior", "sombra"]


@dataclass(frozen=True, slots=True)
class Peticion:
    """Un aviso tal como llegó. `cuerpo` son los bytes crudos si no es un formulario; entonces `parametros` está vacío."""

    url: str
    parametros: Mapping[str, Sequence[str]]
    firma: str
    cabecera: str = ""
    cuerpo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Firmante:
    """Quién puede firmar los avisos de un número, con sus claves abiertas. `cuenta` vacía: cualquiera (la instalación no la dijo)."""

    cuenta: str
    fichas: tuple[str, ...] = field(repr=False)
    nombre_nora: str | None = None
    ficha_anterior: str = field(default="", repr=False)
    anterior_hasta: dt.datetime | None = None
    claves: Mapping[str, str] = field(default_factory=dict, repr=False)
    esquema: str = "sha1"
    sombra_hasta: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Veredicto:
    """Qué se decidió: `firma` dice con qué se comprobó, o None si no pasa y `motivo` por qué, en palabras."""

    firma: Firma | None
    motivo: str = ""
    nombre_nora: str | None = None


def comprobar(peticion: Peticion, firmante: Firmante | None, ahora: dt.datetime) -> Veredicto:
    """Si ese firmante firmó esa petición.

    Reglas: HMAC-SHA1 con el Auth Token sobre la URL y los parámetros ordenados, con JSON sólo sobre la URL y `bodySHA256`
    (twilio.com/docs/usage/security); HMAC-SHA256 con clave compartida si lo dice la cabecera
    `X-Twilio-Webhooks-Signature-Settings` (docs/usage/webhooks/webhook-shared-keys). La cabecera nunca rebaja lo que exige el número.
    """
    if firmante is None:
        return Veredicto(None, "la cuenta no es de ninguna Nora ni de esta instalación")
    motivo = _cuerpo_alterado(peticion)
    if not motivo:
        clave, algoritmo = leer_cabecera(peticion.cabecera)
        if algoritmo == SHA256:
            motivo = _con_clave_compartida(peticion, firmante, clave)
        elif algoritmo != SHA1:
            motivo = "la cabecera pide un algoritmo que no conocemos"
        elif firmante.esquema != "sha1":
            motivo = "venía con SHA-1 y este número exige SHA-256"
        else:
            return _con_ficha(peticion, firmante, ahora)
    return Veredicto(None if motivo else "sha256", motivo, firmante.nombre_nora)


def leer_cabecera(cabecera: str) -> tuple[str, str]:
    """(clave, algoritmo) de `key=<id>,algorithm=<nombre>`; sin algoritmo es HMAC_SHA1, el de siempre."""
    partes = {n.strip().lower(): v.strip() for n, igual, v in (parte.partition("=") for parte in cabecera.split(",")) if igual}
    return partes.get("key", ""), partes.get("algorithm", "").upper() or SHA1


def _con_clave_compartida(peticion: Peticion, firmante: Firmante, clave: str) -> str:
    secreto = firmante.claves.get(clave, "")
    if not secreto:
        return "venía con una clave compartida que no conocemos"
    return "" if _firmo(secreto, peticion, SHA256) else "la firma SHA-256 no corresponde"


def _con_ficha(peticion: Peticion, firmante: Firmante, ahora: dt.datetime) -> Veredicto:
    nora = firmante.nombre_nora
    if not any(firmante.fichas):
        return Veredicto(None, "no hay un Auth Token con el que comprobar esa cuenta", nora)
    if not peticion.firma:
        return Veredicto(None, "venía sin firma", nora)
    if any(_firmo(ficha, peticion, SHA1) for ficha in firmante.fichas):
        return Veredicto("sha1", "", nora)
    if firmante.ficha_anterior and _firmo(firmante.ficha_anterior, peticion, SHA1):
        if firmante.anterior_hasta is not None and ahora <= firmante.anterior_hasta:
            return Veredicto("anterior", "", nora)
        return Veredicto(None, "venía firmado con el Auth Token anterior, que ya no vale", nora)
    return Veredicto(None, "la firma no corresponde: el Auth Token o la dirección pública no son los que usa Twilio", nora)


def _cuerpo_alterado(peticion: Peticion) -> str:
    """Por qué el cuerpo crudo no es el que se firmó; vacío si lo es, o si es un formulario, que va dentro de la firma."""
    if peticion.cuerpo is None:
        return ""
    resumen = parse_qs(urlsplit(peticion.url).query).get("bodySHA256", [""])[0]
    if not resumen:
        return "el cuerpo no es un formulario y no trae bodySHA256"
    bueno = hmac.compare_digest(hashlib.sha256(peticion.cuerpo).hexdigest().encode(), resumen.encode("utf-8", "replace"))
    return "" if bueno else "el cuerpo no es el que dice bodySHA256"


def _firmo(secreto: str, peticion: Peticion, algoritmo: str) -> bool:
    if not secreto:
        return False
    recibida = peticion.firma.encode("utf-8", "replace")
    # Con puerto y sin él: Twilio no siempre firma igual cuando es el normal.
    return any(
        hmac.compare_digest(firmar(secreto, url, peticion.parametros, algoritmo).encode(), recibida)
        for url in _con_y_sin_puerto(peticion.url)
    )


def firmar(secreto: str, url: str, parametros: Mapping[str, Any], algoritmo: str = SHA1) -> str:
    """La firma que pondría Twilio: los nombres ordenados, y los valores de un nombre repetido, sin repetir y ordenados."""
    texto = url + "".join(f"{nombre}{valor}" for nombre in sorted(parametros) for valor in sorted(set(_valores(parametros, nombre))))
    crudo = hmac.new(secreto.encode(), texto.encode("utf-8", "surrogatepass"), _RESUMENES[algoritmo]).digest()
    return base64.b64encode(crudo).decode()


def _valores(parametros: Mapping[str, Any], nombre: str) -> list[str]:
    valor = parametros.getlist(nombre) if hasattr(parametros, "getlist") else parametros[nombre]
    return [valor] if isinstance(valor, str) else [str(uno) for uno in valor]


def _con_y_sin_puerto(url: str) -> tuple[str, ...]:
    """Las dos formas de la dirección, primero la configurada, que es casi siempre la firmada."""
    partes = urlsplit(url)
    normal = _PUERTO_NORMAL.get(partes.scheme)
    if partes.port is None:
        return (url, urlunsplit(partes._replace(netloc=f"{partes.netloc}:{normal}"))) if normal else (url,)
    return (url, urlunsplit(partes._replace(netloc=partes.netloc.rpartition(":")[0])))


def direccion_firmada(base: str, ruta: str, consulta: str) -> str:
    """La dirección que Twilio tiene configurada: la consulta tal como llegó y sin fragmento (`#rc=3` no se firma)."""
    limpia = base.partition("#")[0].rstrip("/") + ruta
    return f"{limpia}?{consulta}" if consulta else limpia


_CON_FORMA = {
    "AccountSid": re.compile(r"AC[0-9a-fA-F]{32}"),
    "MessageSid": re.compile(r"(SM|MM)[0-9a-fA-F]{32}"),
    "SmsSid": re.compile(r"(SM|MM)[0-9a-fA-F]{32}"),
    "SmsMessageSid": re.compile(r"(SM|MM)[0-9a-fA-F]{32}"),
    "MessagingServiceSid": re.compile(r"MG[0-9a-fA-F]{32}"),
    "NumMedia": re.compile(r"[0-9]|10"),
}
_UNA_SOLA_VEZ = (*_CON_FORMA, "From", "To")


def mala_forma(parametros: Mapping[str, Sequence[str]]) -> str:
    """Por qué no puede ser un aviso de Twilio aunque la firma cuadre; vacío si puede.

    Lo firmado va sin separadores: `MessageSid=SM…NumMedia0` lleva la misma firma que sus dos parámetros por separado. Lo que falta
    no se mira aquí: eso queda en el libro como «no entendido».
    """
    for nombre in _UNA_SOLA_VEZ:
        valores = set(parametros.get(nombre, ()))
        if len(valores) > 1:
            return f"{nombre} viene dos veces con valores distintos"
        forma = _CON_FORMA.get(nombre)
        if forma and any(valor and not forma.fullmatch(valor) for valor in valores):
            return f"{nombre} no tiene la forma que usa Twilio"
    return ""
