"""Qué color tiene cada luz de la casa y por qué. Puro."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Color = Literal["bien", "ojo", "mal"]

LATIDO_VIEJO = 30
"""Segundos sin señales del trabajador a partir de los que se da por muerto."""
COLA_VIEJA, COLA_PARADA = 60, 600
"""Segundos del envío más viejo en cola: preocupa y está parada."""
POCO_DISCO, CASI_SIN_DISCO = 0.15, 0.05
"""Parte libre del disco."""


@dataclass(frozen=True, slots=True)
class Luz:
    """Algo que se mira: cómo está, qué se ve y, si no está bien, qué hacer."""

    titulo: str
    color: Color
    detalle: str
    salida: str = ""


def de_la_base(al_dia: bool | None, revision: str) -> Luz:
    """La base y sus migraciones; None si no contestó."""
    if al_dia is None:
        return Luz("Base de datos", "mal", "No contesta.", "Revisa que Postgres esté encendido y DATABASE_URL. Se reintenta solo.")
    if not al_dia:
        return Luz("Base de datos", "ojo", f"Faltan migraciones para llegar a la {revision}.", "Ejecuta «make migrar» y reinicia.")
    return Luz("Base de datos", "bien", f"Al día, en la migración {revision}.")


def del_trabajador(segundos: float | None) -> Luz:
    """El trabajador, por lo que hace que dio señales; None si nunca."""
    if segundos is None:
        return Luz("Trabajador", "mal", "Nunca dio señales.", "Nadie atiende ni envía: arráncalo con «make run».")
    if segundos >= LATIDO_VIEJO:
        return Luz("Trabajador", "mal", f"Sin señales desde hace {duracion(segundos)}.", "Nadie atiende ni envía: reinícialo.")
    return Luz("Trabajador", "bien", f"Dio señales hace {duracion(segundos)}.")


def del_reloj(suena: bool | None) -> Luz:
    """El reloj de lo que se hace a su hora."""
    if suena is None:
        return Luz("Reloj", "ojo", "No se pudo mirar.")
    if not suena:
        return Luz("Reloj", "mal", "Nadie lo tiene.", "Lo de cada noche no se hará: comprueba que el trabajador esté en marcha.")
    return Luz("Reloj", "bien", "En marcha, en un solo proceso.")


def de_los_perdidos(segundos: float | None, hay_cuentas: bool, fallan: Sequence[str] = ()) -> Luz:
    """La búsqueda de mensajes que no llegaron, cada dos minutos.

    Args:
        segundos: desde la última vez que se buscó bien en todas; None si nunca.
        fallan: las Noras en las que el último intento falló o cuya cuenta no acepta las credenciales.
    """
    if not hay_cuentas:
        return Luz("Mensajes perdidos", "bien", "Sin cuenta de Twilio no hay dónde buscar.")
    if fallan:
        bien = "Nunca se buscaron bien." if segundos is None else f"Se buscaron bien hace {duracion(segundos)}."
        salida = "Abre «WhatsApp de la Nora» y pulsa «Comprobar»."
        return Luz("Mensajes perdidos", "ojo", f"El último intento falló: {', '.join(fallan)}. {bien}", salida)
    if segundos is None or segundos > 600:
        cuando = "Nunca se pudieron buscar." if segundos is None else f"No se pueden buscar desde hace {duracion(segundos)}."
        return Luz("Mensajes perdidos", "ojo", cuando, "Comprueba que el trabajador esté en marcha y mira los errores de Twilio.")
    return Luz("Mensajes perdidos", "bien", f"Se buscaron hace {duracion(segundos)}.")


def de_las_cuentas(fallan: Sequence[str], sin_comprobar: Sequence[str], *, hay_cuentas: bool) -> Luz:
    """Las credenciales de Twilio según la última vez que alguien pulsó «Comprobar».

    Args:
        fallan: las Noras cuya última comprobación falló.
        sin_comprobar: de quién son las credenciales que nadie comprobó desde que se guardaron.
        hay_cuentas: si hay alguna cuenta de Twilio.
    """
    partes = [
        f"La última comprobación falló: {', '.join(fallan)}." if fallan else "",
        f"Nadie las ha comprobado: {', '.join(sin_comprobar)}." if sin_comprobar else "",
    ]
    if fallan or sin_comprobar:
        return Luz("Credenciales de Twilio", "ojo", " ".join(filter(None, partes)), "Abre «WhatsApp de la Nora» y pulsa «Comprobar».")
    return Luz("Credenciales de Twilio", "bien", "Comprobadas." if hay_cuentas else "Ninguna: WhatsApp simulado.")


def de_la_firma(en_sombra: Sequence[str]) -> Luz:
    """La firma de los avisos; `en_sombra`, quién no la exige y hasta cuándo, ya en palabras."""
    if en_sombra:
        salida = "Mientras dura, cualquiera puede hacerse pasar por Twilio: apágalo en «WhatsApp de la Nora»."
        return Luz("Firma de los avisos", "ojo", f"Modo sombra: {'; '.join(en_sombra)}.", salida)
    return Luz("Firma de los avisos", "bien", "Se exige en todos los números.")


def de_la_cola(en_cola: int, edad: float, por_confirmar: int) -> Luz:
    """Lo que espera para salir."""
    dudosos = f" {por_confirmar} por confirmar." if por_confirmar else ""
    if en_cola and edad >= COLA_PARADA:
        return Luz(
            "Cola de salida",
            "mal",
            f"{en_cola} esperan; el más viejo, {duracion(edad)}.{dudosos}",
            "Mira abajo si un cortacircuitos está abierto.",
        )
    if (en_cola and edad >= COLA_VIEJA) or por_confirmar:
        return Luz("Cola de salida", "ojo", f"{en_cola} en cola.{dudosos}", "Se aclara solo en unos minutos.")
    return Luz("Cola de salida", "bien", f"{en_cola} en cola." if en_cola else "Vacía.")


def de_los_sockets(abiertos: int, tope: int, hilos: int, hilos_tope: int) -> Luz:
    """Las pestañas conectadas a este proceso y los hilos que ocupan."""
    color: Color = "mal" if abiertos >= tope else "ojo" if abiertos >= tope * 0.8 else "bien"
    salida = "Las pestañas nuevas se actualizarán más despacio: añade otro proceso web." if color != "bien" else ""
    return Luz("Pestañas conectadas", color, f"{abiertos} de {tope}; {hilos} hilos de {hilos_tope}.", salida)


def del_disco(libre: int, total: int) -> Luz:
    """El disco de la carpeta de datos, en bytes."""
    parte = libre / total if total else 0.0
    color: Color = "mal" if parte < CASI_SIN_DISCO else "ojo" if parte < POCO_DISCO else "bien"
    salida = "Libera sitio: sin disco no se guarda nada." if color != "bien" else ""
    return Luz("Disco", color, f"{libre / 1e9:.1f} GB libres de {total / 1e9:.1f}.", salida)


def duracion(segundos: float) -> str:
    """«3 s», «5 min», «2 h» o «4 días»."""
    if segundos < 60:
        return f"{segundos:.0f} s"
    if segundos < 3600:
        return f"{segundos // 60:.0f} min"
    if segundos < 48 * 3600:
        return f"{segundos // 3600:.0f} h"
    return f"{segundos // 86400:.0f} días"


def peor(luces: list[Luz]) -> Color:
    """El color de la casa entera: el peor de sus luces."""
    colores = {luz.color for luz in luces}
    return "mal" if "mal" in colores else "ojo" if "ojo" in colores else "bien"
