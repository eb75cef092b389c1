"""El oficio de enviar: ritmo por número, ventana, cortacircuitos y lo que se repite, contra un Twilio con memoria."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from registro import bitacora
from registro.almacen import AlmacenCaido, ruta_nueva
from sql.modelos import conversaciones, envios, interruptores
from sql.modelos.archivos import crear_archivo_saliente
from sql.modelos.contactos import obtener_contacto
from sql.modelos.envios import PorEnviar, todas_las_noras_reclamar_por_enviar
from sql.modelos.mensajes import crear_saliente, obtener_mensaje
from sql.modelos.remitentes import guardar_remitente
from sql.modelos.webhooks import todas_las_noras_anotar_estado
from tests import fabricas
from tests.base import Base
from tests.dobles.twilio import DobleDeTwilio
from tests.fabricas import CUENTA
from tests.personas import AURA, NUMEROS, OTRA
from tests.webhook.conftest import MariaEscribe
from webhook import canal, despacho, estados

NORA, MARIA = f"whatsapp:{NUMEROS[AURA]}", "whatsapp:+5215512345678"
Publicar = Callable[..., TestResponse]


@pytest.fixture
def hilo(maria_escribe: MariaEscribe) -> int:
    """La conversación con María."""
    maria_escribe("hola")
    return conversaciones.listar_hilos(AURA)[0].conversacion.id


def _hilos(cuantos: int, nombre_nora: str = AURA) -> list[int]:
    ahora = fabricas.ahora()
    return [fabricas.conversacion(nombre_nora=nombre_nora, ultimo_entrante_en=ahora).id for _ in range(cuantos)]


def _aviso(publicar: Publicar, mensaje_id: int, sid: str, estado: str, codigo: str = "", intento: int = 1) -> None:
    parametros = {"MessageSid": sid, "MessageStatus": estado, "AccountSid": CUENTA, "From": NORA, "To": MARIA}
    parametros |= {"ErrorCode": codigo} if codigo else {}
    assert publicar(f"/webhook/estado?i={mensaje_id}&a={intento}", parametros).status_code == 204


def _tomar(limite: int = 16) -> list[PorEnviar]:
    return todas_las_noras_reclamar_por_enviar(limite)


def test_el_ritmo_de_un_numero_se_reparte_en_huecos_y_no_se_adelanta(app) -> None:
    guardar_remitente(AURA, por_segundo=10)
    for conversacion in _hilos(8):
        canal.enviar(AURA, conversacion, "hola")
    tomados: list[PorEnviar] = []
    while len(tomados) < 8:
        tomados += _tomar()
    huecos = [envio.salir_en for envio in tomados]
    assert all((b - a).total_seconds() >= 0.1 for a, b in itertools.pairwise(huecos))
    adelantos = [(envio.salir_en - envio.tomado_en).total_seconds() for envio in tomados]
    assert max(adelantos) <= despacho.ADELANTO_SEGUNDOS, "nadie toma lo que aún no puede salir"


def test_el_numero_de_pruebas_de_twilio_manda_uno_cada_tres_segundos(app, base: Base) -> None:
    for conversacion in _hilos(2):
        conversaciones.cambiar_conversacion(AURA, conversacion, remitente="whatsapp:+14155238886")
        canal.enviar(AURA, conversacion, "hola")
    assert len(_tomar()) == 1
    assert 2.5 < (envios.todas_las_noras_segundos_hasta_el_proximo_envio() or 0) < 3.1
    assert base.filas("select count(*) from historial_conversaciones where estado = 'listo'") == [(1,)]


def test_el_ritmo_de_un_numero_no_frena_a_otro_ni_a_lo_simulado(app) -> None:
    guardar_remitente(AURA, por_segundo=0.1)
    for conversacion in _hilos(5):
        canal.enviar(AURA, conversacion, "hola")
    (otro,) = _hilos(1, OTRA)
    canal.enviar(OTRA, otro, "hola")
    _tomar(1)
    assert {envio.nombre_nora for envio in _tomar()} == {OTRA}
    for envio in _hilos(3):
        canal.enviar(AURA, envio, "simulado")
    simulados = todas_las_noras_reclamar_por_enviar(16, cuenta_simulada=CUENTA)
    assert simulados == [], "el hueco del número ya está dado: nadie se lo salta"


def test_dos_trabajadores_no_pasan_juntos_del_ritmo(app, twilio: DobleDeTwilio) -> None:
    guardar_remitente(AURA, por_segundo=20)
    for conversacion in _hilos(30):
        canal.enviar(AURA, conversacion, "hola")
    parar = threading.Event()
    oficios = [threading.Thread(target=despacho.enviar_sin_parar, args=(parar,)) for _ in range(2)]
    empezo = time.monotonic()
    for oficio in oficios:
        oficio.start()
    try:
        while len(twilio.aceptados) < 30 and time.monotonic() - empezo < 20:
            time.sleep(0.02)
    finally:
        tardo = time.monotonic() - empezo
        parar.set()
        for oficio in oficios:
            oficio.join(10)
    assert len(twilio.aceptados) == 30
    assert tardo >= 29 / 20, "treinta a veinte por segundo no caben en menos"


def test_fuera_de_la_ventana_no_se_llama_a_twilio_y_se_dice_la_salida(hilo: int, twilio: DobleDeTwilio, base: Base) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "¿Sigues ahí?")
    base.duena.execute("update conversaciones set ventana_hasta = now() + interval '30 seconds'")
    (envio,) = _tomar()
    assert (envio.impedimento, despacho.despachar(envio)) == ("ventana", "fallido")
    mensaje = obtener_mensaje(AURA, mensaje_id)
    assert (mensaje.codigo_error, twilio.peticiones) == ("ventana", 0)
    assert "plantilla" in (mensaje.motivo_error or "")


def test_una_plantilla_sale_con_la_ventana_cerrada_sin_cuerpo_y_con_sus_variables(hilo: int, twilio: DobleDeTwilio, base: Base) -> None:
    base.duena.execute("update conversaciones set ventana_hasta = now() - interval '3 days'")
    crear_saliente(
        AURA,
        hilo,
        "Hola María",
        origen="persona",
        telefono=None,
        content_sid="HX" + "a" * 32,
        variables={"1": "María"},
        categoria="utilidad",
    )
    (envio,) = _tomar()
    assert despacho.despachar(envio) == "enviado"
    (aceptado,) = twilio.aceptados
    assert aceptado["content_sid"] == "HX" + "a" * 32
    assert '"María"' in aceptado["content_variables"]


def test_quien_llega_por_un_anuncio_y_recibe_respuesta_tiene_72_horas(
    maria_escribe: MariaEscribe, twilio: DobleDeTwilio, base: Base
) -> None:
    maria_escribe("Vi su anuncio", ReferralSourceId="120200000000000001", ReferralSourceType="ad", ReferralHeadline="Pasteles")
    horas = "select round(extract(epoch from ventana_hasta - anuncio_en) / 3600)::int from conversaciones"
    assert base.filas(horas) == [(24,)]
    (mensaje_id,) = canal.enviar(AURA, conversaciones.listar_hilos(AURA)[0].conversacion.id, "¡Hola!")
    despacho.despachar(_tomar()[0])
    assert base.filas(horas) == [(72,)]
    assert obtener_mensaje(AURA, mensaje_id).por_anuncio


def test_si_se_respondio_tarde_el_anuncio_no_alarga_la_ventana(maria_escribe: MariaEscribe, twilio: DobleDeTwilio, base: Base) -> None:
    maria_escribe("Vi su anuncio", ReferralSourceId="1", ReferralSourceType="ad")
    base.duena.execute("update conversaciones set anuncio_en = now() - interval '25 hours', ventana_hasta = now() + interval '1 hour'")
    (mensaje_id,) = canal.enviar(AURA, conversaciones.listar_hilos(AURA)[0].conversacion.id, "¡Hola!")
    despacho.despachar(_tomar()[0])
    assert base.filas("select ventana_hasta < now() + interval '2 hours' from conversaciones") == [(True,)]
    assert not obtener_mensaje(AURA, mensaje_id).por_anuncio


def test_con_cinco_averias_seguidas_se_deja_de_llamar_y_se_prueba_con_uno(twilio: DobleDeTwilio, base: Base) -> None:
    ids = [canal.enviar(AURA, hilo, "hola")[0] for hilo in _hilos(8)]
    twilio.averias.extend(["500_antes"] * 5)
    for _ in range(5):
        despacho.despachar(_tomar(1)[0])
    (corte,) = interruptores.todas_las_noras_listar_interruptores()
    assert (corte.estado, corte.fallos, corte.nombre_nora) == ("abierto", 5, AURA)
    assert _tomar() == [], "con el corte abierto no se toma nada de esa Nora"
    bitacora.vaciar()
    assert base.filas("select count(*) from logs_errores where origen like '%%corte'") == [(1,)]
    base.duena.execute("update interruptores set abierto_hasta = now()")
    (prueba,) = _tomar()
    assert _tomar() == [], "sólo pasa uno a probar"
    assert despacho.despachar(prueba) == "enviado"
    assert interruptores.todas_las_noras_listar_interruptores()[0].estado == "cerrado"
    assert {envio.mensaje_id for envio in _tomar()} <= set(ids)


def test_unas_credenciales_malas_cortan_al_primer_intento_y_no_matan_ningun_mensaje(hilo: int, twilio: DobleDeTwilio, base: Base) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    twilio.averias.append("401")
    assert despacho.despachar(_tomar()[0]) == "listo"
    assert (_tomar(), interruptores.todas_las_noras_listar_interruptores()[0].estado) == ([], "abierto")
    base.duena.execute("update interruptores set abierto_hasta = now()")
    assert despacho.despachar(_tomar()[0]) == "enviado"
    assert obtener_mensaje(AURA, mensaje_id).estado == "enviado"


def test_el_corte_de_una_nora_no_toca_a_las_demas(app) -> None:
    interruptores.anotar_fallo(AURA, "twilio", "caído", cortar_ya=True)
    for nora in (AURA, OTRA):
        canal.enviar(nora, _hilos(1, nora)[0], "hola")
    assert [envio.nombre_nora for envio in _tomar()] == [OTRA]


@pytest.mark.parametrize("codigo", ["21610", "63014"])
def test_quien_se_dio_de_baja_en_twilio_queda_de_baja_aqui(hilo: int, twilio: DobleDeTwilio, codigo: str) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    twilio.averias.append(f"codigo:{codigo}")
    assert despacho.despachar(_tomar()[0]) == "fallido"
    contacto = obtener_contacto(AURA, conversaciones.obtener_conversacion(AURA, hilo).contacto_id)
    assert (contacto.baja_origen, obtener_mensaje(AURA, mensaje_id).codigo_error) == ("twilio", codigo)


def test_lo_que_falla_tarde_por_algo_pasajero_se_repite_y_el_sid_viejo_ya_no_manda(
    hilo: int, twilio: DobleDeTwilio, base: Base, publicar: Publicar
) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    despacho.despachar(_tomar()[0])
    viejo = twilio.aceptados[0]["sid"]
    _aviso(publicar, mensaje_id, viejo, "failed", "63012")
    mensaje = obtener_mensaje(AURA, mensaje_id)
    assert (mensaje.estado, mensaje.message_sid, mensaje.sids_anteriores) == ("listo", None, [viejo])
    _aviso(publicar, mensaje_id, viejo, "undelivered", "63012")
    assert obtener_mensaje(AURA, mensaje_id).estado == "listo", "un aviso del intento viejo no toca el nuevo"
    base.duena.execute("update historial_conversaciones set revisar_en = null where estado = 'listo'")
    assert despacho.despachar(_tomar()[0]) == "enviado"
    assert obtener_mensaje(AURA, mensaje_id).message_sid == twilio.aceptados[1]["sid"]


def test_no_se_repite_si_quedaria_fuera_de_orden_ni_sin_fin(hilo: int, twilio: DobleDeTwilio, publicar: Publicar) -> None:
    (primero,) = canal.enviar(AURA, hilo, "uno")
    despacho.despachar(_tomar()[0])
    canal.enviar(AURA, hilo, "dos")
    despacho.despachar(_tomar()[0])
    _aviso(publicar, primero, twilio.aceptados[0]["sid"], "failed", "63012")
    mensaje = obtener_mensaje(AURA, primero)
    assert (mensaje.estado, mensaje.codigo_error) == ("fallido", "63012")
    assert "Se reintenta" in (mensaje.motivo_error or "")


def test_diez_clics_en_reintentar_son_un_envio(hilo: int, twilio: DobleDeTwilio) -> None:
    twilio.averias.append("codigo:63005")
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    despacho.despachar(_tomar()[0])
    hechos: list[bool] = []
    clics = [threading.Thread(target=lambda: hechos.append(canal.reintentar(AURA, mensaje_id))) for _ in range(10)]
    for clic in clics:
        clic.start()
    for clic in clics:
        clic.join()
    assert sorted(hechos) == [False] * 9 + [True]
    assert despacho.despachar(_tomar()[0]) == "enviado"
    assert (_tomar(), len(twilio.aceptados)) == ([], 1)


def test_dos_identificadores_para_una_intencion_se_avisan(hilo: int, twilio: DobleDeTwilio, base: Base, publicar: Publicar) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    despacho.despachar(_tomar()[0])
    _aviso(publicar, mensaje_id, "SM" + "9" * 32, "sent")
    bitacora.vaciar()
    assert base.filas("select count(*) from logs_errores where descripcion like '%%salió dos veces%%'") == [(1,)]
    assert obtener_mensaje(AURA, mensaje_id).message_sid == twilio.aceptados[0]["sid"]


def test_lo_que_alguien_comprobo_deja_de_estar_sin_confirmar(hilo: int, base: Base) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    assert not canal.dar_por_enviado(AURA, mensaje_id)
    base.duena.execute("update historial_conversaciones set estado = 'fallido', codigo_error = 'sin_confirmar' where id = %s", [mensaje_id])
    assert canal.dar_por_enviado(AURA, mensaje_id)
    assert obtener_mensaje(AURA, mensaje_id).estado == "enviado"


def test_un_texto_largo_sale_en_orden_y_una_sola_vez(hilo: int, twilio: DobleDeTwilio) -> None:
    texto = "Esta es una frase de prueba. " * 120
    ids = canal.enviar(AURA, hilo, texto, clave_cliente="larga-1")
    assert canal.enviar(AURA, hilo, texto, clave_cliente="larga-1") == ids
    assert len(ids) == 3
    while tomados := _tomar():
        despacho.despachar(tomados[0])
    assert "".join(m["body"] for m in twilio.aceptados).replace(" ", "") == texto.replace(" ", "")


def test_quien_firma_por_otra_nora_no_toca_un_envio_ajeno(hilo: int, twilio: DobleDeTwilio, publicar: Publicar, base: Base) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    despacho.despachar(_tomar()[0])
    ajeno = {"MessageSid": twilio.aceptados[0]["sid"], "MessageStatus": "failed", "ErrorCode": "63014", "AccountSid": CUENTA}
    for de, para in ((f"whatsapp:{NUMEROS[OTRA]}", MARIA), (NORA, "whatsapp:+5215500000000")):
        assert publicar(f"/webhook/estado?i={mensaje_id}&a=1", ajeno | {"From": de, "To": para}).status_code == 204
    assert obtener_mensaje(AURA, mensaje_id).estado == "enviado"
    assert base.filas("select count(*) from contactos where baja_en is not null") == [(0,)]


def test_un_aviso_ajeno_guardado_antes_de_confirmar_tampoco_cuenta(hilo: int, publicar: Publicar) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    (envio,) = _tomar()
    un_sid = fabricas.sid()
    ajeno = {"MessageSid": un_sid, "MessageStatus": "failed", "AccountSid": CUENTA, "From": f"whatsapp:{NUMEROS[OTRA]}", "To": MARIA}
    publicar("/webhook/estado", ajeno)
    assert despacho.confirmar(AURA, envio.mensaje_id, un_sid) == "enviado"
    assert obtener_mensaje(AURA, mensaje_id).estado == "enviado"


def test_un_fallo_que_luego_resulta_entregado_no_se_repite(hilo: int, twilio: DobleDeTwilio, publicar: Publicar, base: Base) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    despacho.despachar(_tomar()[0])
    un_sid = twilio.aceptados[0]["sid"]
    _aviso(publicar, mensaje_id, un_sid, "failed", "63012")
    assert obtener_mensaje(AURA, mensaje_id).estado == "listo"
    _aviso(publicar, mensaje_id, un_sid, "delivered")
    base.duena.execute("update historial_conversaciones set revisar_en = null where estado = 'listo'")
    mensaje = obtener_mensaje(AURA, mensaje_id)
    assert (mensaje.estado, mensaje.message_sid, mensaje.sids_anteriores, _tomar()) == ("entregado", un_sid, [], [])


def test_si_el_repetido_ya_salia_cuando_llego_la_entrega_se_avisa(hilo: int, twilio: DobleDeTwilio, publicar: Publicar, base: Base) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    despacho.despachar(_tomar()[0])
    un_sid = twilio.aceptados[0]["sid"]
    _aviso(publicar, mensaje_id, un_sid, "failed", "63012")
    base.duena.execute("update historial_conversaciones set revisar_en = null where estado = 'listo'")
    despacho.despachar(_tomar()[0])
    _aviso(publicar, mensaje_id, un_sid, "delivered")
    bitacora.vaciar()
    assert base.filas("select count(*) from logs_errores where descripcion like '%%salió dos veces%%'") == [(1,)]


def test_lo_viejo_no_se_repite_solo(hilo: int, twilio: DobleDeTwilio, publicar: Publicar, base: Base) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "Tu cita es mañana")
    despacho.despachar(_tomar()[0])
    base.duena.execute("update historial_conversaciones set fecha_hora = now() - interval '3 hours' where id = %s", [mensaje_id])
    _aviso(publicar, mensaje_id, twilio.aceptados[0]["sid"], "failed", "63012")
    assert obtener_mensaje(AURA, mensaje_id).estado == "fallido"


def test_lo_que_se_sabe_al_conciliar_no_se_repite(hilo: int, twilio: DobleDeTwilio) -> None:
    (mensaje_id,) = canal.enviar(AURA, hilo, "hola")
    despacho.despachar(_tomar()[0])
    aviso = {"MessageSid": twilio.aceptados[0]["sid"], "MessageStatus": "failed", "ErrorCode": "63012", "AccountSid": CUENTA}
    estados.anotar({n: [v] for n, v in (aviso | {"From": NORA, "To": MARIA}).items()}, "", None, via="conciliacion")
    assert obtener_mensaje(AURA, mensaje_id).estado == "fallido"


def test_la_baja_de_twilio_se_anota_en_la_misma_transaccion_que_el_fallo(hilo: int, twilio: DobleDeTwilio, base: Base) -> None:
    canal.enviar(AURA, hilo, "hola")
    despacho.despachar(_tomar()[0])
    todas_las_noras_anotar_estado(
        {
            "message_sid": twilio.aceptados[0]["sid"],
            "estado": "failed",
            "codigo_error": "63014",
            "motivo_error": "La persona bloqueó este número.",
            "remitente": NORA,
            "direccion": MARIA,
            "parametros": {"AccountSid": CUENTA},
        }
    )
    assert base.filas("select baja_origen from contactos where baja_en is not null") == [("twilio",)]


def test_quien_toma_el_hilo_calla_la_respuesta_de_la_ia_que_esperaba(hilo: int, twilio: DobleDeTwilio) -> None:
    de_la_ia, _ = crear_saliente(AURA, hilo, "Abrimos a las nueve", origen="ia", telefono=None)
    conversaciones.cambiar_conversacion(AURA, hilo, modo="persona", atendida_por=1)
    canal.enviar(AURA, hilo, "Hola, soy Ana")
    while tomados := _tomar():
        despacho.despachar(tomados[0])
    assert [m["body"] for m in twilio.aceptados] == ["Hola, soy Ana"]
    callado = obtener_mensaje(AURA, de_la_ia)
    assert (callado.estado, callado.codigo_error) == ("cancelado", "relevo")


def test_el_aviso_de_que_pasa_a_una_persona_si_sale(hilo: int, twilio: DobleDeTwilio) -> None:
    crear_saliente(AURA, hilo, "Te paso con una persona", origen="ia", telefono=None)
    conversaciones.cambiar_conversacion(AURA, hilo, modo="persona", atendida_por=None, necesita_persona=True)
    assert despacho.despachar(_tomar()[0]) == "enviado"


def test_con_el_almacen_caido_consta_que_no_salio_y_se_espera(hilo: int, twilio: DobleDeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    ruta = ruta_nueva(AURA, "application/pdf")
    archivo = crear_archivo_saliente(AURA, ruta=ruta, tipo="application/pdf", nombre="x.pdf", tamano=8, huella="h")
    mensaje_id = canal.enviar_archivo(AURA, hilo, archivo, clase="documento")

    def caido(*_: object, **__: object) -> str:
        raise AlmacenCaido("no contesta")

    monkeypatch.setattr("registro.archivos.url_firmada", caido)
    assert despacho.despachar(_tomar()[0]) == "listo"
    assert (obtener_mensaje(AURA, mensaje_id).estado, twilio.peticiones) == ("listo", 0)


def test_una_cola_larga_no_deja_a_las_demas_noras_sin_turno(app) -> None:
    for conversacion in _hilos(30):
        canal.enviar(AURA, conversacion, "hola")
    canal.enviar(OTRA, _hilos(1, OTRA)[0], "hola")
    assert OTRA in {envio.nombre_nora for envio in todas_las_noras_reclamar_por_enviar(4)}
