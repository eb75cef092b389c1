"""Las personas de todas las pruebas: Alicia y Beto son de «aura», Carla de «otra» y Diego es de la agencia."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import argon2

AURA = "aura"
OTRA = "otra"
NUMEROS = {AURA: "+14155550101", OTRA: "+14155550102"}
MODULOS_ACTIVOS = ("chat", "ia", "contactos", "conocimiento")
CLAVE = "clave-de-pruebas-1"
"""La misma para todos: así se cifra una sola vez."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Alguien que entra al panel. Sin Nora: es de la agencia."""

    id: int
    nombre: str
    correo: str
    nora: str | None = None
    rol: str = "admin"


ALICIA = Persona(1, "Alicia", "alicia@aura.example", AURA, "dueno")
BETO = Persona(2, "Beto", "beto@aura.example", AURA, "agente")
CARLA = Persona(3, "Carla", "carla@otra.example", OTRA, "dueno")
DIEGO = Persona(4, "Diego", "diego@agencia.example")
PERSONAS = (ALICIA, BETO, CARLA, DIEGO)


@cache
def clave_cifrada() -> str:
    """CLAVE con argon2id, tal como la comprueba Flask-Security con SECURITY_PASSWORD_SINGLE_HASH.

    Los costes son los de la biblioteca a propósito: con otros, Flask-Security la volvería a cifrar en cada entrada.
    """
    return argon2.PasswordHasher().hash(CLAVE)
