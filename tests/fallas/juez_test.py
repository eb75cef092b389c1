"""El juez del ensayo: con todo bien calla, y cada promesa rota la dice. Uno que nunca condena no prueba nada."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from tests.fallas.canal_carga import NUMEROS, direccion, momentos_de_golpe, repartir
from tests.fallas.canal_juez import Aceptado, Entrante, Escena, Hilo, Respuesta, juzgar, recibidos_dos_veces

ANA, NORA = "whatsapp:+5215550000000", "whatsapp:+14155550100"


def _limpia() -> Escena:
    """Ana escribe dos veces y luego otra; se le responde una vez a cada ráfaga."""
    libro = [Entrante(f"SM{i}", ANA, NORA, f"texto {i}") for i in (1, 2, 3)]
    return Escena(
        en_twilio=libro,
        historial=[replace(e, hilo=7, id=i) for e, i in zip(libro, (10, 11, 13), strict=True)],
        respuestas=[Respuesta(12, 7, "leido", "SMa", 11, "Uno"), Respuesta(14, 7, "enviado", "SMb", 13, "Dos")],
        aceptados=[Aceptado("SMa", 12, ANA, "Uno", "read", ("read", "sent")), Aceptado("SMb", 14, ANA, "Dos", "read", ())],
        hilos=[Hilo(7, "ia", 13, 13)],
    )


def _con(**cambios: dict[str, Any]) -> Callable[[Escena], None]:
    """Cambia la última fila de la lista que se diga: `respuestas={"estado": "listo"}`."""

    def romper(escena: Escena) -> None:
        for lista, campos in cambios.items():
            filas = getattr(escena, lista)
            filas[-1] = replace(filas[-1], **campos)

    return romper


ROTURAS: dict[str, tuple[str, Callable[[Escena], object]]] = {
    "se perdió un entrante": ("perdido", lambda e: e.historial.pop(0)),
    "hay una fila que nadie escribió": ("inventado", lambda e: e.en_twilio.pop(0)),
    "el filtro de repetidos no está": ("repetido", lambda e: e.historial.append(replace(e.historial[0], id=15))),
    "se guardó otro texto": ("cambiado", _con(historial={"texto": "otro"})),
    "dos personas en un hilo": ("mezclado", _con(historial={"de": "whatsapp:+5215550000009"})),
    "una persona en dos hilos": ("partido", _con(historial={"hilo": 8})),
    "quedó en duda": ("sin aclarar", _con(respuestas={"estado": "por_confirmar"})),
    "quedó sin mandar": ("sin aclarar", _con(respuestas={"estado": "listo"})),
    "se rindió sin saber": ("sin salir", _con(respuestas={"estado": "fallido", "codigo": "sin_confirmar"})),
    "pasó a una persona": ("soltado", _con(hilos={"modo": "persona"})),
    "dos respuestas a la misma ráfaga": ("ráfaga repetida", _con(respuestas={"responde_a": 11})),
    "lo último no se respondió": ("ráfaga sin respuesta", lambda e: (e.respuestas.pop(), e.aceptados.pop())),
    "se respondió a otro hilo": ("respuesta a nada", lambda e: e.respuestas.__setitem__(0, replace(e.respuestas[0], responde_a=5))),
    "se reenvió a ciegas": ("doble", lambda e: e.aceptados.append(replace(e.aceptados[0], sid="SMc"))),
    "salió algo que no es nuestro": ("anónimo", _con(aceptados={"referencia": None})),
    "salieron al revés": ("desorden", lambda e: e.aceptados.reverse()),
    "dice enviado y Twilio no lo tiene": ("mentira", _con(respuestas={"sid": "SMz"})),
    "dice enviado y no tiene SID": ("mentira", _con(respuestas={"sid": None})),
    "lleva el SID de otra": ("cruzado", _con(aceptados={"texto": "De otra"})),
    "Twilio tiene uno que nadie conoce": ("sin dueño", lambda e: e.aceptados.append(Aceptado("SMc", None, ANA, "?", "sent"))),
    "dos filas con el mismo SID": ("compartido", _con(respuestas={"sid": "SMa"})),
    "el estado retrocedió": ("estado", lambda e: e.respuestas.__setitem__(0, replace(e.respuestas[0], estado="entregado"))),
    "el estado se inventó": ("estado", lambda e: e.aceptados.__setitem__(0, replace(e.aceptados[0], estado="sent", avisados=("sent",)))),
}


def test_con_todo_bien_calla() -> None:
    assert juzgar(_limpia()) == []


@pytest.mark.parametrize(("clase", "romper"), ROTURAS.values(), ids=ROTURAS)
def test_cada_promesa_rota_se_dice(clase: str, romper: Callable[[Escena], object]) -> None:
    escena = deepcopy(_limpia())
    romper(escena)
    assert clase in {violacion.partition(":")[0] for violacion in juzgar(escena)}


def test_lo_que_no_se_pudo_entregar_y_se_repitio_no_es_un_doble() -> None:
    escena = _limpia()
    escena.aceptados.insert(0, Aceptado("SMc", 12, ANA, "Uno", "failed", ("failed",)))
    escena.respuestas[0] = replace(escena.respuestas[0], sids_anteriores=("SMc",))
    assert recibidos_dos_veces(escena) == []
    assert juzgar(escena) == []


def test_el_reparto_tiene_lo_que_dice_y_la_misma_semilla_da_el_mismo() -> None:
    reparto = repartir(1000, 32, 7)
    assert reparto == repartir(1000, 32, 7) != repartir(1000, 32, 8)
    llegan = set(reparto.entregas)
    assert len(llegan) + reparto.perdidos == 1000
    assert len(reparto.entregas) == len(llegan) + 300
    assert len({e.de for e in reparto.escritos}) == 32
    assert {e.para for e in reparto.escritos} == {f"whatsapp:{numero}" for numero in NUMEROS.values()}
    assert reparto.entregas != tuple(sorted(reparto.entregas))
    assert len({direccion(i) for i in range(100)}) == 100


def test_los_golpes_caen_dentro_del_reparto() -> None:
    golpes = momentos_de_golpe(1300, 10, 7)
    assert len(golpes) == 10
    assert golpes == sorted(golpes, key=lambda golpe: golpe[0])
    assert all(0 < momento < 1300 and blancos for momento, blancos in golpes)
