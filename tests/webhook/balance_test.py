"""La comparación entera con Twilio: lo que faltaba entra, lo dudoso se aclara, lo ajeno y lo que no deja rastro se cuenta."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registro import bitacora
from sql.modelos.balance import Dudoso, Saliente
from sql.modelos.conciliaciones import (
    Conciliacion,
    buscar_ultima_conciliacion,
    pedir_conciliacion,
    todas_las_noras_tomar_conciliacion,
)
from sql.modelos.mensajes import obtener_mensaje
from sql.modelos.noras import guardar_nora, obtener_nora
from sql.modelos.simulador import aceptar_envio
from tests import fabricas
from tests.base import Base
from tests.dobles.twilio import DobleDeTwilio
from tests.fabricas import CUENTA
from tests.personas import AURA, NUMEROS
from tests.webhook.conftest import MariaEscribe
from webhook import balance, estados
from webhook.balance import emparejar, esta_atrasado
from webhook.balance_pedido import ayer_de, frase, hacer, pedir_la_de_anoche, pedir_ultimos_dias
from webhook.listado_twilio import Visto

NORA, MARIA = f"whatsapp:{NUMEROS[AURA]}", "whatsapp:+5215512345678"
HORA = dt.timedelta(hours=1)
_numeros = itertools.count(1)


def _ahora() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def ayer(twilio: DobleDeTwilio) -> dt.datetime:
    """La hora del Twilio de mentira: hace tres horas, en segundos enteros."""
    hora = _ahora().replace(microsecond=0) - 3 * HORA
    twilio.reloj = twilio.libro.reloj = lambda: hora
    return hora


def _correr() -> Conciliacion:
    """Pide la de las últimas 24 horas, la hace y la devuelve."""
    assert pedir_ultimos_dias(AURA, 1, "Diego", _ahora()) is not None
    tomada = todas_las_noras_tomar_conciliacion()
    assert tomada is not None
    hacer(tomada)
    hecha = buscar_ultima_conciliacion(AURA)
    assert hecha is not None
    return hecha


def _saliente(hora: dt.datetime, *, sid: str | None, estado: str = "enviado", texto: str = "¡Hola!", **campos: Any) -> int:
    """Un envío nuestro de esa hora; devuelve su id."""
    valores = {"enviado_a": MARIA, "enviado_desde": NORA, "enviado_por": CUENTA, "reclamado_en": hora, "fecha_hora": hora}
    rango = {"enviado": 2, "fallido": 5, "entregado": 6, "leido": 7}.get(estado, 0)
    cambios: dict[str, Any] = valores | {"enviado_en": hora if sid else None, "rango": rango} | campos
    return fabricas.mensaje(texto=texto, tipo="respuesta", message_sid=sid, estado=estado, **cambios).id


def _en_twilio(twilio: DobleDeTwilio, texto: str = "¡Hola!", estado: str = "sent", codigo: str | None = None) -> str:
    """Un envío que Twilio tiene."""
    mensaje = twilio.libro.anotar(CUENTA, {"to": MARIA, "from": NORA, "body": texto})
    twilio.libro.mover(mensaje, estado, codigo)
    return str(mensaje["sid"])


def test_todo_cuadra_y_lo_dice(twilio: DobleDeTwilio, ayer: dt.datetime, maria_escribe: MariaEscribe) -> None:
    maria_escribe("hola", MessageSid=twilio.escribir(MARIA, NORA, "hola", entregar=False))
    _saliente(ayer, sid=_en_twilio(twilio), rango=3)
    hecha = _correr()
    assert (hecha.estado, hecha.en_twilio, hecha.nuestros, hecha.entrantes_perdidos) == ("hecha", 2, 2, 0)
    assert frase(hecha) == "0 perdidos de 2"
    hecha.en_twilio = 12_431
    assert frase(hecha) == "0 perdidos de 12,431"


def test_lo_que_falta_entra_por_el_camino_de_siempre_y_repetir_no_cambia_nada(twilio: DobleDeTwilio, ayer: dt.datetime, base: Base) -> None:
    for texto in ("uno", "dos"):
        twilio.escribir(MARIA, NORA, texto, entregar=False)
    hecha = _correr()
    assert (hecha.entrantes_perdidos, hecha.entrantes_recuperados, hecha.perdidos) == (2, 2, 0)
    assert base.filas("select mensaje from historial_conversaciones order by id") == [("uno",), ("dos",)]
    otra = _correr()
    assert (otra.entrantes_perdidos, otra.nuestros, otra.en_twilio) == (0, 2, 2)


def test_lo_enviado_fuera_de_aqui_es_ajeno_y_se_enseña(twilio: DobleDeTwilio, ayer: dt.datetime) -> None:
    sid = _en_twilio(twilio, "desde otro programa")
    hecha = _correr()
    assert (hecha.salientes_ajenos, hecha.nuestros, hecha.detalle["salientes_ajenos"]) == (1, 0, [sid])


def test_un_envio_sin_dueno_que_es_un_dudoso_lo_aclara(twilio: DobleDeTwilio, ayer: dt.datetime) -> None:
    dudoso = _saliente(ayer, sid=None, estado="por_confirmar", texto="¿Te espero?")
    sid = _en_twilio(twilio, "¿Te espero?", "delivered")
    hecha = _correr()
    mensaje = obtener_mensaje(AURA, dudoso)
    assert (mensaje.estado, mensaje.message_sid) == ("entregado", sid)
    assert (hecha.salientes_ajenos, hecha.nuestros, hecha.estados_corregidos) == (0, 1, 1)


def test_lo_que_se_dio_por_no_confirmado_tambien_se_aclara(twilio: DobleDeTwilio, ayer: dt.datetime) -> None:
    dudoso = _saliente(ayer, sid=None, estado="fallido", texto="¿Vienes?", codigo_error="sin_confirmar", rango=1)
    _en_twilio(twilio, "¿Vienes?", "read")
    _correr()
    assert obtener_mensaje(AURA, dudoso).estado == "leido"


def test_los_estados_atrasados_avanzan_y_ninguno_retrocede(twilio: DobleDeTwilio, ayer: dt.datetime) -> None:
    atrasado = _saliente(ayer, sid=_en_twilio(twilio, estado="read"))
    adelantado = _saliente(ayer, sid=_en_twilio(twilio, estado="sent"), estado="leido")
    fallido = _saliente(ayer, sid=_en_twilio(twilio, estado="failed", codigo="63016"))
    hecha = _correr()
    assert [obtener_mensaje(AURA, m).estado for m in (atrasado, adelantado, fallido)] == ["leido", "leido", "fallido"]
    assert "24 horas" in (obtener_mensaje(AURA, fallido).motivo_error or "")
    assert hecha.estados_corregidos == 2


def test_lo_nuestro_que_twilio_no_tiene_se_dice_con_su_salida(twilio: DobleDeTwilio, ayer: dt.datetime, base: Base) -> None:
    _saliente(ayer, sid="SM" + "e" * 32)
    hecha = _correr()
    assert (hecha.salientes_sin_rastro, hecha.detalle["salientes_sin_rastro"]) == (1, ["SM" + "e" * 32])
    bitacora.vaciar()
    [(que,)] = base.filas("select descripcion from logs_errores")
    assert "Twilio no tiene 1 de los envíos" in str(que)


def test_el_sid_de_un_intento_anterior_no_es_ajeno(twilio: DobleDeTwilio, ayer: dt.datetime) -> None:
    primero, segundo = _en_twilio(twilio, estado="failed"), _en_twilio(twilio)
    _saliente(ayer, sid=segundo, sids_anteriores=[primero])
    hecha = _correr()
    assert (hecha.salientes_ajenos, hecha.nuestros) == (0, 2)


def test_solo_se_cuenta_lo_del_rango(twilio: DobleDeTwilio, ayer: dt.datetime) -> None:
    twilio.libro.reloj = lambda: ayer - 30 * HORA
    twilio.escribir(MARIA, NORA, "de antier", entregar=False)
    twilio.libro.reloj = _ahora
    twilio.escribir(MARIA, NORA, "entrando ahora", entregar=False)
    assert _correr().en_twilio == 0


def test_con_twilio_caido_queda_fallida_con_su_motivo_y_se_puede_pedir_otra(twilio: DobleDeTwilio, ayer: dt.datetime) -> None:
    twilio.listado_caido = True
    hecha = _correr()
    assert (hecha.estado, hecha.motivo) == ("fallida", "Twilio contestó 503")
    twilio.listado_caido = False
    assert _correr().estado == "hecha"


def test_una_nora_no_tiene_dos_a_la_vez_y_la_abandonada_la_sigue_otro(app: Flask, base: Base) -> None:
    rango = (_ahora() - HORA, _ahora())
    primera = pedir_conciliacion(AURA, *rango, "Diego")
    assert pedir_conciliacion(AURA, *rango, "Diego") is None
    tomada = todas_las_noras_tomar_conciliacion()
    assert tomada is not None
    assert tomada.id == primera
    assert todas_las_noras_tomar_conciliacion() is None, "mientras avanza es de quien la tomó"
    base.duena.execute("update conciliaciones set arriendo_hasta = now() - interval '1 second'")
    de_nuevo = todas_las_noras_tomar_conciliacion()
    assert de_nuevo is not None
    assert de_nuevo.id == primera


def test_la_de_noche_es_el_dia_de_ayer_de_cada_nora(twilio: DobleDeTwilio) -> None:
    guardar_nora(AURA, zona_horaria="America/Mexico_City")
    ahora = dt.datetime(2026, 11, 23, 9, 10, tzinfo=dt.UTC)
    desde, hasta = ayer_de(obtener_nora(AURA), ahora)
    assert (desde, hasta.replace(microsecond=0)) == (
        dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 23, 5, 59, 59, tzinfo=dt.UTC),
    )
    assert pedir_la_de_anoche() == 2
    assert pedir_la_de_anoche() == 0


def test_el_whatsapp_simulado_tambien_se_concilia(app: Flask) -> None:
    ajustes = app.extensions["ajustes"]
    sid = fabricas.sid()
    aceptar_envio(AURA, sid, para=MARIA, de=NORA, cuerpo="¡Hola!", aviso_url="")
    _saliente(_ahora() - HORA, sid=sid, enviado_por=ajustes.cuenta_demo)
    assert pedir_conciliacion(AURA, _ahora() - 2 * HORA, _ahora() + HORA, "Diego") is not None
    tomada = todas_las_noras_tomar_conciliacion()
    assert tomada is not None
    assert hacer(tomada)
    hecha = buscar_ultima_conciliacion(AURA)
    assert hecha is not None
    assert (hecha.en_twilio, hecha.nuestros, hecha.salientes_sin_rastro) == (1, 1, 0)


def _dudoso(mensaje_id: int, texto: str, hora: dt.datetime) -> Dudoso:
    return Dudoso(mensaje_id, texto, None, MARIA, NORA, hora)


def test_ante_dos_posibles_no_se_adivina() -> None:
    hora = _ahora()
    visto = Visto("SM1", NORA, MARIA, "hola", "sent", hora)
    gemelo = Visto("SM2", NORA, MARIA, "hola", "sent", hora)
    assert emparejar([_dudoso(1, "hola", hora)], [visto]) == {1: visto}
    assert emparejar([_dudoso(1, "hola", hora)], [visto, gemelo]) == {}
    assert emparejar([_dudoso(1, "hola", hora), _dudoso(2, "hola", hora)], [visto]) == {}
    assert emparejar([_dudoso(1, "hola", hora + HORA)], [visto]) == {}, "se hizo antes de tomarlo: es otro"


@pytest.mark.parametrize(
    ("rango", "estado", "esperado"),
    [
        (2, "sent", True),
        (3, "sent", False),
        (2, "failed", True),
        (5, "failed", False),
        (5, "delivered", True),
        (6, "failed", False),
        (6, "delivered", False),
        (6, "read", True),
        (7, "delivered", False),
        (0, "receiving", False),
    ],
)
def test_solo_avanza_lo_que_va_por_detras(rango: int, estado: str, esperado: bool) -> None:
    assert esta_atrasado(Saliente(1, "SM1", "enviado", rango), estado) is esperado


@pytest.mark.parametrize(
    ("antes", "en_twilio", "queda"),
    [("entregado", "read", "leido"), ("fallido", "delivered", "entregado"), ("fallido", "read", "leido"), ("leido", "failed", "leido")],
)
def test_el_ultimo_aviso_perdido_se_repara(twilio: DobleDeTwilio, ayer: dt.datetime, antes: str, en_twilio: str, queda: str) -> None:
    mensaje_id = _saliente(ayer, sid=_en_twilio(twilio, estado=en_twilio), estado=antes)
    hecha = _correr()
    assert (obtener_mensaje(AURA, mensaje_id).estado, hecha.estados_corregidos) == (queda, int(antes != queda))


def test_lo_que_corrige_la_conciliacion_lo_dice_al_anotarlo(
    twilio: DobleDeTwilio, ayer: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    vias, de_verdad = [], estados.anotar

    def anotar(*argumentos: Any, **campos: Any) -> Any:
        vias.append(campos.get("via"))
        return de_verdad(*argumentos, **campos)

    monkeypatch.setattr(estados, "anotar", anotar)
    _saliente(ayer, sid=_en_twilio(twilio, estado="read"))
    _saliente(ayer, sid=None, estado="por_confirmar", texto="¿Te espero?")
    _en_twilio(twilio, "¿Te espero?", "delivered")
    assert _correr().estados_corregidos == 2
    assert vias == ["conciliacion", "conciliacion"]


CASOS = st.lists(
    st.tuples(
        st.sampled_from(["entrante_con_nosotros", "entrante_perdido", "nuestro", "ajeno", "sin_rastro", "dudoso"]),
        st.sampled_from(["sent", "delivered", "read", "failed"]),
        st.integers(0, 20 * 3600),
    ),
    max_size=14,
)


@given(casos=CASOS, paginas=st.sampled_from([1, 3, 1000]))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_tras_una_pasada_no_falta_nada_y_las_cuentas_salen(
    casos: list[tuple[str, str, int]], paginas: int, twilio: DobleDeTwilio, maria_escribe: MariaEscribe, base: Base
) -> None:
    base.vaciar()
    base.sembrar()
    cuentas = dict.fromkeys(["entrante_con_nosotros", "entrante_perdido", "nuestro", "ajeno", "sin_rastro", "dudoso"], 0)
    twilio.libro = type(twilio.libro)(_ahora)
    # Cada caso en su minuto, de más viejo a más nuevo, como los anota Twilio.
    for clase, estado, hace in sorted(casos, key=lambda caso: -caso[2]):
        hora = _ahora().replace(microsecond=0) - HORA - dt.timedelta(seconds=hace)
        twilio.libro.reloj = lambda hora=hora: hora  # type: ignore[misc]
        _poner(clase, estado, hora, twilio, maria_escribe)
        cuentas[clase] += 1
    with pytest.MonkeyPatch.context() as parche:
        parche.setattr(balance, "PAGINA", paginas)
        hecha, otra = _correr(), _correr()
    assert hecha.estado == "hecha"
    assert hecha.en_twilio == len(casos) - cuentas["sin_rastro"] == hecha.nuestros + hecha.entrantes_perdidos + hecha.salientes_ajenos
    assert (hecha.entrantes_perdidos, hecha.entrantes_recuperados) == (cuentas["entrante_perdido"],) * 2
    assert (hecha.salientes_ajenos, hecha.salientes_sin_rastro) == (cuentas["ajeno"], cuentas["sin_rastro"])
    [(dudosos,)] = base.filas("select count(*) from historial_conversaciones where estado = 'por_confirmar'")
    [(entrantes,)] = base.filas("select count(*) from historial_conversaciones where tipo = 'usuario'")
    assert (dudosos, entrantes) == (0, cuentas["entrante_con_nosotros"] + cuentas["entrante_perdido"])
    assert (otra.entrantes_perdidos, otra.estados_corregidos, otra.en_twilio) == (0, 0, hecha.en_twilio)


def _poner(clase: str, estado: str, hora: dt.datetime, twilio: DobleDeTwilio, maria_escribe: MariaEscribe) -> None:
    texto = f"texto {next(_numeros)}"
    if clase.startswith("entrante"):
        sid = twilio.escribir(MARIA, NORA, texto, entregar=False)
        if clase == "entrante_con_nosotros":
            maria_escribe(texto, MessageSid=sid)
    elif clase == "sin_rastro":
        _saliente(hora, sid=fabricas.sid(), texto=texto)
    else:
        sid = _en_twilio(twilio, texto, estado)
        if clase == "nuestro":
            _saliente(hora, sid=sid, texto=texto)
        elif clase == "dudoso":
            _saliente(hora, sid=None, estado="por_confirmar", texto=texto)
