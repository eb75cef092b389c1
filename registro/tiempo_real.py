"""El único archivo que habla a un navegador sin que pregunte. Sólo ids, sólo después de confirmar, y las salas las decide el servidor.

Entre procesos viaja por NOTIFY de Postgres. Un aviso perdido no pierde nada: la fila es la verdad y el navegador se pone al día.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from socketio import PubSubManager

from registro.bitacora import registrar_error, registro
from sql import conexion

CANAL_DE_SOCKETS = "aura_sockets"
CANAL_DE_TRABAJO = "aura_trabajo"
MODULO_DE_AVISO = {"mensaje.nuevo": "chat", "mensaje.estado": "chat", "conversacion.cambio": "chat", "plantilla.cambio": "envios"}
"""Qué módulo hace falta para oír cada aviso."""

_PREFIJO_DE_SALA = "nora:"
_DESCANSO_SEGUNDOS = 0.04
"""El primer aviso sale al momento; en plena avalancha, los siguientes se juntan durante este tiempo."""
_POR_TANDA = 25
"""NOTIFY admite 8000 bytes; 25 avisos caben aunque la Nora tenga el nombre más largo y los ids todas sus cifras."""
_LATIDO_DE_RED: dict[str, Any] = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""Quien sólo escucha no nota que el otro lado desapareció: se pregunta a la red cada medio minuto."""


def sala(nombre_nora: str, modulo: str) -> str:
    """El nombre de la sala de un módulo de una Nora. Sólo lo arma el servidor."""
    return f"{_PREFIJO_DE_SALA}{nombre_nora}:{modulo}"


class GestorPorPostgres(PubSubManager):
    """Socket.IO entre procesos sin otro servidor: publica con NOTIFY y escucha con LISTEN."""

    name = "postgres"

    def __init__(self, dsn: Callable[[], str], *, write_only: bool = False) -> None:
        super().__init__(channel=CANAL_DE_SOCKETS, write_only=write_only, json=json)
        self._dsn = dsn
        self._candado = threading.Lock()
        self._salida: psycopg.Connection[Any] | None = None
        self._junta = threading.local()

    def _publish(self, data: Any) -> None:
        aviso = (self.channel, json.dumps(data))
        juntados: list[tuple[str, str]] | None = getattr(self._junta, "avisos", None)
        if juntados is None:
            self.notificar([aviso])
        else:
            juntados.append(aviso)

    @contextmanager
    def juntar(self) -> Iterator[list[tuple[str, str]]]:
        """Lo que este hilo publique dentro sale en una sola ida al terminar."""
        avisos: list[tuple[str, str]] = []
        self._junta.avisos = avisos
        try:
            yield avisos
        finally:
            self._junta.avisos = None
        if avisos:
            self.notificar(avisos)

    def notificar(self, avisos: list[tuple[str, str]]) -> None:
        """Manda varios NOTIFY en una ida. Una conexión vieja se cambia por otra y se reintenta una vez.

        Raises:
            psycopg.OperationalError: si la base no está.
        """
        orden = "select pg_notify(c, m) from unnest(%s::text[], %s::text[]) as avisos(c, m)"
        valores = ([canal for canal, _ in avisos], [mensaje for _, mensaje in avisos])
        with self._candado:
            for intento in (1, 2):
                try:
                    if self._salida is None or self._salida.closed:
                        self._salida = psycopg.connect(self._dsn(), autocommit=True, connect_timeout=2)
                    self._salida.execute(orden, valores)
                    return
                except psycopg.OperationalError:
                    if self._salida is not None:
                        self._salida.close()
                    self._salida = None
                    if intento == 2:
                        raise

    def _listen(self) -> Iterator[str]:
        for aviso in escuchar(self._dsn, self.channel):
            if aviso is None:
                self._poner_al_dia()
            else:
                yield aviso

    def _poner_al_dia(self) -> None:
        """Dice a los navegadores de este proceso que pidan lo que cambió: mientras no oíamos pudo pasar algo."""
        for nombre in list(self.rooms.get("/", {})):
            if isinstance(nombre, str) and nombre.startswith(_PREFIJO_DE_SALA):
                nora = nombre.removeprefix(_PREFIJO_DE_SALA).rpartition(":")[0]
                self.emit("avisos", [{"que": "reconectado", "nora": nora}], namespace="/", room=nombre, ignore_queue=True)


