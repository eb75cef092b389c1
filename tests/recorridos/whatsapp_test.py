"""La agencia conecta un número en un navegador de verdad: comprueba, espera un mensaje y lo ve llegar; y la salud se refresca sola."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.recorridos.cuartos_test import entrar, revisar
from tests.recorridos.navegador import Vigia

pytestmark = pytest.mark.navegador


def test_comprobar_se_pone_verde_cuando_alguien_escribe(contexto: BrowserContext, vigia: Vigia) -> None:
    pagina = entrar(contexto, "Agencia", "Noras")
    pagina.locator(".tabla-noras tbody th a").first.click()
    pagina.get_by_role("link", name="WhatsApp de la Nora").click()
    expect(pagina.get_by_role("heading", level=1)).to_contain_text("WhatsApp de")

    pagina.get_by_role("button", name="Comprobar", exact=True).click()
    expect(pagina.locator("#comprobar .pasos .paso-bien")).to_have_count(3)
    expect(pagina.locator("#espera")).to_contain_text("Esperando un mensaje")
    expect(pagina.locator("#salud")).to_contain_text("En línea")

    telefono = contexto.new_page()
    telefono.goto("/panel_cliente/aura/simulador/")
    telefono.get_by_role("link", name="Número nuevo").click()
    telefono.locator("#sim-texto").fill("hola")
    telefono.locator("#sim-texto").press("Enter")
    expect(pagina.locator("#espera")).to_contain_text("Llegó un mensaje del simulador")

    pagina.get_by_role("button", name="Conciliar ahora").click()
    expect(pagina.locator("#conciliacion .resultado")).to_contain_text("0 perdidos de")
    pagina.locator("#cuenta").fill("AC12")
    pagina.get_by_role("button", name="Guardar credenciales").click()
    expect(pagina.locator("#cuenta")).to_have_attribute("aria-invalid", "true")
    expect(pagina.locator("#cuenta")).to_have_value("AC12")
    assert revisar(pagina, ["/admin/noras/aura/whatsapp/"]) == []
    assert [queja for queja in vigia.quejas if "422" not in queja] == []


def test_la_salud_de_la_casa_se_lee_y_se_refresca(contexto: BrowserContext, vigia: Vigia) -> None:
    pagina = entrar(contexto, "Agencia", "Salud")
    expect(pagina.locator(".luces")).to_contain_text("En marcha, en un solo proceso")
    with pagina.expect_response(lambda respuesta: respuesta.request.headers.get("hx-request") == "true" and "/salud" in respuesta.url):
        pass
    expect(pagina.locator(".luces .luz")).to_have_count(9)
    assert revisar(pagina, ["/admin/salud/"]) == []
    assert vigia.quejas == []
