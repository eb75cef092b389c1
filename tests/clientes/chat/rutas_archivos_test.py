"""Ver, volver a pedir y mandar archivos desde Chats: sólo los de esta Nora y este hilo, y sólo lo que WhatsApp lleva."""

from __future__ import annotations

import io

import pytest

from registro import archivos
from sql.modelos.archivos import Archivo, listar_archivos_de
from sql.modelos.mensajes import listar_mensajes
from tests import fabricas
from tests.muestras import HTML, MP3, PDF, PNG, VCARD
from tests.personas import ALICIA, AURA, OTRA

BASE = f"/panel_cliente/{AURA}/chat"
CLAVE = "0f8fad5b-d9cb-469f-a165-70867728950e"
PARCIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def hilo(base, ahora):
    return fabricas.conversacion(ultimo_entrante_en=ahora)


def llegado(hilo, datos=PNG, tipo="image/png", clase="imagen", **campos):
    """Un mensaje con su archivo, ya en el almacén si no se dice otro estado."""
    nora = hilo.nombre_nora
    ruta = archivos.ruta_nueva(nora, tipo)
    archivos.guardar(ruta, datos, tipo)
    mensaje = fabricas.mensaje(hilo, "", clase=clase)
    valores = {"estado": "listo", "ruta": ruta, "tipo": tipo, "tamano": len(datos)} | campos
    fila = Archivo(nombre_nora=nora, sentido="entra", mensaje_id=mensaje.id, **valores)
    fabricas.guardar(fila, nora)
    return fila


def subir(cliente, hilo, datos=PNG, nombre="taza.png", **campos):
    cuerpo = {"archivo": (io.BytesIO(datos), nombre), "clave_cliente": CLAVE} | campos
    respuesta = cliente.post(f"{BASE}/{hilo.id}/archivos", data=cuerpo, headers=PARCIAL, content_type="multipart/form-data")
    respuesta.request.environ["wsgi.input"].close()  # lo grande, el cliente de pruebas lo deja en un archivo temporal
    return respuesta


def test_se_ve_por_un_enlace_breve_y_la_pagina_no_guarda_ninguno(app, cliente_de, visitante, hilo):
    fila = llegado(hilo)
    alicia = cliente_de("alicia")
    adonde = alicia.get(f"{BASE}/{hilo.id}/archivo/{fila.id}")
    assert adonde.status_code == 302
    assert adonde.location.startswith("/archivo/")
    with visitante.get(adonde.location) as vista:
        assert vista.data == PNG
    pagina = alicia.get(f"{BASE}/{hilo.id}").text
    assert f"{BASE}/{hilo.id}/archivo/{fila.id}" in pagina
    assert 'src="/archivo/' not in pagina
    con_nombre = alicia.get(f"{BASE}/{hilo.id}/archivo/{fila.id}?descargar=1").location
    with visitante.get(con_nombre) as bajada:
        assert bajada.headers["Content-Disposition"] == "attachment; filename=archivo.png"


def test_nadie_llega_al_archivo_de_otra_nora_ni_de_otro_hilo(cliente_de, visitante, hilo, ahora):
    fila, otro = llegado(hilo), fabricas.conversacion(ultimo_entrante_en=ahora)
    ajena = llegado(fabricas.conversacion(nombre_nora=OTRA, ultimo_entrante_en=ahora))
    for quien, adonde in (
        ("carla", f"{BASE}/{hilo.id}/archivo/{fila.id}"),
        ("carla", f"/panel_cliente/{OTRA}/chat/{hilo.id}/archivo/{fila.id}"),
        ("alicia", f"{BASE}/{otro.id}/archivo/{fila.id}"),
        ("alicia", f"{BASE}/{hilo.id}/archivo/{ajena.id}"),
        ("alicia", f"{BASE}/{hilo.id}/archivo/999"),
    ):
        assert cliente_de(quien).get(adonde).status_code == 404, adonde
        assert cliente_de(quien).post(f"{adonde}/reintentar").status_code == 404, adonde
    assert visitante.get(f"{BASE}/{hilo.id}/archivo/{fila.id}").status_code in {302, 401}


