"""Archivos en un navegador de verdad: la foto que llega se ve, la que se manda le llega, y la voz sale como nota de voz."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.bancos.casa import Casa
from tests.muestras import HTML, PNG
from tests.recorridos.navegador import OPCIONES_DE_CHROMIUM, Vigia, revisar_accesibilidad

pytestmark = pytest.mark.navegador

CHATS, SIMULADOR = "/panel_cliente/aura/chat/", "/panel_cliente/aura/simulador/"
CON_MICROFONO = [*OPCIONES_DE_CHROMIUM, "--use-fake-device-for-media-stream"]


def entrar(contexto: BrowserContext) -> Page:
    """La dueña de ejemplo, ya en sus chats."""
    pagina = contexto.new_page()
    pagina.goto("/entrar")
    pagina.get_by_role("button", name="Dueña").click()
    expect(pagina.get_by_role("heading", level=1, name="Chats")).to_be_visible()
    return pagina


def manda(panel: Page, cifras: str, atajo: str) -> None:
    """Esa persona manda una de las muestras por el /webhook de verdad."""
    sello = re.search(r'"X-CSRFToken": "([^"]+)"', panel.locator("body").get_attribute("hx-headers:inherited") or "")
    assert sello
    vuelta = panel.request.post(f"{SIMULADOR}{cifras}/escribir", form={"atajo": atajo}, headers={"X-CSRFToken": sello.group(1)})
    assert vuelta.ok, vuelta.text()


def abrir_con(panel: Page, *atajos: str) -> str:
    """Alguien nuevo manda eso; su chat queda abierto y atendido por una persona. Devuelve sus cifras."""
    adonde = panel.request.get(f"{SIMULADOR}nuevo", max_redirects=0).headers["location"]
    cifras = re.findall(r"\d+", adonde)[-1]
    for atajo in atajos:
        manda(panel, cifras, atajo)
    panel.locator("#lista").get_by_role("link", name=f"Visita {cifras[-4:]}").first.click()
    panel.get_by_role("button", name="Tomar el control").click()
    expect(panel.locator("#hilo-cabeza")).to_contain_text("La atiendes tú")
    return cifras


def se_ve(pagina: Page, selector: str) -> None:
    """La foto llegó de verdad: tiene medidas."""
    expect(pagina.locator(selector).first).to_be_visible()
    pagina.wait_for_function("s => document.querySelector(s)?.naturalWidth > 0", arg=selector)


def test_lo_que_manda_la_persona_se_ve_se_oye_y_se_baja(contexto: BrowserContext, vigia: Vigia) -> None:
    panel = entrar(contexto)
    abrir_con(panel, "foto", "audio", "documento")
    se_ve(panel, ".mensaje-ella .foto img")
    expect(panel.locator(".mensaje-ella audio")).to_have_count(1)
    with panel.expect_download() as bajada:
        panel.locator(".mensaje-ella .adjunto").get_by_role("link", name="Descargar").click()
    assert bajada.value.suggested_filename.endswith(".pdf")
    velocidad = panel.get_by_role("button", name="Velocidad del audio")
    velocidad.click()
    expect(velocidad).to_have_text("1,5×")
    assert panel.eval_on_selector("audio", "a => a.playbackRate") == 1.5
    panel.locator(".foto").first.click()
    expect(panel.locator("#visor")).to_be_visible()
    panel.keyboard.press("Escape")
    expect(panel.locator("#visor")).to_be_hidden()
    assert revisar_accesibilidad(panel) == []
    assert vigia.quejas == []


def test_atras_cierra_la_foto_y_el_chat_sigue_abierto(contexto: BrowserContext, vigia: Vigia) -> None:
    panel = entrar(contexto)
    abrir_con(panel, "foto")
    se_ve(panel, ".mensaje-ella .foto img")
    donde, visor = panel.url, panel.locator("#visor")
    for ancho in (1440, 390):
        panel.set_viewport_size({"width": ancho, "height": 800})
        panel.locator("#texto").fill("a medias")
        panel.locator(".foto").first.click()
        expect(visor).to_be_visible()
        panel.go_back()
        expect(visor).to_be_hidden()
        # El hilo es el mismo, no otro repintado: lo que se escribía sigue en el cuadro.
        expect(panel.locator("#texto")).to_have_value("a medias")
        assert panel.url == donde
    # Cerrada con su botón no deja un paso de más.
    panel.locator(".foto").first.click()
    panel.get_by_role("button", name="Cerrar", exact=True).click()
    expect(visor).to_be_hidden()
    panel.wait_for_function("!history.state?.foto")
    panel.locator(".foto").first.click()
    expect(visor).to_be_visible()
    panel.reload()
    expect(panel.locator(".mensaje-ella .foto").first).to_be_visible()
    # Al recargar, el paso de la foto queda como uno más del mismo hilo.
    panel.go_back()
    expect(panel.locator(".mensaje-ella .foto").first).to_be_visible()
    panel.go_back()
    expect(panel.get_by_role("heading", level=1, name="Chats")).to_be_visible()
    expect(panel.locator(".hilo")).to_have_count(0)
    assert vigia.quejas == []


def test_la_foto_que_manda_el_equipo_le_llega_a_su_telefono(contexto: BrowserContext, vigia: Vigia) -> None:
    panel = entrar(contexto)
    cifras = abrir_con(panel, "foto")
    panel.set_input_files("#archivo", {"name": "trampa.png", "mimeType": "text/html", "buffer": HTML})
    expect(panel.locator("#redactar-error")).to_contain_text("WhatsApp no admite este archivo")
    panel.set_input_files("#archivo", {"name": "taza.png", "mimeType": "image/png", "buffer": PNG})
    expect(panel.locator("#previa")).to_contain_text("taza.png")
    panel.get_by_role("button", name="Quitar el archivo").click()
    expect(panel.locator("#previa")).to_be_hidden()
    panel.set_input_files("#archivo", {"name": "taza.png", "mimeType": "image/png", "buffer": PNG})
    panel.locator("#texto").fill("Es ésta")
    panel.locator("#texto").press("Enter")
    se_ve(panel, ".mensaje-equipo .foto img")
    expect(panel.locator(".mensaje-equipo .texto")).to_have_text("Es ésta")
    expect(panel.locator("#previa")).to_be_hidden()
    expect(panel.locator("#texto")).to_have_value("")
    expect(panel.locator(".mensaje-equipo .palomita-entregado, .mensaje-equipo .palomita-leido")).to_have_count(1)
    telefono = contexto.new_page()
    telefono.goto(f"{SIMULADOR}{cifras}/")
    se_ve(telefono, ".sim-burbuja:not(.sim-mia) .sim-foto img")
    assert revisar_accesibilidad(telefono) == []
    assert vigia.quejas == []


@pytest.fixture(params=[True, False], ids=["con-permiso", "sin-permiso"])
def con_voz(request: pytest.FixtureRequest, chromium: str, producto: Casa, navegador: Browser) -> Iterator[tuple[BrowserContext, bool]]:
    """Un navegador con un micrófono de mentira, que deja usarlo o no."""
    permiso = "--use-fake-ui-for-media-stream" if request.param else "--deny-permission-prompts"
    abierto = navegador.browser_type.launch(executable_path=chromium, args=[*CON_MICROFONO, permiso])
    contexto = abierto.new_context(base_url=producto.url, locale="es-MX", viewport={"width": 1440, "height": 900})
    yield contexto, request.param
    abierto.close()


def test_la_nota_de_voz_sale_en_ogg_y_sin_permiso_se_explica(con_voz: tuple[BrowserContext, bool]) -> None:
    contexto, permitido = con_voz
    panel = entrar(contexto)
    abrir_con(panel, "foto")
    panel.get_by_role("button", name="Grabar una nota de voz").click()
    if not permitido:
        expect(panel.locator("#redactar-error")).to_contain_text("no deja usar el micrófono")
        return
    expect(panel.locator("#grabando-tiempo")).to_have_text("0:01")
    panel.get_by_role("button", name="Terminar").click()
    expect(panel.locator("#previa-nombre")).to_have_text("nota-de-voz.ogg")
    with panel.expect_response(lambda r: r.url.endswith("/archivos")) as mandada:
        panel.get_by_role("button", name="Enviar", exact=True).click()
    assert mandada.value.status == 201, mandada.value.text()
    expect(panel.locator(".mensaje-equipo audio")).to_have_count(1)
    assert panel.request.get(panel.locator(".mensaje-equipo audio").get_attribute("src") or "").headers["content-type"] == "audio/ogg"
