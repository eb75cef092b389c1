"""Lo que se escribe en Plantillas, limpio y con el nombre como lo quiere WhatsApp. Puro."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from registro.textos import una_linea, varias_lineas
from webhook.canal import texto_de_plantilla

GRUPOS: dict[str, tuple[str, tuple[str, ...]]] = {
    "aprobadas": ("Aprobadas", ("aprobada",)),
    "en_revision": ("En revisión", ("recibida", "pendiente")),
    "rechazadas": ("Rechazadas", ("rechazada",)),
    "pausadas": ("Pausadas", ("pausada", "desactivada")),
    "borradores": ("Borradores", ("borrador", "sin_enviar")),
}
"""Los filtros de la lista: cómo se llaman y qué estados juntan."""
_LARGO_DE_LO_ESCRITO = 4000


def leer_busqueda(texto: str) -> str:
    """Lo buscado, en una línea y sin excesos."""
    return una_linea(texto)[:100]


def leer_grupo(texto: str) -> str:
    """Uno de los filtros, o vacío (todas) si no existe."""
    return texto if texto in GRUPOS else ""


def leer_clave(texto: str) -> int | None:
    """El id de una plantilla en la dirección, o None si no tiene su forma."""
    return int(texto) if re.fullmatch(r"[1-9][0-9]{0,17}", texto) else None


def otra_como(propuesta: texto_de_plantilla.Propuesta) -> texto_de_plantilla.Propuesta:
    """La misma con el nombre siguiente («promo» → «promo_2» → «promo_3»): el de una rechazada no se puede repetir."""
    raiz, _, numero = propuesta.nombre.rpartition("_")
    siguiente = f"{raiz}_{int(numero) + 1}" if raiz and re.fullmatch(r"[1-9][0-9]{0,3}", numero) else f"{propuesta.nombre}_2"
    return replace(propuesta, nombre=siguiente)


def leer_propuesta(formulario: Mapping[str, str], prefijo: str) -> texto_de_plantilla.Propuesta:
    """Lo escrito en el editor. Al nombre se le pone el prefijo de la Nora; las variables que el texto no usa se dejan fuera."""
    cuerpo = varias_lineas(formulario.get("cuerpo", ""))[:_LARGO_DE_LO_ESCRITO]
    ejemplos = {clave: una_linea(formulario.get(f"variable-{clave}", ""))[:500] for clave in texto_de_plantilla.variables_de(cuerpo)}
    titulos = (una_linea(formulario.get(f"boton-{n}", ""))[:100] for n in range(1, texto_de_plantilla.BOTONES_COMO_MUCHO + 1))
    nombre = escribir_nombre(formulario.get("nombre", ""))
    return texto_de_plantilla.Propuesta(
        nombre=f"{prefijo}{nombre.removeprefix(prefijo)}" if nombre.removeprefix(prefijo) else "",
        categoria=formulario.get("categoria", "")[:40],
        idioma=formulario.get("idioma", "")[:20],
        cuerpo=cuerpo,
        ejemplos=ejemplos,
        botones=tuple(titulo for titulo in titulos if titulo),
    )


def escribir_nombre(texto: str) -> str:
    """«Recordatorio de cita» como lo admite WhatsApp: «recordatorio_de_cita»."""
    sin_acentos = unicodedata.normalize("NFD", una_linea(texto)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", sin_acentos.lower()).strip("_")[:200]


def leer_nombre(nombre: str, prefijo: str) -> str:
    """El nombre para enseñar: sin el prefijo de la Nora y con espacios."""
    corto = nombre.removeprefix(prefijo).replace("_", " ").strip() or nombre
    return corto[0].upper() + corto[1:]
