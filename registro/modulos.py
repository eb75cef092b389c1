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


@dataclass(frozen=True, slots=True)
class Entrada:
    """Un renglón del menú."""

    clave: str
    titulo: str
    icono: str
    direccion: str


def menu_de(puertas: tuple[Puerta, ...], modulos: frozenset[str], nombre_nora: str, rotas: frozenset[str] = frozenset()) -> list[Entrada]:
    """El menú de una Nora: sólo módulos encendidos y puertas sanas, en el orden de las filas."""
    return [
        Entrada(p.clave, p.titulo, p.icono, p.prefijo.replace("<nombre_nora>", nombre_nora) + "/")
        for p in puertas
        if p.en_menu and p.clave not in rotas and (p.modulo is None or p.modulo in modulos)
    ]
