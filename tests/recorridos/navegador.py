"""El Chromium del sistema para los recorridos, y quién vigila que la página no se queje ni salga de la máquina."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

CANDIDATOS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
OPCIONES_DE_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
_ANOTAR_POLITICA = """
document.addEventListener("securitypolicyviolation", (fallo) =>
  console.error(`CSP: ${fallo.violatedDirective} ${fallo.blockedURI} ${fallo.sourceFile}:${fallo.lineNumber}`));
"""


def buscar_chromium() -> str | None:
    """Dónde está el navegador del sistema, o None si no hay ninguno."""
    for candidato in CANDIDATOS:
        hallado = shutil.which(candidato)
        if hallado:
            return hallado
    return None


def exigir_chromium() -> str:
    """Dónde está el navegador. Sin él la prueba se salta diciéndolo; con NAVEGADOR=obligatorio, falla."""
    hallado = buscar_chromium()
    if hallado is None:
        motivo = "No hay Chromium ni Chrome en esta máquina: instálalo (en Debian, apt install chromium) para correr los recorridos"
        if os.environ.get("NAVEGADOR") == "obligatorio":
            pytest.fail(motivo)
        pytest.skip(motivo)
    return hallado


@dataclass
class Vigia:
    """Anota lo que ninguna página debe hacer: quejarse en la consola, violar su política o hablar con otro servidor."""

    servidor: str
    quejas: list[str] = field(default_factory=list)

    def mirar(self, contexto: BrowserContext) -> None:
        """Vigila todas las páginas de ese navegador, también las que se abran después."""
        contexto.add_init_script(_ANOTAR_POLITICA)
        contexto.on("console", self._consola)
        contexto.on("weberror", lambda fallo: self.quejas.append(f"error sin atrapar: {fallo.error}"))
        contexto.on("request", self._peticion)

    def _consola(self, renglon: ConsoleMessage) -> None:
        if renglon.type in {"error", "warning"}:
            self.quejas.append(f"consola ({renglon.type}): {renglon.text} [{renglon.location.get('url', '')}]")

    def _peticion(self, peticion: Request) -> None:
        partes = urlsplit(peticion.url)
        if partes.scheme not in {"data", "blob", "about"} and partes.netloc != self.servidor:
            self.quejas.append(f"petición fuera de casa: {peticion.url}")


def revisar_accesibilidad(pagina: Page) -> list[str]:
    """Lo que axe encuentra mal en la página: una frase por regla, con el primer elemento que la rompe."""
    violaciones = Axe().run(pagina).response["violations"]
    return [f"{v['id']}: {v['help']} ({len(v['nodes'])}) → {v['nodes'][0]['html'][:160]}" for v in violaciones]
