"""Entrar, salir y recuperar la clave: con la clave de verdad, sin pistas para quien prueba y sin puertas laterales."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password, verify_password
from flask_security.recoverable import generate_reset_password_token
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from registro import bitacora
from registro.accesos import CON_SESION, FIRMADA, marca_de
from registro.extensiones import limitador
from registro.sesiones import usuarios
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import ALICIA, AURA, BETO, CLAVE
from tests.registro.portero_test import sin_lo_que_cambia, usuario

Entrar = Callable[[str], ClienteDePanel]
CLAVE_NUEVA = "otra-clave-bien-larga"


def sello_de(cliente: FlaskClient, ruta: str = "/entrar") -> str:
    hallado = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', cliente.get(ruta).text)
    assert hallado
    return hallado[1]


def entrar(cliente: FlaskClient, correo: str = ALICIA.correo, clave: str = CLAVE, *, siguiente: str = "", **campos: str) -> TestResponse:
    datos = {"email": correo, "password": clave, "csrf_token": sello_de(cliente), **campos}
    return cliente.post(f"/entrar{siguiente}", data=datos)


def esta_dentro(cliente: FlaskClient) -> bool:
    return cliente.get("/mis-noras").status_code == 200


class TestEntrar:
    def test_con_la_clave_se_entra_y_se_llega_a_la_propia_nora(self, visitante: FlaskClient) -> None:
        assert entrar(visitante).status_code == 302
        assert visitante.get("/", follow_redirects=True).request.path == f"/panel_cliente/{AURA}/chat/"

    def test_las_claves_se_guardan_con_argon2id_y_ningún_otro_formato_vale(self, app: Flask, visitante: FlaskClient, base: Base) -> None:
        with app.app_context():
            cifrada = hash_password(CLAVE_NUEVA)
            assert cifrada.startswith("$argon2id$")
            assert verify_password(CLAVE_NUEVA, cifrada)
            memoria, vueltas = (int(numero) for numero in re.findall(r"[mt]=(\d+)", cifrada))
        assert memoria >= 19 * 1024
        assert vueltas >= 2
        # Una clave escrita en claro en la tabla no abre nada.
        base.filas("update usuarios set password = %s where id = %s returning id", CLAVE_NUEVA, ALICIA.id)
        assert "Correo o contraseña incorrectos." in entrar(visitante, clave=CLAVE_NUEVA).text
        assert not esta_dentro(visitante)
        bitacora.vaciar()
        assert base.filas("select count(*) from logs_errores where descripcion like '%%no es de argon2%%'") == [(1,)]

    def test_clave_mala_y_cuenta_que_no_existe_se_contestan_igual(self, app: Flask) -> None:
        intentos = [(ALICIA.correo, "no-es-la-clave"), ("nadie@aura.example", CLAVE), ("nadie@aura.example", "no-es-la-clave")]
        respuestas = [entrar(app.test_client(), correo, clave) for correo, clave in intentos]
        paginas = {sin_lo_que_cambia(r.text).replace(ALICIA.correo, "C").replace("nadie@aura.example", "C") for r in respuestas}
        assert {r.status_code for r in respuestas} == {200}
        assert len(paginas) == 1
        assert "Correo o contraseña incorrectos." in paginas.pop()

    def test_quien_no_existe_cuesta_lo_mismo_que_una_clave_mala(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        cifrados: list[str] = []
        monkeypatch.setattr("flask_security.forms.hash_password", lambda clave: cifrados.append(clave) or "")
        entrar(app.test_client(), "nadie@aura.example", "cualquiera")
        assert cifrados == ["cualquiera"]

    def test_un_usuario_apagado_no_entra_y_no_se_le_dice(self, app: Flask, base: Base) -> None:
        base.filas("update usuarios set active = false where id = %s returning id", BETO.id)
        apagado, inexistente = entrar(app.test_client(), BETO.correo), entrar(app.test_client(), "nadie@aura.example")
        assert sin_lo_que_cambia(apagado.text).replace(BETO.correo, "C") == sin_lo_que_cambia(inexistente.text).replace(
            "nadie@aura.example", "C"
        )

    @pytest.mark.parametrize(
        "correo", ["", "x", "a\x00@aura.example", "ñ@ñ", "a" * 5000 + "@x.com", "' or 1=1 --", "alicia@aura.example\n"]
    )
    def test_un_correo_raro_no_rompe_nada(self, visitante: FlaskClient, correo: str) -> None:
        assert entrar(visitante, correo, "x" * 5000).status_code in {200, 302}
        assert visitante.get("/entrar").status_code == 200

    def test_el_correo_no_distingue_mayúsculas(self, visitante: FlaskClient) -> None:
        assert entrar(visitante, ALICIA.correo.upper()).status_code == 302
        assert esta_dentro(visitante)

    def test_la_sesión_cambia_al_entrar_y_queda_anotada_la_entrada(self, visitante: FlaskClient, base: Base) -> None:
        visitante.get("/entrar")
        antes = visitante.get_cookie("aura")
        entrar(visitante)
        despues = visitante.get_cookie("aura")
        assert antes is not None
        assert despues is not None
        assert antes.value != despues.value
        assert base.filas("select login_count from usuarios where id = %s", ALICIA.id) == [(1,)]


class TestSalir:
    def test_se_sale_con_post_y_nunca_con_get(self, cliente_de: Entrar) -> None:
        alicia = cliente_de("alicia")
        assert alicia.get("/salir").status_code == 405
        assert esta_dentro(alicia)
        assert alicia.post("/salir").location == "/entrar"
        assert not esta_dentro(alicia)

    def test_salir_sin_su_ficha_no_saca_a_nadie(self, cliente_de: Entrar) -> None:
        alicia = cliente_de("alicia")
        alicia.sello = ""
        assert alicia.post("/salir").status_code == 400
        assert esta_dentro(alicia)


class TestSesiones:
    def test_cambiar_el_sello_cierra_todas_sus_sesiones_y_ninguna_ajena(self, app: Flask, cliente_de: Entrar, base: Base) -> None:
        dos = [cliente_de("alicia"), app.test_client()]
        entrar(dos[1], remember="y")
        assert [esta_dentro(cliente) for cliente in dos] == [True, True]
        beto = cliente_de("beto")
        base.filas("update usuarios set fs_uniquifier = 'otro-sello' where id = %s returning id", ALICIA.id)
        assert [esta_dentro(cliente) for cliente in dos] == [False, False]
        assert esta_dentro(beto)

    def test_apagar_a_alguien_cierra_sus_sesiones(self, cliente_de: Entrar, base: Base) -> None:
        alicia = cliente_de("alicia")
        base.filas("update usuarios set active = false where id = %s returning id", ALICIA.id)
        assert not esta_dentro(alicia)

    def test_cambiar_la_clave_cierra_las_otras_sesiones(self, app: Flask, visitante: FlaskClient) -> None:
        otra = app.test_client()
        entrar(otra)
        entrar(visitante)
        datos = {"password": CLAVE, "new_password": CLAVE_NUEVA, "new_password_confirm": CLAVE_NUEVA}
        assert visitante.post("/cambiar-clave", data={**datos, "csrf_token": sello_de(visitante, "/cambiar-clave")}).status_code == 302
        assert not esta_dentro(otra)
        assert entrar(app.test_client(), clave=CLAVE_NUEVA).status_code == 302

    @pytest.mark.parametrize(("horas", "sigue"), [(11.9, True), (12.1, False)])
    def test_una_sesión_sin_uso_caduca_a_las_doce_horas(self, visitante: FlaskClient, horas: float, sigue: bool) -> None:
        entrar(visitante)
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=horas), tick=True):
            assert esta_dentro(visitante) is sigue

    def test_recuérdame_dura_siete_días(self, visitante: FlaskClient) -> None:
        respuesta = entrar(visitante, remember="y")
        [recuerdo] = [c for c in respuesta.headers.getlist("Set-Cookie") if c.startswith("aura-recuerda=")]
        assert {"HttpOnly", "SameSite=Lax"} <= set(recuerdo.split("; "))
        hasta = re.search(r"Expires=([^;]+)", recuerdo)
        assert hasta
        dura = parsedate_to_datetime(hasta[1]) - dt.datetime.now(dt.UTC)
        assert dt.timedelta(days=6, hours=23) < dura <= dt.timedelta(days=7)
        visitante.delete_cookie("aura")
        assert esta_dentro(visitante)

    @pytest.mark.parametrize("basura", ["x", "eyJhIjoxfQ.aaaa.bbbb", "", "\x80", "." * 4000])
    def test_una_cookie_inventada_es_no_haber_entrado(self, visitante: FlaskClient, basura: str) -> None:
        visitante.set_cookie("aura", basura)
        visitante.set_cookie("aura-recuerda", basura)
        assert visitante.get("/mis-noras").status_code == 302

    def test_la_cookie_no_la_lee_el_navegador_ni_viaja_desde_fuera(self, visitante: FlaskClient) -> None:
        [galleta] = visitante.get("/entrar").headers.getlist("Set-Cookie")
        assert galleta.startswith("aura=")
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(galleta.split("; "))
        assert "Domain" not in galleta

    def test_con_https_la_cookie_es_sólo_de_este_servidor(self, armar_otra: Callable[..., Flask]) -> None:
        visitante = armar_otra(PUBLIC_URL="https://panel.ejemplo.com").test_client()
        respuesta = visitante.get("/entrar", base_url="https://panel.ejemplo.com")
        [galleta] = respuesta.headers.getlist("Set-Cookie")
        assert galleta.startswith("__Host-aura=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(galleta.split("; "))
        assert "Domain" not in galleta


class TestFichaCsrf:
    def test_nada_cambia_sin_ella(self, app: Flask, cliente_de: Entrar) -> None:
        """Se recorre todo el mapa: lo único que no la pide es lo que comprueba una firma."""
        revisadas = 0
        for quien in ("alicia", "diego"):
            cliente = cliente_de(quien)
            cliente.sello = ""
            for regla in app.url_map.iter_rules():
                if marca_de(app, regla.endpoint) == FIRMADA:
                    continue
                direccion = re.sub(r"<int[^>]*>", "1", regla.rule.replace("<nombre_nora>", AURA))
                direccion = re.sub(r"<(?!int)[^>]+>", "chat", direccion)
                for metodo in (regla.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
                    for cabeceras in ({}, {"X-CSRFToken": "falsa"}, {"Content-Type": "application/json"}):
                        assert cliente.open(direccion, method=metodo, headers=cabeceras).status_code == 400, (metodo, direccion)
                        revisadas += 1
        assert revisadas > 60
        assert marca_de(app, "panel_chat.escribir") == CON_SESION

    def test_la_de_otra_persona_no_vale(self, cliente_de: Entrar) -> None:
        alicia, beto = cliente_de("alicia"), cliente_de("beto")
        alicia.sello = beto.sello
        assert alicia.post(f"/panel_cliente/{AURA}/conocimiento/", data={"contenido": "x"}).status_code == 400

    def test_caduca_a_las_doce_horas(self, cliente_de: Entrar) -> None:
        alicia = cliente_de("alicia")
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=13), tick=False):
            with alicia.session_transaction() as sesion:
                sesion["sigue"] = "viva"  # la sesión es de ahora; la ficha, de hace trece horas
            assert alicia.post(f"/panel_cliente/{AURA}/conocimiento/").status_code == 400


FUERA = [
    *("http://evil.example", "https://evil.example/x", "//evil.example", "///evil.example", "////evil.example", "/////evil.example"),
    *("\\\\evil.example", "/\\evil.example", "\\/evil.example", "/\\/evil.example", "\\/\\/evil.example", "/\\\\evil.example"),
    *("http:evil.example", "http:/evil.example", "http:///evil.example", "https:evil.example", "https:///evil.example"),
    *("/\t/evil.example", "\t//evil.example", "/\n/evil.example", "\r\n//evil.example", " //evil.example", "\x00//evil.example"),
    *("\x19//evil.example", "\x0b//evil.example", "/\x0b/evil.example", "\u2028//evil.example", "\u200b//evil.example"),
    *(
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:x",
        "ftp://evil.example",
    ),
    *("http://localhost@evil.example", "http://localhost:80@evil.example", "//localhost@evil.example", "http://evil.example#localhost"),
    *("http://evil.example\\@localhost", "http://localhost\\.evil.example", "//evil.example:80/localhost", "http://localhost.evil.example"),
    *(
        "http://[::1]@evil.example",
        "//evil.example%00.localhost",
        "//%65vil.example",
        "%2f%2fevil.example",
        "/%2f/evil.example",
        "/%5cevil.example",
    ),
    *(
        "/.//evil.example",
        "/..//evil.example",
        "/./\\evil.example",
        "x//evil.example",
        "?//evil.example",
        "#//evil.example",
        ";//evil.example",
    ),
    *("http://ⓔvil.example", "//ｅvil.example", "http://evil。example", "https://evil.example/../localhost", "localhost.evil.example"),
]


def adonde_va_un_navegador(destino: str, *, desde: str = "http://localhost/entrar") -> str | None:
    """El servidor al que iría un navegador, con sus manías (WHATWG URL): quita controles, `\\` es `/` y sobran barras y esquemas cortos."""
    limpio = re.sub(r"[\t\r\n]", "", destino.strip("".join(map(chr, range(33)))))
    esquema = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", limpio)
    if esquema and esquema[0].lower() not in {"http:", "https:"}:
        return esquema[0].lower()
    resto = limpio[esquema.end() :] if esquema else limpio
    camino, separador, cola = re.match(r"([^?#]*)([?#]?)(.*)", resto, re.DOTALL).groups()  # type: ignore[union-attr]
    camino = camino.replace("\\", "/")
    mismo_esquema = esquema is not None and esquema[0].lower() == "http:" and not camino.startswith("//")
    if (esquema and not mismo_esquema) or camino.startswith("//"):
        return urlsplit(f"http://{camino.lstrip('/')}").hostname
    return urlsplit(urljoin(desde, camino + separador + cola)).hostname


def se_queda(respuesta: TestResponse) -> None:
    """O se va a una página de esta casa, o ni siquiera se va: un destino que no vale se rechaza en el formulario."""
    assert respuesta.status_code in {200, 302}
    if respuesta.status_code == 302:
        assert adonde_va_un_navegador(respuesta.location) == "localhost", respuesta.location


class TestSiguiente:
    """A dónde se va después de entrar: nunca fuera de aquí, lo escriban como lo escriban."""

    def test_el_navegador_de_la_prueba_se_deja_engañar_como_los_de_verdad(self) -> None:
        fuera = [destino for destino in FUERA if adonde_va_un_navegador(destino) != "localhost"]
        assert len(fuera) >= 40
        assert adonde_va_un_navegador("/\\evil.example") == "evil.example"
        assert adonde_va_un_navegador("/\t/evil.example") == "evil.example"
        assert adonde_va_un_navegador("java\tscript:alert(1)") == "javascript:"
        assert adonde_va_un_navegador("/panel?x=//evil.example") == "localhost"

    def test_quien_ya_entró_nunca_sale_por_ahí(self, cliente_de: Entrar) -> None:
        alicia = cliente_de("alicia")
        for destino in FUERA:
            se_queda(alicia.get(f"/entrar?next={quote(destino)}"))

    @pytest.mark.parametrize(
        "destino", ["//evil.example", "/\\evil.example", "/\t/evil.example", "http:evil.example", "http://localhost@evil.example"]
    )
    @pytest.mark.parametrize("donde", ["dirección", "formulario"])
    def test_quien_entra_tampoco(self, visitante: FlaskClient, donde: str, destino: str) -> None:
        if donde == "dirección":
            se_queda(entrar(visitante, siguiente=f"?next={quote(destino)}"))
        else:
            se_queda(entrar(visitante, next=destino))

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(st.sampled_from("/\\:@.?#%\t\n\r htps\x00\u2028evil.example"), max_size=25))
    def test_ni_con_lo_que_se_le_ocurra_a_una_máquina(self, cliente_de: Entrar, destino: str) -> None:
        se_queda(cliente_de("alicia").get(f"/entrar?next={quote(destino)}"))

    def test_dentro_sí_se_va_adonde_se_iba(self, visitante: FlaskClient) -> None:
        pedida = f"/panel_cliente/{AURA}/contactos/?q=maría"
        a_la_entrada = visitante.get(pedida).location
        siguiente = "?" + urlsplit(a_la_entrada).query
        assert entrar(visitante, siguiente=siguiente).location == f"/panel_cliente/{AURA}/contactos/?q=mar%C3%ADa"


class TestRecuperar:
    """La ficha que se manda por correo; cómo llega está en correo_test."""

    def ficha(self, app: Flask) -> str:
        with app.test_request_context():
            return str(generate_reset_password_token(usuario(ALICIA)))

    def cambiar(self, cliente: FlaskClient, ficha: str, clave: str = CLAVE_NUEVA) -> TestResponse:
        pagina = cliente.get(f"/recuperar/{ficha}")
        hallado = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', pagina.text)
        datos = {"password": clave, "password_confirm": clave, "csrf_token": hallado[1] if hallado else ""}
        return cliente.post(f"/recuperar/{ficha}", data=datos)

    def test_cambia_la_clave_una_vez_y_cierra_las_sesiones(self, app: Flask, cliente_de: Entrar) -> None:
        alicia, ficha = cliente_de("alicia"), self.ficha(app)
        assert self.cambiar(app.test_client(), ficha).status_code == 302
        assert not esta_dentro(alicia)
        assert entrar(app.test_client()).status_code == 200  # la vieja ya no vale
        assert entrar(app.test_client(), clave=CLAVE_NUEVA).status_code == 302
        limitador.reset()
        self.cambiar(app.test_client(), ficha, "y-una-tercera-clave")
        assert entrar(app.test_client(), clave="y-una-tercera-clave").status_code == 200  # la ficha era de un solo uso

    def test_caduca_a_las_dos_horas(self, app: Flask) -> None:
        ficha = self.ficha(app)
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=2, minutes=1), tick=True):
            self.cambiar(app.test_client(), ficha)
        assert entrar(app.test_client(), clave=CLAVE_NUEVA).status_code == 200
        limitador.reset()
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1, minutes=55), tick=True):
            assert self.cambiar(app.test_client(), self.ficha(app)).status_code == 302

    @pytest.mark.parametrize("clave", ["corta", "", "x" * 9])
    def test_una_clave_corta_no_se_acepta(self, app: Flask, clave: str) -> None:
        assert self.cambiar(app.test_client(), self.ficha(app), clave).status_code in {200, 400}
        assert entrar(app.test_client()).status_code == 302

    @pytest.mark.parametrize("ficha", ["x", "a.b.c", "%00", "x" * 3000])
    def test_una_ficha_inventada_no_hace_nada(self, app: Flask, ficha: str) -> None:
        respuesta = app.test_client().get(f"/recuperar/{ficha}")
        assert respuesta.status_code in {302, 404}
        assert entrar(app.test_client()).status_code == 302


def test_el_buscador_de_usuarios_no_mira_otras_noras(app: Flask) -> None:
    with app.app_context():
        assert usuarios.find_user(email="nadie@aura.example") is None
        assert {rol.name for rol in usuario(ALICIA).roles} == set()


def test_las_puertas_de_la_librería_que_no_usamos_no_están(app: Flask) -> None:
    de_la_libreria = {r.rule for r in app.url_map.iter_rules() if r.endpoint.startswith("security.")}
    assert de_la_libreria == {"/entrar", "/salir", "/recuperar", "/recuperar/<token>", "/cambiar-clave"}
