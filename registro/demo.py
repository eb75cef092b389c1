"""Pone la Nora de ejemplo la primera vez y mantiene al día la clave de sus usuarios."""

from __future__ import annotations

import datetime as dt
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from registro.config import Ajustes
from sql import demo
from sql.conexion import en_exclusiva
from sql.modelos.noras import todas_las_noras_contar

_CANDADO_DE_LA_SIEMBRA = 7_210_003


def sembrar_si_esta_vacia(ajustes: Ajustes) -> str | None:
    """Siembra si no hay ninguna Nora, aunque arranquen varios procesos a la vez. Devuelve la clave si sembró."""
    if todas_las_noras_contar():
        return None
    with en_exclusiva(_CANDADO_DE_LA_SIEMBRA):
        if todas_las_noras_contar():
            return None
        clave = ajustes.demo_clave.get_secret_value() if ajustes.demo_clave else secrets.token_urlsafe(9)
        cifrada = PasswordHasher().hash(clave)
        demo.sembrar({persona.clave: cifrada for persona in demo.PERSONAS}, dt.datetime.now(dt.UTC), ajustes.cuenta_demo)
        return clave


def sembrar(ajustes: Ajustes) -> list[str]:
    """Siembra si hace falta y pone al día la clave de los usuarios de ejemplo. Devuelve qué decir de ellos en pantalla."""
    elegida = ajustes.demo_clave.get_secret_value() if ajustes.demo_clave else None
    if clave := sembrar_si_esta_vacia(ajustes):
        return _renglones(f"clave de los tres: {clave}")
    existentes = demo.claves_de_ejemplo()
    if not existentes:
        return []
    if elegida is None:
        return _renglones("la clave se mostró en el primer arranque; para cambiarla, pon DEMO_CLAVE y arranca otra vez")
    for correo, cifrada in existentes.items():
        if not _coincide(cifrada, elegida):
            demo.cambiar_clave_de_ejemplo(correo, PasswordHasher().hash(elegida))
    return _renglones("clave de los tres: la de DEMO_CLAVE")


def _coincide(cifrada: str, clave: str) -> bool:
    try:
        return PasswordHasher().verify(cifrada, clave)
    except (Argon2Error, InvalidHashError):
        return False


def _renglones(sobre_la_clave: str) -> list[str]:
    papeles = {"dueno": "dueña de la Nora", "agente": "agente", "admin": "agencia (/admin)"}
    return ["Usuarios de ejemplo", *(f"  {p.correo:<22} {papeles[p.rol]}" for p in demo.PERSONAS), f"  {sobre_la_clave}"]
