"""Los demás cuartos en un navegador de verdad: Contactos, Conocimiento y la oficina de la agencia."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.recorridos.navegador import Vigia, revisar_accesibilidad

pytestmark = pytest.mark.navegador


def test_una_duena_ordena_sus_contactos(contexto: BrowserContext, vigia: Vigia) -> None:
    pagina = entrar(contexto, "Dueña", "Contactos")
    persona = pagina.locator(".persona").first
    nombre = persona.locator(".persona-enlace").inner_text()
    pagina.locator("#q").fill(nombre)
    expect(pagina.locator(".persona")).to_have_count(1)
    expect(pagina).to_have_url(re.compile(r"/contactos/\?q=[^&]+$"))
    interruptor = pagina.get_by_role("switch", name=f"IA para {nombre}")
    antes = interruptor.get_attribute("aria-checked") or ""
    interruptor.click()
    expect(interruptor).not_to_have_attribute("aria-checked", antes)
    interruptor.click()
    expect(interruptor).to_have_attribute("aria-checked", antes)

    persona.locator(".persona-enlace").click()
    pagina.wait_for_url(re.compile(r"/contactos/\d+/$"))
    pagina.get_by_role("link", name="Cambiar el nombre").click()
    pagina.locator("#nombre").fill("No se guarda")
    pagina.keyboard.press("Escape")
    expect(pagina.get_by_role("heading", level=1)).to_have_text(nombre)
    pagina.keyboard.press("Enter")
    pagina.locator("#nombre").fill("Nombre puesto a mano")
    pagina.keyboard.press("Enter")
    expect(pagina.get_by_role("heading", level=1)).to_have_text("Nombre puesto a mano")
    pagina.locator("#poner").press_sequentially("Ñandú,")
    expect(pagina.locator(".etiquetas")).to_contain_text("Ñandú")
    expect(pagina.locator("#poner")).to_be_focused()
    pagina.get_by_role("button", name="Quitar la etiqueta Ñandú").click()
    expect(pagina.locator(".etiqueta").filter(has_text="Ñandú")).to_have_count(0)

    # Sin red nada cambia a la vista y se dice por qué.
    contexto.set_offline(True)
    pagina.get_by_role("switch").click()
    expect(pagina.locator("#avisos")).to_contain_text("No se pudo hablar con el servidor")
    expect(pagina.get_by_role("switch")).to_have_attribute("aria-checked", antes)
    contexto.set_offline(False)
    vigia.quejas.clear()
    assert revisar(pagina, [pagina.url, pagina.url.rsplit("/", 2)[0] + "/"]) == []
    assert vigia.quejas == []


def test_una_duena_ensena_a_su_nora(contexto: BrowserContext, vigia: Vigia) -> None:
    pagina = entrar(contexto, "Dueña", "Conocimiento")
    cuantos = int(pagina.locator("#cuenta").inner_text().split()[0])
    nuevo = pagina.locator("#nuevo-contenido")
    nuevo.fill("👍" * 999 + "ab")
    expect(pagina.locator("#nuevo-contenido-cuenta")).to_have_text("1001 de 1000: sobran 1")
    nuevo.fill("Se aceptan mascotas en la terraza.")
    pagina.get_by_role("button", name="Añadir").click()
    expect(pagina.locator("#cuenta")).to_have_text(f"{cuantos + 1} bloques")
    expect(nuevo).to_have_value("")
    bloque = pagina.locator(".bloque").first
    bloque.get_by_role("link", name="Editar").click()
    bloque.locator("textarea").fill("Se aceptan mascotas.")
    pagina.keyboard.press("Escape")
    expect(bloque).to_contain_text("en la terraza")
    bloque.get_by_role("button", name="Eliminar").click()
    expect(pagina.locator("#cuenta")).to_have_text(f"{cuantos} bloques")
    pagina.keyboard.press("Enter")
    expect(bloque).to_contain_text("en la terraza")
    expect(pagina.locator("#cuenta")).to_have_text(f"{cuantos + 1} bloques")
    pagina.locator("#pregunta").fill("¿aceptan mascotas?")
    pagina.keyboard.press("Enter")
    expect(pagina.locator("#prueba")).to_contain_text("Respondería")
    bloque.get_by_role("button", name="Eliminar").click()
    expect(pagina.locator("#cuenta")).to_have_text(f"{cuantos} bloques")
    assert revisar(pagina, [pagina.url, pagina.url + "probar?pregunta=horario"]) == []
    assert vigia.quejas == []


def test_la_agencia_gobierna_sus_noras(contexto: BrowserContext, vigia: Vigia) -> None:
    pagina = entrar(contexto, "Agencia", "Módulos")
    interruptor = pagina.locator("#aura-ads")
    interruptor.click()
    expect(interruptor).to_have_attribute("aria-checked", "true")
    expect(pagina.locator("#que-cambio")).to_contain_text("Anuncios")
    interruptor.click()
    expect(interruptor).to_have_attribute("aria-checked", "false")

    pagina.get_by_role("link", name="Noras").first.click()
    pagina.wait_for_url("**/admin/noras/")
    pagina.get_by_role("link", name="Nueva Nora").click()
    pagina.get_by_label("Nombre del negocio").fill("Café de Prueba")
    pagina.get_by_label("Nombre corto para la dirección").fill("cafe-de-prueba")
    pagina.get_by_role("button", name="Crear Nora").click()
    pagina.wait_for_url("**/admin/noras/cafe-de-prueba/")
    expect(pagina.get_by_role("heading", level=1)).to_have_text("Café de Prueba")
    pagina.get_by_label("Correo").fill("ana@cafe.example")
    pagina.get_by_role("button", name="Sumar al equipo").click()
    expect(pagina.locator("#clave-nueva")).to_be_visible()
    ficha = pagina.url

    pagina.get_by_role("link", name="Rutas").first.click()
    expect(pagina.locator("#rutas")).to_contain_text("ninguna por revisar")
    raiz = pagina.url.split("/debug_rutas")[0]
    paginas = ["/admin/", "/admin/noras/", "/admin/noras/nueva", "/admin/modulos/", "/admin/consumo/", "/admin/debug/"]
    paginas += ["/debug_rutas", "/debug_info"]
    assert revisar(pagina, [ficha, *(raiz + direccion for direccion in paginas)]) == []
    assert vigia.quejas == []


def entrar(contexto: BrowserContext, papel: str, seccion: str) -> Page:
    """Entra con un clic y abre una sección del menú."""
    pagina = contexto.new_page()
    pagina.goto("/")
    pagina.get_by_role("button", name=papel).click()
    pagina.get_by_role("link", name=seccion).first.click()
    expect(pagina.get_by_role("heading", level=1)).to_have_text(seccion)
    # htmx ata los formularios cuando la página termina de cargar; una persona tarda más que eso en ponerse a escribir.
    pagina.wait_for_load_state()
    return pagina


def revisar(pagina: Page, direcciones: list[str]) -> list[str]:
    """Lo que axe encuentra mal en cada página, en claro y en oscuro, y lo que se sale del teléfono más estrecho."""
    males = []
    for direccion in direcciones:
        for tema in ("light", "dark"):
            pagina.set_viewport_size({"width": 1440, "height": 900})
            pagina.emulate_media(color_scheme="dark" if tema == "dark" else "light")
            pagina.goto(direccion)
            males += [f"{direccion} ({tema}): {mal}" for mal in revisar_accesibilidad(pagina)]
        pagina.set_viewport_size({"width": 320, "height": 640})
        mide = pagina.evaluate("document.documentElement.scrollWidth")
        males += [f"{direccion}: mide {mide} px"] if mide > 320 else []
    return males
