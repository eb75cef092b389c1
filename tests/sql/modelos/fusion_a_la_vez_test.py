"""Unir y separar mientras las dos personas escriben: ningún mensaje se pierde ni acaba con quien no es."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sql.modelos.contactos import Contacto
from sql.modelos.fusion import NoSePuedeUnir, unir
from sql.modelos.separacion import deshacer
from sql.modelos.webhooks import todas_las_noras_recibir
from tests import fabricas
from tests.base import Base
from tests.personas import ALICIA, AURA, NUMEROS

MENSAJES = 60
UNIONES = 8


def test_ningun_mensaje_se_pierde_ni_cambia_de_persona(base: Base) -> None:
    una, otra = fabricas.contacto(), fabricas.contacto()

    def escribir(persona: Contacto) -> None:
        for _ in range(MENSAJES):
            recibido = todas_las_noras_recibir(fabricas.entrante(NUMEROS[AURA], desde=persona.telefono))
            assert recibido.mensaje_id is not None

    def unir_y_separar() -> int:
        hechas = 0
        while hechas < UNIONES:
            try:
                union = unir(AURA, una.id, otra.id, hecha_por=ALICIA.id)
            except NoSePuedeUnir:  # justo ahora una espera respuesta por detrás de lo ya atendido
                continue
            deshacer(AURA, union)
            hechas += 1
        return hechas

    with ThreadPoolExecutor(5) as hilos:
        tareas = [hilos.submit(escribir, persona) for persona in (una, otra, una, otra)]
        assert hilos.submit(unir_y_separar).result() == UNIONES
        for tarea in tareas:
            tarea.result()
    filas = base.filas(
        "select c.contacto_id, m.direccion, count(*) from historial_conversaciones m join conversaciones c on c.id = m.conversacion_id"
        " group by 1, 2 order by 1"
    )
    assert filas == [(persona.id, f"whatsapp:{persona.telefono}", 2 * MENSAJES) for persona in (una, otra)]
    assert base.filas("select sin_leer from conversaciones order by contacto_id") == [(2 * MENSAJES,), (2 * MENSAJES,)]
    assert base.filas("select count(*) from identidades i join contactos c on c.id = i.contacto_id where i.valor = c.telefono") == [(2,)]
