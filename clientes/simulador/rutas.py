"""Las direcciones del simulador: la página, sus dos trozos vivos y lo que el teléfono manda."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from clientes.comun.peticion import nora_de, pide_fragmento
from clientes.simulador import servicio
from clientes.simulador.formularios import LARGO_MAXIMO, NoSePuedeMandar, leer_recado
from clientes.simulador.personajes import DE_EJEMPLO, Personaje, buscar_personaje
from clientes.simulador.recado import ATAJOS
from registro import archivos
from registro.accesos import con_sesion
from registro.errores import responder_error

simulador_bp = Blueprint("simulador", __name__)

_QUIEN = "/<int:cifras>"
MAXIMO_ENTERO = 9223372036854775807
MAXIMO_POR_LEER = 60


@simulador_bp.get("/")
@con_sesion
def pagina(nombre_nora: str) -> ResponseReturnValue:
    """El teléfono de la primera persona de ejemplo."""
    return _pagina(nombre_nora, DE_EJEMPLO[0])


@simulador_bp.get(f"{_QUIEN}/")
@con_sesion
def pagina_de(nombre_nora: str, cifras: int) -> ResponseReturnValue:
    """El teléfono de esa persona."""
    return _pagina(nombre_nora, _personaje(cifras))


@simulador_bp.get("/nuevo")
@con_sesion
def nuevo(nombre_nora: str) -> ResponseReturnValue:
    """Un teléfono con un número que nunca ha escrito."""
    return redirect(url_for(".pagina_de", nombre_nora=nombre_nora, cifras=int(servicio.inventar_personaje(nombre_nora))))


@simulador_bp.get(f"{_QUIEN}/telefono")
@con_sesion
def telefono(nombre_nora: str, cifras: int) -> str:
    """La pantalla del teléfono, tal como está ahora."""
    return _telefono(nombre_nora, _personaje(cifras))


@simulador_bp.get(f"{_QUIEN}/sucesos")
@con_sesion
def sucesos(nombre_nora: str, cifras: int) -> str:
    """«Qué pasó» con esa persona."""
    return render_template("clientes/simulador/_sucesos.html", **_de_los_sucesos(nombre_nora, _personaje(cifras)))


@simulador_bp.post(f"{_QUIEN}/escribir")
@con_sesion
def escribir(nombre_nora: str, cifras: int) -> ResponseReturnValue:
    """La persona escribe: un texto o un atajo. 422 si no es un mensaje; 502 si /webhook no lo tomó."""
    personaje = _personaje(cifras)
    try:
        resultado = servicio.escribir(nora_de(nombre_nora), personaje, leer_recado(request.form))
    except NoSePuedeMandar as motivo:
        return Response(_telefono(nombre_nora, personaje, str(motivo)), 422)
    if not pide_fragmento() and resultado.salio_como_debia:
        return redirect(url_for(".pagina_de", nombre_nora=nombre_nora, cifras=cifras), 303)
    return Response(_telefono(nombre_nora, personaje, resultado.texto), 200 if resultado.salio_como_debia else 502)


@simulador_bp.get(f"{_QUIEN}/archivo/<int(max={MAXIMO_ENTERO}):archivo_id>")
@con_sesion
def archivo(nombre_nora: str, cifras: int, archivo_id: int) -> ResponseReturnValue:
    """Lo que se ve en el teléfono, por un enlace firmado que caduca."""
    visto = servicio.obtener_archivo_del_telefono(nombre_nora, _personaje(cifras), archivo_id)
    return redirect(archivos.url_para_navegador(visto.ruta or "", servicio.VALE_SEGUNDOS, tipo=visto.tipo))


@simulador_bp.post(f"{_QUIEN}/leido")
@con_sesion
def leido(nombre_nora: str, cifras: int) -> ResponseReturnValue:
    """La persona vio en su pantalla esos mensajes (`sid`, repetido)."""
    _personaje(cifras)
    servicio.leer(nombre_nora, request.form.getlist("sid")[:MAXIMO_POR_LEER])
    return Response(status=204)


@simulador_bp.post(f"{_QUIEN}/repetir")
@con_sesion
def repetir(nombre_nora: str, cifras: int) -> Response:
    """Travesura: el mismo MessageSid otra vez."""
    return _travesura(servicio.repetir(nombre_nora, _personaje(cifras)))


@simulador_bp.post(f"{_QUIEN}/firma-falsa")
@con_sesion
def firma_falsa(nombre_nora: str, cifras: int) -> Response:
    """Travesura: un mensaje que no firmó Twilio."""
    return _travesura(servicio.falsificar(nora_de(nombre_nora), _personaje(cifras)))


@simulador_bp.errorhandler(servicio.SinNumero)
def sin_numero(_fallo: servicio.SinNumero) -> Response:
    """No hay adónde escribir."""
    return responder_error(409, "Esta Nora aún no tiene número de WhatsApp. La agencia se lo pone en Administración › Noras.")


def _personaje(cifras: int) -> Personaje:
    return buscar_personaje(str(cifras)) or abort(404)


def _pagina(nombre_nora: str, personaje: Personaje) -> str:
    return render_template(
        "clientes/simulador/simulador.html",
        personajes=DE_EJEMPLO,
        atajos=ATAJOS,
        largo_maximo=LARGO_MAXIMO,
        aviso="",
        resultado=None,
        **_del_telefono(nombre_nora, personaje),
        **_de_los_sucesos(nombre_nora, personaje),
    )


def _telefono(nombre_nora: str, personaje: Personaje, aviso: str = "") -> str:
    return render_template("clientes/simulador/_telefono.html", aviso=aviso, **_del_telefono(nombre_nora, personaje))


def _travesura(resultado: servicio.Resultado) -> Response:
    # Un repetido o un rechazado no avisa a nadie por el socket: la página lo sabe por esta cabecera.
    return Response(render_template("clientes/simulador/_resultado.html", resultado=resultado), headers={"HX-Trigger": "travesura"})


def _del_telefono(nombre_nora: str, personaje: Personaje) -> dict[str, Any]:
    pantalla = servicio.mirar_telefono(nombre_nora, personaje, g.paso.modulos)
    return {"nora": nora_de(nombre_nora), "personaje": personaje, "pantalla": pantalla}


def _de_los_sucesos(nombre_nora: str, personaje: Personaje) -> dict[str, Any]:
    return {"sucesos": servicio.listar_sucesos(nombre_nora, personaje, dt.datetime.now(dt.UTC)), "zona": nora_de(nombre_nora).zona_horaria}
