"""Las direcciones de la puerta: el inicio, el cambio de Nora y la entrada de un clic de la demo."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_security import current_user

from clientes.acceso import servicio
from clientes.acceso.limites import poner_limites
from clientes.comun.marco import olvidar_varias_noras, titulo_de_nora, varias_noras
from registro.accesos import con_sesion, publica
from registro.extensiones import seguridad
from sql.modelos.usuarios import ROL_ADMIN

acceso_bp = Blueprint("acceso", __name__)


@acceso_bp.record_once
def _preparar(estado: BlueprintSetupState) -> None:
    poner_limites(cast(Flask, estado.app))
    seguridad.login_context_processor(lambda: {"personas_de_ejemplo": servicio.personas_de_ejemplo(current_app.extensions["ajustes"])})


@acceso_bp.app_context_processor
def _para_el_marco() -> dict[str, Any]:
    return {"titulo_de_nora": titulo_de_nora, "varias_noras": varias_noras}


@acceso_bp.get("/")
@con_sesion
def inicio() -> ResponseReturnValue:
    """Lleva a la primera puerta abierta de la primera Nora; la agencia va a su oficina; si no hay ninguna, lo dice."""
    if current_user.has_role(ROL_ADMIN):
        return redirect("/admin/")
    destinos = servicio.listar_destinos(current_user.id, _rotas())
    olvidar_varias_noras()
    for destino in destinos:
        if destino.direccion:
            return redirect(destino.direccion)
    return render_template("clientes/acceso/sin_nora.html", destinos=destinos)


@acceso_bp.get("/mis-noras")
@con_sesion
def mis_noras() -> ResponseReturnValue:
    """Las Noras de quien entró, para cambiar de una a otra."""
    if current_user.has_role(ROL_ADMIN):
        return redirect("/admin/noras/")
    destinos = servicio.listar_destinos(current_user.id, _rotas())
    return render_template(
        "clientes/acceso/mis_noras.html", destinos=destinos, titulos=servicio.titulos_de([d.nombre_nora for d in destinos])
    )


@acceso_bp.post("/entrar/demo/<quien>")
@publica
def entrar_de_ejemplo(quien: str) -> ResponseReturnValue:
    """Entra como un usuario de ejemplo. Fuera de la demo local esta dirección no existe."""
    usuario = servicio.buscar_de_ejemplo(current_app.extensions["ajustes"], quien)
    if usuario is None:
        abort(404)
    servicio.entrar_como(usuario)
    return redirect(servicio.destino_seguro(request.args.get("next", "")), 303)


def _rotas() -> frozenset[str]:
    return frozenset(current_app.extensions.get("puertas_rotas", {}))
