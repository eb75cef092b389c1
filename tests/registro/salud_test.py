"""/salud y /listo dicen la verdad, y lo que se cortó se recupera solo."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from flask.testing import FlaskClient

from sql import conexion
from sql.modelos import webhooks
from sql.modelos.latidos import todas_las_noras_latir
from tests import fabricas
from tests.base import Base
from tests.panel import FICHA, ClienteDePanel
from tests.personas import AURA, NUMEROS
from webhook.firma import firmar

SECRETOS = ("clave-canaria", "127.0.0.1", "nadie", "postgresql", "port")


def cortar_todas(base: Base) -> int:
    """Corta desde la base todas las conexiones guardadas, como si se hubiera reiniciado."""
    [(cuantas,)] = base.filas(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    )
    return int(str(cuantas))


def test_todo_bien(visitante: FlaskClient) -> None:
    todas_las_noras_latir("trabajador")
    salud, listo = visitante.get("/salud"), visitante.get("/listo")
    assert (salud.status_code, salud.get_json()) == (200, {"estado": "ok", "base": "ok", "puertas_rotas": []})
    assert (listo.status_code, listo.get_json()) == (200, {"estado": "listo", "base": "ok", "trabajador": "ok"})


@pytest.mark.parametrize("hace", [None, "1 minute"])
def test_sin_trabajador_se_sirve_pero_no_está_listo(visitante: FlaskClient, base: Base, hace: str | None) -> None:
    if hace:
        base.filas("insert into latidos (proceso, visto_en) values ('trabajador', now() - %s::interval) returning 1", hace)
    assert visitante.get("/salud").status_code == 200
    listo = visitante.get("/listo")
    assert (listo.status_code, listo.get_json()["trabajador"]) == (503, "sin señales")


@pytest.mark.parametrize("ruta", ["/salud", "/listo"])
def test_sin_base_dice_por_qué_sin_secretos_y_vuelve_sola(
    visitante: FlaskClient, base: Base, base_lejos: Callable[[], None], ruta: str
) -> None:
    todas_las_noras_latir("trabajador")
    base_lejos()
    respuesta = visitante.get(ruta)
    assert respuesta.status_code == 503
    assert "la base de datos no responde (OperationalError)" in respuesta.get_json()["base"]
    assert not [secreto for secreto in SECRETOS if secreto in respuesta.text]
    base.apuntar()
    assert visitante.get(ruta).status_code == 200


def test_salud_no_pregunta_quién_es_ni_necesita_sesión(cliente_de: Callable[[str], ClienteDePanel], base_lejos: Callable[[], None]) -> None:
    alicia = cliente_de("alicia")
    base_lejos()
    assert alicia.get("/salud").get_json()["estado"] == "sin_base"
    # Lo que pinta la página del error tampoco depende de la base.
    with alicia.get("/static/img/aura.svg") as imagen:
        assert imagen.status_code == 200


class TestConexionesCortadas:
    """La base se reinició: las conexiones guardadas ya no tienen a nadie detrás."""

    @pytest.fixture(autouse=True)
    def _conexiones_nuevas(self, base: Base) -> Iterator[None]:
        conexion.motor().dispose()
        yield
        conexion.motor().dispose()

    @pytest.mark.parametrize("ruta", ["/salud", "/listo"])
    def test_salud_responde_a_la_primera(self, visitante: FlaskClient, base: Base, ruta: str) -> None:
        todas_las_noras_latir("trabajador")
        assert visitante.get(ruta).status_code == 200
        assert cortar_todas(base) >= 1
        assert visitante.get(ruta).status_code == 200

    def test_una_página_da_503_como_mucho_una_vez(self, cliente_de: Callable[[str], ClienteDePanel], base: Base) -> None:
        alicia = cliente_de("alicia")
        assert alicia.get(f"/panel_cliente/{AURA}/chat/").status_code == 200
        assert cortar_todas(base) >= 1
        codigos = [alicia.get(f"/panel_cliente/{AURA}/chat/").status_code for _ in range(3)]
        assert codigos[1:] == [200, 200]
        assert codigos[0] in {200, 503}

    def test_un_mensaje_entra_a_la_primera_con_todas_las_conexiones_cortadas(self, visitante: FlaskClient, base: Base) -> None:
        prestadas = [conexion.motor().connect() for _ in range(6)]
        for prestada in prestadas:
            prestada.close()
        assert cortar_todas(base) >= 6
        for cuantos in (1, 2):
            datos = {"MessageSid": fabricas.sid(), "From": "whatsapp:+5215512345678", "To": f"whatsapp:{NUMEROS[AURA]}", "Body": "hola",
                     "AccountSid": fabricas.CUENTA}  # fmt: skip
            cabeceras = {"X-Twilio-Signature": firmar(FICHA, "http://localhost/webhook", datos)}
            assert visitante.post("/webhook", data=datos, headers=cabeceras).status_code == 200
            assert base.filas("select count(*) from historial_conversaciones") == [(cuantos,)]

    def test_un_aviso_de_estado_también(self, base: Base) -> None:
        conexion.responde()
        assert cortar_todas(base) >= 1
        aviso = {"message_sid": fabricas.sid(), "estado": "sent", "remitente": "", "direccion": "", "parametros": {}}
        assert webhooks.todas_las_noras_anotar_estado(aviso) is None
        assert base.filas("select veredicto from webhooks_recibidos") == [("desconocido",)]

    def test_se_reintenta_una_vez_y_no_más(self, base: Base, base_lejos: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
        llamadas: list[int] = []

        def siempre_cortada(_orden: str, _valor: object) -> object:
            llamadas.append(1)
            raise webhooks._Cortada("otra vez")

        monkeypatch.setattr(webhooks, "_llamar", siempre_cortada)
        with pytest.raises(psycopg.OperationalError):
            webhooks.todas_las_noras_recibir({})
        assert len(llamadas) == 2

    def test_lo_que_no_es_un_corte_no_se_reintenta(self, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
        llamar, llamadas = webhooks._llamar, []

        def contar(orden: str, valor: dict[str, object]) -> object:
            llamadas.append(orden)
            return llamar(orden, valor)

        monkeypatch.setattr(webhooks, "_llamar", contar)
        with pytest.raises(psycopg.DataError):
            webhooks.todas_las_noras_recibir({"message_sid": "x", "se_entiende": "quizá", "parametros": {}})
        assert len(llamadas) == 1

    def test_repetir_una_llamada_que_sí_llegó_no_guarda_dos_mensajes(self, base: Base) -> None:
        entrante = fabricas.entrante(NUMEROS[AURA])
        primera, segunda = webhooks.todas_las_noras_recibir(entrante), webhooks.todas_las_noras_recibir(entrante)
        assert (primera.es_nuevo, segunda.es_nuevo) == (True, False)
        assert base.filas("select count(*) from historial_conversaciones") == [(1,)]