def escuchar(dsn: Callable[[], str], canal: str) -> Iterator[str | None]:
    """Los NOTIFY de un canal, para siempre; si la base se va, espera a que vuelva.

    Da None cada vez que empieza a oír: lo que se dijo mientras no oía se perdió y hay que mirar las filas.
    """
    while True:
        try:
            with psycopg.connect(dsn(), autocommit=True, connect_timeout=2, **_LATIDO_DE_RED) as oido:
                oido.execute(f"listen {canal}")  # nombre fijo de este archivo
                yield None
                for aviso in oido.notifies():
                    yield aviso.payload
        except psycopg.OperationalError:
            time.sleep(1)


class _Pregonero:
    """Manda los avisos en un hilo aparte y junta los que llegan seguidos: quien atiende una petición no espera a nadie."""

    def __init__(self) -> None:
        self._candado = threading.Condition()
        self._por_sala: dict[str, list[dict[str, Any]]] = {}
        self._despertares: set[str] = set()
        self._hilo: threading.Thread | None = None
        self.gestor: GestorPorPostgres | None = None

    def apuntar(self, sala_destino: str | None, aviso: dict[str, Any] | None, despertar: str | None = None) -> None:
        with self._candado:
            if sala_destino is not None and aviso is not None:
                lista = self._por_sala.setdefault(sala_destino, [])
                if aviso not in lista[-_POR_TANDA:]:
                    lista.append(aviso)
            if despertar is not None:
                self._despertares.add(despertar)
            if self._hilo is None or not self._hilo.is_alive():
                self._hilo = threading.Thread(target=self._pregonar, name="pregonero", daemon=True)
                self._hilo.start()
            self._candado.notify()

    def _pregonar(self) -> None:
        while True:
            with self._candado:
                while not self._por_sala and not self._despertares:
                    self._candado.wait()
                salas, self._por_sala = self._por_sala, {}
                despertares, self._despertares = self._despertares, set()
            try:
                self._mandar(salas, despertares)
            except Exception as fallo:  # el aviso es sólo rapidez: se pierde éste, no el hilo
                registro.warning("aviso perdido", causa=type(fallo).__name__, salas=len(salas))
            time.sleep(_DESCANSO_SEGUNDOS)

    def _mandar(self, salas: dict[str, list[dict[str, Any]]], despertares: set[str]) -> None:
        if self.gestor is None:
            return
        with self.gestor.juntar() as avisos_de_salida:
            avisos_de_salida += [(CANAL_DE_TRABAJO, motivo) for motivo in sorted(despertares)]
            for nombre, avisos in salas.items():
                for desde in range(0, len(avisos), _POR_TANDA):
                    self.gestor.emit("avisos", avisos[desde : desde + _POR_TANDA], room=nombre)


_pregonero = _Pregonero()


def configurar(*, solo_emitir: bool) -> GestorPorPostgres:
    """Prepara el pregonero de este proceso y devuelve el gestor que usa Socket.IO."""
    _pregonero.gestor = GestorPorPostgres(conexion.dsn, write_only=solo_emitir)
    return _pregonero.gestor


def avisar(nombre_nora: str, que: str, **ids: Any) -> None:
    """Avisa a los navegadores de una Nora de que algo cambió. Se llama después de confirmar y lleva sólo ids.

    Args:
        que: uno de los de `MODULO_DE_AVISO`.
        ids: claves de lo que cambió; nunca contenido.
    """
    try:
        _pregonero.apuntar(sala(nombre_nora, MODULO_DE_AVISO[que]), {"que": que, "nora": nombre_nora, **ids})
    except Exception as fallo:  # avisar es cortesía: nunca tumba lo que ya se confirmó
        registrar_error("SocketIO", f"No se pudo avisar {que}: {type(fallo).__name__}", nombre_nora, "registro.tiempo_real")


def despertar(motivo: str) -> None:
    """Toca la campana de los trabajadores («atender» o «enviar»); si no la oyen, encontrarán la fila igual."""
    _pregonero.apuntar(None, None, motivo)


def cerrar_sala(nombre_nora: str, modulo: str) -> None:
    """Echa de la sala a todos: el módulo se apagó y ya nadie debe oírlo."""
    if _pregonero.gestor is not None:
        _pregonero.gestor.close_room(sala(nombre_nora, modulo), namespace="/")
