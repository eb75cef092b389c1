"""Las direcciones de los errores (pantalla con filtros, resolver, CSV, JSON, limpieza) y del libro de avisos de Twilio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from admin.comun.agencia import ZONA_DE_LA_AGENCIA, pide_fragmento
from admin.debug import libro, servicio
from admin.debug.exportar import a_csv
from admin.debug.formularios import MAXIMO, PASO, TIPOS, leer_cuantos, leer_filtro, leer_filtro_del_libro, leer_tras
from admin.debug.servicio import YaEstaAbierto
from admin.debug.veredictos import ESTADOS, FIRMAS, TIPOS_DE_AVISO, VEREDICTOS, decir_final
from registro.accesos import solo_admin
from sql.modelos.errores import ErrorRegistrado, todas_las_noras_contar_errores, todas_las_noras_listar_errores
from sql.modelos.libro import SIN_NORA
from sql.modelos.noras import todas_las_noras_listar
from webhook.canal import reproceso

admin_debug_bp = Blueprint("admin_debug", __name__)

MAXIMO_DEL_CSV = 20_000


@admin_debug_bp.get("/", strict_slashes=False)
@solo_admin
def errores() -> str:
    """Los errores que cumplen el filtro de la dirección, con el resumen por tipo."""
    filtro, cuantos = leer_filtro(request.args), leer_cuantos(request.args.get("cuantos", ""))
    hallados = todas_las_noras_listar_errores(filtro, limite=cuantos + 1)
    resumen = todas_las_noras_contar_errores()
    datos: dict[str, Any] = {
        "errores": hallados[:cuantos],
        "filtro": filtro,
        "siguiente": cuantos + PASO if len(hallados) > cuantos < MAXIMO else 0,
        "resumen": resumen,
        "zona": ZONA_DE_LA_AGENCIA,
    }
    if pide_fragmento():
        return render_template("admin/debug/_errores.html", **datos)
    return render_template(
        "admin/debug/errores.html",
        noras=todas_las_noras_listar(),
        tipos=sorted({*TIPOS, *dict(resumen), *([filtro.tipo] if filtro.tipo else [])}),
        avisos=servicio.listar_avisos_sin_destino(),
        **datos,
    )


@admin_debug_bp.post("/<int(max=9223372036854775807):error_id>")
@solo_admin
def resolver(error_id: int) -> ResponseReturnValue:
    """Marca un error como resuelto (`resuelto=1`) o lo reabre, y enseña cómo queda."""
    resuelto, motivo = request.form.get("resuelto") == "1", ""
    try:
        servicio.resolver_error(error_id, resuelto)
    except YaEstaAbierto as fallo:
        resuelto, motivo = True, str(fallo)
    if not pide_fragmento():
        return redirect(url_for(".errores"), 303)
    cuerpo = render_template(
        "admin/debug/_resuelto.html", error_id=error_id, resuelto=resuelto, motivo=motivo, resumen=todas_las_noras_contar_errores()
    )
    return Response(cuerpo, 409 if motivo else 200)


@admin_debug_bp.post("/limpiar")
@solo_admin
def limpiar() -> ResponseReturnValue:
    """Borra los errores de más de 90 días."""
    borrados = servicio.limpiar()
    flash(f"Se borraron {borrados} errores de más de 90 días." if borrados else "No había errores de más de 90 días.", "success")
    return redirect(url_for(".errores"), 303)


@admin_debug_bp.get("/errores.csv")
@solo_admin
def en_csv() -> Response:
    """Los errores del filtro como hoja de cálculo."""
    hallados = todas_las_noras_listar_errores(leer_filtro(request.args), limite=MAXIMO_DEL_CSV)
    respuesta = Response(a_csv(hallados), mimetype="text/csv")
    respuesta.headers["Content-Disposition"] = "attachment; filename=errores.csv"
    respuesta.headers["Cache-Control"] = "no-store"
    return respuesta


@admin_debug_bp.get("/libro")
@solo_admin
def ver_libro() -> str:
    """El libro de avisos: lo que Twilio mandó, con su veredicto y su firma."""
    if pide_fragmento():
        return _lista_del_libro(request.args)
    return render_template("admin/debug/libro.html", noras=todas_las_noras_listar(), **_datos_del_libro(request.args))


@admin_debug_bp.post("/libro/<int(max=9223372036854775807):libro_id>")
@solo_admin
def reprocesar_uno(libro_id: int) -> ResponseReturnValue:
    """Vuelve a procesar un aviso y enseña cómo queda."""
    hecho = reproceso.reprocesar_aviso(libro_id)
    aviso = libro.obtener_aviso(libro_id)
    final = decir_final(hecho, aviso.veredicto)
    if not pide_fragmento():
        flash(final[0], "error" if final[1] == "mal" else "success")
        return redirect(url_for(".ver_libro"), 303)
    return render_template("admin/debug/_aviso.html", a=aviso, final=final, abierto=True, zona=ZONA_DE_LA_AGENCIA, **_PALABRAS)


@admin_debug_bp.post("/libro/tramo")
@solo_admin
def reprocesar_tramo() -> ResponseReturnValue:
    """Vuelve a procesar los avisos del filtro (como mucho mil por vez) y dice qué pasó; sin `confirmo`, antes pregunta."""
    filtro = leer_filtro_del_libro(request.form, ZONA_DE_LA_AGENCIA)
    if request.form.get("confirmo") != "1" and libro.se_puede_reprocesar(filtro):
        plantilla = "admin/debug/_libro.html" if pide_fragmento() else "admin/debug/libro.html"
        return render_template(plantilla, noras=todas_las_noras_listar(), **_datos_del_libro(request.form) | {"confirmar": True})
    hecho = libro.reprocesar(filtro, leer_tras(request.form.get("tras", "")))
    if pide_fragmento():
        return Response(_lista_del_libro(request.form, hecho), 200 if hecho else 422)
    flash(libro.decir(hecho) if hecho else _SIN_TRAMO, "success" if hecho else "error")
    return redirect(url_for(".ver_libro"), 303)


_SIN_TRAMO = "Elige un veredicto, unas fechas o un SID: el libro entero de una vez no se reprocesa."
_PALABRAS: dict[str, Any] = {"veredictos": VEREDICTOS, "firmas": FIRMAS, "tipos_de_aviso": TIPOS_DE_AVISO, "estados_de_twilio": ESTADOS}
_CAMPOS_DEL_LIBRO = ("nora", "veredicto", "tipo", "sid", "desde", "hasta")


def _lista_del_libro(campos: Mapping[str, str], hecho: reproceso.Reproceso | None = None) -> str:
    return render_template("admin/debug/_libro.html", **_datos_del_libro(campos, hecho))


def _datos_del_libro(campos: Mapping[str, str], hecho: reproceso.Reproceso | None = None) -> dict[str, Any]:
    filtro, cuantos = leer_filtro_del_libro(campos, ZONA_DE_LA_AGENCIA), leer_cuantos(campos.get("cuantos", ""))
    avisos = libro.listar_avisos(filtro, cuantos + 1)
    total = libro.contar_avisos(filtro)
    return _PALABRAS | {
        "avisos": avisos[:cuantos],
        "siguiente": cuantos + PASO if len(avisos) > cuantos < MAXIMO else 0,
        "total": min(total, libro.CUENTA_HASTA),
        "hay_mas": total > libro.CUENTA_HASTA,
        "campos": {nombre: campos.get(nombre, "") for nombre in _CAMPOS_DEL_LIBRO if campos.get(nombre, "")},
        "filtro": filtro,
        "confirmar": False,
        "hay_tramo": libro.se_puede_reprocesar(filtro),
        "de_una_vez": reproceso.DE_UNA_VEZ,
        "resultado": libro.decir(hecho) if hecho else "",
        "sigue": hecho.sigue if hecho else None,
        "sin_nora": SIN_NORA,
        "zona": ZONA_DE_LA_AGENCIA,
    }


@solo_admin
def en_json() -> Response:
    """Los errores del filtro para un programa."""
    hallados = todas_las_noras_listar_errores(leer_filtro(request.args), limite=leer_cuantos(request.args.get("cuantos", "")))
    resumen = dict(todas_las_noras_contar_errores())
    return jsonify(sin_resolver=resumen, errores=[_en_claves(e) for e in hallados])


def _en_claves(e: ErrorRegistrado) -> dict[str, Any]:
    return {
        "id": e.id,
        "tipo": e.tipo,
        "nombre_nora": e.nombre_nora,
        "descripcion": e.descripcion,
        "origen": e.origen,
        "veces": e.veces,
        "primera_vez": e.primera_vez.isoformat(),
        "ultima_vez": e.fecha_hora.isoformat(),
        "resuelto": e.resuelto,
    }


@admin_debug_bp.record
def _fuera_del_prefijo(estado: BlueprintSetupState) -> None:
    # /admin/debug.json no cuelga de /admin/debug/: se añade entera.
    estado.app.add_url_rule("/admin/debug.json", f"{admin_debug_bp.name}.en_json", en_json, methods=["GET"])
