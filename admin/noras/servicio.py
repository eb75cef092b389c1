"""Dar de alta una Nora, configurarla y decidir quién trabaja en ella."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from flask_security import hash_password
from sqlalchemy.exc import IntegrityError

from registro.sesiones import sesion_de_usuarios, usuarios
from registro.telefonos import clave_canonica
from sql.conexion import transaccion
from sql.modelos.base import NoEncontrado
from sql.modelos.equipo import borrar_membresia, cambiar_rol, todas_las_noras_listar_equipo
from sql.modelos.modulos import MODULOS, guardar_modulo
from sql.modelos.noras import Nora, buscar_nora, guardar_nora, obtener_nora, todas_las_noras_listar
from sql.modelos.usuarios import guardar_membresia

_BYTES_DE_CLAVE = 12


class YaExiste(ValueError):
    """Ya hay una Nora con esa clave."""


class NumeroOcupado(ValueError):
    """Otra Nora ya contesta en ese número; va en `nora`."""

    def __init__(self, nora: Nora) -> None:
        super().__init__(f"Ese número ya es de «{nora.titulo}». Un número contesta por una sola Nora.")
        self.nora = nora


class YaEsMiembro(ValueError):
    """Esa persona ya está en el equipo."""


@dataclass(frozen=True, slots=True)
class Alta:
    """Quien acaba de entrar al equipo. `clave` sólo si se le creó el usuario: se enseña una vez y no se guarda."""

    correo: str
    clave: str | None


def crear_nora(nombre_nora: str, modulos: set[str], **campos: Any) -> Nora:
    """Da de alta una Nora con sus módulos de salida.

    Raises:
        NumeroOcupado: si otra Nora ya usa ese número.
        YaExiste: si la clave está tomada.
    """
    _exigir_numero_libre(nombre_nora, campos.get("numero_nora"))
    try:
        with transaccion(nombre_nora):
            if buscar_nora(nombre_nora) is not None:
                raise YaExiste(f"Ya hay una Nora «{nombre_nora}».")
            nora = guardar_nora(nombre_nora, **campos)
            for modulo in MODULOS:
                guardar_modulo(nombre_nora, modulo, modulo in modulos)
    except IntegrityError:
        _exigir_numero_libre(nombre_nora, campos.get("numero_nora"))
        raise YaExiste(f"Ya hay una Nora «{nombre_nora}».") from None
    return nora


def configurar_nora(nombre_nora: str, **campos: Any) -> Nora:
    """Cambia la configuración de una Nora.

    Raises:
        NoEncontrado: si no existe.
        NumeroOcupado: si otra Nora ya usa ese número.
    """
    _exigir_numero_libre(nombre_nora, campos.get("numero_nora"))
    try:
        with transaccion(nombre_nora):
            obtener_nora(nombre_nora)
            return guardar_nora(nombre_nora, **campos)
    except IntegrityError:
        _exigir_numero_libre(nombre_nora, campos.get("numero_nora"))
        raise


def _exigir_numero_libre(nombre_nora: str, numero: str | None) -> None:
    # Se compara la clave canónica: +52 1 55… y +52 55… son el mismo teléfono.
    if numero is None:
        return
    for otra in todas_las_noras_listar():
        if otra.nombre_nora != nombre_nora and otra.numero_nora and clave_canonica(otra.numero_nora) == clave_canonica(numero):
            raise NumeroOcupado(otra)


def sumar_miembro(nombre_nora: str, correo: str, nombre: str, rol: str) -> Alta:
    """Suma al equipo a quien tenga ese correo; si no tiene usuario, se lo crea con una clave al azar.

    Raises:
        NoEncontrado: si la Nora no existe.
        YaEsMiembro: si ya está en el equipo.
    """
    obtener_nora(nombre_nora)
    usuario = usuarios.find_user(email=correo)
    clave = None
    if usuario is None:
        clave = secrets.token_urlsafe(_BYTES_DE_CLAVE)
        usuario = _crear_usuario(correo, nombre, clave)
    if any(miembro.usuario_id == usuario.id for miembro in todas_las_noras_listar_equipo(nombre_nora)):
        raise YaEsMiembro(f"{correo} ya está en el equipo; su rol se cambia en la lista.")
    guardar_membresia(nombre_nora, usuario.id, rol)
    return Alta(correo, clave)


def _crear_usuario(correo: str, nombre: str, clave: str) -> Any:
    try:
        usuario = usuarios.create_user(
            email=correo, nombre=nombre, password=hash_password(clave), active=True, confirmed_at=dt.datetime.now(dt.UTC)
        )
        usuarios.commit()  # type: ignore[no-untyped-call]
    except IntegrityError:
        # Otra persona lo creó en este instante: que la agencia vuelva a sumarlo, ya como usuario existente.
        sesion_de_usuarios.rollback()
        raise YaEsMiembro(f"{correo} se acaba de crear desde otra pantalla. Vuelve a sumarlo.") from None
    return usuario


def cambiar_rol_de_miembro(nombre_nora: str, usuario_id: int, rol: str) -> None:
    """Cambia el rol de un miembro.

    Raises:
        NoEncontrado: si no es del equipo.
    """
    cambiar_rol(nombre_nora, usuario_id, rol)


def quitar_miembro(nombre_nora: str, usuario_id: int) -> None:
    """Saca a alguien del equipo; su usuario sigue existiendo.

    Raises:
        NoEncontrado: si la Nora no existe.
    """
    if buscar_nora(nombre_nora) is None:
        raise NoEncontrado(f"No existe la Nora {nombre_nora!r}")
    borrar_membresia(nombre_nora, usuario_id)
