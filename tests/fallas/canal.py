"""El cable entero con golpes: miles de mensajes repetidos y revueltos mientras mueren la web y el trabajador, y un juez al final.

`python -m tests.fallas.canal [--mensajes 10000] [--personas 32] [--golpes 10] [--semilla N] [--prisa 4]`. Sale con 1 si algo se rompió.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.bancos.casa import CUENTA
from tests.dobles.servidor import twilio_encendido
from tests.dobles.twilio import DobleDeTwilio
from tests.dobles.twilio_averias import Azar, PlanDeAvisos
from tests.fallas.canal_carga import Reparto, momentos_de_golpe, repartir
from tests.fallas.canal_casa import CasaPartida, casa_partida
from tests.fallas.canal_golpes import Entrega
from tests.fallas.canal_juez import Escena, juzgar, recibidos_dos_veces
from tests.fallas.canal_lectura import leer_escena
from webhook.cliente_twilio import LEER_SEGUNDOS

FICHA = "f" * 32
AVERIAS = {"429": 0.03, "500_antes": 0.02, "corta_antes": 0.01, "corta": 0.02, "500_despues": 0.01, "html": 0.005, "tarda_antes:0.2": 0.03}
CODIGO_DEFINITIVO = "63032"
"""Un fallo de entrega que no se reintenta."""
CALMA_SEGUNDOS = 3.0
"""Cuánto debe durar la quietud para darla por buena: si iba a llegar otra respuesta, llega."""


@dataclass
class Encargo:
    """Lo que se pide a un ensayo. `prisa` divide las esperas del producto y las del doble por igual."""

    mensajes: int = 10_000
    personas: int = 32
    golpes: int = 10
    semilla: int = 20_261_123
    prisa: float = 4.0
    por_segundo: float = 150.0
    limite_segundos: float = 900.0
    estropear: bool = False
    dsn: str | None = None
    guardar_en: Path | None = None


@dataclass
class Informe:
    """Lo que pasó en un ensayo."""

    violaciones: list[str]
    escena: Escena
    tiempos: dict[str, float] = field(default_factory=dict)
    cuentas: dict[str, int] = field(default_factory=dict)
    contestados: Counter[int] = field(default_factory=Counter)
    averias: dict[str, int] = field(default_factory=dict)


def ensayar(encargo: Encargo) -> Informe:
    """Corre un ensayo entero y lo juzga."""
    reparto = repartir(encargo.mensajes, encargo.personas, encargo.semilla)
    with twilio_encendido(CUENTA, FICHA) as doble:
        _portarse_mal(doble, encargo)
        entorno = {"TWILIO_API_URL": doble.url, "TWILIO_ACCOUNT_SID": CUENTA, "TWILIO_AUTH_TOKEN": FICHA}
        modo = (str(encargo.prisa), *(["sin_asentar"] if encargo.estropear else []))
        with casa_partida(modo, encargo.dsn, encargo.guardar_en, **entorno) as casa:
            doble.entrantes.url = f"{casa.url}/webhook"
            informe = Informe([], Escena())
            empezo = time.monotonic()
            Entrega(doble, reparto).hacer(
                casa, momentos_de_golpe(len(reparto.entregas), encargo.golpes, encargo.semilla), encargo.por_segundo
            )
            informe.tiempos["entregar"] = time.monotonic() - empezo
            en_calma = _esperar_calma(casa, doble, encargo)
            informe.tiempos["aclarar"] = time.monotonic() - empezo - informe.tiempos["entregar"]
            informe.escena = leer_escena(casa, doble)
            informe.cuentas = _contar(casa, doble, reparto)
    informe.contestados, informe.averias = doble.cartero.codigos, doble.contadas
    informe.violaciones = juzgar(informe.escena)
    if not en_calma:
        informe.violaciones.append(f"sin calma: tras {encargo.limite_segundos:.0f} s aún quedaba trabajo")
    return informe


def _portarse_mal(doble: DobleDeTwilio, encargo: Encargo) -> None:
    # Más que el tiempo de lectura del producto: quien pidió ya se fue cuando Twilio contesta, o incluso cuando acepta.
    de_mas = f"{LEER_SEGUNDOS / encargo.prisa * 1.5:.2f}"
    doble.azar = Azar(encargo.semilla, {**AVERIAS, f"tarda:{de_mas}": 0.01, f"tarda_antes:{de_mas}": 0.01})
    doble.plan = PlanDeAvisos(
        revueltos=0.4,
        repetidos=0.3,
        perdidos=0.1,
        adelantados=0.1,
        fallidos=0.02,
        codigo=CODIGO_DEFINITIVO,
        demora=(0.0, 1.0),
        semilla=encargo.semilla,
    )
    doble.cartero.intentos, doble.cartero.pausa = 4, 0.3
    doble.listado_atraso = 0.2


_TRABAJO = """
select count(*) filter (where tipo = 'usuario'), count(*) filter (where estado in ('listo', 'enviando', 'por_confirmar')),
  (select count(*) from conversaciones where atender_en is not null)
