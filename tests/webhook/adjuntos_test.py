"""Lo que llega adjunto se baja una vez, se guarda y se dice; lo que no se puede, se reintenta y al final se explica."""

from __future__ import annotations

import base64
import datetime as dt
import os
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pytest_httpserver import HTTPServer

from registro import archivos, config, tiempo_real
from registro.almacen import Carpeta
from sql.modelos.archivos import Archivo, PorBajar, listar_archivos_de, todas_las_noras_reclamar_archivos
from sql.modelos.webhooks import WebhookRecibido
from tests import fabricas
from tests.fabricas import CUENTA
from tests.muestras import HTML, PNG
from tests.panel import FICHA
from tests.personas import AURA
from tests.webhook.conftest import parametros_de
from webhook import adjuntos, firmantes
from webhook.credenciales import guardar_credenciales
from webhook.descarga import NoSeBaja
from webhook.firma import firmar

SID = "MM" + "1" * 32
MEDIO = "ME" + "a" * 32
CAMINO = f"/2010-04-01/Accounts/{CUENTA}/Messages/{SID}/Media/{MEDIO}"
PROPIA = "AC" + "b" * 32
SU_TOKEN = "token-de-la-nora"


@pytest.fixture
def casa(httpserver: HTTPServer, app: Flask) -> HTTPServer:
    """Twilio en un servidor de mentira, conectado como el de verdad."""
    ajustes = app.extensions["ajustes"].model_copy(
        update={"twilio_cuenta": CUENTA, "twilio_url": httpserver.url_for("").rstrip("/"), "demo": False}
    )
    config.fijar(ajustes)
    return httpserver


@pytest.fixture
def avisos(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    dichos: list[dict[str, object]] = []
    monkeypatch.setattr(tiempo_real, "avisar", lambda nora, que, **ids: dichos.append({"nora": nora, "que": que, **ids}))
    return dichos


def pendiente(url: str = f"https://api.twilio.com{CAMINO}", message_sid: str = SID, **campos: object) -> Archivo:
    mensaje = fabricas.mensaje(fabricas.conversacion(), "", clase="imagen", message_sid=message_sid)
    aviso = {"AccountSid": CUENTA, "MessageSid": message_sid}
    libro = WebhookRecibido(nombre_nora=AURA, tipo="mensaje", message_sid=message_sid, veredicto="guardado", parametros=aviso)
    fabricas.guardar(libro, AURA)
    valores = {"intentar_en": dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1), "tipo_declarado": "image/jpeg"} | campos
    fila = Archivo(nombre_nora=AURA, mensaje_id=mensaje.id, sentido="entra", url_origen=url, **valores)
    fabricas.guardar(fila, AURA)
    return fila


def tomar() -> PorBajar:
    (tomado,) = todas_las_noras_reclamar_archivos(4, 60)
    return tomado


def como_esta(fila: Archivo) -> Archivo:
    (archivo,) = listar_archivos_de(AURA, [fila.mensaje_id or 0])[fila.mensaje_id or 0]
    return archivo


def test_se_baja_con_la_credencial_de_su_cuenta_y_se_avisa_al_chat(casa: HTTPServer, avisos: list[dict[str, object]]) -> None:
    sello = "Basic " + base64.b64encode(f"{CUENTA}:{FICHA}".encode()).decode()
    casa.expect_request(CAMINO, headers={"Authorization": sello}).respond_with_data(PNG)
    fila = pendiente()
    assert adjuntos.traer(tomar()) == "listo"
    listo = como_esta(fila)
    assert (listo.tipo, listo.tipo_declarado, listo.tamano, listo.motivo) == ("image/png", "image/jpeg", len(PNG), None)
    assert (listo.ruta or "").startswith(f"{AURA}/")
    assert archivos.abrir(listo.ruta or "") == PNG
    assert [(a["que"], a["id"]) for a in avisos] == [("mensaje.estado", fila.mensaje_id)]
    assert todas_las_noras_reclamar_archivos(4, 60) == []


def test_lo_que_dice_ser_foto_y_es_html_se_guarda_como_bytes(casa: HTTPServer) -> None:
    casa.expect_request(CAMINO).respond_with_data(HTML, content_type="image/jpeg")
    fila = pendiente()
    assert adjuntos.traer(tomar()) == "listo"
    assert como_esta(fila).tipo == "application/octet-stream"


def test_una_direccion_ajena_falla_sin_pedirse_y_sin_credencial(casa: HTTPServer, avisos: list[dict[str, object]]) -> None:
    with HTTPServer("127.0.0.1") as ajeno:
        ajeno.expect_request("/").respond_with_data(PNG)
        fila = pendiente(ajeno.url_for(CAMINO))
        assert adjuntos.traer(tomar()) == "fallido"
        assert ajeno.log == []
    assert casa.log == []
    assert "no es de Twilio" in (como_esta(fila).motivo or "")
    assert len(avisos) == 1


