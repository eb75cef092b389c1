"""Las direcciones de Chats: la bandeja, cada hilo, lo que llega nuevo, y escribir, tomar el control o marcar como leído."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clientes.chat import lectura, rutas_archivos, rutas_envios, rutas_plantillas, servicio
from clientes.chat.formularios import (
    MAXIMO_ENTERO,
    escribir_punto,
    leer_busqueda,
    leer_clave,
    leer_filtro,
    leer_momento,
    leer_numero,
    leer_punto,
)
from clientes.chat.lista import FILTROS
from clientes.chat.pintura import pintar_estado, pintar_mensaje
from clientes.chat.servicio import NoSePuede
from clientes.comun.peticion import nora_de, pide_fragmento
from registro.accesos import con_sesion
from registro.tipos_de_archivo import LIMITES, frase_de_limites
from sql.modelos.conversaciones import contar_pendientes
from sql.modelos.uniones import buscar_hilo_vivo

panel_chat_bp = Blueprint("panel_chat", __name__)

_HILO = f"/<int(max={MAXIMO_ENTERO}):conversacion_id>"
_MENSAJE = f"{_HILO}/mensaje/<int(max={MAXIMO_ENTERO}):mensaje_id>"
FILAS_MAXIMAS = 300
"""Las más que se repintan de una vez; la lista viva no pide más aunque se hayan ido añadiendo páginas."""


@panel_chat_bp.get("/")
@con_sesion
def bandeja(nombre_nora: str) -> ResponseReturnValue:
    """La lista sola; la búsqueda, el filtro y la página van en la dirección."""
    return render_template("clientes/chat/chat.html", conversado=None, conversacion_id=None, **_lista(nombre_nora))


@panel_chat_bp.get(f"{_HILO}")
@con_sesion
def conversacion(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """La página entera con un hilo abierto; `?antes_de=` retrocede sin JavaScript. El de quien se unió a otra persona es el de esa otra."""
    if vivo := buscar_hilo_vivo(nombre_nora, conversacion_id):
        return redirect(url_for(".conversacion", nombre_nora=nombre_nora, conversacion_id=vivo))
    return _pagina(nombre_nora, conversacion_id)


@panel_chat_bp.get("/lista")
@con_sesion
def lista(nombre_nora: str) -> ResponseReturnValue:
    """Los filtros con sus cuentas y las filas: lo mismo que en el primer pintado."""
    datos = _lista(nombre_nora)
    respuesta = Response(render_template("clientes/chat/_lista.html", **datos))
    if "buscar" in request.args:
        abierta = {"conversacion_id": datos["abierta"]} if datos["abierta"] else {}
        destino = ".conversacion" if abierta else ".bandeja"
        respuesta.headers["HX-Replace-Url"] = url_for(destino, nombre_nora=nombre_nora, **abierta, **datos["consulta"])
    return respuesta


@panel_chat_bp.get("/lista/mas")
@con_sesion
def mas_filas(nombre_nora: str) -> ResponseReturnValue:
    """Las filas que siguen."""
    return render_template("clientes/chat/_filas.html", **_lista(nombre_nora))


@panel_chat_bp.get("/pendientes")
@con_sesion
def pendientes(nombre_nora: str) -> ResponseReturnValue:
    """Cuántas conversaciones tienen algo sin leer, para el menú; vacío si ninguna."""
    sin_leer, _ = contar_pendientes(nombre_nora)
    return Response(str(min(sin_leer, 999)) if sin_leer else "", mimetype="text/html")


@panel_chat_bp.get(f"{_HILO}/hilo")
@con_sesion
def hilo(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """El hilo entero, para abrirlo sin recargar."""
    if not pide_fragmento():
        return redirect(url_for(".conversacion", nombre_nora=nombre_nora, conversacion_id=conversacion_id))
    return render_template("clientes/chat/_hilo.html", **_hilo(nombre_nora, conversacion_id))


@panel_chat_bp.get(f"{_HILO}/mensajes")
@con_sesion
def anteriores(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """La página de mensajes anterior a `antes_de`."""
    if not pide_fragmento():
        return _pagina(nombre_nora, conversacion_id)
    return render_template("clientes/chat/_mensajes.html", **_hilo(nombre_nora, conversacion_id))


@panel_chat_bp.get(f"{_HILO}/nuevos")
@con_sesion
def nuevos(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """Lo posterior a `desde` y, con `primero` y `cambiado_desde`, los ya pintados cuyo estado cambió."""
    ahora = _ahora()
    alta = lectura.leer_nuevos(
        g.paso,
        conversacion_id,
        desde=leer_numero(request.args.get("desde", "")) or 0,
        primero=leer_numero(request.args.get("primero", ""), minimo=1),
        cambiado_desde=leer_momento(request.args.get("cambiado_desde", "")),
        zona=nora_de(nombre_nora).zona_horaria,
        ahora=ahora,
    )
    respuesta = Response(render_template("clientes/chat/_burbujas.html", burbujas=alta.burbujas, **_comun(nombre_nora, conversacion_id)))
    respuesta.headers["X-Leido-En"] = ahora.isoformat()
    if alta.hay_mas:
        respuesta.headers["X-Hay-Mas"] = "1"
    return respuesta


@panel_chat_bp.get(f"{_HILO}/estado")
@con_sesion
def estado(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """Quién atiende, hasta cuándo se puede escribir y por qué no."""
    return pintar_estado(nombre_nora, conversacion_id)


@panel_chat_bp.get(_MENSAJE)
@con_sesion
def mensaje(nombre_nora: str, conversacion_id: int, mensaje_id: int) -> ResponseReturnValue:
    """Un mensaje tal como está ahora, para repintarlo en su sitio."""
    return pintar_mensaje(nombre_nora, conversacion_id, mensaje_id)


@panel_chat_bp.get(f"{_MENSAJE}/recibo")
@con_sesion
def recibo(nombre_nora: str, conversacion_id: int, mensaje_id: int) -> ResponseReturnValue:
    """De dónde salió una respuesta de la IA."""
    respuesta, recibo = lectura.leer_recibo(g.paso, conversacion_id, mensaje_id)
    plantilla = "_recibo.html" if pide_fragmento() else "recibo.html"
    return render_template(f"clientes/chat/{plantilla}", mensaje=respuesta, recibo=recibo, **_comun(nombre_nora, conversacion_id))


@panel_chat_bp.post(f"{_HILO}/mensajes")
@con_sesion
def escribir(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """Envía lo escrito. Con JavaScript vuelve la burbuja (201); sin él, la página del hilo."""
    texto, clave = request.form.get("texto", ""), leer_clave(request.form.get("clave_cliente", ""))
    try:
        mensaje_id = servicio.enviar_mensaje(g.paso, conversacion_id, texto, clave_cliente=clave, ahora=_ahora())
    except NoSePuede as motivo:
        if pide_fragmento():
            return render_template("clientes/chat/_rechazo.html", motivo=str(motivo)), 422
        return _pagina(nombre_nora, conversacion_id, rechazo=str(motivo), escrito=texto), 422
    if pide_fragmento():
        return pintar_mensaje(nombre_nora, conversacion_id, mensaje_id), 201
    return _al_hilo(nombre_nora, conversacion_id)


@panel_chat_bp.post(f"{_HILO}/control")
@con_sesion
def control(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """Toma el control (`accion=tomar`) o lo devuelve a la IA (`accion=devolver`)."""
    rechazo = ""
    try:
        if request.form.get("accion") == "devolver":
            servicio.devolver_a_la_ia(g.paso, conversacion_id)
        else:
            servicio.tomar_control(g.paso, conversacion_id)
    except NoSePuede as motivo:
        rechazo = str(motivo)
    if pide_fragmento():
        return pintar_estado(nombre_nora, conversacion_id, rechazo), 422 if rechazo else 200
    return (_pagina(nombre_nora, conversacion_id, rechazo=rechazo), 422) if rechazo else _al_hilo(nombre_nora, conversacion_id)


@panel_chat_bp.post(f"{_HILO}/leido")
@con_sesion
def leido(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    """Marca como visto hasta el mensaje `hasta`."""
    servicio.marcar_leido(g.paso, conversacion_id, leer_numero(request.form.get("hasta", "")) or 0)
    return Response(status=204) if pide_fragmento() else _al_hilo(nombre_nora, conversacion_id)


def _ahora() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _al_hilo(nombre_nora: str, conversacion_id: int) -> ResponseReturnValue:
    return redirect(url_for(".conversacion", nombre_nora=nombre_nora, conversacion_id=conversacion_id), 303)


def _comun(nombre_nora: str, conversacion_id: int | None = None) -> dict[str, Any]:
    return {"nora": nora_de(nombre_nora), "conversacion_id": conversacion_id}


def _lista(nombre_nora: str, abierta: int | None = None) -> dict[str, Any]:
    """La página de la bandeja que piden los parámetros de la dirección."""
    buscado, solo = request.args.get("q", "").strip()[:80], leer_filtro(request.args.get("solo", ""))
    pedidas = leer_numero(request.args.get("filas", ""), minimo=lectura.POR_PAGINA, maximo=FILAS_MAXIMAS)
    punto = leer_punto(request.args.get("despues", ""))
    pagina = lectura.leer_bandeja(
        g.paso, texto=leer_busqueda(buscado), solo=solo, antes_de=punto, limite=pedidas or lectura.POR_PAGINA, ahora=_ahora()
    )
    consulta = {clave: valor for clave, valor in {"q": buscado, "solo": solo}.items() if valor}
    return {
        "nora": nora_de(nombre_nora),
        "bandeja": pagina,
        "filtros": FILTROS,
        "buscado": buscado,
        "solo": solo,
        "consulta": consulta,
        "siguiente": escribir_punto(*pagina.siguiente) if pagina.siguiente else "",
        "es_principio": punto is None,
        "abierta": abierta or leer_numero(request.args.get("c", "")) or 0,
    }


def _hilo(nombre_nora: str, conversacion_id: int) -> dict[str, Any]:
    ahora = _ahora()
    conversado = lectura.leer_hilo(
        g.paso,
        conversacion_id,
        antes_de=leer_numero(request.args.get("antes_de", ""), minimo=1),
        zona=nora_de(nombre_nora).zona_horaria,
        ahora=ahora,
    )
    return {
        "conversado": conversado,
        "estado": conversado.estado,
        "leido_en": ahora.isoformat(),
        "clave_nueva": str(uuid.uuid4()),
        "rechazo": "",
        "escrito": "",
        "limites_de_archivos": LIMITES,
        "frase_de_limites": frase_de_limites(),
        **_comun(nombre_nora, conversacion_id),
    }


def _pagina(nombre_nora: str, conversacion_id: int, **datos: Any) -> str:
    contexto = _lista(nombre_nora, conversacion_id) | _hilo(nombre_nora, conversacion_id) | datos
    return render_template("clientes/chat/chat.html", **contexto)


rutas_archivos.colgar(panel_chat_bp, _HILO)
rutas_envios.colgar(panel_chat_bp, _MENSAJE)
rutas_plantillas.colgar(panel_chat_bp, _HILO)
