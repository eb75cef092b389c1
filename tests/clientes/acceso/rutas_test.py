"""Entrar, equivocarse, insistir, salir, recuperar la contraseña y la entrada de un clic de la demo."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from urllib.parse import urljoin, urlsplit

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from clientes.acceso.limites import POR_CUENTA, POR_DIRECCION
from sql import conexion
from sql.modelos.noras import guardar_nora
from sql.modelos.usuarios import guardar_membresia
from tests.personas import ALICIA, AURA, CLAVE, OTRA

CHAT = f"/panel_cliente/{AURA}/chat/"
INCORRECTO = "Correo o contraseña incorrectos."
HTML = {"Accept": "text/html"}


def entrar(visitante, correo=ALICIA.correo, clave=CLAVE, siguiente=None, **datos):
    """Manda el formulario de entrada tal como sale en la página."""
    direccion = "/entrar" if siguiente is None else f"/entrar?next={siguiente}"
    return enviar(visitante, direccion, email=correo, password=clave, **datos)


def enviar(visitante, direccion, **datos):
    sello = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitante.get(direccion).text)
    assert sello
    return visitante.post(direccion, data={"csrf_token": sello.group(1), **datos}, headers=HTML)


def test_entrar_lleva_al_primer_modulo_abierto(visitante):
    assert entrar(visitante).location == "/"
    assert visitante.get("/").location == CHAT
    assert visitante.get(CHAT).status_code == 200


def test_entrar_vuelve_a_donde_se_iba(visitante):
    pedido = visitante.get(f"{CHAT}?solo=ia", headers=HTML)
    assert pedido.location.startswith("/entrar?next=")
    vuelta = enviar(visitante, pedido.location, email=ALICIA.correo, password=CLAVE)
    assert vuelta.location == f"{CHAT}?solo=ia"


@pytest.mark.parametrize("siguiente", ["https://malo.example/", "//malo.example/", "/%5Cmalo.example", "javascript:alert(1)"])
def test_entrar_no_saca_a_otra_casa(visitante, siguiente):
    vuelta = entrar(visitante, siguiente=siguiente)
    assert vuelta.status_code in {200, 302}
    # Como la lee un navegador: «\\» vale por «/».
    assert urlsplit(urljoin("http://localhost/", (vuelta.location or "/").replace("\\", "/"))).netloc == "localhost"


def test_da_igual_si_falla_el_correo_o_la_contrasena(visitante):
    paginas = [entrar(visitante, correo, clave) for correo, clave in ((ALICIA.correo, "otra"), ("nadie@x.example", CLAVE))]
    for pagina in paginas:
        assert (pagina.status_code, pagina.text.count(INCORRECTO)) == (200, 1)
    # Lo escrito se conserva; la contraseña nunca vuelve.
    assert f'value="{ALICIA.correo}"' in paginas[0].text
    assert CLAVE not in paginas[1].text
    assert visitante.get(CHAT, headers=HTML).status_code == 302


def test_quien_no_esta_activo_recibe_la_misma_respuesta(visitante, base):
    base.duena.execute("update usuarios set active = false where id = %s", (ALICIA.id,))
    assert INCORRECTO in entrar(visitante).text


def test_la_contrasena_esta_guardada_con_argon2(base):
    ((guardada,),) = base.filas("select password from usuarios where id = %s", ALICIA.id)
    assert str(guardada).startswith("$argon2id$")


def test_insistir_se_corta_y_dice_cuanto_esperar(visitante):
    for _ in range(POR_CUENTA.amount):
        assert entrar(visitante, clave="mala").status_code == 200
    cortado = entrar(visitante)
    assert cortado.status_code == 429
    espera = int(cortado.headers["Retry-After"])
    assert 1 <= espera <= 60
    assert f'data-cuenta-atras="{espera}"' in cortado.text
    # Otra cuenta y mirar la página siguen bien: el corte es de esa cuenta desde esa dirección.
    assert INCORRECTO in entrar(visitante, "beto@aura.example", "mala").text
    assert visitante.get("/entrar").status_code == 200


def test_probar_muchas_cuentas_tambien_se_corta(visitante):
    codigos = [entrar(visitante, f"{i}@x.example", "").status_code for i in range(POR_DIRECCION.amount + 1)]
    assert (set(codigos[:-1]), codigos[-1]) == ({200}, 429)


def test_pedir_muchos_correos_se_corta(visitante):
    codigos = [enviar(visitante, "/recuperar", email="nadie@x.example").status_code for _ in range(POR_CUENTA.amount + 1)]
    assert (set(codigos[:-1]), codigos[-1]) == ({200}, 429)


def test_salir_es_un_envio_y_cierra_la_sesion(cliente_de):
    alicia = cliente_de("alicia")
    assert alicia.get("/salir").status_code == 405
    assert alicia.post("/salir").location == "/entrar"
    assert alicia.get(CHAT, headers=HTML).status_code == 302


def test_cambiar_el_sello_del_usuario_cierra_sus_sesiones(cliente_de, base):
    alicia = cliente_de("alicia")
    assert alicia.get(CHAT).status_code == 200
    base.duena.execute("update usuarios set fs_uniquifier = 'otro-sello' where id = %s", (ALICIA.id,))
    assert alicia.get(CHAT, headers=HTML).status_code == 302


def test_recuperar_la_contrasena_por_correo(app, visitante):
    carpeta = app.extensions["ajustes"].carpeta_de_datos / "correo"
    antes = set(carpeta.glob("*.eml"))
    iguales = [enviar(visitante, "/recuperar", email=correo) for correo in (ALICIA.correo, "nadie@x.example")]
    assert {pagina.status_code for pagina in iguales} == {200}
    (carta,) = set(carpeta.glob("*.eml")) - antes
    correo = message_from_bytes(carta.read_bytes(), policy=policy.default)
    texto = correo.get_body(("plain",)).get_content()
    assert correo["To"] == ALICIA.correo
    assert "Alicia" in texto
    assert "no hagas nada" in texto
    enlace = re.search(r"https?://[^/\s]+(/recuperar/\S+)", texto)
    assert enlace
    vuelta = enviar(visitante, enlace.group(1), password="nueva-clave-larga-9", password_confirm="nueva-clave-larga-9")
    assert vuelta.status_code == 302
    visitante.delete_cookie("aura")
    assert INCORRECTO in entrar(visitante).text
    assert entrar(visitante, clave="nueva-clave-larga-9").location == "/"


def test_una_contrasena_corta_se_explica_en_su_campo(cliente_de):
    alicia = cliente_de("alicia")
    pagina = alicia.post("/cambiar-clave", data={"password": CLAVE, "new_password": "corta", "new_password_confirm": "corta"}, headers=HTML)
    assert pagina.status_code == 200
    assert re.search(r'id="new_password"[^>]*aria-invalid="true"[^>]*aria-describedby="[^"]*new_password-error', pagina.text, re.DOTALL)
    assert 'id="new_password-error"' in pagina.text


def test_la_agencia_va_a_su_oficina(cliente_de):
    diego = cliente_de("diego")
    assert diego.get("/").location == "/admin/"
    assert diego.get("/mis-noras").location == "/admin/noras/"


def test_una_cuenta_sin_nora_lo_dice(cliente_de, base):
    base.duena.execute("delete from membresias where usuario_id = %s", (ALICIA.id,))
    assert "Tu cuenta aún no tiene ninguna Nora" in cliente_de("alicia").get("/").text


def test_una_nora_sin_modulos_lo_dice(cliente_de, base):
    base.duena.execute("update modulos_disponibles set activo = false")
    assert "no tiene ningún módulo encendido" in cliente_de("alicia").get("/").text


def test_con_varias_noras_se_puede_cambiar_de_una_a_otra(cliente_de):
    assert "/mis-noras" not in cliente_de("alicia").get(CHAT).text
    guardar_membresia(OTRA, ALICIA.id, "agente")
    guardar_nora(OTRA, nombre_visible="La <otra>")
    alicia = cliente_de("alicia")
    assert "/mis-noras" in alicia.get(CHAT).text
    noras = alicia.get("/mis-noras").text
    assert f'href="/panel_cliente/{OTRA}/chat/"' in noras
    assert "La &lt;otra&gt;" in noras


# La entrada de un clic de la demo


@pytest.fixture
def de_ejemplo(base):
    """La dueña de ejemplo tal como la siembra la demo."""
    base.duena.execute("update usuarios set email = 'duena@example.com', es_ejemplo = true where id = %s", (ALICIA.id,))


def con_ajustes(app, **cambios):
    app.extensions["ajustes"] = app.extensions["ajustes"].model_copy(update=cambios)


def un_clic(visitante, quien="duena", consulta=""):
    sello = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitante.get("/entrar").text)
    assert sello
    return visitante.post(f"/entrar/demo/{quien}{consulta}", data={"csrf_token": sello.group(1)})


def test_en_la_demo_se_entra_de_un_clic(visitante, de_ejemplo):
    pagina = visitante.get("/entrar").text
    assert "/entrar/demo/duena" in pagina
    assert "/entrar/demo/agente" not in pagina
    vuelta = un_clic(visitante)
    assert (vuelta.status_code, vuelta.location) == (303, "/")
    assert visitante.get("/").location == CHAT


def test_el_clic_tambien_vuelve_a_donde_se_iba_sin_salir_de_casa(visitante, de_ejemplo):
    assert un_clic(visitante, consulta=f"?next={CHAT}").location == CHAT
    visitante.delete_cookie("aura")
    assert un_clic(visitante, consulta="?next=//malo.example").location == "/"


@pytest.mark.parametrize("cambio", [{"demo": False}, {"direccion": "0.0.0.0"}])
def test_fuera_de_la_demo_local_no_hay_clic_que_valga(app, visitante, de_ejemplo, cambio):
    con_ajustes(app, **cambio)
    assert "/entrar/demo/" not in visitante.get("/entrar").text
    assert un_clic(visitante).status_code == 404
    assert visitante.get(CHAT, headers=HTML).status_code == 302


@pytest.mark.parametrize("estado", ["es_ejemplo = false", "active = false"])
def test_solo_se_entra_como_un_usuario_de_ejemplo_y_activo(visitante, base, de_ejemplo, estado):
    base.duena.execute(f"update usuarios set {estado} where id = %s", (ALICIA.id,))
    assert un_clic(visitante).status_code == 404
    assert un_clic(visitante, "nadie").status_code == 404


def test_el_clic_sin_sello_no_entra(visitante, de_ejemplo):
    assert visitante.post("/entrar/demo/duena").status_code == 400


# Las páginas de error


def test_el_404_se_ve_dentro_y_fuera(cliente_de, visitante):
    assert "Esta página no existe" in visitante.get("/no-existe", headers=HTML).text
    dentro = cliente_de("alicia").get("/no-existe", headers=HTML)
    assert dentro.status_code == 404
    assert "Cerrar sesión" in dentro.text


def test_el_fragmento_de_error_lleva_su_motivo_y_no_la_pagina(cliente_de):
    trozo = cliente_de("alicia").get("/no-existe", headers={"HX-Request": "true"})
    assert "<html" not in trozo.text
    assert "data-motivo" in trozo.text
    assert "<h1" not in trozo.text


@pytest.mark.parametrize("quien", ["alicia", "diego"])
def test_sin_base_sale_la_pagina_503_y_no_otra_cosa(app, cliente_de, monkeypatch, quien):
    cliente = cliente_de(quien)

    def caida(*_args, **_kwargs):
        raise OperationalError("select 1", {}, psycopg.OperationalError("se fue"))

    monkeypatch.setattr(conexion.motor().pool, "connect", caida)
    caido = cliente.get(CHAT, headers=HTML)
    assert (caido.status_code, caido.headers["Retry-After"]) == (503, "5")
    assert "La base de datos no responde" in caido.text
