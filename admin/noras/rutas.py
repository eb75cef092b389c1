"""Las direcciones de las Noras: lista, alta, configuración y equipo."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.comun.agencia import ZONA_DE_LA_AGENCIA, direccion_del_panel, exigir_nombre_de_nora
from admin.comun.modulos import CATALOGO
from admin.noras import servicio
from admin.noras.formularios import LARGOS, PorCampo, Revision, leer_miembro, leer_nombre_de_nora, leer_nora
from admin.noras.servicio import Alta, NumeroOcupado, YaEsMiembro, YaExiste
from admin.noras.zonas import existe, grupos, nombre_de
from registro.accesos import solo_admin
from sql.modelos.equipo import todas_las_noras_listar_equipo
from sql.modelos.modulos import MODULOS, listar_modulos_activos
from sql.modelos.noras import Nora, obtener_nora
from sql.modelos.resumen import todas_las_noras_resumir
from sql.modelos.usuarios import ROLES_DE_NORA

admin_noras_bp = Blueprint("admin_noras", __name__)
exigir_nombre_de_nora(admin_noras_bp)

MODULOS_DE_SALIDA = frozenset({"chat", "ia", "contactos", "conocimiento"})
_DE_NACIMIENTO = {"zona_horaria": ZONA_DE_LA_AGENCIA, "espera_segundos": "4"}
_MIEMBRO = "/<nombre_nora>/equipo/<int(max=9223372036854775807):usuario_id>"


@admin_noras_bp.get("/", strict_slashes=False)
@solo_admin
def lista() -> str:
    """Todas las Noras."""
    return render_template(
        "admin/noras/lista.html",
        noras=todas_las_noras_resumir(),
        cuantos_modulos=len(MODULOS),
        direccion_del_panel=direccion_del_panel,
        zona=ZONA_DE_LA_AGENCIA,
    )


@admin_noras_bp.get("/nueva")
@solo_admin
def nueva() -> str:
    """El formulario de alta."""
    return _formulario(None, PorCampo(_DE_NACIMIENTO), PorCampo(), MODULOS_DE_SALIDA)


@admin_noras_bp.post("/nueva")
@solo_admin
def crear() -> ResponseReturnValue:
    """Da de alta una Nora."""
    revision, modulos = leer_nora(request.form), set(request.form.getlist("modulos")) & set(MODULOS)
    nombre_nora = ""
    try:
        nombre_nora = leer_nombre_de_nora(request.form.get("nombre_nora", ""))
    except ValueError as fallo:
        revision.errores["nombre_nora"] = str(fallo)
    if not revision.errores:
        try:
            nora = servicio.crear_nora(nombre_nora, modulos, **revision.valores)
        except YaExiste as fallo:
            revision.errores["nombre_nora"] = str(fallo)
        except NumeroOcupado as fallo:
            revision.errores["numero_nora"] = str(fallo)
        else:
            flash(f"«{nora.titulo}» ya existe. Ahora suma a su equipo.", "success")
            return redirect(url_for(".editar", nombre_nora=nombre_nora), 303)
    return Response(_formulario(None, _lo_escrito(), revision.errores, modulos), 422)


@admin_noras_bp.get("/<nombre_nora>/")
@solo_admin
def editar(nombre_nora: str) -> str:
    """La configuración y el equipo de una Nora."""
    nora = obtener_nora(nombre_nora)
    return _formulario(nora, _lo_guardado(nora), PorCampo())


@admin_noras_bp.post("/<nombre_nora>/")
@solo_admin
def guardar(nombre_nora: str) -> ResponseReturnValue:
    """Guarda la configuración de una Nora."""
    nora, revision = obtener_nora(nombre_nora), leer_nora(request.form)
    if not revision.errores:
        try:
            servicio.configurar_nora(nombre_nora, **revision.valores)
        except NumeroOcupado as fallo:
            revision.errores["numero_nora"] = str(fallo)
        else:
            flash("Guardado.", "success")
            return redirect(url_for(".editar", nombre_nora=nombre_nora), 303)
    return Response(_formulario(nora, _lo_escrito(), revision.errores), 422)


@admin_noras_bp.post("/<nombre_nora>/equipo")
@solo_admin
def sumar(nombre_nora: str) -> ResponseReturnValue:
    """Suma a alguien al equipo; si hubo que crearle el usuario, enseña su clave una sola vez."""
    revision, alta = leer_miembro(request.form), None
    if not revision.errores:
        try:
            alta = servicio.sumar_miembro(nombre_nora, **revision.valores)
        except YaEsMiembro as fallo:
            revision.errores["correo"] = str(fallo)
    return _equipo(nombre_nora, revision, alta)


@admin_noras_bp.post(f"{_MIEMBRO}/rol")
@solo_admin
def cambiar_rol(nombre_nora: str, usuario_id: int) -> ResponseReturnValue:
    """Cambia el rol de un miembro."""
    rol = request.form.get("rol", "")
    if rol not in ROLES_DE_NORA:
        return _equipo(nombre_nora, Revision(errores=PorCampo(rol="Elige un rol de la lista.")))
    servicio.cambiar_rol_de_miembro(nombre_nora, usuario_id, rol)
    return _equipo(nombre_nora, Revision(), cambiado=usuario_id)


@admin_noras_bp.post(f"{_MIEMBRO}/quitar")
@solo_admin
def quitar(nombre_nora: str, usuario_id: int) -> ResponseReturnValue:
    """Saca a alguien del equipo."""
    servicio.quitar_miembro(nombre_nora, usuario_id)
    return _equipo(nombre_nora, Revision())


def _equipo(nombre_nora: str, revision: Revision, alta: Alta | None = None, cambiado: int = 0) -> Response:
    """El equipo como fragmento: el mismo que pinta la página."""
    cuerpo = render_template(
        "admin/noras/_equipo.html",
        nora=obtener_nora(nombre_nora),
        miembros=todas_las_noras_listar_equipo(nombre_nora),
        roles=ROLES_DE_NORA,
        alta=alta,
        cambiado=cambiado,
        errores_del_equipo=revision.errores,
        sumando=PorCampo(request.form.to_dict()) if revision.errores else PorCampo(),
        zona=ZONA_DE_LA_AGENCIA,
    )
    return Response(cuerpo, 422 if revision.errores else 200)


def _formulario(nora: Nora | None, escrito: PorCampo, errores: PorCampo, modulos: Iterable[str] = ()) -> str:
    encendidos = listar_modulos_activos(nora.nombre_nora) if nora else frozenset(modulos)
    return render_template(
        "admin/noras/formulario.html",
        nora=nora,
        escrito=escrito,
        errores=errores,
        catalogo=CATALOGO,
        modulos=encendidos,
        panel=direccion_del_panel(nora.nombre_nora, encendidos) if nora else "",
        largos=LARGOS,
        zonas=grupos(),
        zona_actual=nombre_de(escrito["zona_horaria"]) if existe(escrito["zona_horaria"]) else "",
        miembros=todas_las_noras_listar_equipo(nora.nombre_nora) if nora else [],
        roles=ROLES_DE_NORA,
        alta=None,
        cambiado=0,
        errores_del_equipo=PorCampo(),
        sumando=PorCampo(),
        zona=ZONA_DE_LA_AGENCIA,
    )


def _lo_escrito() -> PorCampo:
    return PorCampo(request.form.to_dict())


def _lo_guardado(nora: Nora) -> PorCampo:
    campos = ("nombre_visible", "numero_nora", "mensaje_bienvenida", "personalidad", "instrucciones", "zona_horaria")
    guardado = {campo: getattr(nora, campo) or "" for campo in campos}
    return PorCampo(guardado, espera_segundos=f"{nora.espera_segundos.normalize():f}")
