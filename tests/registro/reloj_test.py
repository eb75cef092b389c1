"""El reloj: muchos procesos lo llevan y suena en uno solo; si ése se va, suena en otro; y una tarea rota no lo para."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest
from apscheduler.triggers.cron import CronTrigger

from registro import bitacora, reloj
from registro.reloj import HORARIO, Tarea, dar_cuerda
from tests.base import Base
from tests.registro.salud_test import cortar_todas

PLAZO = 20.0
Poner = Callable[..., str]


class Campanadas:
    """Apunta en qué reloj sonó cada vez (cada uno tiene su propio grupo de hilos)."""

    def __init__(self) -> None:
        self.relojes: list[str] = []
        self._cambio = threading.Condition()

    def sonar(self) -> None:
        with self._cambio:
            self.relojes.append(threading.current_thread().name.rpartition("_")[0])
            self._cambio.notify_all()

    def esperar(self, cuantas: int) -> list[str]:
        with self._cambio:
            assert self._cambio.wait_for(lambda: len(self.relojes) >= cuantas, PLAZO)
            return list(self.relojes)


class Reloj:
    """Un reloj en marcha en su hilo."""

    def __init__(self) -> None:
        self.parar = threading.Event()
        self.hilo = threading.Thread(target=dar_cuerda, args=(self.parar,))
        self.hilo.start()

    def parado(self) -> bool:
        self.parar.set()
        self.hilo.join(PLAZO)
        return not self.hilo.is_alive()


@pytest.fixture
def campanadas(base: Base, modulo_de_mentira: Poner, monkeypatch: pytest.MonkeyPatch) -> Campanadas:
    """Un horario de juguete: suena diez veces por segundo."""
    nuevas = Campanadas()
    nombre = modulo_de_mentira("tareas", sonar=nuevas.sonar)
    monkeypatch.setattr(reloj, "HORARIO", (Tarea("sonar", f"{nombre}:sonar", "interval", {"seconds": 0.1}),))
    monkeypatch.setattr(reloj, "_CADA", 0.1)
    return nuevas


@pytest.fixture
def relojes(campanadas: Campanadas) -> Iterator[list[Reloj]]:
    lista: list[Reloj] = []
    yield lista
    parados = [uno.parado() for uno in lista]
    assert all(parados)


def duenos_del_candado(base: Base) -> int:
    [(cuantos,)] = base.filas(
        "select count(*) from pg_locks where locktype = 'advisory' and granted and objid = %s"
        " and database = (select oid from pg_database where datname = current_database())",
        reloj.CANDADO_DEL_RELOJ,
    )
    return int(str(cuantos))


def test_con_tres_relojes_suena_uno_y_al_parar_ése_suena_otro(base: Base, campanadas: Campanadas, relojes: list[Reloj]) -> None:
    relojes.append(Reloj())
    campanadas.esperar(3)  # el primero ya tiene el candado
    relojes += [Reloj(), Reloj()]
    assert len(set(campanadas.esperar(len(campanadas.relojes) + 8))) == 1
    assert duenos_del_candado(base) == 1
    assert relojes[0].parado()
    hasta_aqui = len(campanadas.relojes)
    despues = campanadas.esperar(hasta_aqui + 8)[hasta_aqui + 1 :]
    assert len(set(despues)) == 1
    assert len(set(campanadas.relojes)) == 2
    assert duenos_del_candado(base) == 1


def test_parar_lo_calla_en_el_acto(base: Base, campanadas: Campanadas) -> None:
    uno = Reloj()
    campanadas.esperar(2)
    assert uno.parado()
    # Postgres suelta el candado al notar la conexión cerrada, un instante después.
    vez = threading.Event()
    assert any(duenos_del_candado(base) == 0 or vez.wait(0.05) for _ in range(100))
    hasta_aqui = len(campanadas.relojes)
    threading.Event().wait(0.4)
    assert len(campanadas.relojes) <= hasta_aqui + 1


def test_si_cortan_su_conexión_suelta_el_candado_y_lo_vuelve_a_pedir(base: Base, campanadas: Campanadas, relojes: list[Reloj]) -> None:
    relojes.append(Reloj())
    campanadas.esperar(2)
    assert cortar_todas(base) >= 1
    antes = set(campanadas.relojes)
    vez = threading.Event()
    assert any(set(campanadas.relojes) - antes or vez.wait(0.05) for _ in range(400)), "no volvió a sonar con otra agenda"
    assert duenos_del_candado(base) == 1


def test_una_tarea_rota_se_anota_y_vuelve_a_sonar(
    base: Base, modulo_de_mentira: Poner, campanadas: Campanadas, relojes: list[Reloj], monkeypatch: pytest.MonkeyPatch
) -> None:
    def romper() -> None:
        campanadas.sonar()
        raise ValueError("rota con token=canario")

    nombre = modulo_de_mentira("tareas_rotas", romper=romper)
    monkeypatch.setattr(reloj, "HORARIO", (Tarea("romper", f"{nombre}:romper", "interval", {"seconds": 0.1}),))
    relojes.append(Reloj())
    campanadas.esperar(3)
    assert relojes[0].parado()
    bitacora.vaciar()
    [(tipo, descripcion, veces)] = base.filas("select tipo, descripcion, veces from logs_errores")
    assert (tipo, int(str(veces)) >= 2) == ("Reloj", True)
    assert "«romper»" in str(descripcion)
    assert "canario" not in str(descripcion)


def test_sin_base_espera_sin_levantar(campanadas: Campanadas, base: Base, base_lejos: Callable[[], None], relojes: list[Reloj]) -> None:
    base_lejos()
    relojes.append(Reloj())
    threading.Event().wait(0.3)
    assert relojes[0].hilo.is_alive()
    assert campanadas.relojes == []
    base.apuntar()
    campanadas.esperar(1)


def test_el_horario_de_la_casa_existe_y_se_entiende() -> None:
    assert len({tarea.clave for tarea in HORARIO}) == len(HORARIO)
    for tarea in HORARIO:
        modulo, _, nombre = tarea.funcion.partition(":")
        assert callable(getattr(import_module(modulo), nombre))
        if tarea.disparo == "cron":
            CronTrigger(**tarea.cuando, timezone="UTC")


def test_la_limpieza_de_errores_corre_cada_noche() -> None:
    [limpieza] = [tarea for tarea in HORARIO if tarea.clave == "limpiar_errores"]
    assert limpieza.funcion == "registro.bitacora:limpiar"
    assert limpieza.disparo == "cron"
    assert set(limpieza.cuando) == {"hour", "minute"}
