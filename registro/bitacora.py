"""La bitácora: registros con contexto y sin secretos, y `registrar_error`, que nunca levanta, nunca bloquea y nunca se pierde."""

from __future__ import annotations

import atexit
import datetime as dt
import hashlib
import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from registro.buzon import Apunte, Buzon
from registro.tachado import CAMPOS_SECRETOS, TACHADO, describir_fallo, en_texto, resumir_fallo, tachar, tachar_valor
from sql.modelos.errores import guardar_error, todas_las_noras_limpiar_errores

__all__ = ["configurar_buzon", "configurar_registros", "limpiar", "registrar_error", "registro", "resumir_fallo", "tachar", "vaciar"]

_LARGO_DE_DESCRIPCION = 4000
_SIN_TOCAR = frozenset({"timestamp", "level"})

registro = structlog.get_logger("aura")


def _contar_excepcion(_registro: Any, _metodo: str, renglon: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """La excepción sin variables ni filas: qué fue y por dónde pasó."""
    causa = renglon.pop("exc_info", None)
    if isinstance(causa, tuple):
        causa = causa[1]
    elif causa and not isinstance(causa, BaseException):
        causa = sys.exc_info()[1]
    if causa:
        renglon["exception"] = describir_fallo(causa)
    return renglon


def _tachar_renglon(_registro: Any, _metodo: str, renglon: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for clave, valor in renglon.items():
        if clave == "exception":
            renglon[clave] = tachar(valor)
        elif clave in CAMPOS_SECRETOS:
            renglon[clave] = TACHADO
        elif clave not in _SIN_TOCAR and not clave.startswith("_"):
            renglon[clave] = tachar_valor(valor)
    return renglon


def configurar_registros(*, en_colores: bool | None = None, nivel: int = logging.INFO) -> None:
    """Prepara los registros de este proceso: colores en una terminal, JSON si alguien recoge la salida.

    Lo que las bibliotecas cuentan con `logging` (desde WARNING) sale por el mismo sitio y con lo mismo tachado.
    """
    en_colores = sys.stderr.isatty() if en_colores is None else en_colores
    final: Any = structlog.dev.ConsoleRenderer() if en_colores else structlog.processors.JSONRenderer(ensure_ascii=False)
    comunes: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _contar_excepcion,
        _tachar_renglon,
    ]
    structlog.configure(
        processors=[*comunes, final],
        wrapper_class=structlog.make_filtering_bound_logger(nivel),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    salida = _Bibliotecas(sys.stderr)
    salida.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=comunes, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, final]
        )
    )
    raiz = logging.getLogger()
    for anterior in [manejador for manejador in raiz.handlers if isinstance(manejador, _Bibliotecas)]:
        raiz.removeHandler(anterior)
    raiz.addHandler(salida)


class _Bibliotecas(logging.StreamHandler[Any]):
    """Por donde sale lo que cuentan las bibliotecas."""


def huella_de(tipo: str, descripcion: str, nombre_nora: str | None, origen: str | None) -> str:
    """Qué fallos cuentan como el mismo: igual tipo, Nora, origen y texto sin contar cifras ni identificadores."""
    sin_cifras = re.sub(r"[0-9a-fA-F]{8,}|\d+", "#", descripcion)[:300]
    return hashlib.sha256("|".join([tipo, nombre_nora or "", origen or "", sin_cifras]).encode()).hexdigest()[:32]


def _a_la_base(apunte: Apunte) -> None:
    guardar_error(
        apunte["nombre_nora"],
        tipo=apunte["tipo"],
        descripcion=apunte["descripcion"],
        origen=apunte["origen"],
        huella=apunte["huella"],
        cuando=dt.datetime.fromisoformat(apunte["cuando"]),
    )


_buzon = Buzon(_a_la_base)
atexit.register(_buzon.cerrar, 2.0)


def configurar_buzon(carpeta: Path, proceso: str) -> None:
    """Dice dónde esperan los errores mientras la base no está."""
    _buzon.configurar(carpeta, proceso)


def recoger_pendientes() -> None:
    """Empieza a pasar a la base lo que quedó esperando de otras veces. Se llama en el proceso que va a quedarse."""
    _buzon.abrir()


def registrar_error(tipo: str, descripcion: str, nombre_nora: str | None = None, origen: str | None = None) -> None:
    """Anota un fallo que una persona debe mirar en /admin/debug. Nunca levanta ni espera a la base.

    Args:
        tipo: IA, Supabase, OpenAI, Twilio, Webhook, SocketIO, Meta, Modulo, Servidor…
        descripcion: qué pasó y qué hacer; los secretos y teléfonos se tachan aquí.
        nombre_nora: la Nora afectada, si se sabe.
        origen: dónde pasó.
    """
    # Es la última red: si ella levanta, tapa el error de verdad. Ni un registro cerrado impide que llegue a la base.
    with suppress(Exception):
        apunte = _apuntar(tipo, descripcion, nombre_nora, origen)
        _buzon.echar(apunte)
        registro.error(
            "error registrado",
            tipo=apunte["tipo"],
            descripcion=apunte["descripcion"],
            nombre_nora=apunte["nombre_nora"],
            origen=apunte["origen"],
        )


def _apuntar(tipo: object, descripcion: object, nombre_nora: object, origen: object) -> Apunte:
    que = en_texto(tipo)[:60] or "Otro"
    limpia = tachar(en_texto(descripcion))[:_LARGO_DE_DESCRIPCION]
    nora = en_texto(nombre_nora)[:200] if nombre_nora else None
    donde = tachar(en_texto(origen))[:200] if origen else None
    return {
        "tipo": que,
        "descripcion": limpia,
        "nombre_nora": nora,
        "origen": donde,
        "huella": huella_de(que, limpia, nora, donde),
        "cuando": dt.datetime.now(dt.UTC).isoformat(),
    }


def vaciar(segundos: float = 5.0) -> None:
    """Espera a que lo anotado salga de la memoria: a la base o, si no está, al archivo (al cerrar y en las pruebas)."""
    _buzon.vaciar(segundos)


def limpiar() -> int:
    """Borra los errores de más de 90 días; devuelve cuántos. La llama el reloj cada noche."""
    return todas_las_noras_limpiar_errores(dt.datetime.now(dt.UTC))
