"""Baja lo que llegó adjunto: de Twilio a nuestro almacén, con reintentos, y lo que no se pudo lo dice en palabras."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from registro import archivos, tiempo_real
from registro.almacen import AlmacenCaido
from registro.bitacora import registrar_error, registro, resumir_fallo
from registro.campana import Campana
from registro.config import Ajustes, vigentes
from registro.tipos_de_archivo import oler
from sql.modelos.archivos import (
    PorBajar,
    cambiar_descarga,
    listar_rutas,
    quitar_archivos_sin_mensaje,
    todas_las_noras_reclamar_archivos,
)
from sql.modelos.archivos import reintentar_archivo as _reintentar
from sql.modelos.noras import todas_las_noras_listar
from webhook.credenciales import buscar_credencial
from webhook.descarga import NO_ES_SUYO, NoSeBaja, Reglas, bajar, origen_de

TWILIO = "https://api.twilio.com"
A_LA_VEZ = 4
ARRIENDO_SEGUNDOS = 120
"""Más que bajar y guardar juntos: uno «bajando» con el arriendo vencido es de un trabajador que murió."""
INTENTOS = 5
PAUSAS = (5, 30, 120, 600)
"""Segundos entre un intento y el siguiente."""
HUERFANO_TRAS = dt.timedelta(hours=24)
_MEDIO = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages/((?:SM|MM)[0-9a-fA-F]{32})/Media/ME[0-9a-fA-F]{32}")
"""El camino de un archivo en Twilio (twilio.com/docs/messaging/api/media-resource) y de ningún otro recurso de su API."""


def bajar_sin_parar(parar: threading.Event) -> None:
    """Toma adjuntos por bajar hasta que se pida parar, unos pocos a la vez."""
    campana = Campana("bajar")
    with ThreadPoolExecutor(A_LA_VEZ, thread_name_prefix="bajada") as mesa:
        while not parar.is_set():
            tomados = todas_las_noras_reclamar_archivos(A_LA_VEZ, ARRIENDO_SEGUNDOS)
            list(mesa.map(traer, tomados))
            if not tomados:
                campana.esperar(parar, 2.0)


def traer(pedido: PorBajar) -> str:
    """Baja un adjunto ya tomado y deja escrito cómo acabó; devuelve su estado. Primero el almacén y después la fila."""
    try:
        final = _traer(pedido, vigentes())
    except NoSeBaja as motivo:
        final = _sin_exito(pedido, str(motivo), motivo.definitivo)
    except AlmacenCaido as motivo:
        registrar_error("Supabase", f"No se pudo guardar un adjunto: {motivo}", pedido.nombre_nora, "webhook.adjuntos")
        final = _sin_exito(pedido, "No se pudo guardar el archivo.", False)
    except Exception as fallo:  # uno envenenado no puede parar a los demás
        registrar_error("Twilio", f"No se pudo bajar un adjunto: {resumir_fallo(fallo)}", pedido.nombre_nora, "webhook.adjuntos")
        final = _sin_exito(pedido, "No se pudo bajar el archivo.", False)
    if cambiar_descarga(pedido.nombre_nora, pedido.id, pedido.arriendo, **final):
        avisar(pedido.nombre_nora, pedido.conversacion_id, pedido.mensaje_id)
    elif "ruta" in final:
        archivos.borrar(final["ruta"])  # otro la tomó: lo nuestro sobra
    registro.info("adjunto", archivo_id=pedido.id, estado=final["estado"], intento=pedido.intentos)
    return str(final["estado"])


def _traer(pedido: PorBajar, ajustes: Ajustes) -> dict[str, Any]:
    url, reglas = reglas_de(pedido, ajustes)
    with bajar(url, reglas) as temporal:
        datos = temporal.read()
    if not datos:
        raise NoSeBaja("El archivo llegó vacío.")
    tipo = oler(datos)
    ruta = archivos.ruta_nueva(pedido.nombre_nora, tipo)
    archivos.guardar(ruta, datos, tipo)
    return {
        "estado": "listo",
        "ruta": ruta,
        "tipo": tipo,
        "tamano": len(datos),
        "huella": hashlib.sha256(datos).hexdigest(),
        "motivo": None,
        "intentar_en": None,
    }


def reglas_de(pedido: PorBajar, ajustes: Ajustes) -> tuple[str, Reglas]:
    """A qué dirección se pide de verdad y con qué credencial. Sólo el servidor de Twilio (o su doble) recibe una.

    La dirección la escribe quien firma el aviso, y una Nora con cuenta propia firma los suyos: sólo se pide el archivo del mismo
    mensaje, por la cuenta por la que llegó y con la credencial de esa cuenta.

    Raises:
        NoSeBaja: definitivo, si la dirección es de Twilio pero no de un archivo de ese mensaje.
    """
    if ajustes.demo and pedido.cuenta == ajustes.cuenta_demo and (interna := _interna(pedido.url, ajustes)):
        return interna, Reglas(casa=origen_de(interna))
    servidor = ajustes.twilio_url or TWILIO
    if origen_de(pedido.url) not in {TWILIO, origen_de(servidor)}:
        return pedido.url, Reglas(TWILIO)  # no es de Twilio: se rechaza sin pedirse
    cuenta, sid = pedido.cuenta or "", pedido.message_sid or ""
    if not es_de_su_mensaje(pedido.url, cuenta, sid):
        raise NoSeBaja(NO_ES_SUYO, definitivo=True)
    credencial = buscar_credencial(pedido.nombre_nora, cuenta)
    if credencial and credencial.cuenta != cuenta:
        raise NoSeBaja(NO_ES_SUYO, definitivo=True)
    usuario, clave = (credencial.usuario, credencial.clave) if credencial else ("", "")
    vale = partial(es_de_su_mensaje, cuenta=cuenta, message_sid=sid)
    return _mudar(pedido.url, servidor), Reglas(origen_de(servidor), usuario, clave, vale)


def es_de_su_mensaje(url: str, cuenta: str, message_sid: str) -> bool:
    """Si el camino de esa dirección es el de un archivo de ese mensaje en esa cuenta, sin nada detrás. Puro."""
    partes = urlsplit(url)
    medio = _MEDIO.fullmatch(partes.path)
    return bool(medio and not partes.query and (medio[1].lower(), medio[2].lower()) == (cuenta.lower(), message_sid.lower()))


def _interna(url: str, ajustes: Ajustes) -> str | None:
    """Lo que «manda» el teléfono simulado está en nuestro almacén: se pide por dentro de la máquina. None si no es nuestro."""
    if url.startswith(f"{ajustes.url_base}/archivo/"):
        return _mudar(url, ajustes.url_interna)
    de_fuera = archivos.origen_de_fuera(ajustes)
    return url if de_fuera and origen_de(url) == origen_de(de_fuera) else None


def _mudar(url: str, destino: str) -> str:
    """La misma dirección en otro servidor."""
    esta, otra = urlsplit(url), urlsplit(destino)
    return urlunsplit((otra.scheme, otra.netloc, esta.path, esta.query, ""))


def _sin_exito(pedido: PorBajar, motivo: str, definitivo: bool) -> dict[str, Any]:
    if definitivo or pedido.intentos >= INTENTOS:
        return {"estado": "fallido", "motivo": motivo, "intentar_en": None}
    espera = dt.timedelta(seconds=PAUSAS[min(pedido.intentos, len(PAUSAS)) - 1])
    return {"estado": "pendiente", "motivo": motivo, "intentar_en": dt.datetime.now(dt.UTC) + espera}


def avisar(nombre_nora: str, conversacion_id: int, mensaje_id: int) -> None:
    """Que el chat abierto vuelva a pintar esa burbuja."""
    tiempo_real.avisar(nombre_nora, "mensaje.estado", conversacion=conversacion_id, id=mensaje_id, estado="recibido")


def reintentar_adjunto(nombre_nora: str, archivo_id: int) -> bool:
    """Una persona pide probar otra vez con uno que falló; dice si había que hacerlo."""
    if cambiado := _reintentar(nombre_nora, archivo_id):
        tiempo_real.despertar("bajar")
    return cambiado


def barrer_huerfanos(ahora: dt.datetime | None = None) -> int:
    """Quita del almacén lo que ninguna fila conoce desde hace más de un día; devuelve cuánto quitó."""
    limite = (ahora or dt.datetime.now(dt.UTC)) - HUERFANO_TRAS
    quitados = 0
    for nora in todas_las_noras_listar():
        quitar_archivos_sin_mensaje(nora.nombre_nora, limite)
        conocidas = listar_rutas(nora.nombre_nora)
        sobran = [g.ruta for g in archivos.almacen().listar(nora.nombre_nora) if g.guardado_en < limite and g.ruta not in conocidas]
        for ruta in sobran:
            archivos.borrar(ruta)
        quitados += len(sobran)
    return quitados
