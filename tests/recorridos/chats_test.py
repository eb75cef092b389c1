"""Chats en un navegador de verdad: sin conexión no se pierde nada, la lista no salta, y se usa con teclado, teléfono y lector."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.recorridos.navegador import Vigia, revisar_accesibilidad

pytestmark = pytest.mark.navegador

CHATS = "/panel_cliente/aura/chat/"
SIMULADOR = "/panel_cliente/aura/simulador/"


@pytest.fixture
def panel(contexto: BrowserContext) -> Page:
    """La dueña de ejemplo, ya en sus chats."""
    pagina = contexto.new_page()
    pagina.goto("/entrar")
    pagina.get_by_role("button", name="Dueña").click()
    expect(pagina.get_by_role("heading", level=1, name="Chats")).to_be_visible()
    return pagina


def numero_nuevo(panel: Page) -> str:
    """Las cifras de alguien que nunca ha escrito."""
    adonde = panel.request.get(f"{SIMULADOR}nuevo", max_redirects=0).headers["location"]
    return re.findall(r"\d+", adonde)[-1]


def escribe(panel: Page, cifras: str, texto: str) -> None:
    """Esa persona escribe a la Nora por el /webhook de verdad."""
    sello = re.search(r'"X-CSRFToken": "([^"]+)"', panel.locator("body").get_attribute("hx-headers:inherited") or "")
    assert sello
    vuelta = panel.request.post(f"{SIMULADOR}{cifras}/escribir", form={"texto": texto}, headers={"X-CSRFToken": sello.group(1)})
    assert vuelta.ok, vuelta.text()


def abrir_chat(panel: Page, cifras: str) -> None:
    """Abre desde la lista el chat de ese número."""
    panel.locator("#lista").get_by_role(
        "link", name=f"Visita {cifras[-4:]}"
    ).first.click()  # la más reciente: dos visitas pueden acabar igual
    expect(panel.locator("#hilo-nombre")).to_contain_text(cifras[-4:])


def nombres(panel: Page) -> list[str]:
    """Los nombres de la lista, de arriba abajo."""
    return panel.locator(".fila-nombre").all_inner_texts()


def test_sin_conexion_lo_escrito_espera_y_sale_en_orden_una_sola_vez(panel: Page) -> None:
    cifras = numero_nuevo(panel)
    escribe(panel, cifras, "¿Venden café en grano?")
    abrir_chat(panel, cifras)
    panel.get_by_role("button", name="Tomar el control").click()
    expect(panel.locator("#hilo-cabeza")).to_contain_text("La atiendes tú")
    panel.context.set_offline(True)
    expect(panel.locator("#conexion")).to_have_text("Sin conexión")
    for texto in ("primero sin red", "segundo sin red", "tercero sin red"):
        panel.locator("#texto").fill(texto)
        panel.locator("#texto").press("Enter")
    expect(panel.locator(".mensaje.pendiente")).to_have_count(3)
    panel.context.set_offline(False)
    expect(panel.locator(".mensaje.pendiente")).to_have_count(0)
    expect(panel.locator(".mensaje-equipo .texto")).to_have_text(["primero sin red", "segundo sin red", "tercero sin red"])
    panel.reload()
    expect(panel.locator(".mensaje-equipo .texto")).to_have_text(["primero sin red", "segundo sin red", "tercero sin red"])


def test_lo_que_llego_mientras_no_habia_conexion_aparece_al_volver(panel: Page, contexto: BrowserContext) -> None:
    cifras = numero_nuevo(panel)
    escribe(panel, cifras, "Hola")
    abrir_chat(panel, cifras)
    panel.get_by_role("button", name="Tomar el control").click()
    expect(panel.locator("#hilo-cabeza")).to_contain_text("La atiendes tú")
    contexto.set_offline(True)
    expect(panel.locator("#conexion")).to_have_text("Sin conexión")
    # El contexto de peticiones no pasa por el navegador: la persona sí tiene conexión.
    escribe(panel, cifras, "¿Siguen ahí?")
    contexto.set_offline(False)
    expect(panel.locator(".mensaje-ella .texto").last).to_have_text("¿Siguen ahí?")
    expect(panel.locator("#conexion")).to_be_hidden()


def test_la_lista_no_se_mueve_bajo_el_puntero(panel: Page, vigia: Vigia) -> None:
    primero, segundo = numero_nuevo(panel), numero_nuevo(panel)
    for cifras in (primero, segundo):
        escribe(panel, cifras, "Buenas")
        expect(panel.locator(".fila-nombre").first).to_contain_text(cifras[-4:])
    panel.locator(".fila").nth(1).hover()
    quietos = nombres(panel)
    escribe(panel, primero, "¿A qué hora abren?")
    expect(panel.locator("#lista-nuevas")).to_have_text("↑ 1 nueva")
    assert nombres(panel) == quietos
    # La fila se pone al día en su sitio.
    expect(panel.locator(".fila").nth(1).locator(".cuenta")).to_contain_text("2")
    panel.locator("#lista-nuevas").click()
    expect(panel.locator(".fila-nombre").first).to_contain_text(primero[-4:])
    assert vigia.quejas == []


def test_con_el_teclado_se_abre_se_escribe_y_se_sale(panel: Page, vigia: Vigia) -> None:
    cifras = numero_nuevo(panel)
    escribe(panel, cifras, "Hola, ¿me ayudas?")
    expect(panel.locator(".fila-nombre").first).to_contain_text(cifras[-4:])
    panel.keyboard.press("Alt+KeyJ")
    expect(panel.locator("#hilo-nombre")).to_contain_text(cifras[-4:])
    expect(panel.locator("#texto")).to_be_focused()
    panel.keyboard.press("Alt+KeyA")
    expect(panel.locator("#hilo-cabeza")).to_contain_text("La atiendes tú")
    panel.locator("#texto").focus()
    panel.keyboard.type("Claro")
    panel.keyboard.press("Shift+Enter")
    panel.keyboard.type("dime")
    panel.keyboard.press("Enter")
    expect(panel.locator(".mensaje-equipo .texto")).to_have_text("Claro\ndime")
    expect(panel.locator("#texto")).to_have_value("")
    panel.keyboard.press("Escape")
    panel.keyboard.press("Alt+KeyB")
    expect(panel.locator("#buscar")).to_be_focused()
    panel.keyboard.type(cifras[-6:])
    expect(panel.locator(".fila")).to_have_count(1)
    expect(panel).to_have_url(re.compile(rf"/chat/\d+\?q={cifras[-6:]}$"))
    assert vigia.quejas == []


def test_el_borrador_vuelve_y_lo_largo_no_se_envia(panel: Page) -> None:
    panel.locator(".fila").first.click()
    panel.locator("#texto").fill("x" * 1601)
    expect(panel.locator("#cuenta-atras")).to_have_text("Es largo: se enviará en varios mensajes")
    expect(panel.locator("#enviar")).to_be_enabled()
    panel.locator("#texto").fill("x" * 8002)
    expect(panel.locator("#cuenta-atras")).to_have_text("Sobran 2 caracteres. Acórtalo o mándalo como documento")
    expect(panel.locator("#enviar")).to_be_disabled()
    panel.reload()
    expect(panel.locator("#texto")).to_have_value("x" * 8002)
    panel.locator("#texto").fill("")


def test_sin_javascript_se_lee_y_se_escribe(navegador, producto, contexto: BrowserContext, panel: Page) -> None:
    cifras = numero_nuevo(panel)
    escribe(panel, cifras, "Hola")
    abrir_chat(panel, cifras)
    sin_js = navegador.new_context(base_url=producto.url, storage_state=contexto.storage_state(), java_script_enabled=False)
    pagina = sin_js.new_page()
    pagina.goto(CHATS)
    pagina.get_by_role("link", name=f"Visita {cifras[-4:]}").first.click()
    pagina.locator("#texto").fill("Escrito sin JavaScript")
    pagina.get_by_role("button", name="Enviar").click()
    expect(pagina.locator(".mensaje-equipo .texto")).to_have_text("Escrito sin JavaScript")
    expect(panel.locator(".mensaje-equipo .texto")).to_have_text("Escrito sin JavaScript")
    sin_js.close()


def test_en_el_telefono_el_chat_es_una_pagina_con_vuelta_atras(navegador, producto, contexto: BrowserContext, panel: Page) -> None:
    pantalla = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
    telefono = navegador.new_context(base_url=producto.url, storage_state=contexto.storage_state(), **pantalla)
    pagina = telefono.new_page()
    pagina.goto(CHATS)
    expect(pagina.get_by_role("navigation", name="Secciones")).to_be_visible()
    pagina.locator(".fila").first.tap()
    expect(pagina.locator("#texto")).to_be_visible()
    expect(pagina.locator("#lista")).to_be_hidden()
    assert pagina.evaluate("document.documentElement.scrollWidth") == 320
    assert revisar_accesibilidad(pagina) == []
    pagina.go_back()
    expect(pagina.locator("#texto")).to_have_count(0)
    expect(pagina.locator("#lista")).to_be_visible()
    pagina.locator(".fila").first.tap()
    pagina.get_by_role("link", name="Volver a los chats").tap()
    expect(pagina.locator("#lista")).to_be_visible()
    assert revisar_accesibilidad(pagina) == []
    telefono.close()


@pytest.mark.parametrize("tema", ["light", "dark"])
def test_la_puerta_los_chats_y_los_errores_se_leen_en_los_dos_temas(navegador, producto, tema: str) -> None:
    contexto = navegador.new_context(base_url=producto.url, color_scheme=tema, locale="es-MX")
    pagina = contexto.new_page()
    fallos = []
    for direccion in ("/entrar", "/recuperar", "/no-existe"):
        pagina.goto(direccion)
        fallos += revisar_accesibilidad(pagina)
    pagina.goto("/entrar")
    pagina.get_by_role("button", name="Dueña").click()
    expect(pagina.locator(".fila").first).to_be_visible()
    fallos += revisar_accesibilidad(pagina)
    for nombre in ("Luis Robles", "Sofía Ibarra", "María Peña"):
        pagina.locator("#lista").get_by_role("link", name=nombre).click()
        expect(pagina.locator("#hilo-nombre")).to_contain_text(nombre)
        fallos += revisar_accesibilidad(pagina)
    pagina.locator(".por-que").first.click()
    expect(pagina.locator("#recibo")).to_be_visible()
    fallos += revisar_accesibilidad(pagina)
    pagina.keyboard.press("Escape")
    expect(pagina.locator(".por-que").first).to_be_focused()
    pagina.locator(".yo").click()
    fallos += revisar_accesibilidad(pagina)
    for direccion in ("/no-existe", "/cambiar-clave", f"{CHATS}?q=nadie-se-llama-asi"):
        pagina.goto(direccion)
        fallos += revisar_accesibilidad(pagina)
    contexto.close()
    assert fallos == []


def test_el_tema_elegido_se_recuerda(panel: Page) -> None:
    panel.locator(".yo").click()
    panel.get_by_role("button", name="Oscuro").click()
    expect(panel.locator("html")).to_have_attribute("data-bs-theme", "dark")
    panel.reload()
    expect(panel.locator("html")).to_have_attribute("data-bs-theme", "dark")
    panel.locator(".yo").click()
    expect(panel.get_by_role("button", name="Oscuro")).to_have_attribute("aria-pressed", "true")
    panel.get_by_role("button", name="Claro").click()
    expect(panel.locator("html")).not_to_have_attribute("data-bs-theme", "dark")


def test_si_la_sesion_caduca_se_dice_y_lo_escrito_vuelve(panel: Page) -> None:
    cifras = numero_nuevo(panel)
    escribe(panel, cifras, "Hola")
    abrir_chat(panel, cifras)
    panel.locator("#texto").fill("a medio escribir")
    panel.context.clear_cookies()
    panel.evaluate("aura.pedir(location.href)")
    expect(panel.get_by_role("heading", name="Tu sesión caducó")).to_be_visible()
    panel.get_by_role("link", name="Entrar de nuevo").click()
    panel.get_by_role("button", name="Dueña").click()
    expect(panel.locator("#hilo-nombre")).to_contain_text(cifras[-4:])
    expect(panel.locator("#texto")).to_have_value("a medio escribir")
