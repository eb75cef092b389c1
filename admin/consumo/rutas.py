"""Las direcciones del consumo: la tabla del mes, el detalle de una Nora y la hoja de cálculo."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, render_template, request

from admin.comun.agencia import exigir_nombre_de_nora
from admin.consumo.exportar import a_csv
from admin.consumo.formato import en_dolares, nombre_de_categoria
from admin.consumo.mes import anterior, escribir_mes, leer_mes, nombrar, siguiente
from admin.consumo.resumen import Fila, filas_de, sumar
from registro.accesos import solo_admin
from registro.textos import con_miles
from sql.modelos.noras import obtener_nora, todas_las_noras_listar
from webhook import canal

admin_consumo_bp = Blueprint("admin_consumo", __name__)
exigir_nombre_de_nora(admin_consumo_bp)


@admin_consumo_bp.get("/", strict_slashes=False)
@solo_admin
def tabla() -> str:
    """Todas las Noras en un mes (`?mes=2026-11`), la que más gasta primero."""
    mes = _mes()
    filas = _filas(mes)
    return render_template("admin/consumo/tabla.html", filas=filas, suma=sumar(filas), **_comunes(mes))


@admin_consumo_bp.get("/consumo.csv")
@solo_admin
def en_csv() -> Response:
    """La misma tabla como hoja de cálculo."""
    mes = _mes()
    respuesta = Response(a_csv(escribir_mes(mes), _filas(mes)), mimetype="text/csv")
    respuesta.headers["Content-Disposition"] = f"attachment; filename=consumo-{escribir_mes(mes)}.csv"
    respuesta.headers["Cache-Control"] = "no-store"
    return respuesta


@admin_consumo_bp.get("/<nombre_nora>")
@solo_admin
def detalle(nombre_nora: str) -> str:
    """Un mes de una Nora, por categoría y por país."""
    mes, nora = _mes(), obtener_nora(nombre_nora)
    consumo = canal.medir_consumo(nombre_nora, mes)
    return render_template(
        "admin/consumo/detalle.html",
        nora=nora,
        consumo=consumo,
        por_categoria=canal.tarifas.agrupar(consumo.lineas, lambda linea: linea.categoria),
        por_pais=canal.tarifas.agrupar(consumo.lineas, lambda linea: linea.mercado),
        nombre_de_linea=lambda linea: nombre_de_categoria(linea.categoria),
        mercado_de_linea=lambda linea: linea.mercado,
        **_comunes(mes),
    )


def _mes() -> dt.date:
    return leer_mes(request.args.get("mes", ""), dt.datetime.now(dt.UTC).date())


def _filas(mes: dt.date) -> list[Fila]:
    return filas_de(todas_las_noras_listar(), canal.todas_las_noras_medir_consumo(mes))


def _comunes(mes: dt.date) -> dict[str, Any]:
    """Lo que las dos pantallas enseñan igual: el mes, sus vecinos y cómo se escriben las cifras."""
    vecinos = (anterior(mes), siguiente(mes, dt.datetime.now(dt.UTC).date()))
    return {
        "mes": escribir_mes(mes),
        "nombre_del_mes": nombrar(mes),
        "antes": vecinos[0] and escribir_mes(vecinos[0]),
        "despues": vecinos[1] and escribir_mes(vecinos[1]),
        "en_dolares": en_dolares,
        "con_miles": con_miles,
        "gratis_al_mes": canal.tarifas.GRATIS_AL_MES,
        "fecha_de_las_tarifas": canal.tarifas.FECHA_DE_LAS_TARIFAS,
    }
