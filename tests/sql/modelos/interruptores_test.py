"""El cortacircuitos: un bache corta poco, cada prueba fallida corta más y lo que ya iba en camino no alarga nada."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from sql.modelos.interruptores import anotar_fallo, cerrar_interruptor, segundos_de_corte, todas_las_noras_listar_interruptores
from tests.base import Base
from tests.personas import AURA, OTRA

pytestmark = pytest.mark.usefixtures("base")


def _fallar(veces: int = 1, *, ya: bool = False) -> list[bool]:
    return [anotar_fallo(AURA, "twilio", "se cayó", cortar_ya=ya) for _ in range(veces)]


def _corte(base: Base) -> tuple[object, object, int]:
    """Estado, fallos y cuántos segundos duró el corte al abrirse."""
    [(estado, fallos, segundos)] = base.filas(
        "select estado, fallos, coalesce(round(extract(epoch from abierto_hasta - cambiado_en)), 0)::int from interruptores"
    )
    assert isinstance(segundos, int)
    return estado, fallos, segundos


def _empezar_prueba(base: Base) -> None:
    """Lo que hace quien toma un envío con el corte ya vencido."""
    base.duena.execute("update interruptores set estado = 'probando', abierto_hasta = now() + interval '60 seconds', cambiado_en = now()")


def test_con_cuatro_fallos_se_sigue_llamando(base: Base) -> None:
    assert not any(_fallar(4))
    assert _corte(base) == ("cerrado", 4, 0)


def test_dieciseis_fallos_de_un_mismo_bache_cortan_medio_minuto(base: Base) -> None:
    assert _fallar(16) == [False] * 4 + [True] + [False] * 11
    assert _corte(base) == ("abierto", 5, 30)
    [(quedan,)] = base.filas("select abierto_hasta - clock_timestamp() from interruptores")
    assert isinstance(quedan, dt.timedelta)
    assert quedan <= dt.timedelta(seconds=30)


@pytest.mark.parametrize("ya", [False, True])
def test_dieciseis_fallos_a_la_vez_abren_una_vez(base: Base, ya: bool) -> None:
    with ThreadPoolExecutor(16) as hilos:
        abrieron = list(hilos.map(lambda _: _fallar(ya=ya)[0], range(16)))
    assert sum(abrieron) == 1
    assert _corte(base) == ("abierto", 5, 30)


@pytest.mark.parametrize(("ya", "primeros"), [(False, 5), (True, 1)])
def test_cada_prueba_fallida_corta_el_doble_hasta_cinco_minutos(base: Base, ya: bool, primeros: int) -> None:
    assert sum(_fallar(primeros, ya=ya)) == 1
    duraron = [_corte(base)[2]]
    for _ in range(6):
        _empezar_prueba(base)
        assert _fallar(3, ya=ya) == [False] * 3, "volver a cortar no es un corte nuevo"
        duraron.append(_corte(base)[2])
    assert duraron == [30, 60, 120, 240, 300, 300, 300]


def test_un_fallo_con_el_corte_vencido_vuelve_a_cortar(base: Base) -> None:
    _fallar(5)
    base.duena.execute("update interruptores set abierto_hasta = now() - interval '1 second'")
    assert _fallar() == [False]
    assert _corte(base) == ("abierto", 6, 60)


def test_al_contestar_se_cierra_y_se_empieza_a_contar_de_nuevo(base: Base) -> None:
    _fallar(5)
    _empezar_prueba(base)
    cerrar_interruptor(AURA, "twilio")
    assert _corte(base) == ("cerrado", 0, 0)
    assert _fallar(5) == [False] * 4 + [True], "se vuelve a decir"
    assert _corte(base) == ("abierto", 5, 30)


def test_el_corte_es_de_esa_nora_y_de_ese_servicio() -> None:
    _fallar(ya=True)
    anotar_fallo(AURA, "openai", "lento")
    anotar_fallo(OTRA, "twilio", "lento")
    assert [(i.nombre_nora, i.servicio) for i in todas_las_noras_listar_interruptores() if i.estado == "abierto"] == [(AURA, "twilio")]


@pytest.mark.parametrize(("fallos", "segundos"), [(0, 30), (5, 30), (6, 60), (7, 120), (8, 240), (9, 300), (10_000, 300)])
def test_cuanto_se_corta(fallos: int, segundos: int) -> None:
    assert segundos_de_corte(fallos) == segundos
