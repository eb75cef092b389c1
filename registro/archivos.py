"""Dónde viven los archivos: una carpeta o Supabase Storage, con la misma cara y enlaces firmados que caducan.

Es el único archivo que conoce supabase. Las rutas son `<nora>/<uuid>.ext`: nunca llevan el nombre que puso una persona.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from registro.almacen import Almacen, AlmacenCaido, Carpeta, Guardado, SinArchivo, es_nombre_de_archivo, exigir_ruta
from registro.almacen import ruta_nueva as ruta_nueva  # se pide por aquí: quien guarda algo no necesita conocer el almacén
from registro.config import Ajustes, vigentes
from registro.tipos_de_archivo import DESCONOCIDO, SE_ABREN_DENTRO

CUBO = "archivos"
ESPERA_SEGUNDOS = 20
PAGINA = 100


class SupabaseStorage:
    """Los archivos en un cubo privado de Supabase Storage, con su cliente oficial."""

    def __init__(self, url: str, clave: str) -> None:
        self._url, self._clave = url.rstrip("/"), clave
        self._cubo_listo = False

    def guardar(self, ruta: str, datos: bytes, tipo: str) -> None:
        """Sube el archivo. Lo que un navegador no debe abrir se sube como bytes sueltos: así lo sirve Storage."""
        opciones = {"content-type": tipo if tipo in SE_ABREN_DENTRO else DESCONOCIDO, "upsert": "true"}
        self._asegurar_cubo()
        self._pedir(lambda cubo: cubo.upload(exigir_ruta(ruta), datos, opciones))

    def abrir(self, ruta: str) -> bytes:
        """Baja el archivo entero."""
        return bytes(self._pedir(lambda cubo: cubo.download(exigir_ruta(ruta))))

    def borrar(self, ruta: str) -> None:
        """Lo quita del cubo."""
        self._pedir(lambda cubo: cubo.remove([exigir_ruta(ruta)]))

    def listar(self, nombre_nora: str) -> Iterator[Guardado]:
        """Lo que hay en la carpeta de esa Nora, por páginas."""
        desde = 0
        self._asegurar_cubo()
        while True:
            opciones = {"limit": PAGINA, "offset": desde, "sortBy": {"column": "name", "order": "asc"}}
            pagina = self._pedir(partial(_una_pagina, nombre_nora, opciones))
            for objeto in pagina:
                # El nombre viene solo o con su carpeta delante, según el servidor.
                nombre = str(objeto["name"]).rpartition("/")[2]
                if objeto.get("id") and es_nombre_de_archivo(nombre):
                    yield Guardado(f"{nombre_nora}/{nombre}", _momento(objeto.get("updated_at") or objeto["created_at"]))
            if len(pagina) < PAGINA:
                return
            desde += PAGINA

    def url_firmada(self, ruta: str, segundos: int, *, nombre: str, tipo: str) -> str:
        """Enlace firmado por Storage.

        Se pide sin el cliente: unos servidores contestan `signedURL` y otros `signedUrl`, y él sólo lee el primero.
        """
        camino = f"{CUBO}/{quote(exigir_ruta(ruta))}"
        cabeceras = {"apikey": self._clave, "Authorization": f"Bearer {self._clave}"}
        try:
            respuesta = requests.post(
                f"{self._url}/storage/v1/object/sign/{camino}", json={"expiresIn": segundos}, headers=cabeceras, timeout=ESPERA_SEGUNDOS
            )
        except requests.RequestException as fallo:
            raise AlmacenCaido(f"Supabase Storage no responde ({type(fallo).__name__})") from fallo
        if respuesta.status_code in {400, 404}:
            raise SinArchivo("No existe ese archivo")
        if not respuesta.ok:
            raise AlmacenCaido(f"Supabase Storage contestó {respuesta.status_code}")
        cuerpo = respuesta.json()
        firmado = str(cuerpo.get("signedURL") or cuerpo["signedUrl"])
        if not firmado.startswith("http"):
            firmado = f"{self._url}/storage/v1/{firmado.removeprefix('/storage/v1').lstrip('/')}"
        return firmado if tipo in SE_ABREN_DENTRO and not nombre else f"{firmado}&download={quote(nombre)}"

    def _asegurar_cubo(self) -> None:
        """Crea el cubo privado la primera vez; si ya estaba, Storage contesta 409 y es lo mismo."""
        from storage3.exceptions import StorageApiError

        if self._cubo_listo:
            return
        try:
            self._cliente().storage.create_bucket(CUBO, options={"public": False})
        except StorageApiError as fallo:
            if str(fallo.status) not in {"409", "400"} and "exist" not in str(fallo.message).lower():
                raise AlmacenCaido(f"No se pudo crear el cubo «{CUBO}» en Supabase: {fallo.message}") from fallo
        except Exception as fallo:
            raise AlmacenCaido(f"Supabase Storage no responde ({type(fallo).__name__})") from fallo
        self._cubo_listo = True

    def _pedir(self, hacer: Callable[[Any], Any]) -> Any:
        from storage3.exceptions import StorageApiError

        try:
            return hacer(self._cliente().storage.from_(CUBO))
        except StorageApiError as fallo:
            if str(fallo.status) == "404" or "not found" in str(fallo.message).lower():
                raise SinArchivo("No existe ese archivo") from fallo
            raise AlmacenCaido(f"Supabase Storage contestó {fallo.status}: {fallo.message}") from fallo
        except SinArchivo:
            raise
        except Exception as fallo:  # el cliente deja pasar los errores de su librería de red, que cambia con las versiones
            raise AlmacenCaido(f"Supabase Storage no responde ({type(fallo).__name__})") from fallo

    def _cliente(self) -> Any:
        # Uno por llamada: que un mismo cliente sirva a muchos hilos no está documentado. Pesa, y por eso se importa aquí.
        from supabase import ClientOptions, create_client

        opciones = ClientOptions(storage_client_timeout=ESPERA_SEGUNDOS, auto_refresh_token=False, persist_session=False)
        return create_client(self._url, self._clave, options=opciones)


def almacen(ajustes: Ajustes | None = None) -> Almacen:
    """Quien guarda los archivos en esta instalación: Supabase si está configurado; si no, la carpeta."""
    ajustes = ajustes or vigentes()
    if ajustes.supabase_url and ajustes.supabase_clave:
        return _en_supabase(ajustes.supabase_url, ajustes.supabase_clave.get_secret_value())
    return carpeta_de(ajustes)


def carpeta_de(ajustes: Ajustes) -> Carpeta:
    """El almacén en carpeta de esos ajustes."""
    return Carpeta(ajustes.carpeta_de_datos / "archivos", ajustes.clave_secreta.get_secret_value(), ajustes.url_base)


@lru_cache(4)
def _en_supabase(url: str, clave: str) -> SupabaseStorage:
    return SupabaseStorage(url, clave)


def guardar(ruta: str, datos: bytes, tipo: str) -> None:
    """Guarda esos bytes. Levanta AlmacenCaido si no se pudo, SinArchivo si la ruta no tiene su forma."""
    almacen().guardar(ruta, datos, tipo)


def abrir(ruta: str) -> bytes:
    """El contenido de esa ruta. Levanta SinArchivo si no está y AlmacenCaido si no se pudo saber."""
    return almacen().abrir(ruta)


def borrar(ruta: str) -> None:
    """Quita lo que haya en esa ruta."""
    almacen().borrar(ruta)


def url_firmada(ruta: str, segundos: int, *, nombre: str | None = None, tipo: str | None = None) -> str:
    """Dirección absoluta que abre ese archivo durante esos segundos; la puede pedir Twilio."""
    return almacen().url_firmada(ruta, segundos, nombre=nombre or "", tipo=tipo or DESCONOCIDO)


def url_para_navegador(ruta: str, segundos: int, *, nombre: str | None = None, tipo: str | None = None) -> str:
    """Como `url_firmada`, pero relativa si la sirve esta misma web: el panel puede estar abierto por otra dirección."""
    return url_firmada(ruta, segundos, nombre=nombre, tipo=tipo).removeprefix(vigentes().url_base)


def origen_de_fuera(ajustes: Ajustes) -> str | None:
    """El origen desde el que se sirven los archivos si no es esta web; las páginas deben admitirlo en su política."""
    if not ajustes.supabase_url:
        return None
    partes = urlsplit(ajustes.supabase_url)
    return f"{partes.scheme}://{partes.netloc}"


def _una_pagina(nombre_nora: str, opciones: dict[str, Any], cubo: Any) -> Any:
    return cubo.list(nombre_nora, opciones)


def _momento(texto: str) -> dt.datetime:
    momento = dt.datetime.fromisoformat(texto.replace("Z", "+00:00").replace(" ", "T"))
    return momento if momento.tzinfo else momento.replace(tzinfo=dt.UTC)
