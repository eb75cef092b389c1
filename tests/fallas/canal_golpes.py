"""La entrega de un ensayo, al ritmo pedido y desde muchas manos, y los golpes que caen a su altura del reparto."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.dobles.twilio import DobleDeTwilio
from tests.fallas.canal_carga import Reparto
from tests.fallas.canal_casa import CasaPartida

MANOS = 12
ESPERA_POR_GOLPE = 60


class Entrega:
    """Lleva un reparto a la web de una casa."""

    def __init__(self, doble: DobleDeTwilio, reparto: Reparto) -> None:
        self._doble, self._reparto = doble, reparto
        self._anotados: dict[int, dict[str, Any]] = {}
        self._hechas = 0
        self._turno = threading.Condition()

    def hacer(self, casa: CasaPartida, golpes: list[tuple[int, tuple[str, ...]]], por_segundo: float) -> None:
        """Entrega todo; en otro hilo, cada golpe espera a su altura. Vuelve cuando todo se entregó y todo se encendió otra vez."""
        verdugo = threading.Thread(target=self._golpear, args=(casa, golpes), name="golpes", daemon=True)
        verdugo.start()
        for n in sorted(set(range(len(self._reparto.escritos))) - set(self._reparto.entregas)):
            self._anotar(n)
        with ThreadPoolExecutor(MANOS, thread_name_prefix="entrega") as manos:
            for n in _al_ritmo(self._reparto.entregas, por_segundo):
                manos.submit(self._entregar, n)
        verdugo.join(ESPERA_POR_GOLPE * (len(golpes) + 1))
        casa.exigir_vivas()

    def _anotar(self, n: int) -> dict[str, Any]:
        with self._turno:
            if n not in self._anotados:
                escrito = self._reparto.escritos[n]
                self._anotados[n] = self._doble.entrantes.anotar(escrito.de, escrito.para, escrito.texto)
            return self._anotados[n]

    def _entregar(self, n: int) -> None:
        self._doble.entrantes.entregar(self._anotar(n))
        with self._turno:
            self._hechas += 1
            self._turno.notify_all()

    def _golpear(self, casa: CasaPartida, golpes: list[tuple[int, tuple[str, ...]]]) -> None:
        for momento, blancos in golpes:
            with self._turno:
                while self._hechas < momento:
                    self._turno.wait()
            for blanco in blancos:
                casa.matar(blanco)
            casa.encender(*blancos)
            print(f"  kill -9 a {' y '.join(blancos)} tras {momento} entregas", flush=True)


def _al_ritmo(cosas: tuple[int, ...], por_segundo: float) -> Iterator[int]:
    """Una detrás de otra sin pasar de ese ritmo."""
    empezo = time.monotonic()
    for i, cosa in enumerate(cosas):
        falta = empezo + i / por_segundo - time.monotonic()
        if falta > 0:
            time.sleep(falta)
        yield cosa
