"""La casa encendida para medirla: el producto de verdad en una carpeta y un puerto aparte, y cómo hablarle deprisa."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil

from webhook.firma import firmar

RAIZ = Path(__file__).resolve().parents[2]
CUENTA = "AC" + "0" * 32
CLAVE = "clave-de-los-bancos"


def puerto_libre() -> int:
    """Un puerto de esta máquina que nadie usa ahora."""
    with socket.socket() as prueba:
        prueba.bind(("127.0.0.1", 0))
        return int(prueba.getsockname()[1])


@dataclass
class Casa:
    """Una instalación encendida: su entorno, su proceso y su dirección."""

    carpeta: Path
    entorno: dict[str, str]
    orden: tuple[str, ...] = ("app.py",)
    proceso: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Dirección de la web."""
        return f"http://127.0.0.1:{self.entorno['PORT']}"

    @property
    def ficha(self) -> str:
        """El token de Twilio con el que firma quien le escribe."""
        return self.entorno["TWILIO_AUTH_TOKEN"]

    def encender(self, espera: float = 90) -> float:
        """Enciende y espera a que /salud conteste; devuelve los segundos que tardó."""
        empezo = time.monotonic()
        with (self.carpeta / "salida.txt").open("ab") as salida:
            self.proceso = subprocess.Popen(
                [sys.executable, *self.orden], cwd=RAIZ, env=self.entorno, stdout=salida, stderr=salida, start_new_session=True
            )
        while time.monotonic() - empezo < espera:
            if self.responde():
                return time.monotonic() - empezo
            if self.proceso.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("No arrancó:\n" + (self.carpeta / "salida.txt").read_text("utf-8", "replace")[-3000:])

    def responde(self, ruta: str = "/salud") -> bool:
        """Si esa dirección contesta 200."""
        try:
            with urllib.request.urlopen(self.url + ruta, timeout=2) as respuesta:
                return int(respuesta.status) == 200
        except OSError:
            return False

    def procesos(self) -> list[psutil.Process]:
        """El proceso que encendimos y sus descendientes, sin Postgres (que es de todos y se apaga aparte)."""
        if self.proceso is None or not psutil.pid_exists(self.proceso.pid):
            return []
        raiz = psutil.Process(self.proceso.pid)
        return [p for p in [raiz, *raiz.children(recursive=True)] if "postgres" not in p.name()]

    def base(self) -> list[psutil.Process]:
        """Los procesos del Postgres embebido de esta casa."""
        nota = Path(self.entorno["DATOS_DIR"]) / "postgres" / "cluster" / "postmaster.pid"
        jefe = psutil.Process(int(nota.read_text().splitlines()[0]))
        return [jefe, *jefe.children(recursive=True)]

    def matar(self, *, con_la_base: bool = False) -> None:
        """kill -9 a todo lo nuestro a la vez, sin dejar despedirse a nadie."""
        condenados = self.procesos() + (self.base() if con_la_base else [])
        for p in condenados:
            with contextlib.suppress(psutil.NoSuchProcess):
                p.suspend()
        for p in condenados:
            with contextlib.suppress(psutil.NoSuchProcess):
                p.kill()
        if self.proceso is not None:
            self.proceso.wait(10)

    def apagar(self) -> None:
        """SIGTERM y espera; si no basta, kill."""
        if self.proceso is None or self.proceso.poll() is not None:
            return
        self.proceso.send_signal(signal.SIGTERM)
        try:
            self.proceso.wait(30)
        except subprocess.TimeoutExpired:
            self.matar()


