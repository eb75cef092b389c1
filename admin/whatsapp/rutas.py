"""Las direcciones del WhatsApp de una Nora: credenciales, firma, ritmo, comprobar, salud y conciliar."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from admin.comun.agencia import exigir_nombre_de_nora, pide_fragmento
from admin.whatsapp import servicio
from admin.whatsapp.formularios import ESQUEMAS, HORAS_DE_SOMBRA, PorCampo, leer_credenciales, leer_firma, leer_ritmo, leer_sombra
from registro.accesos import solo_admin
from webhook.canal import balance_pedido, comprobacion, salud_del_numero

admin_whatsapp_bp = Blueprint("admin_whatsapp", __name__)
exigir_nombre_de_nora(admin_whatsapp_bp)


@admin_whatsapp_bp.get("/")
@solo_admin
def ver(nombre_nora: str) -> str:
    """Todo lo del número de una Nora."""
    return render_template("admin/whatsapp/pagina.html", **_datos(nombre_nora))


@admin_whatsapp_bp.post("/credenciales")
@solo_admin
def credenciales(nombre_nora: str) -> ResponseReturnValue:
    """Guarda las credenciales propias."""
    vistas = servicio.ver_conexion(nombre_nora).vistas
    revision = leer_credenciales(
        request.form, hay_ficha=bool(vistas and vistas.ficha), hay_api_clave=bool(vistas and vistas.api_clave and vistas.api_usuario)
    )
    if not revision.errores:
        servicio.guardar_credenciales(nombre_nora, _ahora(), **revision.valores)
        return _hecho(nombre_nora, "Guardado. Pulsa «Comprobar» para ver que funciona.")
    return _con_errores(nombre_nora, revision.errores)


@admin_whatsapp_bp.post("/credenciales/quitar")
@solo_admin
def quitar_credenciales(nombre_nora: str) -> ResponseReturnValue:
    """Vuelve a las credenciales de la instalación."""
    servicio.quitar_credenciales(nombre_nora, _ahora())
    return _hecho(nombre_nora, "Quitadas. Los mensajes se conservan.")


@admin_whatsapp_bp.post("/firma")
@solo_admin
def firma(nombre_nora: str) -> ResponseReturnValue:
    """Guarda el esquema mínimo de firma y suma una clave compartida."""
    vistas = servicio.ver_conexion(nombre_nora).vistas
    revision = leer_firma(request.form, frozenset(clave for clave, _ in vistas.claves_compartidas) if vistas else frozenset())
    if not revision.errores:
        servicio.guardar_firma(nombre_nora, _ahora(), **revision.valores)
        return _hecho(nombre_nora, "Guardado.")
    return _con_errores(nombre_nora, revision.errores)


@admin_whatsapp_bp.post("/firma/quitar")
@solo_admin
def quitar_clave(nombre_nora: str) -> ResponseReturnValue:
    """Quita una clave compartida."""
    servicio.quitar_clave(nombre_nora, _ahora(), request.form.get("clave_id", ""))
    return _hecho(nombre_nora, "Clave quitada.")


@admin_whatsapp_bp.post("/sombra")
@solo_admin
def sombra(nombre_nora: str) -> ResponseReturnValue:
    """Enciende el modo sombra 24 o 72 horas (si ya se confirmó), o lo apaga."""
    horas = leer_sombra(request.form)
    if horas is None:
        return _con_errores(nombre_nora, PorCampo(horas="Elige 24 o 72 horas."))
    if horas and request.form.get("confirmo") != "1":
        return redirect(url_for(".ver", nombre_nora=nombre_nora, sombra=horas, _anchor="firma"), 303)
    try:
        servicio.poner_sombra(nombre_nora, _ahora(), horas)
    except servicio.SinCuenta as fallo:
        return _con_errores(nombre_nora, PorCampo(horas=f"{fallo}."))
    return _hecho(nombre_nora, f"Sombra encendida {horas} horas." if horas else "Sombra apagada: la firma se exige.")


@admin_whatsapp_bp.post("/ritmo")
@solo_admin
def ritmo(nombre_nora: str) -> ResponseReturnValue:
    """Guarda los envíos por segundo."""
    revision = leer_ritmo(request.form)
    if revision.errores:
        return _con_errores(nombre_nora, revision.errores)
    servicio.guardar_ritmo(nombre_nora, revision.valores["por_segundo"])
    return _hecho(nombre_nora, "Guardado.")


@admin_whatsapp_bp.post("/comprobar")
@solo_admin
def comprobar(nombre_nora: str) -> ResponseReturnValue:
    """Empieza a comprobar; con JavaScript los pasos llegan de uno en uno."""
    if not pide_fragmento():
        servicio.comprobar_todo(nombre_nora, _ahora())
        return redirect(url_for(".ver", nombre_nora=nombre_nora, _anchor="comprobar"), 303)
    comprobacion.empezar(nombre_nora, _ahora())
    return _comprobacion(nombre_nora, siguiente=comprobacion.PASOS[0])


@admin_whatsapp_bp.post("/comprobar/<paso>")
@solo_admin
def comprobar_paso(nombre_nora: str, paso: str) -> str:
    """Hace un paso y enseña el renglón, con el siguiente ya en marcha."""
    if paso not in comprobacion.PASOS:
        abort(404)
    comprobacion.comprobar(nombre_nora, paso, _ahora())
    quedan = comprobacion.PASOS[comprobacion.PASOS.index(paso) + 1 :]
    trozo = _comprobacion(nombre_nora, siguiente=quedan[0] if quedan else "")
    # Al preguntar por el número se supo su salud: su tarjeta se pone al día con el último paso.
    return trozo if quedan else trozo + render_template("admin/whatsapp/_salud.html", **_datos(nombre_nora) | {"fuera": True})


@admin_whatsapp_bp.get("/espera")
@solo_admin
def espera(nombre_nora: str) -> str:
    """Cómo va la espera de un mensaje real; con `cancelar=1` deja de mirar."""
    return render_template("admin/whatsapp/_espera.html", **_datos(nombre_nora) | {"cancelada": request.args.get("cancelar") == "1"})


@admin_whatsapp_bp.post("/webhook")
@solo_admin
def webhook(nombre_nora: str) -> ResponseReturnValue:
    """Escribe nuestra dirección en Twilio."""
    return _salud(nombre_nora, servicio.poner_webhook(nombre_nora, _ahora()), "Puesta en Twilio.")


@admin_whatsapp_bp.post("/salud")
@solo_admin
def salud(nombre_nora: str) -> ResponseReturnValue:
    """Pregunta a Twilio cómo está el número."""
    return _salud(nombre_nora, servicio.mirar_salud(nombre_nora, _ahora()), "Actualizado.")


@admin_whatsapp_bp.post("/conciliar")
@solo_admin
def conciliar(nombre_nora: str) -> ResponseReturnValue:
    """Pide comparar los últimos días con Twilio."""
    dias = request.form.get("dias", "")
    servicio.ver_conexion(nombre_nora)
    balance_pedido.pedir_ultimos_dias(nombre_nora, int(dias) if dias in {"1", "7", "31"} else 1, current_user.nombre, _ahora())
    if not pide_fragmento():
        return redirect(url_for(".ver", nombre_nora=nombre_nora, _anchor="conciliacion"), 303)
    return conciliacion(nombre_nora)


@admin_whatsapp_bp.get("/conciliacion")
@solo_admin
def conciliacion(nombre_nora: str) -> str:
    """La última comparación con Twilio, con lo que lleva si está en marcha."""
    return render_template("admin/whatsapp/_conciliacion.html", **_datos(nombre_nora))


def _ahora() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _datos(nombre_nora: str) -> dict[str, Any]:
    conexion = servicio.ver_conexion(nombre_nora)
    estado, llegada = comprobacion.llegada_de_prueba(nombre_nora, _ahora())
    return {
        "conexion": conexion,
        "nora": conexion.nora,
        "zona": conexion.nora.zona_horaria,
        "errores": PorCampo(),
        "escrito": PorCampo(),
        "esquemas": ESQUEMAS,
        "horas_de_sombra": HORAS_DE_SOMBRA,
        "confirmar_sombra": leer_sombra({"horas": request.args.get("sombra", "")}) or 0,
        "solo_con_cuenta": servicio.SOLO_CON_CUENTA,
        "estados": salud_del_numero.ESTADOS,
        "calidades": salud_del_numero.CALIDADES,
        "en_palabras": salud_del_numero.en_palabras,
        "limite_en_palabras": salud_del_numero.limite_en_palabras,
        "consola": comprobacion,
        "espera": estado,
        "llegada": llegada,
        "cancelada": False,
        "siguiente": "",
        "fuera": False,
        "aviso": "",
        "aviso_mal": "",
        "diagnostico": comprobacion.diagnostico(nombre_nora, conexion.pasos, _ahora()) if conexion.pasos else "",
    }


def _comprobacion(nombre_nora: str, siguiente: str) -> str:
    return render_template("admin/whatsapp/_comprobacion.html", **_datos(nombre_nora) | {"siguiente": siguiente})


def _salud(nombre_nora: str, mal: str, bien: str) -> ResponseReturnValue:
    if not pide_fragmento():
        flash(mal or bien, "danger" if mal else "success")
        return redirect(url_for(".ver", nombre_nora=nombre_nora, _anchor="salud"), 303)
    return render_template("admin/whatsapp/_salud.html", **_datos(nombre_nora) | {"aviso": "" if mal else bien, "aviso_mal": mal})


def _hecho(nombre_nora: str, que: str) -> ResponseReturnValue:
    flash(que, "success")
    return redirect(url_for(".ver", nombre_nora=nombre_nora), 303)


def _con_errores(nombre_nora: str, errores: PorCampo) -> Response:
    # Los secretos no vuelven a la página: lo demás que se escribió, sí.
    escrito = PorCampo({c: v for c, v in request.form.items() if c not in {"ficha", "api_clave", "clave_secreto", "csrf_token"}})
    datos = _datos(nombre_nora) | {"errores": errores, "escrito": escrito}
    return Response(render_template("admin/whatsapp/pagina.html", **datos), 422)
