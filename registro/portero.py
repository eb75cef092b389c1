"""El portero: la misma pregunta para una página y para un socket. ¿Puede este usuario entrar a esta Nora por este módulo?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, abort, current_app, g, request
from flask_security import current_user

from registro import accesos
from sql.modelos.modulos import listar_modulos_activos, todas_las_noras_listar_modulos
from sql.modelos.noras import buscar_nora
from sql.modelos.usuarios import ROL_ADMIN, todas_las_noras_de_usuario

ROL_DE_AGENCIA = "agencia"
ROLES_QUE_ESCRIBEN = frozenset({"dueno", "administrador", "agente", ROL_DE_AGENCIA})


@dataclass(frozen=True, slots=True)
class Paso:
    """Permiso concedido: quién entra, a qué Nora, con qué rol y qué módulos hay."""

    nombre_nora: str
    rol: str
    modulos: frozenset[str]
    usuario_id: int

    @property
    def puede_escribir(self) -> bool:
        """Si el rol permite cambiar cosas (el de sólo lectura no)."""
        return self.rol in ROLES_QUE_ESCRIBEN


def pedir_paso(usuario: Any, nombre_nora: str, modulo: str | None) -> Paso | None:
    """El paso de ese usuario a esa Nora por ese módulo, o None. HTTP y sockets preguntan aquí.

    No distingue «no existe» de «no es tuya» ni de «apagado»: desde fuera las tres son la misma nada.
    """
    if not getattr(usuario, "is_authenticated", False) or not nombre_nora or "\x00" in nombre_nora:
        return None
    if usuario.has_role(ROL_ADMIN):
        if buscar_nora(nombre_nora) is None:
            return None
        rol, modulos = ROL_DE_AGENCIA, listar_modulos_activos(nombre_nora)
    else:
        propias = {nora: (rol, modulos) for nora, rol, modulos in todas_las_noras_de_usuario(usuario.id)}
        if nombre_nora not in propias:
            return None
        rol, modulos = propias[nombre_nora]
    if modulo is not None and modulo not in modulos:
        return None
    return Paso(nombre_nora, rol, modulos, usuario.id)


def listar_pasos(usuario: Any) -> list[Paso]:
    """Todos los pasos de ese usuario, uno por Nora a la que entra; los sockets eligen con ellos sus salas."""
    if not getattr(usuario, "is_authenticated", False):
        return []
    if usuario.has_role(ROL_ADMIN):
        return [Paso(nora, ROL_DE_AGENCIA, modulos, usuario.id) for nora, modulos in todas_las_noras_listar_modulos().items()]
    return [Paso(nora, rol, modulos, usuario.id) for nora, rol, modulos in todas_las_noras_de_usuario(usuario.id)]


def vigilar(app: Flask) -> None:
    """Pone al portero delante de todas las rutas de la aplicación."""
    app.before_request(_revisar)


def _revisar() -> Any:
    if request.endpoint is None:
        return None
    marca = accesos.marca_de(current_app, request.endpoint)
    if marca is None or _esta_cerrado(request.blueprint):
        # Una ruta sin marca es un descuido: cerrada hasta que alguien diga cómo se protege.
        abort(404)
    if marca in {accesos.PUBLICA, accesos.FIRMADA}:
        return None
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    structlog.contextvars.bind_contextvars(usuario=current_user.id)
    if marca == accesos.SOLO_ADMIN:
        if not current_user.has_role(ROL_ADMIN):
            abort(404)
        return None
    nombre_nora = (request.view_args or {}).get("nombre_nora")
    if nombre_nora is not None:
        _revisar_nora(nombre_nora)
    return None


def _esta_cerrado(blueprint: str | None) -> bool:
    """Si esa puerta se rompió al abrirla o es sólo de la demo y esto no lo es."""
    if blueprint in current_app.extensions.get("blueprints_cerrados", ()):
        return True
    return blueprint in current_app.extensions.get("blueprints_de_demo", ()) and not current_app.extensions["ajustes"].demo


def _revisar_nora(nombre_nora: str) -> None:
    modulos: dict[str, str | None] = current_app.extensions.get("modulo_de_blueprint", {})
    paso = pedir_paso(current_user, nombre_nora, modulos.get(request.blueprint or ""))
    if paso is None:
        abort(404)
    if request.method not in {"GET", "HEAD", "OPTIONS"} and not paso.puede_escribir:
        abort(403, description="Tu rol en esta Nora es de sólo lectura. La dueña o una administradora pueden cambiarlo.")
    g.paso = paso
