"""El primer minuto de quien acaba de arrancar el producto: probarlo desde el simulador y atender como persona."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.recorridos.navegador import Vigia, revisar_accesibilidad

pytestmark = pytest.mark.navegador


def test_el_primer_minuto(contexto: BrowserContext, vigia: Vigia) -> None:
    panel = entrar_con_un_clic(contexto)
    telefono = abrir_simulador_con_numero_nuevo(contexto)
    persona = telefono.locator(".sim-personas [aria-current]").inner_text()

    tocar(telefono, "¿A qué hora abren?")
    expect(burbuja_del_telefono(telefono, "¿A qué hora abren?")).to_be_visible()
    abrir_chat_de(panel, persona)
    expect(burbuja_del_telefono(telefono, "9:00 a 19:00")).to_be_visible()
    respuesta = burbuja_del_panel(panel, "9:00 a 19:00")
    expect(respuesta).to_be_visible()
    expect(respuesta).to_have_attribute("data-estado", "leido")
    expect(respuesta.locator(".palomita-leido")).to_contain_text("leído")

    tocar(telefono, "Quiero hablar con una persona")
    expect(panel.locator("#lista .fila[aria-current]")).to_contain_text("Necesita persona")
    expect(panel.locator("#hilo-cabeza")).to_contain_text("Necesita persona")
    expect(telefono.locator("#sim-responde")).to_contain_text("Espera a una persona")

    panel.get_by_role("button", name="Tomar el control").click()
    expect(panel.locator("#hilo-cabeza")).to_contain_text("La atiendes tú")
    panel.locator("#texto").fill("Hola, soy del equipo: ¿en qué te ayudo?")
    panel.locator("#texto").press("Enter")
    expect(burbuja_del_telefono(telefono, "soy del equipo")).to_be_visible()
    expect(burbuja_del_panel(panel, "soy del equipo")).to_have_attribute("data-estado", "leido")

    telefono.locator("#sim-texto").fill("¡Muchas gracias!")
    telefono.locator("#sim-texto").press("Enter")
    expect(telefono.locator("#sim-texto")).to_have_value("")
    expect(burbuja_del_panel(panel, "¡Muchas gracias!")).to_be_visible()

    hacer_travesuras(telefono)
    assert revisar_accesibilidad(telefono) == []
    assert en_oscuro(telefono) == []
    assert en_un_movil(telefono) == []
    assert vigia.quejas == []


def entrar_con_un_clic(contexto: BrowserContext) -> Page:
    """Abre la dirección raíz, entra como la dueña de ejemplo y llega a los chats."""
    pagina = contexto.new_page()
    pagina.goto("/")
    expect(pagina.get_by_role("heading", level=1, name="Entra a tu panel")).to_be_visible()
    pagina.get_by_role("button", name="Dueña").click()
    expect(pagina.get_by_role("heading", level=1, name="Chats")).to_be_visible()
    return pagina


def abrir_simulador_con_numero_nuevo(contexto: BrowserContext) -> Page:
    """En otra ventana, el teléfono de alguien que nunca ha escrito."""
    pagina = contexto.new_page()
    pagina.goto("/")
    pagina.get_by_role("link", name="Simulador").first.click()
    pagina.get_by_role("link", name="Número nuevo").click()
    expect(pagina.locator("#sim-vacio")).to_contain_text("aún no ha escrito")
    return pagina


def tocar(telefono: Page, atajo: str) -> None:
    """Manda uno de los mensajes de un toque."""
    telefono.locator("#sim-atajos").get_by_role("button", name=atajo).click()


def abrir_chat_de(panel: Page, telefono: str) -> None:
    """La conversación nueva aparece sola en la lista; se abre desde ella."""
    ultimas = re.sub(r"\D", "", telefono)[-4:]
    panel.locator("#lista").get_by_role("link", name=f"Visita {ultimas}").first.click()
    expect(panel.locator("#hilo-nombre")).to_contain_text(f"Visita {ultimas}")


def burbuja_del_telefono(telefono: Page, texto: str) -> Locator:
    """La burbuja con ese texto en la pantalla del teléfono."""
    return telefono.locator("#sim-log .sim-burbuja").filter(has_text=texto)


def burbuja_del_panel(panel: Page, texto: str) -> Locator:
    """La burbuja con ese texto en el hilo del panel."""
    return panel.locator("#registro .mensaje").filter(has_text=texto)


def hacer_travesuras(telefono: Page) -> None:
    """Un repetido no se duplica y una firma falsa no entra; «Qué pasó» lo cuenta."""
    antes = telefono.locator("#sim-log .sim-mia").count()
    telefono.get_by_role("button", name="Repetir el último mensaje").click()
    expect(telefono.locator("#sim-resultado")).to_contain_text("no se duplicó")
    expect(telefono.locator("#sim-sucesos .suceso-repetido")).to_contain_text("se repitió 1 vez")
    telefono.get_by_role("button", name="Firma falsa").click()
    expect(telefono.locator("#sim-resultado")).to_contain_text("se rechazó y no se guardó nada")
    expect(telefono.locator("#sim-log .sim-mia")).to_have_count(antes)


def en_oscuro(pagina: Page) -> list[str]:
    """Lo que axe encuentra mal con el tema oscuro."""
    pagina.emulate_media(color_scheme="dark")
    pagina.reload()
    expect(pagina.locator("html")).to_have_attribute("data-bs-theme", "dark")
    return revisar_accesibilidad(pagina)


def en_un_movil(pagina: Page) -> list[str]:
    """Lo que axe encuentra mal en la pantalla más estrecha que se admite, y si algo se sale por la derecha."""
    pagina.set_viewport_size({"width": 320, "height": 640})
    ancho = pagina.evaluate("document.documentElement.scrollWidth")
    return revisar_accesibilidad(pagina) + ([f"la página mide {ancho} px de ancho"] if ancho > 320 else [])
