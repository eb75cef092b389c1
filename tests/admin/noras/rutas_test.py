"""Las Noras de punta a punta: alta, configuración y equipo."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from sql.modelos.equipo import todas_las_noras_listar_equipo
from sql.modelos.modulos import listar_modulos_activos
from sql.modelos.noras import buscar_nora, guardar_nora, obtener_nora, todas_las_noras_listar
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import AURA, BETO, CARLA, NUMEROS, OTRA

Entrar = Callable[[str], ClienteDePanel]

HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
NUEVA = {
    "nombre_nora": "cafe-luna",
    "nombre_visible": "Café Luna",
    "numero_nora": "+52 55 1234 5678",
    "zona_horaria": "Europe/Madrid",
    "espera_segundos": "2,5",
    "mensaje_bienvenida": "¡Hola!",
    "personalidad": "Cercana",
    "instrucciones": "No inventes.",
    "modulos": ["chat", "contactos", "inventado"],
}


def test_se_da_de_alta_con_sus_modulos_y_se_va_a_su_ficha(cliente_de: Entrar) -> None:
    diego = cliente_de("diego")
    respuesta = diego.post("/admin/noras/nueva", data=NUEVA)
    assert respuesta.status_code == 303
    assert respuesta.location == "/admin/noras/cafe-luna/"
    nora = obtener_nora("cafe-luna")
    assert (nora.nombre_visible, nora.numero_nora) == ("Café Luna", "+525512345678")
    assert (nora.zona_horaria, nora.espera_segundos) == ("Europe/Madrid", Decimal("2.5"))
    assert (nora.mensaje_bienvenida, nora.personalidad, nora.instrucciones) == ("¡Hola!", "Cercana", "No inventes.")
    assert listar_modulos_activos("cafe-luna") == {"chat", "contactos"}
    pagina = diego.get(respuesta.location).text
    assert 'value="2.5"' in pagina
    assert "Café Luna" in pagina


def test_un_alta_con_clave_tomada_no_pisa_a_la_que_estaba(cliente_de: Entrar) -> None:
    guardar_nora(AURA, nombre_visible="La de siempre")
    respuesta = cliente_de("diego").post("/admin/noras/nueva", data=NUEVA | {"nombre_nora": AURA})
    assert respuesta.status_code == 422
    assert "Ya hay una Nora" in respuesta.text
    assert obtener_nora(AURA).nombre_visible == "La de siempre"


@pytest.mark.parametrize("numero", [NUMEROS[OTRA], "+1 (415) 555-0102", "whatsapp:+14155550102"])
def test_un_numero_de_otra_nora_se_rechaza_diciendo_de_quien_es(cliente_de: Entrar, numero: str) -> None:
    diego = cliente_de("diego")
    for direccion in ("/admin/noras/nueva", f"/admin/noras/{AURA}/"):
        respuesta = diego.post(direccion, data=NUEVA | {"numero_nora": numero})
        assert respuesta.status_code == 422
        assert "Ese número ya es de «otra»" in respuesta.text
        assert 'id="numero_nora-error"' in respuesta.text
    assert buscar_nora("cafe-luna") is None


def test_el_mismo_movil_mexicano_con_y_sin_el_uno_es_el_mismo_numero(cliente_de: Entrar) -> None:
    guardar_nora(OTRA, numero_nora="+5215512345678")
    assert "ya es de" in cliente_de("diego").post("/admin/noras/nueva", data=NUEVA).text


def test_se_guarda_la_configuracion_y_vaciar_un_campo_lo_quita(cliente_de: Entrar) -> None:
    guardar_nora(AURA, nombre_visible="Antes", mensaje_bienvenida="Hola")
    respuesta = cliente_de("diego").post(f"/admin/noras/{AURA}/", data=NUEVA | {"mensaje_bienvenida": ""})
    assert respuesta.status_code == 303
    nora = obtener_nora(AURA)
    assert (nora.nombre_visible, nora.mensaje_bienvenida, nora.numero_nora) == ("Café Luna", None, "+525512345678")


def test_lo_que_no_vale_vuelve_tal_como_se_escribio(cliente_de: Entrar) -> None:
    malo = NUEVA | {"espera_segundos": "90", "numero_nora": "55 1234", "nombre_visible": "<b>Café</b>"}
    respuesta = cliente_de("diego").post("/admin/noras/nueva", data=malo)
    assert respuesta.status_code == 422
    for dicho in (
        'value="90"',
        'value="55 1234"',
        "&lt;b&gt;Café&lt;/b&gt;",
        "No se guardó",
        'aria-invalid="true"',
        "selected>España (Madrid)",
    ):
        assert dicho in respuesta.text
    assert len(todas_las_noras_listar()) == 2


def test_una_zona_vieja_guardada_no_se_cambia_sola(cliente_de: Entrar) -> None:
    guardar_nora(AURA, zona_horaria="America/Buenos_Aires")
    pagina = cliente_de("diego").get(f"/admin/noras/{AURA}/").text
    assert '<option value="America/Buenos_Aires" selected>' in pagina


def test_quien_no_tenia_usuario_lo_recibe_con_una_clave_que_sirve_y_se_ensena_una_vez(cliente_de: Entrar, visitante: FlaskClient) -> None:
    diego = cliente_de("diego")
    respuesta = diego.post(f"/admin/noras/{AURA}/equipo", data={"correo": "Ana@Negocio.mx", "nombre": "Ana", "rol": "agente"}, headers=HX)
    assert respuesta.status_code == 200
    assert respuesta.headers["Cache-Control"] == "no-store"
    hallada = re.search(r'id="clave-nueva">([^<]+)<', respuesta.text)
    assert hallada is not None
    assert len(hallada[1]) >= 16
    assert [(m.correo, m.rol) for m in todas_las_noras_listar_equipo(AURA)][1:2] == [("ana@negocio.mx", "agente")]
    assert hallada[1] not in diego.get(f"/admin/noras/{AURA}/").text
    sello = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitante.get("/entrar").text)
    assert sello is not None
    entrada = visitante.post("/entrar", data={"email": "ana@negocio.mx", "password": hallada[1], "csrf_token": sello[1]})
    assert entrada.status_code == 302
    assert visitante.get(f"/panel_cliente/{AURA}/contactos/").status_code == 200


def test_quien_ya_tenia_usuario_se_suma_sin_tocar_su_clave(cliente_de: Entrar, base: Base) -> None:
    antes = base.filas("select password, nombre from usuarios where id = %s", CARLA.id)
    respuesta = cliente_de("diego").post(
        f"/admin/noras/{AURA}/equipo", data={"correo": CARLA.correo, "nombre": "Otra", "rol": "lectura"}, headers=HX
    )
    assert respuesta.status_code == 200
    assert "clave-nueva" not in respuesta.text
    assert base.filas("select password, nombre from usuarios where id = %s", CARLA.id) == antes
    assert cliente_de("carla").get(f"/panel_cliente/{AURA}/contactos/").status_code == 200


def test_sumar_dos_veces_a_la_misma_persona_se_dice_y_no_cambia_su_rol(cliente_de: Entrar) -> None:
    respuesta = cliente_de("diego").post(f"/admin/noras/{AURA}/equipo", data={"correo": BETO.correo, "rol": "dueno"}, headers=HX)
    assert respuesta.status_code == 422
    assert "ya está en el equipo" in respuesta.text
    assert {m.correo: m.rol for m in todas_las_noras_listar_equipo(AURA)}[BETO.correo] == "agente"


@pytest.mark.parametrize(
    "malo", [{"correo": "ana", "rol": "agente"}, {"correo": "a@b.mx", "rol": "admin"}, {"correo": "\x00@b.mx", "rol": "dueno"}, {}]
)
def test_un_miembro_mal_escrito_no_crea_a_nadie(cliente_de: Entrar, base: Base, malo: dict[str, str]) -> None:
    respuesta = cliente_de("diego").post(f"/admin/noras/{AURA}/equipo", data=malo, headers=HX)
    assert respuesta.status_code == 422
    assert base.filas("select count(*) from usuarios") == [(4,)]


def test_cambiar_el_rol_y_quitar_valen_desde_la_siguiente_pagina(cliente_de: Entrar) -> None:
    diego, beto = cliente_de("diego"), cliente_de("beto")
    raiz = f"/admin/noras/{AURA}/equipo/{BETO.id}"
    assert "Guardado" in diego.post(f"{raiz}/rol", data={"rol": "lectura"}, headers=HX).text
    assert beto.post(f"/panel_cliente/{AURA}/conocimiento/", data={"contenido": "x"}, headers=HX).status_code == 403
    assert diego.post(f"{raiz}/rol", data={"rol": "admin"}, headers=HX).status_code == 422
    assert diego.post(f"{raiz}/quitar", headers=HX).status_code == 200
    assert beto.get(f"/panel_cliente/{AURA}/contactos/").status_code == 404
    assert diego.post(f"{raiz}/rol", data={"rol": "agente"}, headers=HX).status_code == 404
    assert cliente_de("beto").get("/").status_code == 200


@pytest.mark.parametrize("clave", ["no-existe", "*", "AURA", "a%00b", "a" * 64, "..", "%F0%9F%98%80"])
def test_una_nora_que_no_existe_es_un_404_y_no_se_crea(cliente_de: Entrar, clave: str) -> None:
    diego = cliente_de("diego")
    assert diego.get(f"/admin/noras/{clave}/").status_code == 404
    assert diego.post(f"/admin/noras/{clave}/", data=NUEVA).status_code == 404
    assert diego.post(f"/admin/noras/{clave}/equipo", data={"correo": BETO.correo, "rol": "agente"}, headers=HX).status_code == 404
    assert diego.post(f"/admin/noras/{clave}/equipo/{BETO.id}/quitar", headers=HX).status_code == 404
    assert len(todas_las_noras_listar()) == 2


@pytest.mark.parametrize("raro", ["\x00", "😀" * 50, "\u202eal revés", "<script>alert(1)</script>", "a" * 30_000])
def test_lo_raro_en_cualquier_campo_nunca_es_un_500(cliente_de: Entrar, raro: str) -> None:
    diego = cliente_de("diego")
    for campo in NUEVA:
        respuesta = diego.post("/admin/noras/nueva", data=NUEVA | {campo: raro})
        assert respuesta.status_code in {303, 422}, campo
        assert "<script>alert" not in respuesta.text
        assert diego.post(f"/admin/noras/{AURA}/", data=NUEVA | {"numero_nora": "", campo: raro}).status_code in {303, 422}
    assert "<script>alert" not in diego.get("/admin/noras/").text
