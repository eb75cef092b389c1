"""El correo que sale del panel: por SMTP si hay SMTP_URL; si no, queda en una carpeta para que nadie espere en vano."""

from __future__ import annotations

import secrets
import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app
from flask_security import MailUtil

from registro.bitacora import registrar_error

_ESPERA = 10
"""Segundos para conectar y hablar con el servidor."""


def enviar_correo(url: str | None, carpeta: Path, *, para: str, de: str, asunto: str, texto: str, html: str | None = None) -> None:
    """Manda un correo, o lo deja como .eml en `carpeta` si no hay servidor configurado.

    Raises:
        OSError, smtplib.SMTPException: si el servidor no lo acepta.
    """
    correo = EmailMessage()
    correo["To"], correo["From"], correo["Subject"] = para, de, asunto
    correo.set_content(texto)
    if html:
        correo.add_alternative(html, subtype="html")
    if url is None:
        carpeta.mkdir(parents=True, exist_ok=True)
        (carpeta / f"{secrets.token_hex(8)}.eml").write_bytes(bytes(correo))
        return
    partes = urlsplit(url)
    clase = smtplib.SMTP_SSL if partes.scheme == "smtps" else smtplib.SMTP
    with clase(partes.hostname or "localhost", partes.port or (465 if partes.scheme == "smtps" else 25), timeout=_ESPERA) as servidor:
        if partes.scheme == "smtp" and servidor.has_extn("starttls"):
            servidor.starttls()
        if partes.username:
            servidor.login(unquote(partes.username), unquote(partes.password or ""))
        servidor.send_message(correo)


class CorreoDelPanel(MailUtil):
    """El cartero de Flask-Security: un fallo se anota y no delata si la cuenta existe."""

    def send_mail(self, template: str, subject: str, recipient: str, sender: Any, body: str, html: str | None, **_contexto: Any) -> None:
        ajustes = current_app.extensions["ajustes"]
        url = ajustes.correo_url.get_secret_value() if ajustes.correo_url else None
        de = f"{sender[0]} <{sender[1]}>" if isinstance(sender, tuple) else str(sender)
        try:
            enviar_correo(url, ajustes.carpeta_de_datos / "correo", para=recipient, de=de, asunto=subject, texto=body, html=html)
        except (OSError, smtplib.SMTPException) as fallo:
            registrar_error("Correo", f"No salió el correo «{subject}»: {type(fallo).__name__}. Revisa SMTP_URL.", origen="registro.correo")
