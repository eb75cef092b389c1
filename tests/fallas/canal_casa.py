"""La casa de un ensayo: su Postgres de verdad, la web y el trabajador en procesos aparte, y el golpe que los mata."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg

from sql import conexion, embebida, migrar
from sql.modelos.conocimiento import crear_bloque
from sql.modelos.modulos import guardar_modulo
from sql.modelos.noras import guardar_nora
from tests.bancos.casa import RAIZ, entorno_nuevo
from tests.fallas.canal_carga import BLOQUES, NUMEROS

MODULOS = ("chat", "ia", "contactos", "conocimiento")
ESPERA_DEL_SILENCIO = 1.0
ESPERA_AL_ARRANQUE = 90


class CasaPartida:
    """Web y trabajador por separado contra una base que nadie mata."""

    def __init__(self, carpeta: Path, dsn: str, modo: tuple[str, ...], **cambios: str) -> None:
        self.dsn, self._carpeta, self._modo = dsn, carpeta, modo
        self._entorno = entorno_nuevo(carpeta, DATABASE_URL=dsn, DEMO="0", DEMO_CLAVE="", **cambios)
        self._mitades: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """Dirección de la web."""
        return f"http://127.0.0.1:{self._entorno['PORT']}"

    def encender(self, *mitades: str) -> None:
        """Enciende esas mitades a la vez y espera a que la web conteste y el trabajador dé señal de vida.

        Raises:
            RuntimeError: con lo último que dijo la que no arrancó.
        """
        ((desde,),) = self.filas("select clock_timestamp()")
        for mitad in mitades:
            with (self._carpeta / f"{mitad}.txt").open("ab") as salida:
                self._mitades[mitad] = subprocess.Popen(
                    [sys.executable, "-m", "tests.fallas.mitad", mitad, *self._modo],
                    cwd=RAIZ,
                    env=self._entorno,
                    stdout=salida,
                    stderr=salida,
                    start_new_session=True,
                )
        limite = time.monotonic() + ESPERA_AL_ARRANQUE
        for mitad in mitades:
            while not (self._responde() if mitad == "web" else self._late(desde)):
                if self._mitades[mitad].poll() is not None or time.monotonic() > limite:
                    raise RuntimeError(f"La mitad «{mitad}» no arrancó:\n{self.ultimas_lineas(mitad)}")
                time.sleep(0.05)

    def matar(self, mitad: str) -> None:
        """kill -9 a una mitad y a sus hijos, todos a la vez."""
        proceso = self._mitades[mitad]
        condenados = []
        with contextlib.suppress(psutil.NoSuchProcess):
            raiz = psutil.Process(proceso.pid)
            condenados = [raiz, *raiz.children(recursive=True)]
        for golpe in ("suspend", "kill"):
            for condenado in condenados:
                with contextlib.suppress(psutil.NoSuchProcess):
                    getattr(condenado, golpe)()
        proceso.wait(10)

    def exigir_vivas(self) -> None:
        """Comprueba que ninguna mitad se cayó sola.

        Raises:
            RuntimeError: con lo último que dijo la que se cayó.
        """
        for mitad, proceso in self._mitades.items():
            if proceso.poll() is not None:
                raise RuntimeError(f"La mitad «{mitad}» se cayó sola:\n{self.ultimas_lineas(mitad)}")

    def apagar(self) -> None:
        """Pide a las dos que terminen; a la que no, la mata."""
        for proceso in self._mitades.values():
            proceso.terminate()
        for mitad, proceso in self._mitades.items():
            try:
                proceso.wait(30)
            except subprocess.TimeoutExpired:
                self.matar(mitad)

    def ultimas_lineas(self, mitad: str, cuantas: int = 3000) -> str:
        """El final de lo que dijo una mitad."""
        return (self._carpeta / f"{mitad}.txt").read_text("utf-8", "replace")[-cuantas:]

    def filas(self, consulta: str, *valores: Any) -> list[tuple[Any, ...]]:
        """Lo que responde la base a quien la posee."""
        with psycopg.connect(self.dsn, autocommit=True) as duena:
            return duena.execute(consulta, valores).fetchall()

    def _late(self, desde: dt.datetime) -> bool:
        return bool(self.filas("select 1 from latidos where proceso = 'trabajador' and visto_en > %s", desde))

    def _responde(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/salud", timeout=2) as respuesta:
                return int(respuesta.status) == 200
        except OSError:
            return False


@contextmanager
def casa_partida(modo: tuple[str, ...], dsn: str | None = None, guardar_en: Path | None = None, **cambios: str) -> Iterator[CasaPartida]:
    """Una casa nueva, sembrada y encendida; al salir se apaga y se borra.

    `modo` son los argumentos de `tests.fallas.mitad` tras su nombre.
    Sin `dsn` (una base vacía) enciende su propio Postgres. `guardar_en` conserva lo que dijeron las mitades; `cambios` son de entorno.
    """
    with TemporaryDirectory(prefix="aura-canal-") as nombre:
        carpeta = Path(nombre)
        casa = CasaPartida(carpeta, dsn or embebida.asegurar(carpeta / "pg"), modo, **cambios)
        try:
            _sembrar(casa.dsn)
            casa.encender("web", "trabajador")
            yield casa
        finally:
            casa.apagar()
            if guardar_en is not None:
                for dicho in carpeta.glob("*.txt"):
                    shutil.copy(dicho, guardar_en)
            embebida.detener(carpeta / "pg")


def _sembrar(dsn: str) -> None:
    """Las Noras del ensayo con sus módulos y lo que saben."""
    migrar.migrar(dsn)
    conexion.configurar(dsn)
    try:
        for nora, numero in NUMEROS.items():
            guardar_nora(nora, numero_nora=numero, espera_segundos=ESPERA_DEL_SILENCIO)
            for modulo in MODULOS:
                guardar_modulo(nora, modulo, True)
            for bloque in BLOQUES:
                crear_bloque(nora, bloque)
    finally:
        conexion.motor().dispose()
