"""Quién puede escribir desde el simulador: tres personas de ejemplo y números de ficción, nunca el de nadie. Puro."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sql.demo import GUIONES

_PREFIJOS = ("201", "212", "213", "305", "312", "404", "415", "503", "512", "602", "617", "702", "713", "718", "801", "917")
_DE_FICCION = re.compile(rf"1(?:{'|'.join(_PREFIJOS)})55501\d\d")
"""En Norteamérica, 555-0100 a 555-0199 están reservados para la ficción (NANPA, «555 line numbers»)."""


@dataclass(frozen=True, slots=True)
class Personaje:
    """Alguien a quien el simulador presta su teléfono."""

    cifras: str
    """Su número con prefijo y sin +, como va en la dirección de la página."""
    nombre: str
    """El nombre de su perfil de WhatsApp."""
    es_de_ejemplo: bool

    @property
    def telefono(self) -> str:
        """Su número en E.164."""
        return f"+{self.cifras}"

    @property
    def direccion(self) -> str:
        """Como lo nombra Twilio."""
        return f"whatsapp:{self.telefono}"

    @property
    def nombre_corto(self) -> str:
        """El nombre sin la coletilla que lo marca como ejemplo."""
        return self.nombre.removesuffix(" (ejemplo)")


DE_EJEMPLO = tuple(Personaje(guion.telefono.removeprefix("+"), guion.nombre, True) for guion in GUIONES[:3])


def buscar_personaje(cifras: str) -> Personaje | None:
    """La persona de ejemplo con ese número, o la que nace de un número de ficción; None si el número podría ser de alguien."""
    for personaje in DE_EJEMPLO:
        if personaje.cifras == cifras:
            return personaje
    return Personaje(cifras, f"Visita {cifras[-4:]} (ejemplo)", False) if _DE_FICCION.fullmatch(cifras) else None


def inventar_cifras(al_azar: Callable[[int], int]) -> str:
    """Un número de ficción. `al_azar(n)` da un entero entre 0 y n - 1."""
    return f"1{_PREFIJOS[al_azar(len(_PREFIJOS))]}55501{al_azar(100):02d}"
