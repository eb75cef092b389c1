"""El portero: quién entra a qué Nora y por qué módulo, igual para páginas que para sockets."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from registro.accesos import CON_SESION, SOLO_ADMIN, marca_de
from registro.portero import ROL_DE_AGENCIA, listar_pasos, pedir_paso
from registro.sesiones import UsuarioDePanel, usuarios
from sql.modelos.modulos import guardar_modulo
from sql.modelos.usuarios import ROLES_DE_NORA, guardar_membresia
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import ALICIA, AURA, BETO, CARLA, DIEGO, OTRA, Persona

Entrar = Callable[[str], ClienteDePanel]


def usuario(persona: Persona) -> UsuarioDePanel:
    hallado = usuarios.find_user(email=persona.correo)
    assert isinstance(hallado, UsuarioDePanel)
    return hallado


def direcciones(app: Flask, marca: str, metodo: str, *, nora: str = AURA) -> list[str]:
    """Todas las direcciones con esa marca y ese verbo, con cada hueco relleno."""

    def rellenar(regla: Rule) -> str:
        con_nora = regla.rule.replace("<nombre_nora>", nora)
        return re.sub(r"<int[^>]*>", "1", re.sub(r"<(?!int)[^>]+>", "chat", con_nora))

    reglas = [r for r in app.url_map.iter_rules() if marca_de(app, r.endpoint) == marca and metodo in (r.methods or ())]
    return sorted({rellenar(regla) for regla in reglas})


def sin_lo_que_cambia(pagina: str) -> str:
    """La página sin su número de petición ni su ficha CSRF, que cambian cada vez."""
    return re.sub(r'ref \w+|"X-CSRFToken": "[^"]+"|value="[\w.-]{40,}"', "", pagina)


class TestDentroDeUnaNora:
    """Alicia y Beto son de aura; Carla, de otra; Diego, de la agencia."""

    def test_alicia_beto_y_diego_entran_y_carla_no(self, cliente_de: Entrar) -> None:
        respuestas = {
            quien: cliente_de(quien).get(f"/panel_cliente/{AURA}/chat/").status_code for quien in ("alicia", "beto", "carla", "diego")
        }
        assert respuestas == {"alicia": 200, "beto": 200, "carla": 404, "diego": 200}

    def test_para_carla_ninguna_direccion_de_aura_existe(self, app: Flask, cliente_de: Entrar) -> None:
        carla = cliente_de("carla")
        for metodo in ("GET", "POST"):
            for direccion in direcciones(app, CON_SESION, metodo):
                if f"/{AURA}/" in direccion:
                    assert carla.open(direccion, method=metodo).status_code == 404, (metodo, direccion)

    def test_para_carla_una_nora_ajena_y_una_que_no_existe_son_la_misma_nada(self, cliente_de: Entrar) -> None:
        carla = cliente_de("carla")
        ajena, inventada = carla.get(f"/panel_cliente/{AURA}/chat/"), carla.get("/panel_cliente/noexiste/chat/")
        assert ajena.status_code == inventada.status_code == 404
        assert sin_lo_que_cambia(ajena.text) == sin_lo_que_cambia(inventada.text).replace("noexiste", AURA)

    def test_ni_la_agencia_entra_a_una_nora_que_no_existe(self, cliente_de: Entrar) -> None:
        diego = cliente_de("diego")
        for nombre in ("noexiste", "*", "%00", "aura%00", "AURA", "aura%20", "..", "%ff", "x" * 500):
            assert diego.get(f"/panel_cliente/{nombre}/chat/").status_code == 404, nombre

    def test_un_visitante_va_a_la_entrada_y_vuelve(self, app: Flask, visitante: FlaskClient) -> None:
        for direccion in direcciones(app, CON_SESION, "GET") + direcciones(app, SOLO_ADMIN, "GET"):
            respuesta = visitante.get(direccion)
            assert respuesta.status_code == 302, direccion
            assert respuesta.location.startswith("/entrar?next=/"), direccion

    def test_un_fragmento_o_un_json_sin_sesion_reciben_401_y_no_una_pagina(self, visitante: FlaskClient) -> None:
        fragmento = visitante.get(f"/panel_cliente/{AURA}/chat/", headers={"HX-Request": "true"})
        assert (fragmento.status_code, "<html" in fragmento.text, "caducó" in fragmento.text) == (401, False, True)
        en_json = visitante.get(f"/panel_cliente/{AURA}/chat/", headers={"Accept": "application/json"})
        assert (en_json.status_code, en_json.get_json()["codigo"]) == (401, 401)


class TestLaAgencia:
    def test_para_quien_no_es_de_la_agencia_admin_no_existe(self, app: Flask, cliente_de: Entrar) -> None:
        alicia = cliente_de("alicia")
        for metodo in ("GET", "POST"):
            for direccion in direcciones(app, SOLO_ADMIN, metodo):
                assert alicia.open(direccion, method=metodo).status_code == 404, (metodo, direccion)

    def test_diego_entra_a_todas_las_paginas(self, app: Flask, cliente_de: Entrar) -> None:
        diego = cliente_de("diego")
        for direccion in direcciones(app, SOLO_ADMIN, "GET"):
            assert diego.get(direccion).status_code == 200, direccion

    def test_quien_deja_de_ser_de_la_agencia_deja_de_entrar(self, base: Base, cliente_de: Entrar) -> None:
        diego = cliente_de("diego")
        assert diego.get("/admin/").status_code == 200
        base.filas("delete from roles_usuarios where usuario_id = %s returning 1", DIEGO.id)
        assert diego.get("/admin/").status_code == 404
        assert diego.get(f"/panel_cliente/{AURA}/chat/").status_code == 404


class TestModulos:
    @pytest.mark.parametrize("modulo", ["chat", "contactos", "conocimiento"])
    @pytest.mark.parametrize("quien", ["alicia", "diego"])
    def test_apagado_no_se_abre_por_direccion_ni_sale_en_el_menu(self, app: Flask, cliente_de: Entrar, modulo: str, quien: str) -> None:
        guardar_modulo(AURA, modulo, False)
        cliente = cliente_de(quien)
        del_modulo = {bp for bp, suyo in app.extensions["modulo_de_blueprint"].items() if suyo == modulo}
        assert del_modulo
        for regla in app.url_map.iter_rules():
            if regla.endpoint.partition(".")[0] in del_modulo:
                direccion = re.sub(r"<int[^>]*>", "1", regla.rule.replace("<nombre_nora>", AURA))
                for metodo in {"GET", "POST"} & (regla.methods or set()):
                    assert cliente.open(direccion, method=metodo).status_code == 404, (metodo, direccion)
        otro = "contactos" if modulo == "chat" else "chat"
        pagina = cliente.get(f"/panel_cliente/{AURA}/{otro}/").text
        assert f"/panel_cliente/{AURA}/{otro}/" in pagina
        assert f'href="/panel_cliente/{AURA}/{modulo}/"' not in pagina

    def test_sin_fila_es_apagado(self, base: Base, cliente_de: Entrar) -> None:
        base.filas("delete from modulos_disponibles where nombre_nora = %s and modulo = 'chat' returning 1", AURA)
        assert cliente_de("alicia").get(f"/panel_cliente/{AURA}/chat/").status_code == 404

    def test_apagarlo_en_una_nora_no_lo_apaga_en_otra(self, cliente_de: Entrar) -> None:
        guardar_modulo(AURA, "chat", False)
        assert cliente_de("carla").get(f"/panel_cliente/{OTRA}/chat/").status_code == 200

    def test_las_puertas_de_la_demo_no_existen_sin_demo(self, app: Flask, cliente_de: Entrar) -> None:
        alicia = cliente_de("alicia")
        assert alicia.get(f"/panel_cliente/{AURA}/simulador/", follow_redirects=True).status_code == 200
        app.extensions["ajustes"] = app.extensions["ajustes"].model_copy(update={"demo": False})
        assert alicia.get(f"/panel_cliente/{AURA}/simulador/").status_code == 404
        assert "simulador" not in alicia.get(f"/panel_cliente/{AURA}/chat/").text.lower()


class TestRoles:
    @pytest.mark.parametrize("rol", ROLES_DE_NORA)
    def test_sólo_el_de_lectura_no_puede_cambiar_nada(self, app: Flask, cliente_de: Entrar, rol: str) -> None:
        guardar_membresia(AURA, BETO.id, rol)
        guardar_modulo(AURA, "envios", True)
        beto = cliente_de("beto")
        assert beto.get(f"/panel_cliente/{AURA}/conocimiento/").status_code == 200
        codigos = {beto.post(direccion).status_code for direccion in direcciones(app, CON_SESION, "POST") if f"/{AURA}/" in direccion}
        assert (codigos == {403}) == (rol == "lectura")
        assert rol == "lectura" or 403 not in codigos

    def test_el_403_dice_por_qué_y_quién_puede_cambiarlo(self, cliente_de: Entrar) -> None:
        guardar_membresia(AURA, BETO.id, "lectura")
        respuesta = cliente_de("beto").post(f"/panel_cliente/{AURA}/conocimiento/", data={"contenido": "x"})
        assert "sólo lectura" in respuesta.text

    def test_quien_sale_del_equipo_deja_de_entrar_en_el_acto(self, base: Base, cliente_de: Entrar) -> None:
        beto = cliente_de("beto")
        assert beto.get(f"/panel_cliente/{AURA}/chat/").status_code == 200
        base.filas("delete from membresias where usuario_id = %s returning 1", BETO.id)
        assert beto.get(f"/panel_cliente/{AURA}/chat/").status_code == 404


class TestPedirPaso:
    """La función sola: es la que usan también los sockets."""

    @pytest.fixture(autouse=True)
    def _en_la_aplicacion(self, app: Flask) -> object:
        with app.app_context():
            yield

    def test_lleva_el_rol_los_modulos_y_quien_es(self) -> None:
        paso = pedir_paso(usuario(ALICIA), AURA, "chat")
        assert paso is not None
        assert (paso.nombre_nora, paso.rol, paso.usuario_id, paso.puede_escribir) == (AURA, "dueno", ALICIA.id, True)
        assert paso.modulos == {"chat", "ia", "contactos", "conocimiento"}

    def test_la_agencia_pasa_con_su_propio_rol(self) -> None:
        paso = pedir_paso(usuario(DIEGO), OTRA, None)
        assert paso is not None
        assert (paso.rol, paso.puede_escribir) == (ROL_DE_AGENCIA, True)

    @pytest.mark.parametrize(
        ("persona", "nora", "modulo"),
        [
            *((CARLA, AURA, "chat"), (CARLA, AURA, None), (ALICIA, AURA, "ads"), (ALICIA, "*", None), (ALICIA, "", None)),
            *((DIEGO, AURA, "ads"), (DIEGO, "*", None), (DIEGO, "a\x00", None), (DIEGO, "", None), (DIEGO, "noexiste", None)),
        ],
    )
    def test_sin_derecho_no_hay_paso(self, persona: Persona, nora: str, modulo: str | None) -> None:
        assert pedir_paso(usuario(persona), nora, modulo) is None

    def test_nadie_sin_sesion_pasa(self, app: Flask) -> None:
        anonimo = app.login_manager.anonymous_user()  # type: ignore[attr-defined]
        assert pedir_paso(anonimo, AURA, None) is None
        assert pedir_paso(None, AURA, None) is None
        assert listar_pasos(anonimo) == []

    @pytest.mark.parametrize("persona", [ALICIA, CARLA, DIEGO], ids=lambda p: p.nombre)
    def test_listar_pasos_concede_justo_lo_mismo_que_pedirlos_de_uno_en_uno(self, persona: Persona) -> None:
        quien = usuario(persona)
        de_uno_en_uno = [paso for nora in (AURA, OTRA) if (paso := pedir_paso(quien, nora, None)) is not None]
        assert sorted(listar_pasos(quien), key=lambda p: p.nombre_nora) == de_uno_en_uno