from historial_conversaciones
"""


def _esperar_calma(casa: CasaPartida, doble: DobleDeTwilio, encargo: Encargo) -> bool:
    """Espera a que todo lo escrito esté dentro, atendido, enviado y aclarado; dice si se llegó."""
    limite = time.monotonic() + encargo.limite_segundos
    quieto_desde: float | None = None
    while time.monotonic() < limite:
        casa.exigir_vivas()
        dentro, pendientes, por_atender = casa.filas(_TRABAJO)[0]
        if dentro >= encargo.mensajes and not pendientes and not por_atender and doble.cartero.esperar(5):
            quieto_desde = quieto_desde or time.monotonic()
            if time.monotonic() - quieto_desde > CALMA_SEGUNDOS:
                return True
        else:
            quieto_desde = None
        time.sleep(0.5)
    return False


def _contar(casa: CasaPartida, doble: DobleDeTwilio, reparto: Reparto) -> dict[str, int]:
    (dudosos, reenviados) = casa.filas(
        "select count(*) filter (where dudoso_desde is not null), count(*) filter (where intento > 1)"
        " from historial_conversaciones where tipo = 'respuesta'"
    )[0]
    ((recuperados,),) = casa.filas("select count(*) from webhooks_recibidos where tipo = 'mensaje' and firma = 'conciliacion'")
    ((repetidos,),) = casa.filas("select coalesce(sum(repeticiones), 0) from webhooks_recibidos where tipo = 'mensaje'")
    codigos = casa.filas("select codigo_error, count(*) from historial_conversaciones where estado = 'fallido' group by 1 order by 1")
    return {
        "entregas": len(reparto.entregas),
        "perdidos del todo": reparto.perdidos,
        "avisos que nadie aceptó": len(doble.cartero.perdidos),
        "recuperados preguntando": int(recuperados),
        "repetidos que no cambiaron nada": int(repetidos),
        "envíos dudosos aclarados": int(dudosos),
        "reenviados con prueba de ausencia": int(reenviados),
        **{f"fallidos a la vista con código {codigo}": int(veces) for codigo, veces in codigos},
    }


def contar(informe: Informe) -> str:
    """El informe para leer."""
    escena, tiempos = informe.escena, informe.tiempos
    mensajes, total = len(escena.historial), tiempos["entregar"] + tiempos["aclarar"]
    estados = Counter(r.estado for r in escena.respuestas)
    renglones = [
        f"historial: {mensajes} filas de {len(escena.en_twilio)} mensajes; hilos: {len(escena.hilos)}",
        f"respuestas: {len(escena.respuestas)} ({', '.join(f'{e} {n}' for e, n in estados.most_common())})",
        f"aceptadas por Twilio: {len(escena.aceptados)}; recibidas dos veces: {len(recibidos_dos_veces(escena))}",
        f"por confirmar al final: {estados['por_confirmar']}",
        *(f"{que}: {cuantos}" for que, cuantos in informe.cuentas.items()),
        f"averías de Twilio: {informe.averias}; códigos que recibió: {dict(informe.contestados)}",
        f"tiempo: {tiempos['entregar']:.0f} s entregando + {tiempos['aclarar']:.0f} s aclarando ({mensajes / total:.0f} mensajes/s)",
    ]
    clases = Counter(v.partition(":")[0] for v in informe.violaciones)
    veredicto = f"promesas rotas: {len(informe.violaciones)} {dict(clases)}" if clases else "ninguna promesa rota"
    return "\n".join([*renglones, *informe.violaciones[:40], veredicto])


def principal() -> int:
    """La línea de órdenes."""
    lector = argparse.ArgumentParser(prog="python -m tests.fallas.canal", description="El cable entero, con golpes")
    de_fabrica = Encargo()
    for nombre in ("mensajes", "personas", "golpes", "semilla", "prisa", "por_segundo"):
        de_serie = getattr(de_fabrica, nombre)
        lector.add_argument(f"--{nombre.replace('_', '-')}", dest=nombre, type=type(de_serie), default=de_serie)
    lector.add_argument("--estropear", action="store_true", help="con el producto estropeado a propósito: tiene que salir con 1")
    lector.add_argument("--limite", dest="limite_segundos", type=float, default=de_fabrica.limite_segundos)
    lector.add_argument("--guardar-en", type=Path, default=None, help="carpeta donde dejar lo que dijeron la web y el trabajador")
    encargo = Encargo(**vars(lector.parse_args()))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    print(f"{encargo.mensajes} mensajes de {encargo.personas} personas, {encargo.golpes} golpes, semilla {encargo.semilla}", flush=True)
    informe = ensayar(encargo)
    print(contar(informe))
    return 1 if informe.violaciones else 0


if __name__ == "__main__":
    sys.exit(principal())
