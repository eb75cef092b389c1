"""Qué puertas ve cada Nora: el menú sale de las filas registradas y de los módulos encendidos. Puro."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Puerta:
    """Una fila de `registro_*.py`: un blueprint, dónde se sirve y qué módulo lo abre."""

    clave: str
    titulo: str
    icono: str
    blueprint: str
    """Texto «paquete.modulo:objeto»: así la portería no importa a quien está por encima."""
    prefijo: str
    modulo: str | None = None
    opcional: bool = True
    en_menu: bool = True
    solo_demo: bool = False
    """Sólo existe en modo demo: sin él no sale en el menú y su dirección da 404."""


@dataclass(frozen=True, slots=True)
class Entrada:
    """Un renglón del menú."""

    clave: str
    titulo: str
    icono: str
    direccion: str


def menu_de(
    puertas: tuple[Puerta, ...], modulos: frozenset[str], nombre_nora: str, rotas: frozenset[str] = frozenset(), *, demo: bool = False
) -> list[Entrada]:
    """El menú de una Nora: sólo módulos encendidos y puertas sanas, en el orden de las filas; las de la demo, sólo con `demo`."""
    return [
        Entrada(p.clave, p.titulo, p.icono, p.prefijo.replace("<nombre_nora>", nombre_nora) + "/")
        for p in puertas
        if p.en_menu and p.clave not in rotas and (p.modulo is None or p.modulo in modulos) and (demo or not p.solo_demo)
    ]
