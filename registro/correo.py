"""El correo que sale del panel: por SMTP si hay SMTP_URL; si no, queda en una carpeta para que nadie espere en vano."""

from __future__ import annotations

import secrets
import smtplib
import ssl
import threading
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app, request
from flask_security import MailUtil
from markupsafe import escape

from registro.bitacora import registrar_error, resumir_fallo
from registro.config import Ajustes

_ESPERA = 10
"""Segundos para conectar y hablar con el servidor."""
_DE_CASA = frozenset({"localhost", "127.0.0.1", "::1"})


class SinCifrar(smtplib.SMTPException):
    """El servidor pide usuario y clave por una conexión que cualquiera puede leer."""


def enviar_correo(url: str | None, carpeta: Path, *, para: str, de: str, asunto: str, texto: str, html: str | None = None) -> None:
    """Manda un correo, o lo deja como .eml en `carpeta` si no hay servidor configurado.

    Raises:
        OSError, smtplib.SMTPException: si el servidor no lo acepta.
        SinCifrar: si habría que mandar la clave sin cifrar a otra máquina.
    """
    correo = EmailMessage()
    correo["To"], correo["From"], correo["Subject"] = para, de, asunto
    correo["Date"], correo["Message-ID"] = formatdate(localtime=False), make_msgid(domain=de.rpartition("@")[2].strip("> ") or None)
    correo.set_content(texto)
    if html:
        correo.add_alternative(html, subtype="html")
    if url is None:
        _guardar(correo, carpeta)
    else:
        _mandar(correo, url)


def _guardar(correo: EmailMessage, carpeta: Path) -> None:
    # Llevan enlaces que abren cuentas: sólo los lee quien administra la máquina.
    carpeta.mkdir(mode=0o700, parents=True, exist_ok=True)
    archivo = carpeta / f"{secrets.token_hex(8)}.eml"
    archivo.touch(mode=0o600)
    archivo.write_bytes(bytes(correo))


def _mandar(correo: EmailMessage, url: str) -> None:
    partes = urlsplit(url)
    servidor, seguro = partes.hostname or "localhost", ssl.create_default_context()
    conexion: smtplib.SMTP
    if partes.scheme == "smtps":
        conexion = smtplib.SMTP_SSL(servidor, partes.port or 465, timeout=_ESPERA, context=seguro)
    else:
        conexion = smtplib.SMTP(servidor, partes.port or 25, timeout=_ESPERA)
    with conexion:
        conexion.ehlo()
        cifrada = partes.scheme == "smtps"
        if not cifrada and conexion.has_extn("starttls"):
            conexion.starttls(context=seguro)
            cifrada = True
        if partes.username:
            if not cifrada and servidor not in _DE_CASA:
                raise SinCifrar("el servidor no ofrece STARTTLS")
            conexion.login(unquote(partes.username), unquote(partes.password or ""))
        conexion.send_message(correo)


def remitente(ajustes: Ajustes) -> tuple[str, str]:
    """(nombre, correo) de quien firma: el usuario de SMTP_URL si es un correo; si no, uno del servidor al que se llega."""
    usuario = unquote(urlsplit(ajustes.correo_url.get_secret_value()).username or "") if ajustes.correo_url else ""
    return "AuraAI2", usuario if "@" in usuario else f"no-responder@{urlsplit(ajustes.url_base).hostname}"


class CorreoDelPanel(MailUtil):
    """El cartero de Flask-Security: un fallo se anota y ni él ni lo que tarda delatan si la cuenta existe."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **_contexto: Any,
    ) -> None:
        """Manda el correo; por SMTP, en otro hilo para que quien lo pidió no espere al servidor."""
        ajustes: Ajustes = current_app.extensions["ajustes"]
        url = ajustes.correo_url.get_secret_value() if ajustes.correo_url else None
        datos = {
            "para": _direccion(recipient),
            "de": _direccion(sender),
            "asunto": subject,
            "texto": _con_nuestra_direccion(body or "", ajustes),
            "html": _con_nuestra_direccion(html, ajustes) if html else None,
        }
        if url is None:
            _intentar(None, ajustes.carpeta_de_datos / "correo", datos)
        else:
            threading.Thread(target=_intentar, args=(url, ajustes.carpeta_de_datos / "correo", datos), name="correo").start()


def _intentar(url: str | None, carpeta: Path, datos: dict[str, Any]) -> None:
    try:
        enviar_correo(url, carpeta, **datos)
    except (OSError, ValueError, smtplib.SMTPException) as fallo:
        # Sin el texto del fallo: los servidores repiten en él la dirección del destinatario.
        causa = resumir_fallo(fallo) if isinstance(fallo, SinCifrar) else type(fallo).__name__
        registrar_error("Correo", f"No salió el correo «{datos['asunto']}»: {causa}. Revisa SMTP_URL.", origen="registro.correo")


def _direccion(quien: str | tuple[str, str]) -> str:
    return f"{quien[0]} <{quien[1]}>" if isinstance(quien, tuple) else str(quien)


def _con_nuestra_direccion(texto: str, ajustes: Ajustes) -> str:
    """Los enlaces llevan la dirección configurada y nunca la cabecera Host: la escribe quien pide y podría ser de otro servidor."""
    propia = f"{ajustes.url_base}/"
    return texto.replace(request.host_url, propia).replace(str(escape(request.host_url)), propia)