def test_el_que_fallo_dice_por_que_y_se_vuelve_a_pedir(cliente_de, hilo):
    fila = llegado(hilo, estado="fallido", motivo="Twilio ya no tiene el archivo.", intentos=5, ruta=None)
    alicia = cliente_de("alicia")
    assert "Twilio ya no tiene el archivo." in alicia.get(f"{BASE}/{hilo.id}").text
    assert alicia.get(f"{BASE}/{hilo.id}/archivo/{fila.id}").status_code == 404
    respuesta = alicia.post(f"{BASE}/{hilo.id}/archivo/{fila.id}/reintentar")
    assert "Descargando…" in respuesta.text
    (ahora_esta,) = listar_archivos_de(AURA, [fila.mensaje_id])[fila.mensaje_id]
    assert (ahora_esta.estado, ahora_esta.intentos) == ("pendiente", 0)


def test_un_contacto_da_sus_telefonos_y_lo_demas_no_es_un_contacto(cliente_de, hilo):
    tarjeta, foto = llegado(hilo, VCARD, "text/vcard", "contacto"), llegado(hilo)
    alicia = cliente_de("alicia")
    texto = alicia.get(f"{BASE}/{hilo.id}/archivo/{tarjeta.id}/contacto", headers=PARCIAL).text
    assert "Luisa Pérez" in texto
    assert 'href="tel:+525512345678"' in texto
    assert alicia.get(f"{BASE}/{hilo.id}/archivo/{foto.id}/contacto").status_code == 404


def test_mandar_una_foto_con_su_pie_es_un_mensaje_aunque_se_repita(cliente_de, hilo):
    alicia = cliente_de("alicia")
    respuesta = subir(alicia, hilo, pie="Mira")
    assert respuesta.status_code == 201
    assert "Mira" in respuesta.text
    assert subir(alicia, hilo, pie="Mira").status_code == 201
    (mensaje,) = listar_mensajes(AURA, hilo.id)
    (archivo,) = listar_archivos_de(AURA, [mensaje.id])[mensaje.id]
    assert (mensaje.mensaje, mensaje.clase, mensaje.estado) == ("Mira", "imagen", "listo")
    assert (archivo.tipo, archivo.nombre, archivo.sentido, archivos.abrir(archivo.ruta)) == ("image/png", "taza.png", "sale", PNG)


@pytest.mark.parametrize(("datos", "nombre", "clase"), [(PDF, "precios.exe", "documento"), (MP3, "voz.mp3", "audio")], ids=["pdf", "mp3"])
def test_el_texto_de_un_documento_o_un_audio_va_antes_y_aparte(cliente_de, hilo, datos, nombre, clase):
    assert subir(cliente_de("alicia"), hilo, datos, nombre, pie="Aquí va").status_code == 201
    texto, con_archivo = listar_mensajes(AURA, hilo.id)
    assert (texto.mensaje, texto.clase) == ("Aquí va", "texto")
    assert (con_archivo.mensaje, con_archivo.clase) == ("", clase)


@pytest.mark.parametrize(
    ("datos", "motivo"),
    [
        (HTML, "WhatsApp no admite este archivo"),
        (b"", "está vacío"),
        (b"\xff\xd8\xff" + b"x" * (5 * 1024 * 1024), "WhatsApp admite 5 MB por imagen"),
    ],
    ids=["html", "vacio", "grande"],
)
def test_lo_que_whatsapp_no_lleva_se_rechaza_con_su_motivo(cliente_de, hilo, datos, motivo):
    antes = list(archivos.almacen().listar(AURA))
    respuesta = subir(cliente_de("alicia"), hilo, datos, "foto.jpg")
    assert respuesta.status_code == 422
    assert motivo in respuesta.text
    assert listar_mensajes(AURA, hilo.id) == []
    assert list(archivos.almacen().listar(AURA)) == antes


def test_mas_de_lo_que_cabe_es_413_y_sin_sesion_o_sin_permiso_no_entra(base, cliente_de, hilo):
    assert subir(cliente_de("alicia"), hilo, b"x" * (17 * 1024 * 1024 + 1)).status_code == 413
    assert subir(cliente_de("carla"), hilo).status_code == 404
    base.filas("update membresias set rol = 'lectura' where usuario_id = %s returning 1", ALICIA.id)
    assert subir(cliente_de("alicia"), hilo).status_code == 403
    assert listar_mensajes(AURA, hilo.id) == []


def test_fuera_de_la_ventana_no_se_sube_nada(cliente_de, base):
    cerrado = fabricas.conversacion()
    assert subir(cliente_de("alicia"), cerrado).status_code == 422
    assert base.filas("select count(*) from archivos") == [(0,)]