@pytest.mark.parametrize(
    ("url", "cuenta"),
    [
        (f"https://api.twilio.com/2010-04-01/Accounts/{CUENTA}/Messages.json", PROPIA),
        (f"https://api.twilio.com{CAMINO}", PROPIA),
        (f"https://api.twilio.com{CAMINO}.json", CUENTA),
        (f"https://api.twilio.com{CAMINO}?PageSize=1", CUENTA),
        (f"https://api.twilio.com{CAMINO}/../../../Messages.json", CUENTA),
        (f"https://api.twilio.com{CAMINO.replace(SID, 'SM' + '9' * 32)}", CUENTA),
        (f"https://api.twilio.com//x{CAMINO}", CUENTA),
    ],
)
def test_solo_se_pide_a_twilio_el_archivo_del_propio_mensaje(casa: HTTPServer, visitante: FlaskClient, url: str, cuenta: str) -> None:
    guardar_credenciales(AURA, ahora=dt.datetime.now(dt.UTC), ficha=SU_TOKEN, cuenta=PROPIA)
    firmantes.olvidar()
    aviso = parametros_de("", MessageSid=SID, AccountSid=cuenta, NumMedia="1", MediaUrl0=url, MediaContentType0="image/png")
    sello = firmar(SU_TOKEN if cuenta == PROPIA else FICHA, "http://localhost/webhook", aviso)
    assert visitante.post("/webhook", data=aviso, headers={"X-Twilio-Signature": sello}).status_code in {200, 204}
    tomado = tomar()
    assert (tomado.cuenta, tomado.message_sid, tomado.url) == (cuenta, SID, url)
    assert adjuntos.traer(tomado) == "fallido"
    (archivo,) = listar_archivos_de(AURA, [tomado.mensaje_id])[tomado.mensaje_id]
    assert (archivo.estado, archivo.motivo, archivo.ruta) == ("fallido", "El archivo no es de este mensaje.", None)
    assert casa.log == []


def test_con_cuenta_propia_el_suyo_se_baja_con_lo_suyo(casa: HTTPServer, visitante: FlaskClient) -> None:
    camino = CAMINO.replace(CUENTA, PROPIA)
    sello = "Basic " + base64.b64encode(f"{PROPIA}:{SU_TOKEN}".encode()).decode()
    casa.expect_request(camino, headers={"Authorization": sello}).respond_with_data(PNG)
    guardar_credenciales(AURA, ahora=dt.datetime.now(dt.UTC), ficha=SU_TOKEN, cuenta=PROPIA)
    firmantes.olvidar()
    aviso = parametros_de("", MessageSid=SID, AccountSid=PROPIA, NumMedia="1", MediaUrl0=f"https://api.twilio.com{camino}")
    visitante.post("/webhook", data=aviso, headers={"X-Twilio-Signature": firmar(SU_TOKEN, "http://localhost/webhook", aviso)})
    assert adjuntos.traer(tomar()) == "listo"


def test_una_redireccion_de_twilio_a_otro_recurso_suyo_no_se_sigue(casa: HTTPServer) -> None:
    otro = f"/2010-04-01/Accounts/{CUENTA}/Messages.json"
    casa.expect_request(CAMINO).respond_with_data("", 307, {"Location": otro})
    fila = pendiente()
    assert adjuntos.traer(tomar()) == "fallido"
    assert como_esta(fila).motivo == "El archivo no es de este mensaje."
    assert [peticion.path for peticion, _ in casa.log] == [CAMINO]


def test_sin_constancia_en_el_libro_no_se_pide(casa: HTTPServer) -> None:
    ahora = dt.datetime.now(dt.UTC)
    sin_libro = PorBajar(1, AURA, 1, 1, None, SID, f"https://api.twilio.com{CAMINO}", 1, ahora)
    with pytest.raises(NoSeBaja, match="no es de este mensaje") as fallo:
        adjuntos.reglas_de(sin_libro, config.vigentes())
    assert fallo.value.definitivo


