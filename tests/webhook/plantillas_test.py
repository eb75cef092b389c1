"""Escribir plantillas y pedir su aprobación contra una Content API con memoria: ninguna se dobla y todo error dice qué hacer."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sql.conexion import transaccion
from sql.modelos import plantillas as filas
from sql.modelos.base import NoEncontrado
from sql.modelos.plantillas import listar_plantillas, obtener_plantilla
from tests.dobles.contenido import DobleDeContenido
from tests.personas import AURA, OTRA
from webhook import plantillas
from webhook.cuenta_de_plantillas import ConProblemas, NoSePudo
from webhook.plantillas_al_dia import DUDA, sincronizar, vigilar
from webhook.texto_de_plantilla import Propuesta

PROPUESTA = Propuesta(
    "aura_recordatorio",
    "utilidad",
    "es",
    "Hola {{1}}, te recordamos tu cita del {{2}}. Responde si quieres cambiarla.",
    {"1": "María", "2": "martes"},
    ("Confirmo",),
)


def test_se_crea_se_manda_y_al_sincronizar_queda_aprobada(contenido: DobleDeContenido) -> None:
    clave = plantillas.crear(AURA, PROPUESTA)
    assert obtener_plantilla(AURA, clave).estado == "borrador"
    assert contenido.pedidas == []
    assert plantillas.pedir_aprobacion(AURA, clave) == "recibida"
    [creada] = contenido.contenidos.values()
    assert creada["friendly_name"] == creada["aprobacion"]["name"] == "aura_recordatorio"
    assert creada["variables"] == {"1": "María", "2": "martes"}
    assert creada["types"]["twilio/quick-reply"]["body"] == PROPUESTA.cuerpo
    fila = obtener_plantilla(AURA, clave)
    assert (fila.estado, fila.content_sid, fila.intentada_en) == ("recibida", next(iter(contenido.contenidos)), None)
    contenido.decidir(fila.content_sid or "", "approved")
    assert [(c.antes, c.despues) for c in sincronizar(AURA)] == [("recibida", "aprobada")]
    assert sincronizar(AURA) == []
    assert len(listar_plantillas(AURA)) == 1


@pytest.mark.parametrize("averia", ["500_despues", "500_antes"])
def test_un_final_dudoso_no_la_dobla_y_se_averigua_solo(contenido: DobleDeContenido, averia: str) -> None:
    clave = plantillas.crear(AURA, PROPUESTA)
    contenido.averias = [averia]
    with pytest.raises(NoSePudo, match="no hace falta repetirlo"):
        plantillas.pedir_aprobacion(AURA, clave)
    with pytest.raises(NoSePudo, match="Ya se está enviando"):
        plantillas.pedir_aprobacion(AURA, clave)
    envejecer(clave)
    vigilar(filas.todas_las_noras_con_plantillas_por_mirar()[0])
    fila = obtener_plantilla(AURA, clave)
    assert fila.intentada_en is None
    assert fila.estado == ("sin_enviar" if averia == "500_despues" else "borrador")
    assert plantillas.pedir_aprobacion(AURA, clave) == "recibida"
    assert len(contenido.contenidos) == 1


def test_si_la_duda_fue_al_pedir_la_aprobación_la_lista_lo_aclara(contenido: DobleDeContenido) -> None:
    clave = plantillas.crear(AURA, PROPUESTA)
    contenido.averias = ["", "500_despues"]
    with pytest.raises(NoSePudo, match="Se comprueba sola"):
        plantillas.pedir_aprobacion(AURA, clave)
    envejecer(clave)
    vigilar(filas.todas_las_noras_con_plantillas_por_mirar()[0])
    assert obtener_plantilla(AURA, clave).estado == "recibida"
    assert obtener_plantilla(AURA, clave).motivo_rechazo is None


def test_si_el_proceso_murió_entre_crear_y_anotar_se_adopta_la_que_ya_está(contenido: DobleDeContenido) -> None:
    clave = plantillas.crear(AURA, PROPUESTA)
    contenido.poner(PROPUESTA.nombre, estado="unsubmitted", types=PROPUESTA.contenido)
    assert plantillas.pedir_aprobacion(AURA, clave) == "recibida"
    assert len(contenido.contenidos) == 1


def test_un_nombre_tomado_por_otro_texto_en_twilio_no_se_pisa(contenido: DobleDeContenido) -> None:
    clave = plantillas.crear(AURA, PROPUESTA)
    contenido.poner(PROPUESTA.nombre, "Otro texto con {{1}} en medio.")
    with pytest.raises(NoSePudo, match="ya hay otra plantilla con ese nombre"):
        plantillas.pedir_aprobacion(AURA, clave)
    assert obtener_plantilla(AURA, clave).estado == "borrador"
    assert obtener_plantilla(AURA, clave).intentada_en is None


@pytest.mark.parametrize(
    ("averia", "frase"), [("429", "inténtalo otra vez"), ("codigo:20001", "Revisa el texto"), ("codigo:99999", "código 99999")]
)
def test_lo_que_twilio_no_toma_se_dice_y_se_puede_repetir(contenido: DobleDeContenido, averia: str, frase: str) -> None:
    clave = plantillas.crear(AURA, PROPUESTA)
    contenido.averias = [averia]
    with pytest.raises(NoSePudo, match=frase):
        plantillas.pedir_aprobacion(AURA, clave)
    assert contenido.contenidos == {}
    assert plantillas.pedir_aprobacion(AURA, clave) == "recibida"


def test_dos_clics_a_la_vez_son_una_plantilla(contenido: DobleDeContenido) -> None:
    clave = plantillas.crear(AURA, PROPUESTA)

    def pulsar(_: int) -> str:
        try:
            return plantillas.pedir_aprobacion(AURA, clave)
        except NoSePudo as motivo:
            return str(motivo)

    with ThreadPoolExecutor(4) as manos:
        salidas = list(manos.map(pulsar, range(4)))
    assert salidas.count("recibida") == 1
    assert len(contenido.contenidos) == 1


def test_lo_que_incumple_las_reglas_se_guarda_pero_no_se_manda(contenido: DobleDeContenido) -> None:
    clave = plantillas.crear(AURA, replace(PROPUESTA, cuerpo="{{1}}"))
    with pytest.raises(ConProblemas) as fallo:
        plantillas.pedir_aprobacion(AURA, clave)
    assert len(fallo.value.problemas) >= 2
    assert contenido.pedidas == []


def test_el_nombre_no_se_repite_y_un_enviado_no_se_corrige(contenido: DobleDeContenido) -> None:
    clave = plantillas.crear(AURA, PROPUESTA)
    with pytest.raises(ConProblemas, match="Ya tienes una plantilla con ese nombre"):
        plantillas.crear(AURA, PROPUESTA)
    plantillas.corregir(AURA, clave, replace(PROPUESTA, categoria="marketing"))
    otra = plantillas.crear(AURA, replace(PROPUESTA, nombre="aura_otra"))
    with pytest.raises(ConProblemas, match="Ponle otro"):
        plantillas.corregir(AURA, otra, PROPUESTA)
    plantillas.pedir_aprobacion(AURA, clave)
    with pytest.raises(NoSePudo, match="no se puede cambiar"):
        plantillas.corregir(AURA, clave, PROPUESTA)
    with pytest.raises(NoSePudo, match="ya se envió"):
        plantillas.pedir_aprobacion(AURA, clave)


def test_borrar_la_quita_de_twilio_y_dos_veces_es_lo_mismo(contenido: DobleDeContenido) -> None:
    clave = plantillas.crear(AURA, PROPUESTA)
    plantillas.pedir_aprobacion(AURA, clave)
    contenido.averias = ["500_antes"]
    with pytest.raises(NoSePudo):
        plantillas.borrar(AURA, clave)
    assert listar_plantillas(AURA)
    contenido.contenidos.clear()  # alguien la borró en la consola
    plantillas.borrar(AURA, clave)
    assert listar_plantillas(AURA) == []
    with pytest.raises(NoEncontrado):
        plantillas.borrar(AURA, clave)


def test_lo_de_otra_nora_no_existe(contenido: DobleDeContenido) -> None:
    clave = plantillas.crear(AURA, PROPUESTA)
    for hacer in (plantillas.pedir_aprobacion, plantillas.borrar):
        with pytest.raises(NoEncontrado):
            hacer(OTRA, clave)
    assert contenido.pedidas == []


def envejecer(plantilla_id: int) -> None:
    """Como si aquel envío hubiera empezado hace rato."""
    hace_rato = filas.hora_de_la_base(AURA) - DUDA - dt.timedelta(seconds=5)
    with transaccion(AURA):
        filas.cambiar_plantilla(AURA, plantilla_id, intentada_en=hace_rato)
