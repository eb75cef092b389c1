"""La bitácora: registros con contexto y sin secretos, y `registrar_error`, que nunca levanta, nunca bloquea y nunca se pierde."""

from __future__ import annotations

import atexit
import datetime as dt
import hashlib
import json
import logging
import queue
import re
import sys
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from sql.modelos.errores import guardar_error, todas_las_noras_limpiar_errores

_SECRETOS = re.compile(r"(sk-[A-Za-z0-9_-]{8,}|EAA[A-Za-z0-9]{10,}|gAAAA[A-Za-z0-9_=-]{20,}|Bearer\s+\S+|://[^/\s:@]+:[^/\s@]+@)")
_TELEFONO = re.compile(r"(?<![\w.:-])(\+?\d{4})\d{4,9}(\d{2})(?![\w-])")
_CAMPOS_SECRETOS = {"password", "clave", "token", "ficha", "authorization", "cookie", "firma", "cuerpo", "mensaje"}
_LARGO_DE_DESCRIPCION = 4000

registro = structlog.get_logger("aura")


def tachar(texto: str) -> str:
    """El mismo texto con los secretos tachados y los teléfonos a medias («+5215****34»)."""
    return _TELEFONO.sub(r"\1****\2", _SECRETOS.sub("«tachado»", texto))


def _tachar_renglon(_registro: Any, _metodo: str, renglon: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for clave, valor in renglon.items():
        if clave in _CAMPOS_SECRETOS:
            renglon[clave] = "«tachado»"
        elif isinstance(valor, str) and clave not in {"timestamp", "level"}:
            # Un salto de línea en un dato no puede fabricar otro renglón del registro.
            renglon[clave] = tachar(valor).replace("\r", "\\r").replace("\n", "\\n") if clave != "exception" else tachar(valor)
    return renglon


def configurar_registros(*, en_colores: bool | None = None, nivel: int = logging.INFO) -> None:
    """Prepara structlog para este proceso: colores en una terminal, JSON si alguien recoge la salida."""
    en_colores = sys.stderr.isatty() if en_colores is None else en_colores
    final: Any = structlog.dev.ConsoleRenderer() if en_colores else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _tachar_renglon,
            final,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(nivel),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def huella_de(tipo: str, descripcion: str, nombre_nora: str | None, origen: str | None) -> str:
    """Qué fallos cuentan como el mismo: igual tipo, Nora, origen y texto sin contar cifras ni identificadores."""
    sin_cifras = re.sub(r"[0-9a-fA-F]{8,}|\d+", "#", descripcion)[:300]
    return hashlib.sha256("|".join([tipo, nombre_nora or "", origen or "", sin_cifras]).encode()).hexdigest()[:32]


class _Buzon:
    """Cola en memoria con un hilo que la pasa a la base; si la base no está, a un archivo hasta que vuelva."""

    def __init__(self) -> None:
        self._cola: queue.Queue[dict[str, Any]] = queue.Queue(maxsize=2000)
        self._hilo: threading.Thread | None = None
        self._candado = threading.Lock()
        self.archivo: Path | None = None

    def echar(self, error: dict[str, Any]) -> None:
        try:
            self._cola.put_nowait(error)
        except queue.Full:
            self._al_archivo(error)
        with self._candado:
            if self._hilo is None or not self._hilo.is_alive():
                self._hilo = threading.Thread(target=self._repartir, name="bitacora", daemon=True)
                self._hilo.start()

    def vaciar(self, segundos: float = 5.0) -> None:
        limite = threading.Event()
        esperador = threading.Thread(target=lambda: (self._cola.join(), limite.set()), daemon=True)
        esperador.start()
        limite.wait(segundos)

    def _repartir(self) -> None:
        while True:
            try:
                error = self._cola.get(timeout=5)
            except queue.Empty:
                self.recoger_del_archivo()
                continue
            try:
                self._a_la_base(error)
            except Exception:  # la base puede faltar de mil maneras: lo que no entra se guarda y el hilo sigue vivo
                self._al_archivo(error)
            else:
                self.recoger_del_archivo()
            finally:
                self._cola.task_done()

    @staticmethod
    def _a_la_base(error: dict[str, Any]) -> None:
        guardar_error(
            error["nombre_nora"],
            tipo=error["tipo"],
            descripcion=error["descripcion"],
            origen=error["origen"],
            huella=error["huella"],
            cuando=dt.datetime.fromisoformat(error["cuando"]),
        )

    def _al_archivo(self, error: dict[str, Any]) -> None:
        if self.archivo is None:
            return
        with self._candado, self.archivo.open("a", encoding="utf-8") as salida:
            salida.write(json.dumps(error, ensure_ascii=False) + "\n")

    def recoger_del_archivo(self) -> None:
        """Pasa a la base lo que esperaba en el archivo; lo que siga sin entrar vuelve a él."""
        if self.archivo is None or not self.archivo.exists():
            return
        tomado = self.archivo.with_suffix(".tomado")
        with self._candado:
            if tomado.exists():
                # Quedó de un proceso que murió a medias: va primero.
                self.archivo.write_text(tomado.read_text("utf-8") + self.archivo.read_text("utf-8"), "utf-8")
            self.archivo.replace(tomado)
        for renglon in tomado.read_text("utf-8").splitlines():
            try:
                error = json.loads(renglon)
            except ValueError:
                continue
            try:
                self._a_la_base(error)
            except Exception:  # sigue sin haber base
                self._al_archivo(error)
        tomado.unlink(missing_ok=True)


_buzon = _Buzon()
atexit.register(_buzon.vaciar, 2.0)


def configurar_buzon(carpeta: Path, proceso: str) -> None:
    """Dice dónde esperan los errores mientras la base no está; un archivo por proceso."""
    carpeta.mkdir(parents=True, exist_ok=True)
    _buzon.archivo = carpeta / f"errores_pendientes_{proceso}.jsonl"


def registrar_error(tipo: str, descripcion: str, nombre_nora: str | None = None, origen: str | None = None) -> None:
    """Anota un fallo que una persona debe mirar en /admin/debug. Nunca levanta ni espera a la base.

    Args:
        tipo: IA, Supabase, OpenAI, Twilio, Webhook, SocketIO, Meta, Modulo, Servidor…
        descripcion: qué pasó y qué hacer; los secretos y teléfonos se tachan aquí.
        nombre_nora: la Nora afectada, si se sabe.
        origen: dónde pasó.
    """
    try:
        limpia = tachar(str(descripcion))[:_LARGO_DE_DESCRIPCION].replace("\x00", "")
        registro.error("error registrado", tipo=tipo, descripcion=limpia, nombre_nora=nombre_nora, origen=origen)
        _buzon.echar(
            {
                "tipo": tipo,
                "descripcion": limpia,
                "nombre_nora": nombre_nora,
                "origen": origen,
                "huella": huella_de(tipo, limpia, nombre_nora, origen),
                "cuando": dt.datetime.now(dt.UTC).isoformat(),
            }
        )
    except Exception as fallo:  # es la última red: si ella levanta, tapa el error de verdad
        print(f"registrar_error no pudo anotar {tipo}: {fallo!r}", file=sys.stderr)


def vaciar(segundos: float = 5.0) -> None:
    """Espera a que lo anotado llegue a la base (al cerrar y en las pruebas)."""
    _buzon.vaciar(segundos)


def limpiar() -> int:
    """Borra los errores de más de 90 días; devuelve cuántos. La llama el reloj cada noche."""
    return todas_las_noras_limpiar_errores(dt.datetime.now(dt.UTC))
