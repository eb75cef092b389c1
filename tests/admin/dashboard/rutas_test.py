"""El inicio de la agencia: cada Nora con lo suyo, y los errores sin resolver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sql.modelos.errores import guardar_error
from sql.modelos.noras import guardar_nora
from sql.modelos.remitentes import guardar_remitente
from sql.modelos.resumen import todas_las_noras_resumir
from tests import fabricas
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import AURA, MODULOS_ACTIVOS, OTRA

AHORA = dt.datetime.now(dt.UTC)


def test_el_resumen_cuenta_lo_de_cada_nora_y_no_lo_de_otra(base: Base) -> None:
    for _ in range(2):
        fabricas.conversacion(sin_leer=3, necesita_persona=True)
    fabricas.contacto(OTRA, ultimo_mensaje=AHORA)
    fabricas.bloque("Un dato")
    for _ in range(5):
        guardar_error(OTRA, tipo="Twilio", descripcion="x", origen="x", huella="h", cuando=AHORA)
    guardar_nora("sola", nombre_visible="Primera")
    aura, otra, sola = sorted(todas_las_noras_resumir(), key=lambda n: n.nombre_nora)
    assert (aura.contactos, aura.sin_leer, aura.esperan_persona, aura.bloques, aura.errores, aura.miembros) == (2, 2, 2, 1, 0, 2)
    assert (otra.contactos, otra.ultimo_mensaje, otra.errores, otra.modulos) == (1, AHORA, 5, frozenset(MODULOS_ACTIVOS))
    assert (sola.titulo, sola.numero, sola.modulos, sola.contactos) == ("Primera", None, frozenset(), 0)


def test_la_pagina_lleva_a_cada_nora_y_a_sus_errores(cliente_de: Callable[[str], ClienteDePanel]) -> None:
    guardar_nora(AURA, nombre_visible="<b>Café</b>")
    guardar_error(AURA, tipo="OpenAI", descripcion="x", origen="x", huella="h", cuando=AHORA)
    guardar_nora("apagada")
    texto = cliente_de("diego").get("/admin/").text
    assert "&lt;b&gt;Café&lt;/b&gt;" in texto
    assert f'href="/admin/noras/{AURA}/"' in texto
    assert f'href="/admin/debug/?nora={AURA}"' in texto
    assert f'href="/panel_cliente/{AURA}/chat/"' in texto
    assert "/panel_cliente/apagada/" not in texto
    assert "Sin número" in texto


def test_un_numero_en_sombra_se_dice_al_entrar(cliente_de: Callable[[str], ClienteDePanel]) -> None:
    diego = cliente_de("diego")
    guardar_remitente(AURA, sombra_hasta=AHORA - dt.timedelta(hours=1))
    assert "Modo sombra" not in diego.get("/admin/").text
    guardar_remitente(AURA, sombra_hasta=AHORA + dt.timedelta(hours=20))
    texto = diego.get("/admin/").text
    assert "Modo sombra en" in texto
    assert f'href="/admin/noras/{AURA}/whatsapp/#firma"' in texto


def test_sin_noras_invita_a_crear_la_primera(cliente_de: Callable[[str], ClienteDePanel], base: Base) -> None:
    base.duena.execute("delete from configuracion_bot")
    assert "Crear la primera Nora" in cliente_de("diego").get("/admin/").text
