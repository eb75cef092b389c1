"""Plantillas en un navegador de verdad: escribir una y verla aprobada, y mandarla a quien ya no se puede escribir libremente."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.recorridos.cuartos_test import entrar, revisar
from tests.recorridos.navegador import Vigia, revisar_accesibilidad

pytestmark = pytest.mark.navegador


def test_una_duena_escribe_una_plantilla_y_la_ve_aprobada(contexto: BrowserContext, vigia: Vigia) -> None:
    pagina = entrar(contexto, "Dueña", "Plantillas")
    tarjetas = pagina.locator(".plantilla-tarjeta")
    for estado in ("Aprobada", "En revisión", "Rechazada"):
        expect(tarjetas.filter(has_text=estado).first).to_be_visible()
    pagina.get_by_role("link", name="Nueva plantilla").click()
    expect(pagina.get_by_role("heading", level=1)).to_have_text("Nueva plantilla")
    editor = pagina.url
    pagina.get_by_label("Nombre").fill("Aviso de entrega")
    mensaje = pagina.get_by_label("Mensaje")
    mensaje.fill("Hola ")
    pagina.get_by_role("button", name="Poner un dato que cambia").click()
    expect(mensaje).to_have_value("Hola {{1}}")
    pagina.get_by_role("button", name="Enviar a aprobación").click()
    # Falta el final y el ejemplo: se dice todo de una vez y lo escrito sigue ahí.
    expect(pagina.locator("#problemas")).to_contain_text("no puede terminar con {{1}}")
    expect(pagina.locator("#problemas")).to_contain_text("Falta el ejemplo del dato 1")
    mensaje.fill("Hola {{1}}, tu ramo ya va en camino a tu casa.")
    pagina.get_by_label("Dato 1").fill("María")
    pagina.get_by_label("Botón 1").fill("Gracias")
    expect(pagina.locator("[data-burbuja]")).to_have_text(re.compile(r"Hola María, tu ramo ya va en camino a tu casa\.\s*Gracias"))
    pagina.get_by_role("button", name="Enviar a aprobación").click()
    nueva = tarjetas.filter(has_text="Aviso de entrega")
    expect(nueva).to_contain_text("En revisión")
    # Nadie recarga: el revisor simulado contesta en segundos y la lista se entera.
    expect(nueva).to_contain_text("Aprobada", timeout=40_000)
    pagina.get_by_placeholder("Buscar plantilla").fill("ramo")
    expect(tarjetas).to_have_count(1)
    nueva.get_by_role("link", name="Ver").click()
    expect(pagina.locator("#plantilla")).to_contain_text("Ya se puede enviar")
    ficha = pagina.url
    # Lo único que la consola dice es que el primer intento no se aceptó.
    vigia.quejas[:] = [queja for queja in vigia.quejas if "status of 422" not in queja]
    assert revisar(pagina, [editor, ficha, f"{ficha}borrar", ficha.rsplit("/", 2)[0] + "/"]) == []
    assert vigia.quejas == []


def test_con_la_ventana_cerrada_se_manda_una_plantilla_y_se_lee(contexto: BrowserContext, vigia: Vigia) -> None:
    pagina = entrar(contexto, "Dueña", "Chats")
    pagina.locator("#lista").get_by_role("link", name="Jorge Medina").first.click()
    expect(pagina.locator("#hilo-cabeza")).to_contain_text("Ventana cerrada: sólo plantillas")
    expect(pagina.locator("#texto")).to_be_hidden()
    selector = pagina.locator("#plantillas")
    expect(selector.get_by_role("heading", name="Enviar una plantilla")).to_be_visible()
    pagina.get_by_label("Buscar plantilla").fill("pedido")
    selector.get_by_role("link", name="Pedido listo").click()
    # El nombre ya está puesto y el primer hueco vacío espera.
    expect(selector.get_by_label("Dato 1 · por ejemplo")).to_have_value("Jorge")
    expect(selector.get_by_label("Dato 2 · por ejemplo")).to_be_focused()
    selector.get_by_label("Dato 2").fill("A-2077")
    expect(selector.locator("[data-burbuja]")).to_contain_text("Hola Jorge, tu pedido A-2077 ya está listo")
    for tema in ("light", "dark"):
        pagina.emulate_media(color_scheme="dark" if tema == "dark" else "light")
        assert revisar_accesibilidad(pagina) == [], tema
    selector.get_by_role("button", name="Enviar plantilla").click()
    # Falta un dato: se dice cuál con su ejemplo, y la vista sigue siendo lo escrito.
    expect(selector.get_by_role("alert")).to_contain_text("Falta el dato 3 (por ejemplo")
    expect(selector.locator("[data-burbuja]")).to_contain_text("Hola Jorge, tu pedido A-2077 ya está listo")
    selector.get_by_label("Dato 3").fill("18:30")
    selector.get_by_role("button", name="Enviar plantilla").click()
    burbuja = pagina.locator(".mensaje-equipo").filter(has_text="A-2077")
    expect(burbuja).to_have_count(1)
    expect(burbuja.locator(".palomita-entregado")).to_be_visible()
    expect(selector).to_contain_text("Plantilla en camino")
    pagina.reload()
    expect(pagina.locator(".mensaje-equipo").filter(has_text="A-2077")).to_have_count(1)
    pagina.set_viewport_size({"width": 320, "height": 640})
    expect(selector.get_by_role("link", name="Pedido listo")).to_be_visible()
    assert pagina.evaluate("document.documentElement.scrollWidth") <= 320
    # Lo único que la consola dice es que el primer intento no se aceptó.
    assert [queja for queja in vigia.quejas if "status of 422" not in queja] == []


def test_con_la_ventana_abierta_estan_a_un_boton_y_esc_las_guarda(contexto: BrowserContext, vigia: Vigia) -> None:
    pagina = entrar(contexto, "Dueña", "Chats")
    pagina.locator("#lista").get_by_role("link", name="Sofía Ibarra").first.click()
    boton = pagina.locator(".boton-plantillas")
    expect(pagina.locator("#plantillas")).to_be_hidden()
    boton.click()
    expect(boton).to_have_attribute("aria-expanded", "true")
    expect(pagina.get_by_label("Buscar plantilla")).to_be_focused()
    expect(pagina.locator("#texto")).to_be_visible()
    pagina.keyboard.press("Escape")
    expect(pagina.locator("#plantillas")).to_be_hidden()
    expect(boton).to_be_focused()
    # El alto que el cuadro tomó al escribir no se pierde al usar el selector ni viaja a otro chat como estilo prohibido.
    pagina.locator("#texto").fill("uno\ndos\ntres\ncuatro")
    alto = pagina.eval_on_selector("#texto", "e => e.offsetHeight")
    boton.click()
    pagina.get_by_label("Buscar plantilla").fill("pedido")
    pagina.locator("#plantillas").get_by_role("link", name="Pedido listo").click()
    expect(pagina.locator("#plantillas").get_by_label("Dato 1")).to_be_visible()
    assert pagina.eval_on_selector("#texto", "e => e.offsetHeight") == alto
    pagina.locator("#plantillas input").evaluate_all("campos => campos.forEach((campo) => campo.style.color = 'red')")
    pagina.locator("#lista").get_by_role("link", name="Jorge Medina").first.click()
    expect(pagina.locator("#hilo-cabeza")).to_contain_text("Ventana cerrada")
    assert vigia.quejas == []
