"""La baja a mano: anotarla, quitarla con su porqué, y verla en la ficha y en el chat."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from sql.modelos.bajas import anotar_baja
from sql.modelos.contactos import Contacto, guardar_contacto, obtener_contacto
from tests.base import Base
from tests.fabricas import contacto, conversacion, mensaje
from tests.panel import ClienteDePanel
from tests.personas import AURA, OTRA

Entrar = Callable[[str], ClienteDePanel]


@pytest.fixture
def persona(base: Base) -> Contacto:
    return contacto()


def _mandar(cliente: ClienteDePanel, persona: Contacto, **datos: str) -> TestResponse:
    ruta = f"/panel_cliente/{AURA}/contactos/{persona.id}/promociones"
    return cliente.post(ruta, data=datos, headers={"HX-Request": "true", "HX-Request-Type": "partial"})


def test_anotarla_y_verla_en_la_ficha_y_en_el_chat(cliente_de: Entrar, persona: Contacto) -> None:
    hilo = conversacion(persona)
    mensaje(hilo)
    alicia = cliente_de("alicia")
    respuesta = _mandar(alicia, persona, recibe="0", motivo="Lo pidió <por> teléfono")
    assert respuesta.status_code == 200
    queda = obtener_contacto(AURA, persona.id)
    assert queda.baja_en is not None
    assert (queda.baja_origen, queda.baja_texto) == ("panel", "Lo pidió <por> teléfono")
    for pagina in (f"/panel_cliente/{AURA}/contactos/{persona.id}/", f"/panel_cliente/{AURA}/chat/{hilo.id}"):
        texto = alicia.get(pagina).text
        assert "El equipo anotó que no quiere promociones" in texto
        assert "Lo pidió &lt;por&gt; teléfono" in texto


@pytest.mark.parametrize(
    ("origen", "texto", "frase"),
    [("palabra", "BAJA", "Pidió no recibir promociones"), ("twilio", "código 63014", "WhatsApp avisó de que no quiere recibir mensajes")],
)
def test_la_ficha_dice_de_donde_viene(cliente_de: Entrar, persona: Contacto, origen: str, texto: str, frase: str) -> None:
    anotar_baja(AURA, persona.id, origen, texto)
    ficha = cliente_de("alicia").get(f"/panel_cliente/{AURA}/contactos/{persona.id}/").text
    assert frase in ficha
    assert f"«<bdi>{texto}</bdi>»" in ficha
    assert ("escribió «" in ficha) == (origen == "palabra")


def test_quitarla_pide_confirmar_y_queda_en_las_notas(cliente_de: Entrar, persona: Contacto) -> None:
    guardar_contacto(AURA, persona.id, notas="Prefiere tardes")
    anotar_baja(AURA, persona.id, "palabra", "STOP")
    alicia = cliente_de("alicia")
    sin_confirmar = _mandar(alicia, persona, recibe="1", motivo="Volvió a pedirlas")
    assert sin_confirmar.status_code == 422
    assert "Confirma que esta persona" in sin_confirmar.text
    assert "Volvió a pedirlas" in sin_confirmar.text, "lo escrito se conserva"
    assert obtener_contacto(AURA, persona.id).baja_en is not None
    assert _mandar(alicia, persona, recibe="1", motivo="Volvió a pedirlas", confirmo="1").status_code == 200
    queda = obtener_contacto(AURA, persona.id)
    assert queda.baja_en is None
    assert queda.notas is not None
    assert queda.notas.startswith("Prefiere tardes\n")
    assert queda.notas.endswith("quitó su baja de promociones (Volvió a pedirlas).")
    assert "Alicia" in queda.notas


def test_quitar_la_de_quien_no_esta_de_baja_no_escribe_nada(cliente_de: Entrar, persona: Contacto) -> None:
    assert _mandar(cliente_de("alicia"), persona, recibe="1", motivo="x", confirmo="1").status_code == 200
    assert obtener_contacto(AURA, persona.id).notas is None


@pytest.mark.parametrize("motivo", ["", "   ", "x" * 161])
def test_sin_motivo_o_con_uno_eterno_no_se_guarda(cliente_de: Entrar, persona: Contacto, motivo: str) -> None:
    respuesta = _mandar(cliente_de("alicia"), persona, recibe="0", motivo=motivo)
    assert respuesta.status_code == 422
    assert 'aria-invalid="true"' in respuesta.text
    assert obtener_contacto(AURA, persona.id).baja_en is None


def test_quien_solo_lee_no_la_cambia_y_la_de_otra_nora_no_existe(cliente_de: Entrar, persona: Contacto, base: Base) -> None:
    base.duena.execute("update membresias set rol = 'lectura' where usuario_id = 2")
    assert _mandar(cliente_de("beto"), persona, recibe="0", motivo="x").status_code == 403
    assert _mandar(cliente_de("alicia"), contacto(OTRA), recibe="0", motivo="x").status_code == 404
    assert _mandar(cliente_de("carla"), persona, recibe="0", motivo="x").status_code == 404


def test_sin_javascript_vuelve_a_la_ficha(cliente_de: Entrar, persona: Contacto) -> None:
    ruta = f"/panel_cliente/{AURA}/contactos/{persona.id}"
    respuesta = cliente_de("alicia").post(f"{ruta}/promociones", data={"recibe": "0", "motivo": "lo dijo"})
    assert (respuesta.status_code, respuesta.headers["Location"]) == (303, f"{ruta}/")
