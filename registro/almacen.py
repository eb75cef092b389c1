"""El almacén de archivos: qué se le pide, qué forma tienen sus rutas y el que guarda en una carpeta de esta máquina."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from itsdangerous import BadSignature, URLSafeSerializer

from registro.tipos_de_archivo import DESCONOCIDO, extension_de

_RUTA = re.compile(r"(?P<nora>[^/\\\x00]{1,120})/[0-9a-f]{32}(?:\.[a-z0-9]{2,4})?")


class AlmacenCaido(OSError):
    """El almacén no respondió o no tiene sitio; se puede repetir."""


class SinArchivo(LookupError):
    """No hay nada guardado en esa ruta."""


@dataclass(frozen=True, slots=True)
class Guardado:
    """Algo que está en el almacén."""

    ruta: str
    guardado_en: dt.datetime


@dataclass(frozen=True, slots=True)
class Pedido:
    """Lo que un enlace firmado deja ver: qué archivo, con qué nombre y de qué tipo."""

    ruta: str
    nombre: str
    tipo: str


class Almacen(Protocol):
    """Lo que se puede pedir a quien guarda los archivos."""

    def guardar(self, ruta: str, datos: bytes, tipo: str) -> None:
        """Guarda; si ya había algo en esa ruta, lo cambia entero."""
        ...

    def abrir(self, ruta: str) -> bytes:
        """El contenido. Levanta SinArchivo si no está."""
        ...

    def borrar(self, ruta: str) -> None:
        """Lo quita; si no estaba, no pasa nada."""
        ...

    def listar(self, nombre_nora: str) -> Iterator[Guardado]:
        """Todo lo guardado de esa Nora."""
        ...

    def url_firmada(self, ruta: str, segundos: int, *, nombre: str, tipo: str) -> str:
        """Dirección absoluta que abre ese archivo, sin más permiso, hasta que caduque."""
        ...


def ruta_nueva(nombre_nora: str, tipo: str) -> str:
    """Una ruta sin usar para un archivo de esa Nora; acaba como lo que es, porque hay almacenes que sirven según la extensión."""
    return exigir_ruta(f"{nombre_nora}/{uuid.uuid4().hex}{extension_de(tipo) if tipo != DESCONOCIDO else ''}")


def es_nombre_de_archivo(nombre: str) -> bool:
    """Si un nombre suelto es de los que pone `ruta_nueva`: lo demás que haya en el almacén no es nuestro."""
    return _RUTA.fullmatch(f"nora/{nombre}") is not None


def exigir_ruta(ruta: str, nombre_nora: str | None = None) -> str:
    """La misma ruta si tiene la forma `<nora>/<uuid>.ext` y, si se dice, es de esa Nora.

    Raises:
        SinArchivo: si no; una ruta ajena o rara es lo mismo que una que no existe.
    """
    partes = _RUTA.fullmatch(ruta)
    if partes is None or partes["nora"] in {".", ".."} or nombre_nora not in (None, partes["nora"]):
        raise SinArchivo("No existe ese archivo")
    return ruta


class Carpeta:
    """Los archivos en una carpeta de esta máquina. Los enlaces los sirve la propia web en `/archivo/<ficha>`."""

    def __init__(self, raiz: Path, clave: str, url_base: str) -> None:
        self._raiz = raiz
        self._sello = URLSafeSerializer(clave, salt="archivo")
        self._url_base = url_base

    def donde(self, ruta: str) -> Path:
        """El sitio en disco de esa ruta. El nombre de la Nora se escribe codificado: ninguno puede salirse de la carpeta."""
        nora, _, ficha = exigir_ruta(ruta).partition("/")
        return self._raiz / quote(nora, safe="").replace(".", "%2E") / ficha

    def guardar(self, ruta: str, datos: bytes, tipo: str) -> None:
        """Escribe aparte y le pone su nombre al final: nadie lee un archivo a medias."""
        del tipo  # va en la fila y en el enlace firmado
        destino = self.donde(ruta)
        provisional = destino.with_name(f".{destino.name}.{secrets.token_hex(4)}")
        try:
            destino.parent.mkdir(parents=True, exist_ok=True)
            with provisional.open("wb") as archivo:
                archivo.write(datos)
                archivo.flush()
                os.fsync(archivo.fileno())
            provisional.replace(destino)
        except OSError as fallo:
            with contextlib.suppress(OSError):
                provisional.unlink()
            raise AlmacenCaido(f"No se pudo guardar el archivo: {fallo.strerror}") from fallo

    def abrir(self, ruta: str) -> bytes:
        """Lee el archivo entero."""
        try:
            return self.donde(ruta).read_bytes()
        except FileNotFoundError:
            raise SinArchivo("No existe ese archivo") from None

    def borrar(self, ruta: str) -> None:
        """Lo quita del disco."""
        self.donde(ruta).unlink(missing_ok=True)

    def listar(self, nombre_nora: str) -> Iterator[Guardado]:
        """Lo que hay en la carpeta de esa Nora; lo que está a medio escribir no cuenta."""
        carpeta = self.donde(f"{nombre_nora}/{'0' * 32}").parent
        if not carpeta.is_dir():
            return
        for archivo in carpeta.iterdir():
            if es_nombre_de_archivo(archivo.name):
                yield Guardado(f"{nombre_nora}/{archivo.name}", dt.datetime.fromtimestamp(archivo.stat().st_mtime, dt.UTC))

    def url_firmada(self, ruta: str, segundos: int, *, nombre: str, tipo: str) -> str:
        """Enlace a nuestra propia web; lleva dentro hasta cuándo vale y no se puede alargar sin la clave."""
        hasta = int(dt.datetime.now(dt.UTC).timestamp()) + segundos
        ficha = self._sello.dumps([exigir_ruta(ruta), nombre, tipo, hasta])
        return f"{self._url_base}/archivo/{ficha!s}"

    def leer_ficha(self, ficha: str, ahora: dt.datetime) -> Pedido | None:
        """Lo que pide un enlace; None si no es nuestro, está tocado o caducó."""
        try:
            ruta, nombre, tipo, hasta = self._sello.loads(ficha)
        except (BadSignature, ValueError, TypeError):
            return None
        return Pedido(ruta, nombre, tipo) if ahora.timestamp() < hasta else None
