"""Trae un archivo de la red sin fiarse de nada: a qué servidor, con qué credencial, cuánto pesa y cuánto tarda.

Todo lo que llega de fuera (la dirección, las redirecciones, el tamaño que se anuncia) puede mentir. La credencial sólo viaja al
servidor de casa; a los demás se llega por su IP, comprobada antes de conectar, para que un nombre no cambie entre medias.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import SplitResult, urljoin, urlsplit

import certifi

from registro.tipos_de_archivo import MEGA, TOPE

TIEMPO_SEGUNDOS = 20.0
SALTOS = 3
NO_ES_SUYO = "El archivo no es de este mensaje."
_TROZO = 64 * 1024


class NoSeBaja(Exception):
    """No se pudo; el texto es para una persona. `definitivo`: repetirlo daría lo mismo."""

    def __init__(self, motivo: str, *, definitivo: bool = False) -> None:
        super().__init__(motivo)
        self.definitivo = definitivo


def es_publica(ip: str) -> bool:
    """Si esa dirección es de internet y de nadie más: ni de esta máquina, ni de su red, ni disfrazada de IPv6."""
    try:
        direccion = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    if isinstance(direccion, ipaddress.IPv6Address):
        dentro = direccion.ipv4_mapped or direccion.sixtofour or (direccion.teredo or (None, None))[1]
        if dentro is None and direccion in ipaddress.ip_network("64:ff9b::/96"):
            dentro = ipaddress.IPv4Address(int(direccion) & 0xFFFFFFFF)
        if dentro is not None:
            return dentro.is_global and not dentro.is_multicast
    return direccion.is_global and not direccion.is_multicast


@dataclass(frozen=True, slots=True)
class Reglas:
    """De quién se acepta un archivo.

    Args:
        casa: origen («https://api.twilio.com») por el que hay que empezar y único que recibe la credencial; no se le mira la IP.
        usuario, clave: la credencial; vacías si no hace falta.
        vale_en_casa: si esa dirección de casa se puede pedir; se mira al empezar y en cada redirección que vuelva a casa.
        direccion_valida: si se puede conectar a esa IP al seguir una redirección.
        solo_https: si lo de fuera de casa ha de ir cifrado.
    """

    casa: str
    usuario: str = ""
    clave: str = ""
    vale_en_casa: Callable[[str], bool] = lambda _url: True
    direccion_valida: Callable[[str], bool] = es_publica
    solo_https: bool = True
    tope: int = TOPE
    segundos: float = TIEMPO_SEGUNDOS


def bajar(url: str, reglas: Reglas) -> IO[bytes]:
    """El contenido de esa dirección en un archivo temporal, puesto al principio.

    Raises:
        NoSeBaja: con el motivo; definitivo si repetirlo no sirve de nada.
    """
    limite = time.monotonic() + reglas.segundos
    if origen_de(url) != reglas.casa:
        raise NoSeBaja("La dirección del archivo no es de Twilio, así que no se pidió.", definitivo=True)
    for _ in range(SALTOS + 1):
        siguiente, archivo = _pedir(url, reglas, limite)
        if archivo is not None:
            return archivo
        url = urljoin(url, siguiente)
    raise NoSeBaja("El archivo redirige demasiadas veces.", definitivo=True)


def origen_de(url: str) -> str:
    """Esquema, servidor y puerto de una dirección; vacío si no es http(s), trae usuario o no se entiende."""
    try:
        partes = urlsplit(url)
        puerto = partes.port
    except ValueError:
        return ""
    if partes.scheme not in {"http", "https"} or not partes.hostname or partes.username is not None or partes.password is not None:
        return ""
    normal = puerto in (None, 443 if partes.scheme == "https" else 80)
    return f"{partes.scheme}://{partes.hostname}" + ("" if normal else f":{puerto}")


def _pedir(url: str, reglas: Reglas, limite: float) -> tuple[str, IO[bytes] | None]:
    """Una petición: a dónde redirige, o el archivo entero."""
    partes, en_casa = urlsplit(url), origen_de(url) == reglas.casa
    if not origen_de(url) or (not en_casa and reglas.solo_https and partes.scheme != "https"):
        raise NoSeBaja("El archivo redirige a una dirección que no es segura.", definitivo=True)
    if en_casa and not reglas.vale_en_casa(url):
        raise NoSeBaja(NO_ES_SUYO, definitivo=True)
    conexion = _Conexion(partes, _elegir_ip(partes, reglas, en_casa), _queda(limite))
    reloj = threading.Timer(_queda(limite), conexion.cortar)
    reloj.daemon = True
    reloj.start()
    respuesta: http.client.HTTPResponse | None = None
    try:
        camino = (partes.path or "/") + (f"?{partes.query}" if partes.query else "")
        conexion.request("GET", camino, headers=_cabeceras(reglas, en_casa))
        respuesta = conexion.getresponse()
        if respuesta.status in {301, 302, 303, 307, 308}:
            return respuesta.headers.get("Location", ""), None
        _exigir_bien(respuesta.status)
        return "", _guardar(respuesta, reglas.tope, limite)
    except (OSError, http.client.HTTPException, ValueError) as fallo:
        if time.monotonic() >= limite:
            raise NoSeBaja("El servidor del archivo tardó demasiado.") from fallo
        raise NoSeBaja(f"No se pudo traer el archivo ({type(fallo).__name__}).") from fallo
    finally:
        reloj.cancel()
        if respuesta is not None:
            respuesta.close()  # a medio leer guarda el enchufe abierto, y el otro seguiría mandando
        conexion.close()


def _cabeceras(reglas: Reglas, en_casa: bool) -> dict[str, str]:
    cabeceras = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "AuraAI2"}
    if en_casa and reglas.usuario:
        cabeceras["Authorization"] = "Basic " + base64.b64encode(f"{reglas.usuario}:{reglas.clave}".encode()).decode()
    return cabeceras


def _elegir_ip(partes: SplitResult, reglas: Reglas, en_casa: bool) -> str:
    """La IP a la que se conectará. Fuera de casa todas las del nombre han de valer: basta una mala para no ir."""
    puerto = partes.port or (443 if partes.scheme == "https" else 80)
    try:
        ips = [str(ficha[4][0]) for ficha in socket.getaddrinfo(partes.hostname, puerto, type=socket.SOCK_STREAM)]
    except OSError as fallo:
        raise NoSeBaja("No se encontró el servidor del archivo.") from fallo
    if not en_casa and not all(reglas.direccion_valida(ip) for ip in ips):
        raise NoSeBaja("El archivo redirige a una red interna, así que no se pidió.", definitivo=True)
    return ips[0]


def _exigir_bien(codigo: int) -> None:
    if codigo in {401, 403}:
        raise NoSeBaja("Twilio no deja bajar el archivo: revisa las credenciales de esta Nora.")
    if codigo in {404, 410}:
        raise NoSeBaja("Twilio ya no tiene el archivo.", definitivo=True)
    if codigo != 200:
        raise NoSeBaja(f"El servidor del archivo contestó {codigo}.")


def _guardar(respuesta: http.client.HTTPResponse, tope: int, limite: float) -> IO[bytes]:
    demasiado = NoSeBaja(f"El archivo pesa más de {tope // MEGA} MB, lo máximo de WhatsApp.", definitivo=True)
    if respuesta.length is not None and respuesta.length > tope:
        raise demasiado
    archivo: IO[bytes] = SpooledTemporaryFile(max_size=MEGA)  # noqa: SIM115 - lo cierra quien lo pidió
    while trozo := respuesta.read(_TROZO):
        if archivo.tell() + len(trozo) > tope:
            archivo.close()
            raise demasiado
        archivo.write(trozo)
    if time.monotonic() >= limite:
        archivo.close()
        raise TimeoutError
    archivo.seek(0)
    return archivo


def _queda(limite: float) -> float:
    return max(0.05, limite - time.monotonic())


class _Conexion(http.client.HTTPConnection):
    """Una conexión a una IP ya elegida, que comprueba el certificado del nombre y se puede cortar desde otro hilo."""

    def __init__(self, partes: SplitResult, ip: str, segundos: float) -> None:
        cifrada = partes.scheme == "https"
        super().__init__(partes.hostname or "", partes.port or (443 if cifrada else 80), timeout=segundos)
        self._ip, self._cifrada = ip, cifrada
        self._enchufe: socket.socket | None = None

    def connect(self) -> None:
        """Abre el enchufe a la IP, no al nombre."""
        self.sock = socket.create_connection((self._ip, self.port), self.timeout)
        if self._cifrada:
            self.sock = _confianza().wrap_socket(self.sock, server_hostname=self.host)
        # http.client olvida el enchufe al leer una respuesta sin tamaño: para poder cortarla hay que recordarlo aparte.
        self._enchufe = self.sock

    def cortar(self) -> None:
        """Se acabó el tiempo: lo que esté leyendo termina ahora, aunque el otro siga mandando gota a gota."""
        with contextlib.suppress(OSError):
            if self._enchufe is not None:
                socket.socket.shutdown(self._enchufe, socket.SHUT_RDWR)


@lru_cache(1)
def _confianza() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())
