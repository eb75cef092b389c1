"""La memoria del doble de Twilio: todo mensaje que entró o salió, y cómo lo cuenta su listado."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

TAMANO_DE_PAGINA, TAMANO_MAXIMO = 50, 1000
INTERNOS = frozenset(
    {"aviso_url", "avisados", "content_sid", "content_variables", "media_urls", "persistent_action", "n", "creado", "salido"}
)
"""Lo que el doble recuerda y Twilio no devuelve."""
RANGO = {"accepted": 0, "queued": 1, "sending": 2, "sent": 3, "failed": 4, "undelivered": 4, "canceled": 4, "delivered": 5, "read": 6}
_SALIDO = RANGO["sent"]


class Libro:
    """Los mensajes de todas las cuentas, del más viejo al más nuevo. Se puede usar desde muchos hilos."""

    def __init__(self, reloj: Callable[[], dt.datetime]) -> None:
        self.reloj = reloj
        self.candado = threading.RLock()
        self._numeros = itertools.count(1)
        self._por_sid: dict[str, dict[str, Any]] = {}
        self._por_cuenta: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self._por_punta: defaultdict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)

    def anotar(self, cuenta: str, campos: dict[str, Any], *, sid: str | None = None) -> dict[str, Any]:
        """Guarda un mensaje nuevo y lo devuelve con su SID, sus fechas y lo que Twilio pone de oficio."""
        with self.candado:
            n = next(self._numeros)
            ahora = self.reloj()
            un_sid = sid or f"{'MM' if campos.get('num_media', '0') != '0' else 'SM'}f{n:031x}"
            mensaje = _de_oficio(cuenta, un_sid, ahora) | campos | {"n": n, "creado": ahora, "salido": None}
            self._por_sid[un_sid] = mensaje
            self._por_cuenta[cuenta].append(mensaje)
            for punta in ("to", "from"):
                if mensaje[punta]:
                    self._por_punta[cuenta, punta, mensaje[punta]].append(mensaje)
            return mensaje

    def buscar(self, cuenta: str, sid: str) -> dict[str, Any] | None:
        """El mensaje de esa cuenta con ese SID."""
        mensaje = self._por_sid.get(sid)
        return mensaje if mensaje and mensaje["account_sid"] == cuenta else None

    def todos(self, cuenta: str) -> list[dict[str, Any]]:
        """Los mensajes de una cuenta, del más viejo al más nuevo."""
        with self.candado:
            return list(self._por_cuenta[cuenta])

    def borrar(self, mensaje: dict[str, Any]) -> None:
        """Lo quita de todas partes, como DELETE en la API."""
        with self.candado:
            del self._por_sid[mensaje["sid"]]
            cuenta = mensaje["account_sid"]
            for lista in (self._por_cuenta[cuenta], *(self._por_punta[cuenta, p, mensaje[p]] for p in ("to", "from") if mensaje[p])):
                lista.remove(mensaje)

    def mover(self, mensaje: dict[str, Any], estado: str, codigo: str | None = None) -> None:
        """Avanza el estado de un mensaje; nunca retrocede."""
        with self.candado:
            ahora = self.reloj()
            if RANGO.get(estado, 0) >= RANGO.get(mensaje["status"], 0):
                mensaje |= {"status": estado, "date_updated": format_datetime(ahora)}
            if codigo:
                mensaje["error_code"] = int(codigo)
            if RANGO.get(estado, 0) >= _SALIDO and mensaje["salido"] is None:
                mensaje |= {"salido": ahora, "date_sent": format_datetime(ahora)}

    def pagina(self, cuenta: str, filtros: MultiDict[str, str], *, atraso: float = 0) -> dict[str, Any]:
        """Una página del listado, lo más nuevo primero. `atraso`: segundos que tarda un mensaje nuevo en aparecer."""
        tamano = max(1, min(int(filtros.get("PageSize", TAMANO_DE_PAGINA)), TAMANO_MAXIMO))
        tope, numero = int(filtros.get("PageToken", "PA0")[2:], 16), int(filtros.get("Page", 0))
        visible_hasta = self.reloj() - dt.timedelta(seconds=atraso)
        with self.candado:
            candidatos: Iterable[dict[str, Any]] = reversed(list(self._candidatos(cuenta, filtros)))
        vistos = [
            m for m in candidatos if (not tope or m["n"] < tope) and m["creado"] <= visible_hasta and _pasa(m, filtros)
        ]  # fmt: skip
        estos = vistos[:tamano]
        sigue = self._uri(cuenta, filtros, tamano, numero + 1, estos[-1]["n"]) if len(vistos) > tamano else None
        return {
            "messages": [publico(m) for m in estos],
            "page": numero,
            "page_size": tamano,
            "start": numero * tamano,
            "end": numero * tamano + max(0, len(estos) - 1),
            "uri": self._uri(cuenta, filtros, tamano, numero, tope),
            "first_page_uri": self._uri(cuenta, filtros, tamano, 0, 0),
            "next_page_uri": sigue,
            "previous_page_uri": None,
        }

    def _candidatos(self, cuenta: str, filtros: MultiDict[str, str]) -> list[dict[str, Any]]:
        puntas = [self._por_punta[cuenta, clave.lower(), filtros[clave]] for clave in ("To", "From") if filtros.get(clave)]
        return min(puntas, key=len, default=self._por_cuenta[cuenta])

    @staticmethod
    def _uri(cuenta: str, filtros: MultiDict[str, str], tamano: int, numero: int, tope: int) -> str:
        resto = {k: v for k, v in filtros.items() if k not in {"PageSize", "Page", "PageToken"}}
        ficha = {"PageToken": f"PA{tope:x}"} if tope else {}
        return f"/2010-04-01/Accounts/{cuenta}/Messages.json?" + urlencode(resto | {"PageSize": tamano, "Page": numero} | ficha)


def publico(mensaje: dict[str, Any]) -> dict[str, Any]:
    """El mensaje como lo devuelve la API."""
    return {clave: valor for clave, valor in mensaje.items() if clave not in INTERNOS}


def _de_oficio(cuenta: str, sid: str, ahora: dt.datetime) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{cuenta}/Messages/{sid}"
    return {
        "sid": sid,
        "account_sid": cuenta,
        "api_version": "2010-04-01",
        "body": "",
        "date_created": format_datetime(ahora),
        "date_sent": None,
        "date_updated": format_datetime(ahora),
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": None,
        "to": None,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "status": "queued",
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def _pasa(mensaje: dict[str, Any], filtros: MultiDict[str, str]) -> bool:
    """Si cumple To, From y DateSent (el de antes, el de después y el del día). Lo que aún no salió no tiene DateSent."""
    if any(filtros.get(clave) not in {None, "", mensaje[clave.lower()]} for clave in ("To", "From")):
        return False
    for clave, cumple in _DE_FECHA.items():
        if filtros.get(clave) and (mensaje["salido"] is None or not cumple(mensaje["salido"], _fecha(filtros[clave]), filtros[clave])):
            return False
    return True


_DE_FECHA: dict[str, Callable[[dt.datetime, dt.datetime, str], bool]] = {
    "DateSent>": lambda salido, limite, _: salido.replace(microsecond=0) >= limite,
    "DateSent<": lambda salido, limite, texto: salido <= (limite + dt.timedelta(days=1) if len(texto) == len("2026-01-01") else limite),
    "DateSent": lambda salido, limite, _: salido.date() == limite.date(),
}


def _fecha(texto: str) -> dt.datetime:
    fecha = dt.datetime.fromisoformat(texto.replace("Z", "+00:00"))
    return fecha if fecha.tzinfo else fecha.replace(tzinfo=dt.UTC)
