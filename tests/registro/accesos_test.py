"""Las marcas de acceso: toda ruta lleva una, y la que no la lleva no se sirve."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from registro import accesos
from registro.accesos import CON_SESION, FIRMADA, MARCAS_AJENAS, PUBLICA, SOLO_ADMIN, marca_de
from registro.modulos import Puerta
from tests.registro.apoyo import cliente_en


def test_toda_ruta_lleva_una_marca_que_existe(app: Flask) -> None:
    marcas = {regla.endpoint: marca_de(app, regla.endpoint) for regla in app.url_map.iter_rules()}
    assert {punto for punto, marca in marcas.items() if marca not in {PUBLICA, CON_SESION, SOLO_ADMIN, FIRMADA}} == set()


def test_las_marcas_puestas_a_mano_son_de_rutas_que_existen(app: Flask) -> None:
    assert set(MARCAS_AJENAS) <= {regla.endpoint for regla in app.url_map.iter_rules()}


def test_lo_publico_se_cuenta_con_los_dedos(app: Flask) -> None:
    publicas = {regla.endpoint for regla in app.url_map.iter_rules() if marca_de(app, regla.endpoint) == PUBLICA}
    assert publicas == {
        *("static", "terceros.archivo", "salud.salud", "salud.listo", "acceso.entrar_de_ejemplo"),
        *("security.login", "security.forgot_password", "security.reset_password"),
    }


def test_con_firma_solo_entran_twilio_y_los_enlaces_de_archivo(app: Flask) -> None:
    firmadas = {r.rule for r in app.url_map.iter_rules() if marca_de(app, r.endpoint) == FIRMADA}
    assert firmadas == {"/webhook", "/webhook/estado", "/archivo/<ficha>"}


def test_todo_lo_de_la_agencia_es_solo_de_la_agencia(app: Flask) -> None:
    for regla in app.url_map.iter_rules():
        es_de_agencia = regla.rule.startswith(("/admin", "/debug_"))
        assert es_de_agencia == (marca_de(app, regla.endpoint) == SOLO_ADMIN), regla.rule


def test_todo_lo_que_nombra_una_nora_en_el_panel_pide_sesion(app: Flask) -> None:
    for regla in app.url_map.iter_rules():
        if regla.rule.startswith("/panel_cliente/"):
            assert marca_de(app, regla.endpoint) == CON_SESION, regla.rule


@pytest.mark.parametrize("metodo", ["get", "post"])
@pytest.mark.parametrize("quien", ["diego", "alicia", None])
def test_una_ruta_sin_marca_no_existe_para_nadie(metodo: str, quien: str | None, app_con_olvido: Flask) -> None:
    cliente: FlaskClient = cliente_en(app_con_olvido, quien) if quien else app_con_olvido.test_client()
    respuesta = getattr(cliente, metodo)("/olvidada/")
    assert respuesta.status_code in ({404} if quien or metodo == "get" else {400, 404})
    assert "secreto" not in respuesta.text


@pytest.fixture
def app_con_olvido(armar_otra: Callable[..., Flask], modulo_de_mentira: Callable[..., str]) -> Flask:
    bp = Blueprint("olvidada", __name__)

    @bp.route("/", methods=["GET", "POST"])
    def pagina() -> str:
        """Nadie dijo cómo se protege."""
        return "secreto"

    nombre = modulo_de_mentira("cuarto_olvidado", bp=bp)
    app = armar_otra(puertas=(Puerta("olvidada", "Olvidada", "bug", f"{nombre}:bp", "/olvidada"),))
    assert marca_de(app, "olvidada.pagina") is None  # la misma pregunta que hace la primera prueba de este archivo
    return app


def test_las_marcas_no_cambian_la_vista() -> None:
    def vista() -> str:
        return "hola"

    for marcar, nombre in (
        (accesos.publica, PUBLICA),
        (accesos.con_sesion, CON_SESION),
        (accesos.solo_admin, SOLO_ADMIN),
        (accesos.firmada, FIRMADA),
    ):
        assert marcar(vista) is vista
        assert vista.__acceso__.nombre == nombre  # type: ignore[attr-defined]
