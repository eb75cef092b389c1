"""Contactos de punta a punta: quién entra, qué ve, qué puede cambiar y qué pasa con lo raro."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from sql.modelos.contactos import Contacto, obtener_contacto
from sql.modelos.modulos import guardar_modulo
from sql.modelos.usuarios import guardar_membresia
from tests import fabricas
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import AURA, BETO, OTRA

Entrar = Callable[[str], ClienteDePanel]

LISTA = f"/panel_cliente/{AURA}/contactos/"
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
AHORA = dt.datetime(2026, 11, 22, 18, 0, tzinfo=dt.UTC)
RAROS = ["\x00", "a\x00b", "😀" * 50, "\u202eoculto", "<script>alert(1)</script>", "'; drop table contactos; --", "%_\\", "a" * 60_000]


def ficha(persona: Contacto) -> str:
    return f"{LISTA}{persona.id}/"


def test_la_lista_va_del_ultimo_mensaje_al_primero_y_se_pagina(cliente_de: Entrar) -> None:
    for n in range(53):
        fabricas.contacto(nombre=f"P{n:02d}.", ultimo_mensaje=AHORA - dt.timedelta(minutes=n // 2) if n < 51 else None)
    cliente = cliente_de("alicia")
    primera = cliente.get(LISTA).text
    nombres = [f"P{n:02d}." for n in range(53)]
    vistos = sorted((nombre for nombre in nombres if nombre in primera), key=primera.index)
    assert len(vistos) == 50
    assert vistos[:2] == ["P01.", "P00."]
    direccion = primera.split('id="ver-mas"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    segunda = cliente.get(direccion, headers=HX).text
    assert [nombre for nombre in nombres if nombre in segunda] == ["P50.", "P51.", "P52."]
    assert set(vistos).isdisjoint(nombre for nombre in nombres if nombre in segunda)
    assert "ver-mas" not in segunda
    assert "<html" not in segunda


@pytest.mark.parametrize("buscado", ["pena", "PEÑA", "5587654321", "+52 1 55 8765 4321", "(55) 8765-4321"])
def test_se_busca_por_nombre_sin_acentos_y_por_numero_como_se_escriba(cliente_de: Entrar, buscado: str) -> None:
    fabricas.contacto(nombre="María Peña", telefono="+525587654321")
    fabricas.contacto(nombre="Jorge")
    texto = cliente_de("alicia").get(LISTA, query_string={"q": buscado}, headers=HX).text
    assert "María Peña" in texto
    assert "Jorge" not in texto


def test_se_filtra_por_etiqueta_y_sin_resultados_se_ofrece_quitar_filtros(cliente_de: Entrar) -> None:
    fabricas.contacto(nombre="María", etiquetas=["vip"])
    fabricas.contacto(nombre="Jorge")
    cliente = cliente_de("alicia")
    texto = cliente.get(LISTA, query_string={"etiqueta": "vip"}).text
    assert "María" in texto
    assert "Jorge" not in texto
    assert '<option value="vip" selected>' in texto
    assert "Quitar filtros" in cliente.get(LISTA, query_string={"etiqueta": "otra", "q": "x"}).text


def test_vacia_explica_de_donde_salen_los_contactos(cliente_de: Entrar) -> None:
    assert "Aquí vivirán las personas" in cliente_de("alicia").get(LISTA).text


def test_un_punto_inventado_en_la_direccion_es_el_principio(cliente_de: Entrar) -> None:
    fabricas.contacto(nombre="María")
    for punto in ["x", "nunca_99999999999999999999", "2026-99-99_1", "\x00", "a" * 9000]:
        respuesta = cliente_de("alicia").get(LISTA, query_string={"despues": punto})
        assert respuesta.status_code == 200
        assert "María" in respuesta.text


def test_el_nombre_puesto_a_mano_ya_no_lo_cambia_whatsapp(cliente_de: Entrar, base: Base) -> None:
    from sql.modelos.webhooks import todas_las_noras_recibir

    persona = fabricas.contacto(nombre="mari88", telefono="+525587654321")
    respuesta = cliente_de("alicia").post(f"{ficha(persona)}nombre", data={"nombre": " María  Peña "}, headers=HX)
    assert respuesta.status_code == 200
    assert "Guardado" in respuesta.text
    numero = base.filas("select numero_nora from configuracion_bot where nombre_nora = %s", AURA)[0][0]
    todas_las_noras_recibir(fabricas.entrante(str(numero), desde="+525587654321", nombre_perfil="mari88"))
    assert obtener_contacto(AURA, persona.id).nombre == "María Peña"


def test_dejar_el_nombre_vacio_se_lo_devuelve_a_whatsapp(cliente_de: Entrar) -> None:
    persona = fabricas.contacto(nombre="María", nombre_editado=True)
    cliente_de("alicia").post(f"{ficha(persona)}nombre", data={"nombre": "\x00 "}, headers=HX)
    quedo = obtener_contacto(AURA, persona.id)
    assert (quedo.nombre, quedo.nombre_editado) == (None, False)


@pytest.mark.parametrize(("campo", "largo"), [("nombre", 81), ("notas", 4001)])
def test_lo_demasiado_largo_vuelve_con_su_porque_y_sin_perderse(cliente_de: Entrar, campo: str, largo: int) -> None:
    persona = fabricas.contacto()
    for cabeceras in (HX, {}):
        respuesta = cliente_de("alicia").post(f"{ficha(persona)}{campo}", data={campo: "ñ" * largo}, headers=cabeceras)
        assert respuesta.status_code == 422
        assert 'aria-invalid="true"' in respuesta.text
        assert "ñ" * largo in respuesta.text
        assert f'id="{campo}-error"' in respuesta.text


def test_etiquetas_se_ponen_sin_repetir_y_se_quitan(cliente_de: Entrar) -> None:
    persona = fabricas.contacto(etiquetas=["vip"])
    cliente = cliente_de("beto")
    respuesta = cliente.post(f"{ficha(persona)}etiquetas", data={"poner": "VIP, Mayoreo,"}, headers=HX)
    assert respuesta.status_code == 200
    assert obtener_contacto(AURA, persona.id).etiquetas == ["vip", "Mayoreo"]
    cliente.post(f"{ficha(persona)}etiquetas", data={"quitar": "vip"}, headers=HX)
    assert obtener_contacto(AURA, persona.id).etiquetas == ["Mayoreo"]
    rechazo = cliente.post(f"{ficha(persona)}etiquetas", data={"poner": "x" * 41}, headers=HX)
    assert rechazo.status_code == 422
    assert "x" * 41 in rechazo.text


def test_la_ia_se_apaga_y_se_enciende_por_persona(cliente_de: Entrar) -> None:
    persona = fabricas.contacto(nombre="María")
    cliente = cliente_de("alicia")
    apagada = cliente.post(f"{ficha(persona)}ia", data={"activa": "0"}, headers=HX).text
    assert 'aria-checked="false"' in apagada
    assert 'aria-label="IA para María"' in apagada
    assert obtener_contacto(AURA, persona.id).ia_activa is False
    cliente.post(f"{ficha(persona)}ia", data={"activa": "1"}, headers=HX)
    assert obtener_contacto(AURA, persona.id).ia_activa is True


def test_sin_htmx_un_cambio_vuelve_a_la_ficha(cliente_de: Entrar) -> None:
    persona = fabricas.contacto()
    respuesta = cliente_de("alicia").post(f"{ficha(persona)}notas", data={"notas": "a"})
    assert respuesta.status_code == 303
    assert respuesta.location == ficha(persona)


def test_la_ficha_lleva_al_chat_solo_si_hay_hilo_y_el_modulo_esta_encendido(cliente_de: Entrar) -> None:
    sin_hilo, con_hilo = fabricas.contacto(), fabricas.contacto()
    hilo = fabricas.conversacion(con_hilo)
    cliente = cliente_de("alicia")
    enlace = f"/panel_cliente/{AURA}/chat/{hilo.id}"
    assert enlace in cliente.get(ficha(con_hilo)).text
    assert "Abrir chat" not in cliente.get(ficha(sin_hilo)).text
    guardar_modulo(AURA, "chat", False)
    assert "Abrir chat" not in cliente.get(ficha(con_hilo)).text


def test_carla_no_ve_ni_toca_a_nadie_de_otra_nora(cliente_de: Entrar) -> None:
    persona = fabricas.contacto(nombre="Secreta")
    carla = cliente_de("carla")
    for direccion in (LISTA, ficha(persona), f"{ficha(persona)}nombre"):
        assert carla.get(direccion).status_code == 404
    # Ni con su propia Nora en la dirección y la clave ajena.
    ajena = f"/panel_cliente/{OTRA}/contactos/{persona.id}/"
    assert carla.get(ajena).status_code == 404
    for accion in ("nombre", "notas", "etiquetas", "ia"):
        datos = {"nombre": "x", "notas": "x", "poner": "x", "activa": "0"}
        assert carla.post(f"{ficha(persona)}{accion}", data=datos, headers=HX).status_code == 404
        assert carla.post(f"{ajena}{accion}", data=datos, headers=HX).status_code == 404
    quedo = obtener_contacto(AURA, persona.id)
    assert (quedo.nombre, quedo.notas, quedo.etiquetas, quedo.ia_activa) == ("Secreta", None, [], True)


def test_con_rol_de_lectura_se_mira_y_no_se_toca(cliente_de: Entrar) -> None:
    persona = fabricas.contacto(etiquetas=["vip"], notas="hola")
    guardar_membresia(AURA, BETO.id, "lectura")
    beto = cliente_de("beto")
    pagina = beto.get(ficha(persona))
    assert pagina.status_code == 200
    assert "Guardar notas" not in pagina.text
    assert "Quitar la etiqueta" not in pagina.text
    assert 'name="nombre"' not in beto.get(f"{ficha(persona)}nombre?editar=1", headers=HX).text
    for accion in ("nombre", "notas", "etiquetas", "ia"):
        assert beto.post(f"{ficha(persona)}{accion}", data={"nombre": "x", "poner": "x"}, headers=HX).status_code == 403
    assert obtener_contacto(AURA, persona.id).etiquetas == ["vip"]


def test_con_el_modulo_apagado_no_existe(cliente_de: Entrar) -> None:
    persona = fabricas.contacto()
    guardar_modulo(AURA, "contactos", False)
    alicia = cliente_de("alicia")
    assert alicia.get(LISTA).status_code == 404
    assert alicia.get(ficha(persona)).status_code == 404
    assert alicia.post(f"{ficha(persona)}ia", data={"activa": "0"}, headers=HX).status_code == 404


def test_la_agencia_entra_a_cualquier_nora(cliente_de: Entrar) -> None:
    assert cliente_de("diego").get(LISTA).status_code == 200


@pytest.mark.parametrize("raro", RAROS)
def test_lo_raro_nunca_es_un_500_y_sale_escapado(cliente_de: Entrar, raro: str) -> None:
    persona = fabricas.contacto(nombre="María")
    alicia = cliente_de("alicia")
    respuestas = [
        alicia.get(LISTA, query_string={"q": raro[:4000], "etiqueta": raro[:4000]}),
        *(
            alicia.post(f"{ficha(persona)}{accion}", data={campo: raro}, headers=HX)
            for accion, campo in (
                ("nombre", "nombre"),
                ("notas", "notas"),
                ("etiquetas", "poner"),
                ("etiquetas", "quitar"),
                ("ia", "activa"),
            )
        ),
        alicia.get(ficha(persona)),
        alicia.get(LISTA),
    ]
    assert [r.status_code for r in respuestas if r.status_code not in {200, 422}] == []
    assert all("<script>alert" not in r.text for r in respuestas)


def test_cien_mil_bytes_se_rechazan_sin_leerlos(cliente_de: Entrar) -> None:
    persona = fabricas.contacto()
    assert cliente_de("alicia").post(f"{ficha(persona)}notas", data={"notas": "a" * 100_000}, headers=HX).status_code == 413


@pytest.mark.parametrize("clave", ["0", "999999", "9223372036854775807", "9223372036854775808", "9" * 40, "-1", "x", "1%00"])
def test_una_persona_que_no_existe_es_un_404(cliente_de: Entrar, clave: str) -> None:
    assert cliente_de("alicia").get(f"{LISTA}{clave}/").status_code == 404
