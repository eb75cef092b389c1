"""`python app.py`: prepara la base, enciende web y trabajador, los vigila y los apaga en orden."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass

from registro.config import RAIZ, Ajustes
from registro.parada import Parada
from registro.servicios import describir

_APP = str(RAIZ / "app.py")
_ESPERA_A_SERVIR = 60
_ESPERA_AL_CERRAR = 25
_MITADES = ("web", "trabajador")
_AVISAR_SI_MUERE_EL_PADRE = 1
"""PR_SET_PDEATHSIG de <sys/prctl.h>."""


@dataclass(slots=True)
class _Mitad:
    nombre: str
    proceso: subprocess.Popen[bytes]
    caidas: int = 0


def lanzar(ajustes: Ajustes) -> int:
    """Sirve hasta Ctrl+C o SIGTERM. Devuelve 0, o 1 si algo impidió servir (y ya se dijo qué)."""
    estorbo = _que_estorba(ajustes)
    if estorbo:
        print(estorbo, file=sys.stderr)
        return 1
    parar = Parada().escuchar()
    print("Preparando la base de datos…", flush=True)
    preparada = subprocess.run([sys.executable, _APP, "base"], stdout=subprocess.PIPE, text=True, check=False, start_new_session=True)
    if preparada.returncode:
        print("No se pudo preparar la base de datos; el motivo está arriba.", file=sys.stderr)
        return 1
    mitades = [] if parar.is_set() else [_encender(nombre) for nombre in _MITADES]
    if mitades and _espera_a_servir(ajustes, mitades, parar):
        _presentarse(ajustes, preparada.stdout)
        _vigilar(ajustes, mitades, parar)
        codigo = 0
    else:
        codigo = 0 if parar.is_set() else 1
    _apagar(ajustes, mitades)
    return codigo


def _que_estorba(ajustes: Ajustes) -> str | None:
    """Por qué no se puede escuchar donde dicen HOST y PORT, en una frase; None si se puede."""
    try:
        familia, tipo, protocolo, _, donde = socket.getaddrinfo(ajustes.direccion, ajustes.puerto, type=socket.SOCK_STREAM)[0]
        with socket.socket(familia, tipo, protocolo) as prueba:
            prueba.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            prueba.bind(donde)
    except OSError as fallo:
        if fallo.errno == errno.EADDRINUSE:
            return f"El puerto {ajustes.puerto} está ocupado. Escribe: PORT={ajustes.puerto % 65535 + 1} make run"
        if fallo.errno == errno.EACCES:
            return f"El puerto {ajustes.puerto} es sólo para el administrador del sistema. Escribe: PORT=5000 make run"
        return f"HOST={ajustes.direccion} no es una dirección de esta máquina. Pon 127.0.0.1 (sólo aquí) o 0.0.0.0 (también desde otras)."
    return None


def _encender(nombre: str) -> _Mitad:
    # Grupo propio: Ctrl+C llega al lanzador y él apaga en orden.
    return _Mitad(nombre, subprocess.Popen([sys.executable, _APP, nombre], start_new_session=True, preexec_fn=_morir_con_el_lanzador))


def _morir_con_el_lanzador() -> None:
    """Si al lanzador lo matan sin dejarle apagar, el sistema pide a sus mitades que terminen (sólo Linux sabe hacerlo)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_AVISAR_SI_MUERE_EL_PADRE, signal.SIGTERM)


def _responde(ajustes: Ajustes) -> bool:
    conexion = http.client.HTTPConnection(ajustes.url_interna.removeprefix("http://"), timeout=2)
    try:
        conexion.request("GET", "/salud")
        return conexion.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        conexion.close()


def _espera_a_servir(ajustes: Ajustes, mitades: list[_Mitad], parar: Parada) -> bool:
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


def _vigilar(ajustes: Ajustes, mitades: list[_Mitad], parar: Parada) -> None:
    """Vuelve a encender lo que se caiga: una mitad, o la base embebida."""
    while not parar.wait(1):
        for mitad in mitades:
            if mitad.proceso.poll() is not None:
                mitad.caidas += 1
                causa = f"código {mitad.proceso.returncode}"
                print(f"La mitad «{mitad.nombre}» se cayó ({causa}); se enciende otra vez.", file=sys.stderr, flush=True)
                parar.wait(min(0.5 * mitad.caidas, 10))
                mitad.proceso = _encender(mitad.nombre).proceso
        if ajustes.base_url is None and not _base_viva(ajustes):
            print("La base embebida se cayó; se enciende otra vez.", file=sys.stderr, flush=True)
            subprocess.run([sys.executable, _APP, "base"], stdout=subprocess.DEVNULL, check=False, start_new_session=True)


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
