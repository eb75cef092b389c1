"""Lo que se le pide a la Content API tiene la forma que ella publica, y lo que contesta se lee entero."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.dobles.contenido import DobleDeContenido
from tests.fabricas import CUENTA
from tests.panel import FICHA
from tests.personas import AURA
from webhook.cliente_twilio import Incierto
from webhook.contenido import ContenidoDeTwilio, leer_vista
from webhook.credenciales import Credencial
from webhook.texto_de_plantilla import Propuesta

ESPECIFICACION = Path(__file__).parents[3] / "shared" / "datos" / "twilio" / "twilio_content_v1.json"
BOTONES = Propuesta("aura_cita", "utilidad", "es", "Hola {{1}}, tu cita es mañana.", {"1": "María"}, ("Sí", "No"))
TEXTO = Propuesta("aura_aviso", "marketing", "es_MX", "Hola {{1}}, ya abrimos hoy.", {"1": "María"})


@pytest.fixture
def especificacion() -> dict[str, Any]:
    """Lo que Twilio publica de su Content API, si está a mano."""
    if not ESPECIFICACION.is_file():
        pytest.skip("No está la descripción OpenAPI de la Content API de Twilio: no hay con qué comparar")
    datos: dict[str, Any] = json.loads(ESPECIFICACION.read_text("utf-8"))
    return datos


@pytest.fixture
def api(contenido: DobleDeContenido) -> ContenidoDeTwilio:
    """La Content API por el camino de verdad, hasta el doble."""
    return ContenidoDeTwilio(Credencial(CUENTA, CUENTA, FICHA, contenido.url))


def comprobar(valor: Any, forma: dict[str, Any], esquemas: dict[str, Any], donde: str = "$") -> list[str]:
    """Lo que en `valor` no cumple ese esquema: tipos, campos obligatorios, de más y listas cerradas."""
    if "$ref" in forma:
        return comprobar(valor, esquemas[forma["$ref"].rsplit("/", 1)[1]], esquemas, donde)
    if valor is None:
        return [] if forma.get("nullable") else [f"{donde} es nulo"]
    clases = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
    if not isinstance(valor, clases.get(forma.get("type", ""), object)):
        return [f"{donde} no es {forma['type']}"]
    males = [f"{donde} no es de {forma['enum']}"] if "enum" in forma and valor not in forma["enum"] else []
    if isinstance(valor, list):
        return males + [mal for n, v in enumerate(valor) for mal in comprobar(v, forma["items"], esquemas, f"{donde}[{n}]")]
    if isinstance(valor, dict):
        propias, demas = forma.get("properties", {}), forma.get("additionalProperties", True)
        males += [f"{donde}.{campo} falta" for campo in forma.get("required", []) if campo not in valor]
        for campo, dentro in valor.items():
            if campo in propias:
                males += comprobar(dentro, propias[campo], esquemas, f"{donde}.{campo}")
            elif demas is False:
                males.append(f"{donde}.{campo} sobra")
            elif isinstance(demas, dict):
                males += comprobar(dentro, demas, esquemas, f"{donde}.{campo}")
    return males


def test_cada_petición_tiene_la_forma_publicada(
    api: ContenidoDeTwilio, contenido: DobleDeContenido, especificacion: dict[str, Any]
) -> None:
    for propuesta in (BOTONES, TEXTO):
        sid = api.crear(
            AURA, nombre=propuesta.nombre, idioma=propuesta.idioma, variables=propuesta.variables, contenido=propuesta.contenido
        )
        api.pedir_aprobacion(AURA, sid, nombre=propuesta.nombre, categoria=propuesta.categoria)
        api.leer_aprobacion(AURA, sid)
        api.listar(AURA)
        api.borrar(AURA, sid)
    esquemas = especificacion["components"]["schemas"]
    vistas = set()
    for metodo, ruta, cuerpo in contenido.pedidas:
        partes = ruta.split("/")
        candidatas = [p for p, m in especificacion["paths"].items() if metodo.lower() in m and _encaja(p.split("/"), partes)]
        assert len(candidatas) == 1, (metodo, ruta)
        publicada = candidatas[0]
        vistas.add((metodo, publicada))
        pedido = especificacion["paths"][publicada][metodo.lower()].get("requestBody")
        if pedido:
            assert comprobar(cuerpo, pedido["content"]["application/json"]["schema"], esquemas) == [], (metodo, ruta)
    assert len(vistas) == 5


def _encaja(forma: list[str], partes: list[str]) -> bool:
    return len(forma) == len(partes) and all(
        f == p or (f.startswith("{") and p.startswith("HX")) for f, p in zip(forma, partes, strict=True)
    )


def test_los_ejemplos_publicados_se_leen(especificacion: dict[str, Any]) -> None:
    ejemplos = especificacion["paths"]["/v1/ContentAndApprovals"]["get"]["responses"]["200"]["content"]["application/json"]["examples"]
    vistas = [leer_vista(cruda) for cruda in ejemplos["readResults"]["value"]["contents"]]
    assert {v.estado for v in vistas} <= {"sin_enviar", "aprobada", "rechazada"}
    assert any(v.estado == "aprobada" and v.tipo == "twilio/media" and v.cuerpo for v in vistas)


@pytest.mark.parametrize("cruda", [{"sid": "HX1"}, {"sid": "HX1", "types": None, "variables": None, "approval_requests": None}])
def test_un_renglón_a_medias_se_lee_sin_inventar(cruda: dict[str, Any]) -> None:
    vista = leer_vista(cruda)
    assert (vista.nombre, vista.estado, vista.cuerpo, vista.categoria) == ("HX1", "sin_enviar", "", None)


def test_un_estado_que_no_conocemos_no_se_puede_enviar_y_dice_dónde_mirar() -> None:
    vista = leer_vista({"sid": "HX1", "approval_requests": {"status": "archived"}})
    assert vista.estado == "desactivada"
    assert "archived" in str(vista.motivo)


def test_de_varios_tipos_vale_el_más_rico() -> None:
    tipos = {"twilio/text": {"body": "simple"}, "twilio/quick-reply": {"body": "con botones", "actions": []}}
    vista = leer_vista({"sid": "HX1", "types": tipos})
    assert (vista.tipo, vista.cuerpo) == ("twilio/quick-reply", "con botones")


def test_se_leen_todas_las_páginas_y_una_que_lleva_a_otro_sitio_no_se_sigue(
    api: ContenidoDeTwilio, contenido: DobleDeContenido, monkeypatch: pytest.MonkeyPatch
) -> None:
    contenido.por_pagina = 2
    for n in range(5):
        contenido.poner(f"aura_{n}")
    assert [v.nombre for v in api.listar(AURA)] == [f"aura_{n}" for n in range(5)]
    monkeypatch.setattr("webhook.contenido.pedir", lambda *_, **__: {"contents": [], "meta": {"next_page_url": "https://mal.example/v1"}})
    with pytest.raises(Incierto):
        api.listar(AURA)


def test_que_ya_no_exista_no_es_un_fallo(api: ContenidoDeTwilio) -> None:
    nadie = "HX" + "9" * 32
    assert api.leer_aprobacion(AURA, nadie) is None
    api.borrar(AURA, nadie)
