"""El buzón de los errores: una cola con un hilo que los pasa a la base y, mientras la base no está, un archivo por proceso."""

from __future__ import annotations

import fcntl
import json
import os
import queue
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from sql.conexion import ERRORES_DE_CONEXION

Apunte = dict[str, Any]

MAXIMO_EN_COLA = 2000
_ESPERA_SIN_BASE = 3.0
"""Segundos que no se vuelve a llamar a una base que acaba de fallar."""
_PREFIJO = "errores_pendientes_"


class Buzon:
    """Lo que se echa llega a la base al menos una vez, aunque ella o este proceso se mueran por el camino.

    Cada proceso escribe en su archivo, que tiene tomado con un candado del sistema: al morir su dueño, de la forma que sea,
    el candado se suelta y otro proceso de la misma carpeta recoge lo que dejó. El de un proceso vivo no lo toca nadie.
    """

    def __init__(self, entregar: Callable[[Apunte], None], *, cada: float = 5.0) -> None:
        self._entregar = entregar
        self._cada = cada
        self._cola: queue.Queue[Apunte] = queue.Queue(maxsize=MAXIMO_EN_COLA)
        self._candado = threading.Lock()
        self._turno = threading.Lock()
        self._hilo: threading.Thread | None = None
        self._en_la_mano: Apunte | None = None
        self._sin_base_hasta = 0.0
        self._carpeta: Path | None = None
        self._proceso = ""
        self._archivo: IO[str] | None = None
        self._dueno = 0

    def configurar(self, carpeta: Path, proceso: str) -> None:
        """Dice en qué carpeta esperan los errores mientras la base no está."""
        carpeta.mkdir(parents=True, exist_ok=True)
        with self._candado:
            if self._archivo is not None:
                self._archivo.close()
            self._carpeta, self._proceso, self._archivo = carpeta, proceso, None

    def abrir(self) -> None:
        """Enciende el hilo, que además recoge lo que dejaron otros procesos al morir."""
        with self._candado:
            if self._hilo is None or not self._hilo.is_alive():
                self._hilo = threading.Thread(target=self._repartir, name="bitacora", daemon=True)
                self._hilo.start()

    def echar(self, apunte: Apunte) -> None:
        """Deja un error en el buzón sin esperar a nadie."""
        try:
            self._cola.put_nowait(apunte)
        except queue.Full:
            self._al_archivo([apunte])
        finally:
            self.abrir()

    def vaciar(self, segundos: float) -> bool:
        """Espera a que todo lo echado haya salido de la cola y prueba otra vez con lo que estaba en archivos; dice si dio tiempo."""
        if not self._esperar_a_la_cola(segundos):
            return False
        self._sin_base_hasta = 0.0
        self._recoger()
        return True

    def cerrar(self, segundos: float) -> None:
        """Lo mismo al morir el proceso: lo que no dio tiempo a entregar queda en el archivo."""
        if self._esperar_a_la_cola(segundos):
            return
        pendientes = [self._en_la_mano] if self._en_la_mano else []
        with suppress(queue.Empty):
            while True:
                pendientes.append(self._cola.get_nowait())
        self._al_archivo(pendientes)

    def _esperar_a_la_cola(self, segundos: float) -> bool:
        with self._cola.all_tasks_done:
            return self._cola.all_tasks_done.wait_for(lambda: not self._cola.unfinished_tasks, segundos)

    def _repartir(self) -> None:
        while True:
            try:
                self._en_la_mano = self._cola.get(timeout=self._cada)
            except queue.Empty:
                self._recoger()
                continue
            try:
                if not self._llega(self._en_la_mano) and not self._al_archivo([self._en_la_mano]):
                    # Ni base ni disco: espera en la cola a que vuelva uno de los dos.
                    time.sleep(1)
                    self._cola.put_nowait(self._en_la_mano)
            except queue.Full:
                pass  # ya no cabe en ningún sitio; queda en el registro del proceso
            finally:
                self._en_la_mano = None
                self._cola.task_done()

    def _llega(self, apunte: Apunte) -> bool:
        if time.monotonic() < self._sin_base_hasta:
            return False
        try:
            self._entregar(apunte)
        except ERRORES_DE_CONEXION:
            self._sin_base_hasta = time.monotonic() + _ESPERA_SIN_BASE
            return False
        except Exception:  # la base está y no lo quiere (aún sin migrar, por ejemplo): espera sin estorbar a los demás
            return False
        return True

    def _al_archivo(self, apuntes: list[Apunte]) -> bool:
        if not apuntes:
            return True
        try:
            with self._candado:
                archivo = self._mi_archivo()
                if archivo is None:
                    return False
                archivo.write("".join(json.dumps(apunte) + "\n" for apunte in apuntes))
                archivo.flush()
        except OSError:
            return False
        return True

    def _mi_archivo(self) -> IO[str] | None:
        # Tras un fork el archivo abierto es el del proceso padre: el hijo estrena el suyo.
        if self._carpeta is not None and (self._archivo is None or self._dueno != os.getpid()):
            self._archivo, self._dueno = self._estrenar(self._carpeta), os.getpid()
        return self._archivo

    def _estrenar(self, carpeta: Path) -> IO[str]:
        while True:
            ruta = carpeta / f"{_PREFIJO}{self._proceso}_{os.getpid()}_{secrets.token_hex(4)}.jsonl"
            ruta.touch(mode=0o600)
            archivo = ruta.open("a+", encoding="utf-8")
            # Entre crearlo y tomarlo, otro proceso pudo darlo por huérfano: entonces se estrena otro.
            with suppress(BlockingIOError):
                fcntl.flock(archivo, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(archivo.fileno()).st_nlink:
                    return archivo
            archivo.close()

    def _recoger(self) -> None:
        """Pasa a la base lo que esperaba en los archivos: el propio y los de procesos que ya no existen."""
        if self._carpeta is None:
            return
        with self._turno, suppress(OSError):
            for ruta in sorted(self._carpeta.glob(f"{_PREFIJO}*.jsonl")):
                mio = self._archivo is not None and self._dueno == os.getpid() and Path(self._archivo.name) == ruta
                if mio:
                    self._repasar_el_mio(self._carpeta)
                else:
                    self._adoptar(ruta)

    def _repasar_el_mio(self, carpeta: Path) -> None:
        with self._candado:
            viejo = self._archivo
            if viejo is None:
                return
            viejo.seek(0)
            renglones = viejo.readlines()
        quedan = self._entregar_renglones(renglones)
        if len(quedan) == len(renglones):
            return
        with self._candado:
            # Lo que queda (y lo que llegó mientras tanto) se escribe en otro archivo antes de borrar éste: a media mudanza
            # un corte repite apuntes, pero no los pierde.
            viejo.seek(0)
            quedan += viejo.readlines()[len(renglones) :]
            self._archivo = self._estrenar(carpeta) if quedan else None
            if self._archivo is not None:
                self._archivo.writelines(quedan)
                self._archivo.flush()
            Path(viejo.name).unlink(missing_ok=True)
            viejo.close()

    def _adoptar(self, ruta: Path) -> None:
        with ruta.open("r", encoding="utf-8") as archivo:
            try:
                fcntl.flock(archivo, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # su dueño vive
            renglones = archivo.readlines()
            quedan = self._entregar_renglones(renglones)
            # Lo que no entró pasa al archivo propio; si no entró nada, se queda donde está.
            if (not quedan or len(quedan) < len(renglones)) and self._al_archivo([json.loads(renglon) for renglon in quedan]):
                ruta.unlink(missing_ok=True)

    def _entregar_renglones(self, renglones: list[str]) -> list[str]:
        """Los renglones que siguen sin entrar en la base. El que quedó a medias por un corte no se puede leer y se descarta."""
        quedan = []
        for renglon in renglones:
            try:
                apunte = json.loads(renglon)
            except ValueError:
                continue
            if not self._llega(apunte):
                quedan.append(renglon)
        return quedan