def entorno_nuevo(carpeta: Path, **cambios: str) -> dict[str, str]:
    """Un entorno completo y aislado: nada de `.env` cuenta porque todo está dicho aquí."""
    # Como `make run`: lo compilado se guarda, y lo vacío dicho aquí gana a lo que tenga `.env`.
    heredado = {clave: valor for clave, valor in os.environ.items() if clave != "PYTHONDONTWRITEBYTECODE"}
    return heredado | {
        "PORT": str(puerto_libre()),
        "HOST": "127.0.0.1",
        "DATABASE_URL": "",
        "DATOS_DIR": str(carpeta / "datos"),
        "PUBLIC_URL": "",
        "SECRET_KEY": secrets.token_hex(24),
        "CLAVES_CIFRADO": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DEMO": "1",
        "DEMO_CLAVE": CLAVE,
        "TWILIO_ACCOUNT_SID": CUENTA,
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_API_URL": "http://127.0.0.1:1",
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
        "SUPABASE_URL": "",
        "SUPABASE_KEY": "",
        "SMTP_URL": "",
        **cambios,
    }


@contextmanager
def casa_encendida(orden: tuple[str, ...] = ("app.py",), **cambios: str) -> Iterator[Casa]:
    """Una casa nueva y encendida; al salir se apaga y se borra."""
    with tempfile.TemporaryDirectory(prefix="aura-banco-") as carpeta:
        casa = Casa(Path(carpeta), entorno_nuevo(Path(carpeta), **cambios), orden)
        try:
            casa.encender()
            yield casa
        finally:
            casa.apagar()
            _apagar_base(casa)


def _apagar_base(casa: Casa) -> None:
    from sql.embebida import detener

    detener(Path(casa.entorno["DATOS_DIR"]) / "postgres")


def parametros(texto: str, *, telefono: str = "+5215555559999", sid: str | None = None) -> dict[str, str]:
    """Un mensaje de texto a la Nora de ejemplo, con la forma de Twilio."""
    un_sid = sid or "SM" + secrets.token_hex(16)
    return {
        "MessageSid": un_sid,
        "SmsMessageSid": un_sid,
        "SmsSid": un_sid,
        "AccountSid": CUENTA,
        "From": f"whatsapp:{telefono}",
        "To": "whatsapp:+14155238886",
        "Body": texto,
        "NumMedia": "0",
        "ProfileName": "Banco",
        "WaId": telefono[1:],
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }


def peticion_cruda(casa: Casa, ruta: str, datos: dict[str, str]) -> bytes:
    """Los bytes de un POST firmado, listos para escribirlos en un enchufe: quien mide no gasta en formarlos."""
    cuerpo = urlencode(datos).encode()
    firma = firmar(casa.ficha, casa.url + ruta, datos)
    cabecera = (
        f"POST {ruta} HTTP/1.1\r\nHost: 127.0.0.1:{casa.entorno['PORT']}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {firma}\r\nContent-Length: {len(cuerpo)}\r\nConnection: keep-alive\r\n\r\n"
    )
    return cabecera.encode() + cuerpo


class Enchufe:
    """Una conexión que se reusa y sólo mira el código y el largo de la respuesta."""

    def __init__(self, puerto: int) -> None:
        self._enchufe = socket.create_connection(("127.0.0.1", puerto), timeout=30)
        self._enchufe.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._resto = b""

    def pedir(self, peticion: bytes) -> int:
        """Escribe una petición y devuelve el código HTTP."""
        self._enchufe.sendall(peticion)
        while b"\r\n\r\n" not in self._resto:
            self._leer()
        cabeza, _, cuerpo = self._resto.partition(b"\r\n\r\n")
        largo = next((int(r.split(b":")[1]) for r in cabeza.split(b"\r\n") if r.lower().startswith(b"content-length:")), 0)
        while len(cuerpo) < largo:
            self._leer()
            _, _, cuerpo = self._resto.partition(b"\r\n\r\n")
        self._resto = cuerpo[largo:]
        return int(cabeza[9:12])

    def _leer(self) -> None:
        trozo = self._enchufe.recv(65536)
        if not trozo:
            raise ConnectionError("la web cerró la conexión")
        self._resto += trozo

    def cerrar(self) -> None:
        """Suelta la conexión."""
        self._enchufe.close()
