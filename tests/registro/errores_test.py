"""Cada error, en la forma que espera quien pregunta; el 500 no toca nada, y ninguno enseña de más."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import psycopg
import pytest
import structlog
from flask import Flask, abort, request
from flask.testing import FlaskClient
from jinja2 import DictLoader
from sqlalchemy import text
from werkzeug.test import TestResponse

from registro import bitacora
from registro.accesos import publica
from sql.conexion import transaccion
from sql.modelos.base import NoEncontrado
from sql.modelos.usuarios import guardar_membresia
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import AURA, BETO

PAGINA = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FRAGMENTO = {"Accept": "text/html, */*", "HX-Request": "true", "HX-Request-Type": "partial"}
EN_JSON = {"Accept": "application/json"}
FORMAS = {"página": PAGINA, "fragmento": FRAGMENTO, "JSON": EN_JSON}

Poner = Callable[[Callable[[], str]], None]
Entrar = Callable[[str], ClienteDePanel]


@pytest.fixture
def poner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Poner:
    """`poner(vista)`: esa vista responde en /salud, que es pública."""

    def _poner(vista: Callable[[], str]) -> None:
        monkeypatch.setitem(app.view_functions, "salud.salud", publica(vista))

    return _poner


def sin_csrf(visitante: FlaskClient, cabeceras: dict[str, str]) -> TestResponse:
    return visitante.post("/entrar", data={"email": "a@b.com"}, headers=cabeceras)


def demasiado_grande(visitante: FlaskClient, cabeceras: dict[str, str]) -> TestResponse:
    return visitante.post("/entrar", data={"email": "x" * 70_000}, headers=cabeceras)


def demasiados(visitante: FlaskClient, cabeceras: dict[str, str]) -> TestResponse:
    sello = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitante.get("/entrar").text)
    assert sello
    for _ in range(6):
        respuesta = visitante.post("/entrar", data={"email": "a@b.com", "password": "x", "csrf_token": sello[1]}, headers=cabeceras)
    return respuesta


PROVOCAR: dict[int, Callable[[FlaskClient, dict[str, str]], TestResponse]] = {
    400: sin_csrf,
    404: lambda visitante, cabeceras: visitante.get("/no-existe", headers=cabeceras),
    405: lambda visitante, cabeceras: visitante.delete("/salud", headers=cabeceras),
    413: demasiado_grande,
    429: demasiados,
}


def tiene_su_forma(respuesta: TestResponse, forma: str, codigo: int) -> None:
    assert respuesta.status_code == codigo
    assert respuesta.headers["Cache-Control"] == "no-store"
    if forma == "JSON":
        cuerpo = respuesta.get_json()
        assert cuerpo["codigo"] == codigo
        assert cuerpo["error"]
        assert cuerpo["detalle"]
        return
    assert respuesta.mimetype == "text/html"
    assert ("<html" in respuesta.text) == (forma == "página")
    assert 'role="alert"' in respuesta.text.replace("'", '"')


@pytest.mark.parametrize("forma", FORMAS)
@pytest.mark.parametrize("codigo", PROVOCAR)
def test_cada_familia_en_cada_forma(visitante: FlaskClient, codigo: int, forma: str) -> None:
    respuesta = PROVOCAR[codigo](visitante, FORMAS[forma])
    tiene_su_forma(respuesta, forma, codigo)
    if codigo == 429:
        assert 1 <= int(respuesta.headers["Retry-After"]) <= 60
    if codigo == 405:
        assert "GET" in respuesta.headers["Allow"]


@pytest.mark.parametrize("forma", ["fragmento", "JSON"])
def test_sin_sesion_es_401(visitante: FlaskClient, forma: str) -> None:
    tiene_su_forma(visitante.get("/", headers=FORMAS[forma]), forma, 401)


@pytest.mark.parametrize("forma", FORMAS)
def test_sin_permiso_es_403(cliente_de: Entrar, forma: str) -> None:
    guardar_membresia(AURA, BETO.id, "lectura")
    tiene_su_forma(cliente_de("beto").post(f"/panel_cliente/{AURA}/conocimiento/", headers=FORMAS[forma]), forma, 403)


@pytest.mark.parametrize("forma", FORMAS)
def test_lo_que_no_se_encuentra_en_la_base_es_404(visitante: FlaskClient, poner: Poner, forma: str) -> None:
    def vista() -> str:
        raise NoEncontrado("canario")

    poner(vista)
    respuesta = visitante.get("/salud", headers=FORMAS[forma])
    tiene_su_forma(respuesta, forma, 404)
    assert "canario" not in respuesta.text


@pytest.mark.parametrize("forma", FORMAS)
def test_un_fallo_inesperado_es_500_con_una_referencia_que_está_en_la_tabla(
    visitante: FlaskClient, poner: Poner, base: Base, forma: str
) -> None:
    def vista() -> str:
        raise ZeroDivisionError("canario +5215512345678 token=canario")

    poner(vista)
    respuesta = visitante.get("/salud?clave=canario", headers=FORMAS[forma])
    tiene_su_forma(respuesta, forma, 500)
    assert "canario" not in respuesta.text
    assert "ZeroDivision" not in respuesta.text
    referencia = re.search(r"[0-9a-f]{8}", respuesta.get_json()["referencia"] if forma == "JSON" else respuesta.text)
    assert referencia
    bitacora.vaciar()
    [(tipo, descripcion, origen)] = base.filas("select tipo, descripcion, origen from logs_errores")
    assert (tipo, origen) == ("Servidor", "salud.salud")
    assert referencia[0] in str(descripcion)
    assert "ZeroDivisionError" in str(descripcion)
    assert "5512345678" not in str(descripcion)
    assert "token=canario" not in str(descripcion)


def test_un_fallo_de_la_base_se_anota_sin_la_fila_que_lo_causó(visitante: FlaskClient, poner: Poner, base: Base) -> None:
    def vista() -> str:
        with transaccion(AURA) as sesion:
            sesion.execute(
                text("insert into historial_conversaciones (nombre_nora, mensaje, tipo, origen) values ('aura', 'canario', null, 'x')")
            )
        return ""

    poner(vista)
    assert visitante.get("/salud").status_code == 500
    bitacora.vaciar()
    [(descripcion,)] = base.filas("select descripcion from logs_errores")
    assert "NotNullViolation" in str(descripcion)
    assert "canario" not in str(descripcion)


def test_el_mismo_fallo_repetido_es_una_fila_con_su_cuenta(visitante: FlaskClient, poner: Poner, base: Base) -> None:
    def vista() -> str:
        raise ZeroDivisionError("siempre igual")

    poner(vista)
    assert [visitante.get("/salud").status_code for _ in range(5)] == [500] * 5
    bitacora.vaciar()
    assert base.filas("select veces from logs_errores") == [(5,)]


@pytest.fixture
def plantillas_rotas(app: Flask) -> Iterator[None]:
    cargador, cache = app.jinja_env.loader, app.jinja_env.cache
    app.jinja_env.loader, app.jinja_env.cache = DictLoader({}), {}
    yield
    app.jinja_env.loader, app.jinja_env.cache = cargador, cache


@pytest.mark.parametrize("forma", FORMAS)
def test_ningún_error_necesita_las_plantillas(visitante: FlaskClient, poner: Poner, plantillas_rotas: None, forma: str) -> None:
    def vista() -> str:
        raise ZeroDivisionError

    poner(vista)
    tiene_su_forma(visitante.get("/salud", headers=FORMAS[forma]), forma, 500)
    tiene_su_forma(visitante.get("/no-existe", headers=FORMAS[forma]), forma, 404)
    if forma != "JSON":
        # Una página corriente con la plantilla rota también es un 500 que se puede leer.
        tiene_su_forma(visitante.get("/entrar", headers=FORMAS[forma]), forma, 500)


@pytest.mark.parametrize("forma", FORMAS)
@pytest.mark.parametrize("quien", ["alicia", "diego"])
def test_sin_base_quien_ya_entró_recibe_503_y_no_una_cadena_de_fallos(
    cliente_de: Entrar, base_lejos: Callable[[], None], quien: str, forma: str
) -> None:
    cliente = cliente_de(quien)
    base_lejos()
    respuesta = cliente.get(f"/panel_cliente/{AURA}/chat/", headers=FORMAS[forma])
    tiene_su_forma(respuesta, forma, 503)
    assert respuesta.headers["Retry-After"] == "5"
    for secreto in ("clave-canaria", "127.0.0.1:1", "nadie", "psycopg", "OperationalError"):
        assert secreto not in respuesta.text


def test_sin_base_un_500_y_un_404_se_pintan_igual(cliente_de: Entrar, poner: Poner, base_lejos: Callable[[], None]) -> None:
    def vista() -> str:
        raise ZeroDivisionError

    poner(vista)
    alicia = cliente_de("alicia")
    base_lejos()
    tiene_su_forma(alicia.get("/salud", headers=PAGINA), "página", 500)
    tiene_su_forma(alicia.get("/no-existe", headers=PAGINA), "página", 404)


def test_cuando_la_base_vuelve_la_página_también(cliente_de: Entrar, base: Base, base_lejos: Callable[[], None]) -> None:
    alicia = cliente_de("alicia")
    base_lejos()
    assert alicia.get(f"/panel_cliente/{AURA}/chat/").status_code == 503
    base.apuntar()
    assert alicia.get(f"/panel_cliente/{AURA}/chat/").status_code == 200


def test_un_tope_de_tiempo_de_la_base_es_503(visitante: FlaskClient, poner: Poner) -> None:
    def vista() -> str:
        with transaccion(AURA) as sesion:
            sesion.execute(text("set local statement_timeout = '10ms'"))
            sesion.execute(text("select pg_sleep(5)"))
        return ""

    poner(vista)
    tiene_su_forma(visitante.get("/salud", headers=EN_JSON), "JSON", 503)


def test_la_base_lejos_se_anota_una_vez_por_ruta_sin_los_datos_de_la_dirección(
    visitante: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch, base: Base
) -> None:
    def vista(token: str) -> str:
        raise psycopg.OperationalError("canario")

    monkeypatch.setitem(app.view_functions, "security.reset_password", publica(vista))
    for token in ("canario-uno", "canario-dos"):
        assert visitante.get(f"/recuperar/{token}").status_code == 503
    bitacora.vaciar()
    [(descripcion, veces)] = base.filas("select descripcion, veces from logs_errores")
    assert veces == 2
    assert "/recuperar/<token>" in str(descripcion)
    assert "canario" not in str(descripcion)


@pytest.mark.parametrize(
    "provocar",
    [
        lambda: request.form["no-está"],
        lambda: abort(400),
        lambda: abort(418),
        lambda: request.get_json(),
        lambda: abort(422),
    ],
    ids=["falta un campo", "400", "418", "no es JSON", "422"],
)
def test_lo_que_dicen_las_bibliotecas_en_inglés_no_se_enseña(visitante: FlaskClient, poner: Poner, provocar: Callable[[], str]) -> None:
    poner(provocar)
    respuesta = visitante.get("/salud", headers=PAGINA)
    assert 400 <= respuesta.status_code < 500
    assert not re.search(r"\b(the|your|request|server|browser|could not)\b", re.sub(r"<[^>]+>", " ", respuesta.text), re.IGNORECASE)


def test_lo_que_explica_esta_casa_sí(visitante: FlaskClient, poner: Poner) -> None:
    poner(lambda: abort(403, description="Pídeselo a la dueña <b>hoy</b>."))
    assert "Pídeselo a la dueña &lt;b&gt;hoy&lt;/b&gt;." in visitante.get("/salud", headers=PAGINA).text


def test_lo_que_pide_twilio_se_contesta_en_json(visitante: FlaskClient) -> None:
    respuesta = visitante.get("/webhook", headers=PAGINA)
    assert (respuesta.status_code, respuesta.get_json()["codigo"]) == (405, 405)


def test_cada_renglón_de_una_petición_lleva_su_número_aunque_la_rechace_el_primero(visitante: FlaskClient) -> None:
    structlog.contextvars.bind_contextvars(nombre_nora="de la petición anterior")
    rechazada = visitante.post("/entrar", data={}, headers={"X-Request-Id": "abc123"})
    assert (rechazada.status_code, rechazada.headers["X-Request-Id"]) == (400, "abc123")
    assert structlog.contextvars.get_contextvars()["peticion"] == "abc123"
    assert structlog.contextvars.get_contextvars()["nombre_nora"] is None
    for malo in ("a\tb", "x" * 41, "a b", "<script>"):
        assert visitante.get("/salud", headers={"X-Request-Id": malo}).headers["X-Request-Id"] != malo
