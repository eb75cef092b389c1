"""Da de alta a quien lleva la agencia: la primera persona que entra a /admin cuando no hay datos de ejemplo."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from email_validator import EmailNotValidError, validate_email

from sql.modelos.usuarios import todas_las_noras_guardar_admin


class CorreoNoValido(ValueError):
    """El correo no tiene forma de correo; el mensaje lo dice."""


def dar_de_alta(correo: str) -> str:
    """Crea (o repone) a esa persona de la agencia con una clave nueva y devuelve qué decir en pantalla.

    Raises:
        CorreoNoValido: si no es un correo.
    """
    try:
        limpio = validate_email(correo, check_deliverability=False).normalized.lower()
    except EmailNotValidError as motivo:
        raise CorreoNoValido(f"«{correo}» no es un correo. Escribe, por ejemplo: python app.py agencia ana@agencia.com") from motivo
    clave = secrets.token_urlsafe(12)
    es_nuevo = todas_las_noras_guardar_admin(limpio, PasswordHasher().hash(clave))
    que = "Ya puede entrar" if es_nuevo else "Ya existía: tiene clave nueva y sus sesiones se cerraron. Puede entrar"
    return f"{que} a /admin con {limpio} y la clave {clave} (cámbiala en «Cambiar contraseña»)."
