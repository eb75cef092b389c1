"""/webhook (firma comprobada y todo guardado) contra una dirección firmada y vacía del mismo proceso, en tandas alternas."""

from __future__ import annotations

import statistics
import threading
import time

from tests.bancos.casa import Casa, Enchufe, casa_encendida, parametros, peticion_cruda

TANDAS = 7
POR_TANDA = 1200
CONEXIONES = 8


def medir() -> list[str]:
    """Corre el banco y devuelve los renglones de resultado."""
    with casa_encendida(("-m", "tests.bancos.servidor_con_vacio")) as casa:
        _tanda(casa, "/vara", 300)
        _tanda(casa, "/webhook", 300)
        proporciones, esperas = [], []
        for _ in range(TANDAS):
            vacio, _ = _tanda(casa, "/vara", POR_TANDA)
            lleno, tiempos = _tanda(casa, "/webhook", POR_TANDA)
            proporciones.append(lleno / vacio)
            esperas += tiempos
    esperas.sort()
    return [
        f"webhook / vacío firmado: {statistics.median(proporciones):.2f} (mediana de {TANDAS} tandas alternas de {POR_TANDA};"
        f" de {min(proporciones):.2f} a {max(proporciones):.2f}; meta ≥ 0.55)",
        f"webhook a tope, {CONEXIONES} conexiones: mediana {esperas[len(esperas) // 2] * 1000:.1f} ms,"
        f" p99 {esperas[int(len(esperas) * 0.99)] * 1000:.1f} ms, {len(esperas)} mensajes, 0 rechazados",
    ]


def _tanda(casa: Casa, ruta: str, cuantas: int) -> tuple[float, list[float]]:
    """Peticiones por segundo y segundos de cada una; todas deben ser 200."""
    reparto = [
        [peticion_cruda(casa, ruta, parametros(f"hola {i}", telefono=f"+52155{c:02d}{i % 40:06d}")) for i in range(cuantas // CONEXIONES)]
        for c in range(CONEXIONES)
    ]
    tiempos: list[float] = []
    fallos: list[int] = []

    def _conexion(peticiones: list[bytes]) -> None:
        enchufe = Enchufe(int(casa.entorno["PORT"]))
        for peticion in peticiones:
            desde = time.perf_counter()
            codigo = enchufe.pedir(peticion)
            tiempos.append(time.perf_counter() - desde)
            if codigo != 200:
                fallos.append(codigo)
        enchufe.cerrar()

    hilos = [threading.Thread(target=_conexion, args=(p,)) for p in reparto]
    empezo = time.perf_counter()
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join()
    if fallos:
        raise RuntimeError(f"{len(fallos)} respuestas que no son 200: {sorted(set(fallos))}")
    return len(tiempos) / (time.perf_counter() - empezo), tiempos
