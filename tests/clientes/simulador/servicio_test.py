"""El teléfono usa la puerta de verdad: HTTP, firma y base de verdad."""

from __future__ import annotations

import datetime as dt

import pytest

from clientes.simulador import servicio
from clientes.simulador.muestras import MUESTRAS
from clientes.simulador.personajes import DE_EJEMPLO, buscar_personaje
from clientes.simulador.recado import ATAJOS, UBICACION, Recado
from registro import archivos, config
from sql.modelos.archivos import todas_las_noras_reclamar_archivos
from sql.modelos.base import NoEncontrado
from sql.modelos.noras import guardar_nora, obtener_nora
from tests import fabricas
from tests.personas import AURA, OTRA
from webhook import adjuntos, canal, despacho

VISITA = buscar_personaje("12125550143")
MODULOS = frozenset({"chat", "ia"})


def escribir(texto="¿A qué hora abren?", nora=AURA, **extra):
    return servicio.escribir(obtener_nora(nora), VISITA, Recado(texto, extra))


def textos(base):
    return [texto for (texto,) in base.filas("select mensaje from historial_conversaciones order by id")]


def ahora():
    return dt.datetime.now(dt.UTC)


def test_lo_que_escribe_entra_por_el_webhook_y_se_ve_en_su_telefono(base, servida):
    assert servicio.mirar_telefono(AURA, VISITA, MODULOS).burbujas == []
    assert escribir().salio_como_debia
    pantalla = servicio.mirar_telefono(AURA, VISITA, MODULOS)
    assert [(b.es_mia, b.texto) for b in pantalla.burbujas] == [(True, "¿A qué hora abren?")]
    assert pantalla.escribiendo
    assert base.filas("select nombre, telefono from contactos") == [("Visita 0143 (ejemplo)", "+12125550143")]
    assert base.filas("select cuenta from conversaciones") == [(servida.cuenta_demo,)]


def test_cada_nora_tiene_su_telefono(base, servida):
    escribir()
    assert servicio.mirar_telefono(OTRA, VISITA, MODULOS).conversacion_id is None
    assert servicio.listar_sucesos(OTRA, VISITA, ahora()) == []


def test_manda_una_ubicacion(base, servida):
    escribir("", **UBICACION)
    assert base.filas("select clase, mensaje from historial_conversaciones") == [("ubicacion", "")]
    (burbuja,) = servicio.mirar_telefono(AURA, VISITA, MODULOS).burbujas
    assert burbuja.titulo == UBICACION["Label"]


def test_repetir_el_ultimo_no_anade_nada(base, servida):
    escribir("uno")
    escribir("dos")
    for vez in (1, 2):
        resultado = servicio.repetir(AURA, VISITA)
        assert (resultado.http, resultado.salio_como_debia) == (200, True)
        assert textos(base) == ["uno", "dos"]
        (ultimo, primero) = servicio.listar_sucesos(AURA, VISITA, ahora())
        assert (ultimo.repeticiones, primero.repeticiones) == (vez, 0)


def test_sin_nada_que_repetir_lo_dice(servida):
    resultado = servicio.repetir(AURA, VISITA)
    assert (resultado.http, resultado.salio_como_debia) == (None, False)
    assert "Aún no hay nada" in resultado.texto


def test_nunca_repite_un_mensaje_que_llego_por_twilio(base, servida):
    persona = fabricas.contacto(telefono=DE_EJEMPLO[0].telefono)
    hilo = fabricas.conversacion(persona)
    fabricas.mensaje(hilo)
    base.duena.execute(
        "insert into webhooks_recibidos (nombre_nora, tipo, message_sid, veredicto, parametros) values (%s, 'mensaje', %s, 'guardado', %s)",
        (AURA, fabricas.sid(), f'{{"From": "whatsapp:{persona.telefono}", "AccountSid": "{fabricas.CUENTA}", "Body": "de verdad"}}'),
    )
    assert servicio.repetir(AURA, DE_EJEMPLO[0]).http is None


def test_una_firma_falsa_no_entra(base, servida):
    escribir("uno")
    resultado = servicio.falsificar(obtener_nora(AURA), VISITA)
    assert (resultado.http, resultado.salio_como_debia) == (403, True)
    assert textos(base) == ["uno"]
    assert base.filas("select count(*) from webhooks_recibidos") == [(1,)]


def test_leer_pone_el_mensaje_como_leido_solo_en_su_nora(base, servida):
    escribir()
    hilo = servicio.mirar_telefono(AURA, VISITA, MODULOS)
    canal.enviar(AURA, hilo.conversacion_id, "Abrimos a las 9", origen="persona")
    (envio,) = canal.envios.todas_las_noras_reclamar_por_enviar(1)
    despacho.despachar(envio)
    respuesta = servicio.mirar_telefono(AURA, VISITA, MODULOS).burbujas[-1]
    assert respuesta.por_leer
    assert servicio.leer(OTRA, [respuesta.por_leer]) == 0
    assert servicio.leer(AURA, [respuesta.por_leer, "SM" + "0" * 32]) == 1
    assert base.filas("select estado from historial_conversaciones where tipo = 'respuesta'") == [("leido",)]
    assert servicio.mirar_telefono(AURA, VISITA, MODULOS).burbujas[-1].por_leer == ""


def test_una_nora_sin_numero_no_tiene_adonde_escribir(base, servida):
    nora = guardar_nora(AURA, numero_nora=None)
    for hacer in (lambda: servicio.escribir(nora, VISITA, Recado("hola")), lambda: servicio.falsificar(nora, VISITA)):
        with pytest.raises(servicio.SinNumero):
            hacer()


def test_si_nuestra_direccion_no_contesta_se_dice(base, servida, app):
    config.fijar(servida.model_copy(update={"puerto": 1}))
    resultado = escribir()
    assert (resultado.http, resultado.salio_como_debia) == (0, False)
    assert "no contesta" in resultado.texto
    assert servicio.falsificar(obtener_nora(AURA), VISITA).salio_como_debia is False


def test_un_numero_nuevo_nunca_ha_escrito(base, monkeypatch):
    repetido, libre = "12015550100", "12015550101"
    fabricas.contacto(telefono=f"+{repetido}")
    salen = iter([repetido, repetido, libre])
    monkeypatch.setattr(servicio, "inventar_cifras", lambda _azar: next(salen))
    assert servicio.inventar_personaje(AURA) == libre


def test_una_foto_del_telefono_llega_con_su_archivo_y_se_ve_en_los_dos_lados(base, servida):
    assert servicio.escribir(obtener_nora(AURA), VISITA, ATAJOS["foto"][1]).salio_como_debia
    (tomado,) = todas_las_noras_reclamar_archivos(4, 60)
    assert adjuntos.traer(tomado) == "listo"
    (burbuja,) = servicio.mirar_telefono(AURA, VISITA, MODULOS).burbujas
    assert (burbuja.figura, burbuja.texto, burbuja.archivo_id) == ("imagen", "¿Tienen esta taza?", tomado.id)
    archivo = servicio.obtener_archivo_del_telefono(AURA, VISITA, tomado.id)
    assert archivos.abrir(archivo.ruta) == MUESTRAS["foto"].hacer()
    with pytest.raises(NoEncontrado):
        servicio.obtener_archivo_del_telefono(AURA, DE_EJEMPLO[0], tomado.id)
    with pytest.raises(NoEncontrado):
        servicio.obtener_archivo_del_telefono(OTRA, VISITA, tomado.id)
