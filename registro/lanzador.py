"""`python app.py`: prepara la base, enciende web y trabajador, los vigila y los apaga en orden."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from registro.config import RAIZ, Ajustes
from registro.servicios import describir

_APP = str(RAIZ / "app.py")
_ESPERA_A_SERVIR = 60
_ESPERA_AL_CERRAR = 25
_MITADES = ("web", "trabajador")


@dataclass(slots=True)
class _Mitad:
    nombre: str
    proceso: subprocess.Popen[bytes]
    caidas: int = 0


def lanzar(ajustes: Ajustes) -> int:
    """Sirve hasta Ctrl+C o SIGTERM. Devuelve 0, o 1 si algo impidió servir (y ya se dijo qué)."""
    if not _puerto_libre(ajustes):
        print(f"El puerto {ajustes.puerto} está ocupado. Escribe: PORT={ajustes.puerto + 1} make run", file=sys.stderr)
        return 1
    print("Preparando la base de datos…", flush=True)
    preparada = subprocess.run([sys.executable, _APP, "base"], stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - orden fija
    if preparada.returncode:
        print("No se pudo preparar la base de datos; el motivo está arriba.", file=sys.stderr)
        return 1
    parar = threading.Event()
    for senal in (signal.SIGINT, signal.SIGTERM):
        signal.signal(senal, lambda _s, _m: parar.set())
    mitades = [_encender(nombre) for nombre in _MITADES]
    if _espera_a_servir(ajustes, mitades, parar):
        _presentarse(ajustes, preparada.stdout)
        _vigilar(ajustes, mitades, parar)
        codigo = 0
    else:
        codigo = 0 if parar.is_set() else 1
    _apagar(ajustes, mitades)
    return codigo


def _puerto_libre(ajustes: Ajustes) -> bool:
    familia = socket.AF_INET6 if ":" in ajustes.direccion else socket.AF_INET
    with socket.socket(familia, socket.SOCK_STREAM) as prueba:
        prueba.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            prueba.bind((ajustes.direccion, ajustes.puerto))
        except OSError:
            return False
    return True


def _encender(nombre: str) -> _Mitad:
    # Grupo propio: Ctrl+C llega al lanzador y él apaga en orden.
    return _Mitad(nombre, subprocess.Popen([sys.executable, _APP, nombre], start_new_session=True))  # noqa: S603 - orden fija


def _responde(ajustes: Ajustes) -> bool:
    conexion = http.client.HTTPConnection(ajustes.url_interna.removeprefix("http://"), timeout=2)
    try:
        conexion.request("GET", "/salud")
        return conexion.getresponse().status == 200
    except OSError:
        return False
    finally:
        conexion.close()


def _espera_a_servir(ajustes: Ajustes, mitades: list[_Mitad], parar: threading.Event) -> bool:
    limite = time.monotonic() + _ESPERA_A_SERVIR
    while time.monotonic() < limite and not parar.is_set():
        if any(mitad.proceso.poll() is not None for mitad in mitades):
            print("Una mitad no arrancó; el motivo está arriba.", file=sys.stderr)
            return False
        if _responde(ajustes):
            return True
        parar.wait(0.1)
    if not parar.is_set():
        print(f"La web no respondió en {_ESPERA_A_SERVIR} segundos.", file=sys.stderr)
    return False


def _presentarse(ajustes: Ajustes, sobre_la_base: str) -> None:
    ancho = max(len(s.nombre) for s in describir(ajustes))
    renglones = ["", "Servicios"]
    renglones += [f"  {s.nombre:<{ancho}}  {s.estado}: {s.detalle}" for s in describir(ajustes)]
    if sobre_la_base.strip():
        renglones += ["", *sobre_la_base.strip().splitlines()]
    renglones += ["", f"Listo: {ajustes.url_base}  (Ctrl+C para apagar)", ""]
    print("\n".join(renglones), flush=True)


def _vigilar(ajustes: Ajustes, mitades: list[_Mitad], parar: threading.Event) -> None:
    """Vuelve a encender lo que se caiga: una mitad, o la base embebida."""
    while not parar.wait(1):
        for mitad in mitades:
            if mitad.proceso.poll() is not None:
                mitad.caidas += 1
                print(f"La mitad «{mitad.nombre}» se cayó (código {mitad.proceso.returncode}); se enciende otra vez.", file=sys.stderr, flush=True)
                parar.wait(min(0.5 * mitad.caidas, 10))
                mitad.proceso = _encender(mitad.nombre).proceso
        if ajustes.base_url is None and not _base_viva(ajustes):
            print("La base embebida se cayó; se enciende otra vez.", file=sys.stderr, flush=True)
            subprocess.run([sys.executable, _APP, "base"], stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - orden fija


def _base_viva(ajustes: Ajustes) -> bool:
    from registro.ordenes import carpeta_de_base
    from sql.embebida import esta_viva

    return esta_viva(carpeta_de_base(ajustes))


def _apagar(ajustes: Ajustes, mitades: list[_Mitad]) -> None:
    """Primero quien recibe y quien envía; la base embebida, al final."""
    for mitad in mitades:
        if mitad.proceso.poll() is None:
            mitad.proceso.terminate()
    limite = time.monotonic() + _ESPERA_AL_CERRAR
    for mitad in mitades:
        try:
            mitad.proceso.wait(max(0.1, limite - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(mitad.proceso.pid, signal.SIGKILL)
    if ajustes.base_url is None:
        from registro.ordenes import carpeta_de_base
        from sql.embebida import detener

        detener(carpeta_de_base(ajustes))

