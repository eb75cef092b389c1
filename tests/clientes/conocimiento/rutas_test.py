"""Conocimiento de punta a punta: añadir, corregir, quitar y deshacer, sin vacíos ni repetidos."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sql.modelos.conocimiento import listar_bloques, obtener_bloque
from sql.modelos.modulos import guardar_modulo
from sql.modelos.usuarios import guardar_membresia
from tests import fabricas
from tests.panel import ClienteDePanel
from tests.personas import AURA, BETO, OTRA

Entrar = Callable[[str], ClienteDePanel]

LISTA = f"/panel_cliente/{AURA}/conocimiento/"
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
HORARIO = "Abrimos de lunes a sábado, de 9:00 a 19:00."
RAROS = [
    "\x00",
    "dato\x00 con nulo",
    "😀 emojis 😀" * 40,
    "\u202eal revés",
    "<script>alert(1)</script>",
    "%_\\'\"; --",
    "مرحبا بكم",
    "a" * 60_000,
]


def contenidos(nombre_nora: str = AURA) -> list[str]:
    return [bloque.contenido for bloque in listar_bloques(nombre_nora)]


def test_anadir_deja_el_formulario_limpio_el_bloque_el_primero_y_la_cuenta_al_dia(cliente_de: Entrar) -> None:
    fabricas.bloque("Otro dato")
    respuesta = cliente_de("alicia").post(LISTA, data={"contenido": f" {HORARIO}\r\n"}, headers=HX)
    assert respuesta.status_code == 200
    assert contenidos() == [HORARIO, "Otro dato"]
    formulario, bloque, cuenta = respuesta.text.split("<hx-partial")
    assert HORARIO not in formulario
    assert 'hx-target="#bloques" hx-swap="afterbegin"' in bloque
    assert HORARIO in bloque
    assert "2 bloques" in cuenta


@pytest.mark.parametrize(
    "igual", [HORARIO.upper(), "  abrimos  de lunes a sabado de 9 00 a 19 00 ", "¡Abrimos de lunes a sábado; de 9:00 a 19:00!"]
)
def test_un_repetido_se_rechaza_ensenando_y_enlazando_el_que_ya_lo_dice(cliente_de: Entrar, igual: str) -> None:
    clave = fabricas.bloque(HORARIO)
    respuesta = cliente_de("alicia").post(LISTA, data={"contenido": igual}, headers=HX)
    assert respuesta.status_code == 422
    assert f"{LISTA}#bloque-{clave}" in respuesta.text
    assert HORARIO in respuesta.text
    assert igual.strip() in respuesta.text
    assert contenidos() == [HORARIO]


def test_corregir_hasta_repetir_a_otro_se_rechaza_y_a_si_mismo_no(cliente_de: Entrar) -> None:
    uno, otro = fabricas.bloque(HORARIO), fabricas.bloque("Estacionamiento gratis")
    alicia = cliente_de("alicia")
    choque = alicia.post(f"{LISTA}{otro}/", data={"contenido": HORARIO.lower()}, headers=HX)
    assert choque.status_code == 422
    assert f"#bloque-{uno}" in choque.text
    assert obtener_bloque(AURA, otro).contenido == "Estacionamiento gratis"
    bien = alicia.post(f"{LISTA}{otro}/", data={"contenido": "ESTACIONAMIENTO gratis"}, headers=HX)
    assert bien.status_code == 200
    assert "Guardado" in bien.text
    assert obtener_bloque(AURA, otro).contenido == "ESTACIONAMIENTO gratis"


@pytest.mark.parametrize("malo", ["", " \n", "¿?", "a" * 1001])
def test_vacio_o_demasiado_largo_vuelve_con_lo_escrito(cliente_de: Entrar, malo: str) -> None:
    clave = fabricas.bloque(HORARIO)
    alicia = cliente_de("alicia")
    for direccion, cabeceras in ((LISTA, HX), (LISTA, {}), (f"{LISTA}{clave}/", HX)):
        respuesta = alicia.post(direccion, data={"contenido": malo}, headers=cabeceras)
        assert respuesta.status_code == 422
        assert 'aria-invalid="true"' in respuesta.text
        assert malo.strip() in respuesta.text
    assert contenidos() == [HORARIO]


def test_lo_mismo_en_otra_nora_no_es_un_repetido(cliente_de: Entrar) -> None:
    fabricas.bloque(HORARIO, OTRA)
    assert cliente_de("alicia").post(LISTA, data={"contenido": HORARIO}, headers=HX).status_code == 200


def test_quitar_se_puede_deshacer(cliente_de: Entrar) -> None:
    clave = fabricas.bloque("Dos\nrenglones")
    alicia = cliente_de("alicia")
    quitado = alicia.post(f"{LISTA}{clave}/quitar", headers=HX)
    assert quitado.status_code == 200
    assert "Deshacer" in quitado.text
    assert "0 bloques" in quitado.text
    assert contenidos() == []
    vuelto = alicia.post(f"{LISTA}restaurar", data={"contenido": "Dos\r\nrenglones"}, headers=HX)
    assert vuelto.status_code == 200
    assert "1 bloque" in vuelto.text
    assert contenidos() == ["Dos\nrenglones"]


def test_deshacer_cuando_alguien_ya_lo_volvio_a_escribir_no_lo_repite(cliente_de: Entrar) -> None:
    fabricas.bloque(HORARIO)
    assert cliente_de("alicia").post(f"{LISTA}restaurar", data={"contenido": HORARIO}, headers=HX).status_code == 200
    assert contenidos() == [HORARIO]


def test_se_busca_sin_acentos_y_la_lista_vacia_lo_explica(cliente_de: Entrar) -> None:
    alicia = cliente_de("alicia")
    assert "todavía no sabe nada" in alicia.get(LISTA).text
    fabricas.bloque(HORARIO)
    fabricas.bloque("Estacionamiento gratis")
    hallado = alicia.get(LISTA, query_string={"q": "SABADO"}, headers=HX).text
    assert HORARIO in hallado
    assert "Estacionamiento" not in hallado
    assert "Quitar filtro" in hallado


def test_la_prueba_dice_que_responderia_o_que_pasaria_a_una_persona(cliente_de: Entrar) -> None:
    fabricas.bloque("¿A qué hora abren? De 9:00 a 19:00, de lunes a sábado.")
    alicia = cliente_de("alicia")
    sabe = alicia.get(f"{LISTA}probar", query_string={"pregunta": "¿a que hora abren?"}, headers=HX).text
    assert "Respondería" in sabe
    assert "De 9:00 a 19:00" in sabe
    assert "% de la pregunta" in sabe
    no_sabe = alicia.get(f"{LISTA}probar", query_string={"pregunta": "¿venden bicicletas usadas?"}).text
    assert "pasaría la conversación a una persona" in no_sabe


def test_carla_no_ve_ni_toca_lo_de_otra_nora(cliente_de: Entrar) -> None:
    clave = fabricas.bloque(HORARIO)
    carla = cliente_de("carla")
    ajena = f"/panel_cliente/{OTRA}/conocimiento/"
    assert carla.get(LISTA).status_code == 404
    assert carla.get(f"{LISTA}probar?pregunta=horario").status_code == 404
    assert carla.post(LISTA, data={"contenido": "x"}, headers=HX).status_code == 404
    for raiz in (LISTA, ajena):
        assert carla.get(f"{raiz}{clave}/", headers=HX).status_code == 404
        assert carla.post(f"{raiz}{clave}/", data={"contenido": "x"}, headers=HX).status_code == 404
        assert carla.post(f"{raiz}{clave}/quitar", headers=HX).status_code == 404
    assert HORARIO not in carla.get(f"{ajena}probar?pregunta=horario").text
    assert contenidos() == [HORARIO]


def test_con_rol_de_lectura_se_mira_y_no_se_toca(cliente_de: Entrar) -> None:
    clave = fabricas.bloque(HORARIO)
    guardar_membresia(AURA, BETO.id, "lectura")
    beto = cliente_de("beto")
    pagina = beto.get(LISTA)
    assert HORARIO in pagina.text
    assert "Eliminar" not in pagina.text
    assert "textarea" not in beto.get(f"{LISTA}{clave}/?editar=1", headers=HX).text
    for direccion in (LISTA, f"{LISTA}{clave}/", f"{LISTA}{clave}/quitar", f"{LISTA}restaurar"):
        assert beto.post(direccion, data={"contenido": "x"}, headers=HX).status_code == 403
    assert contenidos() == [HORARIO]


def test_con_el_modulo_apagado_no_existe(cliente_de: Entrar) -> None:
    guardar_modulo(AURA, "conocimiento", False)
    alicia = cliente_de("alicia")
    assert alicia.get(LISTA).status_code == 404
    assert alicia.post(LISTA, data={"contenido": HORARIO}, headers=HX).status_code == 404


@pytest.mark.parametrize("raro", RAROS)
def test_lo_raro_nunca_es_un_500_y_sale_escapado(cliente_de: Entrar, raro: str) -> None:
    clave = fabricas.bloque(HORARIO)
    alicia = cliente_de("alicia")
    respuestas = [
        alicia.get(LISTA, query_string={"q": raro[:4000]}),
        alicia.get(f"{LISTA}probar", query_string={"pregunta": raro[:4000]}, headers=HX),
        alicia.post(LISTA, data={"contenido": raro}, headers=HX),
        alicia.post(f"{LISTA}{clave}/", data={"contenido": f"corregido {raro}"}, headers=HX),
        alicia.post(f"{LISTA}restaurar", data={"contenido": raro}, headers=HX),
        alicia.get(LISTA),
    ]
    assert [r.status_code for r in respuestas if r.status_code not in {200, 400, 422}] == []
    assert all("<script>alert" not in r.text for r in respuestas)
    assert all("\x00" not in texto for texto in contenidos())


def test_en_otro_alfabeto_tampoco_se_confunde_un_bloque_con_otro(cliente_de: Entrar) -> None:
    alicia = cliente_de("alicia")
    for texto in ("نفتح في التاسعة", "نغلق في السابعة", "営業時間は九時から", "駐車場は無料です"):
        assert alicia.post(LISTA, data={"contenido": texto}, headers=HX).status_code == 200
    assert len(contenidos()) == 4


@pytest.mark.parametrize("clave", ["0", "9223372036854775808", "9" * 40, "-1", "x"])
def test_un_bloque_que_no_existe_es_un_404(cliente_de: Entrar, clave: str) -> None:
    alicia = cliente_de("alicia")
    assert alicia.get(f"{LISTA}{clave}/").status_code == 404
    assert alicia.post(f"{LISTA}{clave}/quitar", headers=HX).status_code == 404
