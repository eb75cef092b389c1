"""De que Twilio entrega un mensaje a que se ve en el chat abierto en un navegador de verdad."""

from __future__ import annotations

import statistics
import time

from playwright.sync_api import sync_playwright

from tests.bancos.casa import CLAVE, Enchufe, casa_encendida, parametros, peticion_cruda
from tests.recorridos.navegador import OPCIONES_DE_CHROMIUM, buscar_chromium

MENSAJES = 40
_MIRAR = """() => {
  window.vistos = {};
  new MutationObserver(() => {
    for (const n of document.querySelectorAll('#registro .mensaje')) {
      const m = n.textContent.match(/marca-(\\d+)/);
      if (m && !window.vistos[m[1]]) window.vistos[m[1]] = Date.now();
    }
  }).observe(document.body, {childList: true, subtree: true});
}"""


def medir() -> list[str]:
    """Corre el banco y devuelve los renglones de resultado; sin Chromium lo dice y no mide."""
    chromium = buscar_chromium()
    if chromium is None:
        return ["de Twilio al navegador: no se midió (no hay Chromium en esta máquina)"]
    with casa_encendida() as casa, sync_playwright() as p:
        enchufe = Enchufe(int(casa.entorno["PORT"]))
        enchufe.pedir(peticion_cruda(casa, "/webhook", parametros("quiero hablar con una persona")))
        navegador = p.chromium.launch(executable_path=chromium, args=OPCIONES_DE_CHROMIUM)
        pagina = navegador.new_page()
        pagina.goto(casa.url)
        pagina.fill("input[name=email]", "duena@example.com")
        pagina.fill("input[name=password]", CLAVE)
        pagina.click("button[type=submit], input[type=submit]")
        pagina.goto(f"{casa.url}/panel_cliente/aura/chat/")
        pagina.get_by_text("Banco").first.click()
        pagina.wait_for_selector("[role=log]")
        pagina.evaluate(_MIRAR)
        demoras = []
        for i in range(MENSAJES):
            desde = time.time()
            enchufe.pedir(peticion_cruda(casa, "/webhook", parametros(f"marca-{i}")))
            pagina.wait_for_selector(f"#registro .mensaje:has-text('marca-{i}')")
            demoras.append(pagina.evaluate(f"window.vistos['{i}']") - desde * 1000)
            time.sleep(0.15)
        navegador.close()
    demoras.sort()
    return [
        f"de Twilio al navegador: mediana {statistics.median(demoras):.0f} ms, p95 {demoras[int(len(demoras) * 0.95)]:.0f} ms"
        f" ({MENSAJES} mensajes; meta: mediana ≤ 150)"
    ]
