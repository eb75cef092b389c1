"""Quién escribe qué a quién y en qué orden llega: el reparto de un ensayo, con repetidos y revuelto. Puro, con semilla."""

from __future__ import annotations

import random
from dataclasses import dataclass

NUMEROS = {f"nora{i}": f"+141555501{i:02d}" for i in range(4)}
"""Las Noras del ensayo y sus números."""
REPETIDOS = 0.3
PERDIDOS = 0.005
"""Proporción de mensajes cuyo aviso no sale nunca de Twilio: sólo se saben preguntando."""
BLOQUES = (
    "¿Cuál es el horario? Abrimos de lunes a sábado de 9:00 a 19:00. Los domingos descansamos.",
    "¿Dónde están? Estamos en Avenida de las Flores 123, colonia Centro, a media cuadra del parque.",
    "¿Cómo puedo pagar? Con efectivo, tarjeta de débito o crédito, transferencia o enlace de pago.",
    "¿Tienen wifi? Sí, hay wifi gratis para clientes; la clave está en tu ticket.",
)
_PREGUNTAS = ("¿A qué hora abren?", "¿Dónde están?", "¿Cómo puedo pagar?", "¿Tienen wifi?")
_CORTESIAS = ("hola", "buenas tardes", "gracias", "ok", "muchas gracias", "perfecto")
_PREFIJOS = ("+52155", "+52155", "+54911", "+55119", "MX.")


@dataclass(frozen=True, slots=True)
class Escrito:
    """Un mensaje de una persona: direcciones completas de WhatsApp y texto."""

    de: str
    para: str
    texto: str


@dataclass(frozen=True, slots=True)
class Reparto:
    """Los mensajes, y el orden en que se entregan (por índice, con repetidos). Los que no están en `entregas` se pierden."""

    escritos: tuple[Escrito, ...]
    entregas: tuple[int, ...]

    @property
    def perdidos(self) -> int:
        """Cuántos no se entregan nunca."""
        return len(self.escritos) - len(set(self.entregas))


def direccion(i: int) -> str:
    """La dirección de la persona `i`: móviles de México, Argentina y Brasil, y alguna sin teléfono."""
    prefijo = _PREFIJOS[i % len(_PREFIJOS)]
    return f"whatsapp:{prefijo}AbCd{i:014d}" if prefijo == "MX." else f"whatsapp:{prefijo}{50_000_000 + i * 7_919:08d}"


def repartir(mensajes: int, personas: int, semilla: int) -> Reparto:
    """El reparto de un ensayo. La misma semilla da el mismo."""
    azar = random.Random(semilla)
    noras = list(NUMEROS.values())
    escritos = []
    for n in range(mensajes):
        quien = n % personas
        # Cada quien pregunta siempre lo mismo: así ninguna ráfaga trae más preguntas de las que se responden sin una persona.
        texto = _PREGUNTAS[quien % len(_PREGUNTAS)] if azar.random() < 0.5 else azar.choice(_CORTESIAS)
        escritos.append(Escrito(direccion(quien), f"whatsapp:{noras[quien % len(noras)]}", texto))
    llegan = [n for n in range(mensajes) if azar.random() >= PERDIDOS]
    entregas = llegan + azar.choices(llegan, k=round(mensajes * REPETIDOS))
    azar.shuffle(entregas)
    return Reparto(tuple(escritos), tuple(entregas))


def momentos_de_golpe(entregas: int, golpes: int, semilla: int) -> list[tuple[int, tuple[str, ...]]]:
    """Tras cuántas entregas cae cada kill -9 y a quién."""
    azar = random.Random(semilla + 1)
    momentos = sorted(azar.randrange(entregas // 20, max(entregas * 19 // 20, entregas // 20 + 1)) for _ in range(golpes))
    blancos = (("web",), ("trabajador",), ("web", "trabajador"))
    return [(momento, azar.choice(blancos)) for momento in momentos]
