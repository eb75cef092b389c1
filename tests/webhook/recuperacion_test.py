"""Los avisos que nunca llegaron: Twilio los tiene, se le preguntan y entran una vez, en orden y por el camino de siempre."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from registro import bitacora
from sql.modelos import remitentes
from sql.modelos.interruptores import anotar_fallo
from sql.modelos.latidos import todas_las_noras_listar_latidos, todas_las_noras_segundos_desde_latido
from sql.modelos.noras import guardar_nora
from tests.base import Base
from tests.dobles.twilio import DobleDeTwilio
from tests.personas import AURA, NUMEROS
from tests.webhook.conftest import MariaEscribe
from webhook import recuperacion
from webhook.cliente_twilio import Incierto
from webhook.listado_twilio import Visto, formas_de, leer, siguiente_pagina
from webhook.recuperacion import Memoria, parametros_de, recuperar_de_todas, recuperar_sin_parar

NORA, MARIA = f"whatsapp:{NUMEROS[AURA]}", "whatsapp:+5215512345678"
MINUTO = dt.timedelta(minutes=1)


class Reloj:
    """La hora del doble, que la prueba mueve."""

    def __init__(self) -> None:
        self.ahora = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)

    def __call__(self) -> dt.datetime:
        return self.ahora


@pytest.fixture
def reloj(twilio: DobleDeTwilio) -> Reloj:
    """El reloj del Twilio de mentira: una hora antes de ahora."""
    twilio.reloj = twilio.libro.reloj = reloj = Reloj()
    return reloj


def _ahora() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _historial(base: Base) -> list[Any]:
    return base.filas("select mensaje from historial_conversaciones where tipo = 'usuario' order by id")


def test_media_hora_sin_nosotros_y_quinientos_mensajes_aparecen_una_vez_y_en_orden(twilio: DobleDeTwilio, reloj: Reloj, base: Base) -> None:
    for n in range(500):
        reloj.ahora += dt.timedelta(seconds=3.6)
        twilio.escribir(f"whatsapp:+52155{10000000 + n % 20}", NORA, f"mensaje {n}", entregar=False)
    assert recuperar_de_todas(Memoria(), _ahora()) == 500
    assert _historial(base) == [(f"mensaje {n}",) for n in range(500)]
    assert base.filas("select distinct firma from webhooks_recibidos") == [("conciliacion",)]
    assert recuperar_de_todas(Memoria(), _ahora()) == 0, "repetirlo no cambia nada"
    assert len(_historial(base)) == 500


def test_se_guarda_la_hora_en_que_se_escribio_y_se_avisa_a_la_agencia(twilio: DobleDeTwilio, reloj: Reloj, base: Base) -> None:
    reloj.ahora = reloj.ahora.replace(microsecond=0)
    twilio.escribir(MARIA, NORA, "¿Siguen ahí?", entregar=False)
    recuperar_de_todas(Memoria(), _ahora())
    assert base.filas("select fecha_hora from historial_conversaciones") == [(reloj.ahora,)]
    bitacora.vaciar()
    [(tipo, nora, que)] = base.filas("select tipo, nombre_nora, descripcion from logs_errores")
    assert (tipo, nora) == ("Webhook", AURA)
    assert "Recuperado: 1 mensaje" in str(que)


def test_lo_que_ya_entro_por_el_webhook_no_se_repite(twilio: DobleDeTwilio, reloj: Reloj, maria_escribe: MariaEscribe, base: Base) -> None:
    sid = twilio.escribir(MARIA, NORA, "hola", entregar=False)
    assert maria_escribe("hola", MessageSid=sid).status_code == 200
    assert recuperar_de_todas(Memoria(), _ahora()) == 0
    assert _historial(base) == [("hola",)]


def test_lo_que_esta_entrando_ahora_mismo_no_es_una_perdida(twilio: DobleDeTwilio, base: Base) -> None:
    twilio.escribir(MARIA, NORA, "recién escrito", entregar=False)
    memoria = Memoria()
    assert recuperar_de_todas(memoria, _ahora()) == 0
    assert _historial(base) == []
    assert recuperar_de_todas(memoria, _ahora() + 2 * MINUTO) == 1


def test_los_archivos_vienen_con_la_direccion_que_habria_mandado_twilio(twilio: DobleDeTwilio, reloj: Reloj, base: Base) -> None:
    sid = twilio.escribir(MARIA, NORA, "mira", entregar=False, medios=[(b"uno", "image/jpeg"), (b"dos", "image/png")])
    recuperar_de_todas(Memoria(), _ahora())
    [fila] = base.filas("select clase, adjuntos from historial_conversaciones")
    adjuntos: Any = fila[1]
    assert fila[0] == "imagen"
    assert [a["tipo"] for a in adjuntos] == ["image/jpeg", "image/png"]
    assert all(a["url"].startswith(f"https://api.twilio.com/2010-04-01/Accounts/{twilio.cuenta}/Messages/{sid}/Media/ME") for a in adjuntos)


def test_sin_nada_que_recuperar_cuesta_una_pregunta(twilio: DobleDeTwilio, reloj: Reloj, monkeypatch: pytest.MonkeyPatch) -> None:
    memoria, pedidas = Memoria(), _contar_paginas(monkeypatch)
    for n in range(250):
        reloj.ahora += dt.timedelta(seconds=1)
        twilio.escribir(MARIA, NORA, str(n), entregar=False)
    recuperar_de_todas(memoria, _ahora())
    pedidas.clear()
    recuperar_de_todas(memoria, _ahora() + 2 * MINUTO)
    assert pedidas == [100]


def test_lo_perdido_detras_de_muchos_conocidos_tambien_aparece(
    twilio: DobleDeTwilio, reloj: Reloj, maria_escribe: MariaEscribe, base: Base
) -> None:
    memoria = Memoria()
    recuperar_de_todas(memoria, reloj.ahora)
    twilio.escribir(MARIA, NORA, "perdido", entregar=False)
    for n in range(130):
        reloj.ahora += dt.timedelta(seconds=1)
        maria_escribe(str(n), MessageSid=twilio.escribir(MARIA, NORA, str(n), entregar=False))
    assert recuperar_de_todas(memoria, reloj.ahora + 2 * MINUTO) == 1
    assert ("perdido",) in _historial(base)


def test_con_el_listado_caido_no_entra_nada_a_medias_y_la_siguiente_lo_arregla(twilio: DobleDeTwilio, reloj: Reloj, base: Base) -> None:
    twilio.escribir(MARIA, NORA, "hola", entregar=False)
    memoria, twilio.listado_caido = Memoria(), True
    for _ in range(recuperacion.FALLOS_PARA_AVISAR):
        assert recuperar_de_todas(memoria, _ahora()) == 0
    bitacora.vaciar()
    assert base.filas("select tipo, nombre_nora, veces from logs_errores order by nombre_nora")[0] == ("Twilio", AURA, 1)
    twilio.listado_caido = False
    assert recuperar_de_todas(memoria, _ahora()) == 1


def test_con_el_cortacircuitos_abierto_no_se_llama(twilio: DobleDeTwilio, reloj: Reloj, monkeypatch: pytest.MonkeyPatch) -> None:
    twilio.escribir(MARIA, NORA, "hola", entregar=False)
    anotar_fallo(AURA, "twilio", "se cayó", cortar_ya=True)
    anotar_fallo("otra", "twilio", "se cayó", cortar_ya=True)
    pedidas = _contar_paginas(monkeypatch)
    assert recuperar_de_todas(Memoria(), _ahora()) == 0
    assert pedidas == []


def test_un_corte_vencido_vuelve_a_mirarse_y_si_twilio_contesta_se_cierra(twilio: DobleDeTwilio, reloj: Reloj, base: Base) -> None:
    twilio.escribir(MARIA, NORA, "hola", entregar=False)
    anotar_fallo(AURA, "twilio", "se cayó", cortar_ya=True)
    assert recuperar_de_todas(Memoria(), _ahora()) == 0
    assert recuperar_de_todas(Memoria(), _ahora() + MINUTO) == 1
    assert base.filas("select estado, fallos, abierto_hasta from interruptores") == [("cerrado", 0, None)]


def test_un_corte_vencido_no_se_cierra_si_twilio_sigue_sin_contestar(twilio: DobleDeTwilio, reloj: Reloj, base: Base) -> None:
    anotar_fallo(AURA, "twilio", "se cayó", cortar_ya=True)
    twilio.listado_caido = True
    recuperar_de_todas(Memoria(), _ahora() + MINUTO)
    assert base.filas("select estado from interruptores") == [("abierto",)]


def test_sin_numero_no_se_pregunta_nada_y_el_corte_sigue(twilio: DobleDeTwilio, reloj: Reloj, base: Base) -> None:
    base.duena.execute("update configuracion_bot set numero_nora = null where nombre_nora = 'aura'")
    anotar_fallo(AURA, "twilio", "se cayó", cortar_ya=True)
    recuperar_de_todas(Memoria(), _ahora() + MINUTO)
    assert base.filas("select estado from interruptores") == [("abierto",)]


def test_una_nora_con_credenciales_malas_no_deja_sin_mirar_a_las_demas(twilio: DobleDeTwilio, reloj: Reloj, base: Base) -> None:
    twilio.abrir_cuenta(twilio.cuenta, "1" * 32)
    remitentes.guardar_remitente("otra", cuenta="AC" + "9" * 32)
    base.duena.execute("update configuracion_bot set numero_nora = numero_nora")
    assert recuperar_de_todas(Memoria(), _ahora()) == 0, "las dos fallan y ninguna levanta"


@pytest.mark.parametrize("uri", ["https://malo.example/2010-04-01/x", "//malo.example/x", "/otra/ruta?Page=1"])
def test_la_pagina_siguiente_nunca_lleva_a_otra_parte(uri: str) -> None:
    with pytest.raises(Incierto):
        siguiente_pagina(uri, "/2010-04-01/Accounts/AC1/Messages.json")


@pytest.mark.parametrize(
    ("numero", "formas"),
    [
        ("+14155550101", {"+14155550101"}),
        ("+525512345678", {"+525512345678", "+5215512345678"}),
        ("+5215512345678", {"+525512345678", "+5215512345678"}),
        ("+541112345678", {"+541112345678", "+5491112345678"}),
        ("+5511912345678", {"+5511912345678"}),
    ],
)
def test_un_numero_se_busca_en_todas_sus_formas(numero: str, formas: set[str]) -> None:
    assert set(formas_de(numero)) == formas
    assert formas_de(numero)[0] == numero


def test_lo_perdido_de_un_numero_mexicano_aparece_aunque_twilio_lo_escriba_con_el_uno(
    twilio: DobleDeTwilio, reloj: Reloj, base: Base
) -> None:
    guardar_nora(AURA, numero_nora="+525587654321")
    twilio.escribir(MARIA, "whatsapp:+5215587654321", "¿Hay alguien?", entregar=False)
    assert recuperar_de_todas(Memoria(), _ahora()) == 1
    assert _historial(base) == [("¿Hay alguien?",)]


def test_mientras_falla_no_hay_latido_bueno_y_al_arreglarse_si(twilio: DobleDeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    parar = threading.Event()
    monkeypatch.setattr(parar, "wait", lambda _: parar.set())
    twilio.listado_caido = True
    recuperar_sin_parar(parar)
    assert todas_las_noras_segundos_desde_latido(recuperacion.LATIDO) is not None
    assert todas_las_noras_segundos_desde_latido(recuperacion.LATIDO_BUENO) is None
    twilio.listado_caido = False
    parar.clear()
    recuperar_sin_parar(parar)
    assert todas_las_noras_segundos_desde_latido(recuperacion.LATIDO_BUENO) is not None


def test_los_parametros_son_los_de_un_aviso() -> None:
    visto = Visto("SM1", "whatsapp:+5215512345678", NORA, "hola", "received", _ahora(), servicio="MG1")
    parametros = parametros_de(visto, "AC1", [("https://api.twilio.com/x", "image/png")])
    assert parametros["MediaUrl0"] == ["https://api.twilio.com/x"]
    assert parametros["NumMedia"] == ["1"]
    assert (parametros["WaId"], parametros["MessagingServiceSid"]) == (["5215512345678"], ["MG1"])


@pytest.mark.parametrize(
    "fila",
    [{}, {"direction": "outbound-api", "sid": "SM1", "date_created": "x"}, {"direction": "inbound", "sid": "SM1", "date_created": "ayer"}],
)
def test_un_renglon_que_no_sirve_se_salta(fila: dict[str, Any]) -> None:
    assert leer(fila, entra=True) is None


def _contar_paginas(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """El tamaño de cada página que se pide."""
    from webhook.listado_twilio import LibroDeTwilio

    pedidas: list[int] = []
    de_verdad = LibroDeTwilio.entrantes

    def contadas(libro: LibroDeTwilio, direccion: str, *, por_pagina: int) -> Iterator[list[Visto]]:
        for pagina in de_verdad(libro, direccion, por_pagina=por_pagina):
            if direccion == NORA:
                pedidas.append(por_pagina)
            yield pagina

    monkeypatch.setattr(LibroDeTwilio, "entrantes", contadas)
    return pedidas


def test_cada_nora_deja_constancia_de_si_contesto_o_no(twilio: DobleDeTwilio, reloj: Reloj) -> None:
    del reloj
    memoria = Memoria()
    recuperar_de_todas(memoria, _ahora())
    buena = todas_las_noras_listar_latidos(recuperacion.BUENA_DE)[AURA]
    assert AURA not in todas_las_noras_listar_latidos(recuperacion.FALLIDA_DE)
    twilio.listado_caido = True
    recuperar_de_todas(memoria, _ahora())
    assert todas_las_noras_listar_latidos(recuperacion.FALLIDA_DE)[AURA] > buena
    assert todas_las_noras_listar_latidos(recuperacion.BUENA_DE)[AURA] == buena
