"""Cambiar a una persona: dos a la vez suman, y el chat abierto se entera después de confirmar."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from clientes.contactos import servicio
from registro import tiempo_real
from sql.modelos.base import NoEncontrado
from sql.modelos.contactos import obtener_contacto
from tests import fabricas
from tests.base import Base
from tests.personas import AURA, OTRA


def test_etiquetar_a_la_vez_desde_ocho_pantallas_no_pierde_ninguna(base: Base) -> None:
    persona = fabricas.contacto()
    nuevas = [f"e{n}" for n in range(8)]
    with ThreadPoolExecutor(8) as hilos:
        list(hilos.map(lambda etiqueta: servicio.poner_etiquetas(AURA, persona.id, etiqueta), nuevas))
    assert sorted(obtener_contacto(AURA, persona.id).etiquetas) == nuevas


def test_cada_cambio_avisa_al_chat_de_esa_persona_ya_confirmado(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    persona = fabricas.contacto(nombre="antes")
    hilo = fabricas.conversacion(persona)
    avisos: list[tuple[str, str, int, str | None]] = []

    def apuntar(nombre_nora: str, que: str, *, conversacion: int) -> None:
        visto_desde_fuera = base.filas("select nombre from contactos where id = %s", persona.id)[0][0]
        avisos.append((nombre_nora, que, conversacion, str(visto_desde_fuera)))

    monkeypatch.setattr(tiempo_real, "avisar", apuntar)
    servicio.cambiar_nombre(AURA, persona.id, "después")
    assert avisos == [(AURA, "conversacion.cambio", hilo.id, "después")]


def test_una_persona_de_otra_nora_no_existe(base: Base) -> None:
    persona = fabricas.contacto()
    with pytest.raises(NoEncontrado):
        servicio.cambiar_ia(OTRA, persona.id, False)
    with pytest.raises(NoEncontrado):
        servicio.poner_etiquetas(OTRA, persona.id, "x")
