"""Las direcciones de Conocimiento: la lista de bloques, sus cambios y la prueba de qué respondería."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clientes.comun.peticion import nora_de, pide_fragmento
from clientes.conocimiento import servicio
from clientes.conocimiento.formularios import TextoNoValido, leer_busqueda, leer_contenido, leer_pregunta
from clientes.conocimiento.servicio import YaEstaba
from ia.conocimiento import buscar
from ia.extractivo import elegir
from registro.accesos import con_sesion
from sql.modelos.conocimiento import LARGO_MAXIMO, Bloque, contar_bloques, listar_bloques, obtener_bloque

panel_cliente_conocimiento_bp = Blueprint("panel_cliente_conocimiento", __name__)

MAXIMO_EN_PANTALLA = 500
_UNO = "/<int(max=9223372036854775807):bloque_id>"


@panel_cliente_conocimiento_bp.get("/")
@con_sesion
def lista(nombre_nora: str) -> str:
    """Los bloques, el último cambiado primero; la búsqueda va en la dirección."""
    return _lista(nombre_nora)


@panel_cliente_conocimiento_bp.post("/")
@con_sesion
def anadir(nombre_nora: str) -> ResponseReturnValue:
    """Añade un bloque: responde el formulario limpio y el bloque para ponerlo el primero."""
    escrito = request.form.get("contenido", "")
    try:
        bloque = servicio.anadir(nombre_nora, leer_contenido(escrito))
    except (TextoNoValido, YaEstaba) as fallo:
        datos = {"escrito": escrito, "error": str(fallo), "repetido": _repetido(fallo)}
        return Response(_pintar(nombre_nora, "_nuevo", **datos) if pide_fragmento() else _lista(nombre_nora, **datos), 422)
    if not pide_fragmento():
        return redirect(url_for(".lista", nombre_nora=nombre_nora, _anchor=f"bloque-{bloque.id}"), 303)
    return _pintar(nombre_nora, "_anadido", bloque=bloque)


@panel_cliente_conocimiento_bp.get(f"{_UNO}/")
@con_sesion
def ver(nombre_nora: str, bloque_id: int) -> ResponseReturnValue:
    """Un bloque para leer o, con `?editar=1`, para escribir."""
    bloque = obtener_bloque(nombre_nora, bloque_id)
    if not pide_fragmento():
        return redirect(url_for(".lista", nombre_nora=nombre_nora, _anchor=f"bloque-{bloque_id}"))
    if "editar" in request.args and g.paso.puede_escribir:
        return _pintar(nombre_nora, "_editar", bloque=bloque, con_foco=True)
    return _pintar(nombre_nora, "_bloque", bloque=bloque, con_foco=True)


@panel_cliente_conocimiento_bp.post(f"{_UNO}/")
@con_sesion
def corregir(nombre_nora: str, bloque_id: int) -> ResponseReturnValue:
    """Cambia el texto de un bloque."""
    escrito = request.form.get("contenido", "")
    try:
        bloque = servicio.corregir(nombre_nora, bloque_id, leer_contenido(escrito))
    except (TextoNoValido, YaEstaba) as fallo:
        bloque = obtener_bloque(nombre_nora, bloque_id)
        return Response(_pintar(nombre_nora, "_editar", bloque=bloque, escrito=escrito, error=str(fallo), repetido=_repetido(fallo)), 422)
    return _pintar(nombre_nora, "_bloque", bloque=bloque, guardado=True, con_foco=True)


@panel_cliente_conocimiento_bp.post(f"{_UNO}/quitar")
@con_sesion
def quitar(nombre_nora: str, bloque_id: int) -> ResponseReturnValue:
    """Quita un bloque y deja en su sitio cómo deshacerlo."""
    bloque = servicio.quitar(nombre_nora, bloque_id)
    return _pintar(nombre_nora, "_quitado", bloque=bloque)


@panel_cliente_conocimiento_bp.post("/restaurar")
@con_sesion
def restaurar(nombre_nora: str) -> ResponseReturnValue:
    """Deshace una eliminación: el texto vuelve como bloque."""
    try:
        bloque = servicio.anadir(nombre_nora, leer_contenido(request.form.get("contenido", "")))
    except YaEstaba as fallo:
        bloque = fallo.bloque
    except TextoNoValido as fallo:
        abort(400, description=str(fallo))
    return _pintar(nombre_nora, "_restaurado", bloque=bloque, guardado=True, con_foco=True)


@panel_cliente_conocimiento_bp.get("/probar")
@con_sesion
def probar(nombre_nora: str) -> str:
    """Qué bloques usaría la Nora para responder a una pregunta, sin enviar nada."""
    pregunta = leer_pregunta(request.args.get("pregunta", ""))
    hallados = buscar(nombre_nora, pregunta) if pregunta else []
    datos = {"pregunta": pregunta, "hallados": hallados, "elegido": elegir(pregunta, hallados)}
    return _pintar(nombre_nora, "_prueba", **datos) if pide_fragmento() else _lista(nombre_nora, **datos)


def _lista(nombre_nora: str, **datos: Any) -> str:
    buscado = leer_busqueda(request.args.get("q", ""))
    contexto = _contexto(nombre_nora) | {
        "bloques": listar_bloques(nombre_nora, texto=buscado, limite=MAXIMO_EN_PANTALLA),
        "buscado": buscado,
    }
    plantilla = "_lista" if pide_fragmento() else "lista"
    return render_template(f"clientes/conocimiento/{plantilla}.html", **(contexto | datos))


def _pintar(nombre_nora: str, fragmento: str, **datos: Any) -> str:
    return render_template(f"clientes/conocimiento/{fragmento}.html", **(_contexto(nombre_nora) | datos))


def _contexto(nombre_nora: str) -> dict[str, Any]:
    """Lo que toda plantilla de este cuarto usa, tal como está cuando nadie escribe."""
    return {
        "nora": nora_de(nombre_nora),
        "total": contar_bloques(nombre_nora),
        "largo_maximo": LARGO_MAXIMO,
        "escrito": None,
        "error": "",
        "repetido": None,
        "guardado": False,
        "con_foco": False,
        "pregunta": "",
        "hallados": [],
        "elegido": None,
    }


def _repetido(fallo: ValueError) -> Bloque | None:
    return fallo.bloque if isinstance(fallo, YaEstaba) else None