def test_se_reintenta_cada_vez_mas_tarde_y_a_la_quinta_se_explica(casa: HTTPServer) -> None:
    casa.expect_request(CAMINO).respond_with_data("", 503)
    fila = pendiente()
    for intento in range(1, adjuntos.INTENTOS + 1):
        tomado = tomar()
        assert tomado.intentos == intento
        final = adjuntos.traer(tomado)
        assert final == ("fallido" if intento == adjuntos.INTENTOS else "pendiente")
        assert todas_las_noras_reclamar_archivos(4, 60) == []
        if final == "pendiente":
            espera = (como_esta(fila).intentar_en or dt.datetime.now(dt.UTC)) - dt.datetime.now(dt.UTC)
            assert espera.total_seconds() == pytest.approx(adjuntos.PAUSAS[intento - 1], abs=4)
            adelantar(fila)
    assert como_esta(fila).motivo == "El servidor del archivo contestó 503."
    assert adjuntos.reintentar_adjunto(AURA, fila.id)
    assert not adjuntos.reintentar_adjunto(AURA, fila.id)
    assert tomar().intentos == 1


def adelantar(fila: Archivo) -> None:
    from sql.conexion import transaccion

    with transaccion(AURA) as sesion:
        ahora = sesion.get_one(Archivo, fila.id)
        ahora.intentar_en = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)


def test_si_otro_lo_tomo_despues_lo_mio_no_cuenta_ni_queda_en_el_almacen(casa: HTTPServer, avisos: list[dict[str, object]]) -> None:
    casa.expect_request(CAMINO).respond_with_data(PNG)
    fila = pendiente()
    muerto = tomar()
    adelantar(fila)  # su arriendo venció
    vivo = tomar()
    antes = {guardado.ruta for guardado in archivos.almacen().listar(AURA)}
    adjuntos.traer(muerto)
    assert como_esta(fila).estado == "bajando"
    assert {guardado.ruta for guardado in archivos.almacen().listar(AURA)} == antes
    assert avisos == []
    assert adjuntos.traer(vivo) == "listo"


def test_dos_trabajadores_no_toman_lo_mismo(casa: HTTPServer) -> None:
    for _ in range(3):
        pendiente(message_sid=fabricas.sid())
    primero, segundo = todas_las_noras_reclamar_archivos(2, 60), todas_las_noras_reclamar_archivos(2, 60)
    assert len({t.id for t in (*primero, *segundo)}) == 3


def test_sin_almacen_se_reintenta_y_no_se_pierde(casa: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    casa.expect_request(CAMINO).respond_with_data(PNG)
    (tmp_path / "estorbo").write_text("no es una carpeta")
    monkeypatch.setattr(archivos, "almacen", lambda *_: Carpeta(tmp_path / "estorbo", "clave", "http://aqui"))
    fila = pendiente()
    assert adjuntos.traer(tomar()) == "pendiente"
    assert como_esta(fila).motivo == "No se pudo guardar el archivo."


def test_lo_simulado_solo_vale_en_la_demo_y_solo_de_su_cuenta(app: Flask) -> None:
    ajustes = app.extensions["ajustes"]
    propia = archivos.url_firmada(archivos.ruta_nueva(AURA, "image/png"), 60)
    ahora = dt.datetime.now(dt.UTC)
    del_simulado = PorBajar(1, AURA, 1, 1, ajustes.cuenta_demo, SID, propia, 1, ahora)
    assert adjuntos.reglas_de(del_simulado, ajustes)[1].casa == ajustes.url_interna
    assert adjuntos.reglas_de(del_simulado, ajustes.model_copy(update={"demo": False}))[1].casa == adjuntos.TWILIO
    assert adjuntos.reglas_de(PorBajar(1, AURA, 1, 1, CUENTA, SID, propia, 1, ahora), ajustes)[1].casa == adjuntos.TWILIO
    fuera = PorBajar(1, AURA, 1, 1, ajustes.cuenta_demo, SID, "http://127.0.0.1:1/archivo/x", 1, ahora)
    assert adjuntos.reglas_de(fuera, ajustes)[1].casa == adjuntos.TWILIO


def test_el_barrido_quita_lo_que_nadie_conoce_pasado_un_dia(app: Flask) -> None:
    carpeta = archivos.almacen()
    assert isinstance(carpeta, Carpeta)
    conocida, huerfana, reciente, ajena = (archivos.ruta_nueva(nora, "image/png") for nora in (AURA, AURA, AURA, "otra"))
    ayer = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=25)).timestamp()
    for ruta in (conocida, huerfana, reciente, ajena):
        archivos.guardar(ruta, PNG, "image/png")
        if ruta != reciente:
            os.utime(carpeta.donde(ruta), (ayer, ayer))
    pendiente(estado="listo", ruta=conocida)
    subido = Archivo(
        nombre_nora=AURA, sentido="sale", estado="listo", ruta=huerfana, created_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=25)
    )
    fabricas.guardar(subido, AURA)
    adjuntos.barrer_huerfanos()
    quedan = {guardado.ruta for nora in (AURA, "otra") for guardado in carpeta.listar(nora)}
    assert {conocida, reciente} <= quedan
    assert not {huerfana, ajena} & quedan
