"""La auditoría de rutas y el estado técnico."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from admin.rutas.publicas import PUBLICAS, motivo_de_rojo
from registro.config import Ajustes
from registro.rutas import describir_rutas
from sql.modelos.latidos import todas_las_noras_latir
from sql.modelos.rutas import Ruta, todas_las_noras_reflejar_rutas
from tests.panel import ClienteDePanel

Entrar = Callable[[str], ClienteDePanel]
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def test_es_roja_la_publica_sin_escribir_y_la_que_no_lleva_marca() -> None:
    assert "pública" in motivo_de_rojo("GET", "/secreto", "publica")
    assert "No dice" in motivo_de_rojo("GET", "/secreto", "")
    assert "No dice" in motivo_de_rojo("GET", "/secreto", "inventada")
    assert motivo_de_rojo("GET", "/salud", "publica") == ""
    assert "pública" in motivo_de_rojo("POST", "/salud", "publica")
    assert all(motivo_de_rojo("POST", "/x", marca) == "" for marca in ("con_sesion", "solo_admin", "firmada"))
    assert all(porque for porque in PUBLICAS.values())


def test_la_tabla_ensena_todas_las_rutas_y_primero_las_rojas(app: Flask, cliente_de: Entrar) -> None:
    rutas = describir_rutas(app)
    todas_las_noras_reflejar_rutas([*rutas, Ruta("/zzz-abierta", "GET", "", "zzz", "publica", None)])
    texto = cliente_de("diego").get("/debug_rutas").text
    assert f"{len(rutas) + 1} rutas" in texto
    assert "1 por revisar" in texto
    cuerpo = texto.split("<tbody>")[1]
    assert cuerpo.index("/zzz-abierta") < cuerpo.index("/admin/")
    assert "/panel_cliente/&lt;nombre_nora&gt;/contactos/" in cuerpo


def test_se_filtra_por_texto_y_por_proteccion(app: Flask, cliente_de: Entrar) -> None:
    todas_las_noras_reflejar_rutas(describir_rutas(app))
    diego = cliente_de("diego")
    texto = diego.get("/debug_rutas", query_string={"q": "CONTACTOS", "proteccion": "con_sesion"}, headers=HX).text
    assert "/contactos/" in texto
    assert "/admin/" not in texto
    assert "<html" not in texto
    assert "Quitar filtros" in diego.get("/debug_rutas", query_string={"q": "\x00<script>x"}).text
    assert "/salud" in diego.get("/debug_rutas", query_string={"proteccion": "inventada"}).text


def test_el_estado_tecnico_no_ensena_claves_y_dice_si_hay_trabajador(app: Flask, cliente_de: Entrar) -> None:
    diego = cliente_de("diego")
    sin_nadie = diego.get("/debug_info").text
    assert "Sin señales" in sin_nadie
    assert "Al día" in sin_nadie
    todas_las_noras_latir("trabajador")
    texto = diego.get("/debug_info").text
    assert "Vivo" in texto
    assert "WhatsApp (Twilio)" in texto
    ajustes: Ajustes = app.extensions["ajustes"]
    assert ajustes.base_url is not None
    assert ajustes.twilio_ficha is not None
    secretos = [ajustes.clave_secreta, ajustes.claves_de_cifrado, ajustes.base_url, ajustes.twilio_ficha]
    assert [s for s in secretos if s.get_secret_value() in texto] == []


@pytest.mark.parametrize("direccion", ["/debug_rutas", "/debug_rutas/", "/debug_info"])
def test_responden_con_y_sin_barra(cliente_de: Entrar, direccion: str) -> None:
    assert cliente_de("diego").get(direccion).status_code == 200
