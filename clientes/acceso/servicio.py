"""A dónde llega cada quien después de entrar, y la entrada de un clic del modo demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask_security import login_user

from registro import registro_clientes
from registro.config import Ajustes
from registro.modulos import menu_de
from registro.sesiones import UsuarioDePanel, usuarios
from sql import demo
from sql.modelos.noras import buscar_nora
from sql.modelos.usuarios import todas_las_noras_de_usuario

PAPELES = {"dueno": "Dueña", "agente": "Agente", "admin": "Agencia"}
"""Cómo se ofrece cada papel en la entrada de la demo."""


@dataclass(frozen=True, slots=True)
class Destino:
    """Una Nora a la que entra un usuario y la primera puerta que tiene abierta (None si todas están apagadas)."""

    nombre_nora: str
    direccion: str | None


def listar_destinos(usuario_id: int, rotas: frozenset[str] = frozenset()) -> list[Destino]:
    """Las Noras de ese usuario, por nombre, con su primera puerta abierta."""
    destinos = []
    for nombre_nora, _rol, modulos in todas_las_noras_de_usuario(usuario_id):
        menu = menu_de(registro_clientes.PUERTAS, modulos, nombre_nora, rotas)
        destinos.append(Destino(nombre_nora, menu[0].direccion if menu else None))
    return destinos


def titulos_de(nombres: list[str]) -> dict[str, str]:
    """Cómo se llama en pantalla cada Nora; la que no tenga ficha se queda con su clave."""
    noras = {nombre: buscar_nora(nombre) for nombre in nombres}
    return {nombre: nora.titulo if nora else nombre for nombre, nora in noras.items()}


def ofrece_demo(ajustes: Ajustes) -> bool:
    """La entrada de un clic sólo existe en modo demo y atendiendo sólo a esta máquina."""
    return ajustes.demo and ajustes.es_local


def personas_de_ejemplo(ajustes: Ajustes) -> list[tuple[str, str]]:
    """(clave, cómo se ofrece) de cada usuario de ejemplo con el que se puede entrar de un clic."""
    return [(p.clave, PAPELES[p.rol]) for p in demo.PERSONAS if buscar_de_ejemplo(ajustes, p.clave) is not None]


def buscar_de_ejemplo(ajustes: Ajustes, quien: str) -> UsuarioDePanel | None:
    """El usuario de ejemplo con esa clave o ese papel, o None si la demo no se ofrece o ya no es de ejemplo."""
    if not ofrece_demo(ajustes):
        return None
    for persona in demo.PERSONAS:
        if quien in {persona.clave, persona.rol}:
            usuario = cast("UsuarioDePanel | None", usuarios.find_user(email=persona.correo))
            return usuario if usuario is not None and usuario.es_ejemplo and usuario.active else None
    return None


def entrar_como(usuario: UsuarioDePanel) -> None:
    """Abre la sesión de ese usuario."""
    login_user(usuario)
    usuarios.commit()  # type: ignore[no-untyped-call]


def destino_seguro(siguiente: str) -> str:
    """A dónde iba quien tuvo que entrar, si es una dirección de esta casa; si no, el inicio. Puro.

    Los navegadores leen `\\` como `/` y se saltan los controles: por eso no basta con mirar la primera barra.
    """
    es_de_casa = siguiente.startswith("/") and not siguiente.startswith("//") and "\\" not in siguiente and siguiente.isprintable()
    return siguiente if es_de_casa else "/"
