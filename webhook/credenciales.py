"""Con qué cuenta de Twilio habla cada Nora: la propia, cifrada, o la de la instalación. De un secreto sólo sale su cola."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

from registro.bitacora import registrar_error
from registro.cifrado import NoSePuedeDescifrar, cifrar, descifrar, tapar
from registro.config import Ajustes, vigentes
from sql.conexion import transaccion
from sql.modelos.remitentes import Remitente, buscar_remitente, guardar_remitente

FICHA, FICHA_ANTERIOR, API_CLAVE, CLAVES_COMPARTIDAS = "ficha", "ficha_anterior", "api_clave", "claves_compartidas"
"""Los secretos de un remitente; cada uno se guarda en la columna `<nombre>_cifrada(s)`."""
GRACIA = dt.timedelta(minutes=30)
"""Cuánto vale el token anterior después de cambiarlo: lo que Twilio tarda en promover el nuevo, con holgura."""


@dataclass(frozen=True, slots=True)
class Credencial:
    """Con qué se llama a la API de Twilio. `url` es otro servidor (TWILIO_API_URL) o None."""

    cuenta: str
    usuario: str
    clave: str = field(repr=False)
    url: str | None = None


@dataclass(frozen=True, slots=True)
class CredencialesVistas:
    """Lo que se puede enseñar: los secretos, sólo por su cola («••••3f9a») o vacíos si no los hay."""

    cuenta: str
    servicio: str
    ficha: str
    ficha_anterior_hasta: dt.datetime | None
    api_usuario: str
    api_clave: str
    esquema: str
    claves_compartidas: tuple[tuple[str, str], ...]


def buscar_credencial(nombre_nora: str, cuenta: str | None) -> Credencial | None:
    """Con qué se llama a Twilio por esa Nora y esa cuenta (None: la que le toque).

    La propia si es su cuenta; la de la instalación si es la suya. None para el WhatsApp simulado, para la cuenta de otro o si no
    hay con qué.
    """
    ajustes, cuenta = vigentes(), cuenta or None
    if cuenta == ajustes.cuenta_demo:
        return None
    fila = buscar_remitente(nombre_nora)
    if fila is not None:
        duena = fila.cuenta or ajustes.twilio_cuenta
        if duena and cuenta in (None, duena) and (propia := _propia(ajustes, fila, duena)):
            return propia
        if fila.cuenta and fila.cuenta != ajustes.twilio_cuenta and cuenta in (None, fila.cuenta):
            return None
    if ajustes.twilio_cuenta and ajustes.twilio_ficha and cuenta in (None, ajustes.twilio_cuenta):
        return Credencial(ajustes.twilio_cuenta, ajustes.twilio_cuenta, ajustes.twilio_ficha.get_secret_value(), ajustes.twilio_url)
    return None


def _propia(ajustes: Ajustes, fila: Remitente, cuenta: str) -> Credencial | None:
    if fila.api_usuario and (clave := abrir(fila, API_CLAVE)):
        return Credencial(cuenta, fila.api_usuario, clave, ajustes.twilio_url)
    ficha = abrir(fila, FICHA)
    return Credencial(cuenta, cuenta, ficha, ajustes.twilio_url) if ficha else None


def abrir(fila: Remitente, secreto: str) -> str:
    """Un secreto de ese remitente, o vacío si no lo tiene o ya no se puede abrir (y entonces se anota)."""
    cerrado = getattr(fila, _columna(secreto))
    if not cerrado:
        return ""
    try:
        return descifrar(fila.nombre_nora, secreto, cerrado)
    except NoSePuedeDescifrar as fallo:
        registrar_error("Twilio", f"{fallo}. Vuelve a escribirlo en los ajustes del número.", fila.nombre_nora, "webhook.credenciales")
        return ""


def abrir_claves_compartidas(fila: Remitente) -> dict[str, str]:
    """Las claves compartidas de firma (identificador → secreto) de ese remitente."""
    claves = json.loads(abrir(fila, CLAVES_COMPARTIDAS) or "{}")
    return {str(clave): str(secreto) for clave, secreto in claves.items()} if isinstance(claves, dict) else {}


def guardar_credenciales(
    nombre_nora: str,
    *,
    ahora: dt.datetime,
    ficha: str | None = None,
    api_clave: str | None = None,
    claves_compartidas: dict[str, str] | None = None,
    gracia: dt.timedelta = GRACIA,
    **campos: Any,
) -> None:
    """Guarda lo que se dé; None deja el secreto como está y vacío lo quita.

    Al cambiar `ficha` la anterior sigue valiendo `gracia`: Twilio firma con ella hasta que se promueve la nueva.
    `campos`: cuenta, servicio, api_usuario, esquema, sombra_hasta o cualquier columna sin secreto.
    """
    with transaccion(nombre_nora):
        fila = buscar_remitente(nombre_nora)
        if ficha is not None:
            campos |= _cambio_de_ficha(nombre_nora, fila, ficha.strip(), ahora, gracia)
        if api_clave is not None:
            campos[_columna(API_CLAVE)] = _cerrar(nombre_nora, API_CLAVE, api_clave.strip())
        if claves_compartidas is not None:
            limpias = {clave.strip(): secreto.strip() for clave, secreto in claves_compartidas.items() if clave.strip() and secreto.strip()}
            campos[_columna(CLAVES_COMPARTIDAS)] = _cerrar(nombre_nora, CLAVES_COMPARTIDAS, json.dumps(limpias) if limpias else "")
        guardar_remitente(nombre_nora, **campos)


def _cambio_de_ficha(nombre_nora: str, fila: Remitente | None, nueva: str, ahora: dt.datetime, gracia: dt.timedelta) -> dict[str, Any]:
    vieja = abrir(fila, FICHA) if fila else ""
    if nueva == vieja:
        return {}
    cambios: dict[str, Any] = {_columna(FICHA): _cerrar(nombre_nora, FICHA, nueva), "ficha_cambiada_en": ahora}
    if vieja and nueva:
        cambios |= {_columna(FICHA_ANTERIOR): _cerrar(nombre_nora, FICHA_ANTERIOR, vieja), "ficha_anterior_hasta": ahora + gracia}
    elif not nueva:
        cambios |= {_columna(FICHA_ANTERIOR): None, "ficha_anterior_hasta": None}
    return cambios


def ver_credenciales(nombre_nora: str) -> CredencialesVistas | None:
    """Las credenciales propias de esa Nora como se enseñan, o None si usa las de la instalación."""
    fila = buscar_remitente(nombre_nora)
    if fila is None:
        return None
    ficha, api_clave = abrir(fila, FICHA), abrir(fila, API_CLAVE)
    return CredencialesVistas(
        cuenta=fila.cuenta or "",
        servicio=fila.servicio or "",
        ficha=tapar(ficha) if ficha else "",
        ficha_anterior_hasta=fila.ficha_anterior_hasta if fila.ficha_anterior_cifrada else None,
        api_usuario=fila.api_usuario or "",
        api_clave=tapar(api_clave) if api_clave else "",
        esquema=fila.esquema,
        claves_compartidas=tuple((clave, tapar(secreto)) for clave, secreto in sorted(abrir_claves_compartidas(fila).items())),
    )


def _columna(secreto: str) -> str:
    return f"{secreto}_cifradas" if secreto == CLAVES_COMPARTIDAS else f"{secreto}_cifrada"


def _cerrar(nombre_nora: str, secreto: str, texto: str) -> str | None:
    return cifrar(nombre_nora, secreto, texto) if texto else None
