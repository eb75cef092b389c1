"""El doble de Twilio se comporta como dice la documentación: de él depende lo que las demás pruebas prueban."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tests.dobles.servidor import twilio_encendido
from tests.dobles.twilio import DobleDeTwilio
from tests.dobles.twilio_averias import Azar, PlanDeAvisos
from tests.dobles.twilio_cartero import Cartero, firmar
from tests.dobles.twilio_reglas import queja
from tests.fabricas import CUENTA

FICHA, NORA, MARIA = "f" * 32, "whatsapp:+14155238886", "whatsapp:+5215512345678"
BASE: dict[str, str] = {"To": MARIA, "From": NORA, "Body": "hola", "StatusCallback": "http://127.0.0.1/estado?i=3"}


class Buzon:
    """Recibe lo que el cartero lleva; contesta los códigos que se le digan y luego 204."""

    def __init__(self) -> None:
        self.recibido: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.codigos: list[int] = []

    def __call__(self, url: str, parametros: Mapping[str, str], cabeceras: Mapping[str, str]) -> int:
        self.recibido.append((url, dict(parametros), dict(cabeceras)))
        return self.codigos.pop(0) if self.codigos else 204

    def estados(self) -> list[str]:
        """Los estados avisados, en el orden en que llegaron."""
        return [parametros["MessageStatus"] for _, parametros, _ in self.recibido]


@pytest.fixture
def buzon() -> Buzon:
    """Donde acaban los avisos."""
    return Buzon()


@pytest.fixture
def doble(buzon: Buzon) -> Iterator[DobleDeTwilio]:
    """Un doble en su servidor de hilos, con un cartero que reparte aquí mismo."""
    with twilio_encendido(CUENTA, FICHA, cartero=Cartero(llevar=buzon)) as suelto:
        yield suelto


def _pedir(
    doble: DobleDeTwilio, metodo: str = "POST", ruta: str = "Messages.json", clave: str = FICHA, **opciones: Any
) -> requests.Response:
    url = ruta if ruta.startswith("http") else f"{doble.url}/2010-04-01/Accounts/{CUENTA}/{ruta}"
    return requests.request(metodo, url, auth=(CUENTA, clave), timeout=10, **opciones)


def _crear(doble: DobleDeTwilio, **cambios: str) -> dict[str, Any]:
    return dict(_pedir(doble, data=BASE | cambios).json())


def test_la_clave_se_comprueba(doble: DobleDeTwilio) -> None:
    assert _pedir(doble, data=BASE, clave="otra").json()["code"] == 20003
    assert requests.post(f"{doble.url}/2010-04-01/Accounts/{CUENTA}/Messages.json", data=BASE, timeout=5).status_code == 401
    doble.abrir_cuenta(CUENTA, None, api_usuario="SK1", api_clave="s")
    con_clave = requests.post(f"{doble.url}/2010-04-01/Accounts/{CUENTA}/Messages.json", data=BASE, auth=("SK1", "s"), timeout=5)
    assert con_clave.status_code == 201
    assert len(doble.aceptados) == 1


@pytest.mark.parametrize(
    ("cambios", "codigo"),
    [
        ({"To": ""}, 21604),
        ({"To": "whatsapp:hola"}, 21211),
        ({"From": ""}, 21603),
        ({"To": "+5215512345678"}, 21910),
        ({"Body": ""}, 21619),
        ({"Body": "x" * 1601}, 21617),
        ({"Body": "", "ContentSid": "HX1"}, 21655),
        ({"Body": "", "ContentSid": "HX" + "a" * 32, "ContentVariables": "{"}, 21656),
        ({"StatusCallback": "http://con_guion.example/"}, 21609),
        ({"ScheduleType": "fixed"}, 35118),
    ],
)
def test_lo_que_twilio_no_acepta_lleva_su_codigo(doble: DobleDeTwilio, cambios: dict[str, str], codigo: int) -> None:
    respuesta = _pedir(doble, data=BASE | cambios)
    assert (respuesta.status_code, respuesta.json()["code"]) == (400, codigo)
    assert doble.aceptados == []


def test_los_archivos_y_las_bajas_tambien_se_miran() -> None:
    assert queja({**BASE, "Body": ""}, ["ftp://x/y"], remitentes=(), bajas=()) == 21620
    assert queja(BASE, ["http://a/1", "http://a/2"], remitentes=(), bajas=()) == 21623
    assert queja(BASE, [], remitentes={"whatsapp:+1999999999"}, bajas=()) == 63007
    assert queja(BASE, [], remitentes={NORA}, bajas={MARIA}) == 21610
    assert queja(BASE, ["https://a/1"], remitentes={NORA}, bajas=()) is None


@pytest.mark.parametrize(
    ("averia", "aceptados", "codigo"),
    [("429", 0, 429), ("500_antes", 0, 500), ("500_despues", 1, 500), ("html", 1, 201), ("codigo:63016", 0, 400), ("http:502", 0, 502)],
)
def test_cada_averia_acepta_o_no_lo_que_dice(doble: DobleDeTwilio, averia: str, aceptados: int, codigo: int) -> None:
    doble.averias.append(averia)
    assert _pedir(doble, data=BASE).status_code == codigo
    assert len(doble.aceptados) == aceptados


@pytest.mark.parametrize(("averia", "aceptados"), [("corta", 1), ("corta_antes", 0)])
def test_cortar_deja_a_quien_llama_sin_saber(doble: DobleDeTwilio, averia: str, aceptados: int) -> None:
    doble.averias.append(averia)
    with pytest.raises(requests.exceptions.ConnectionError):
        _pedir(doble, data=BASE)
    assert len(doble.aceptados) == aceptados


def test_el_listado_pagina_filtra_y_va_del_mas_nuevo_al_mas_viejo(doble: DobleDeTwilio) -> None:
    sids = [_crear(doble, Body=str(i))["sid"] for i in range(5)]
    entrante = doble.escribir(MARIA, NORA, "hola", entregar=False)
    _crear(doble, To="whatsapp:+5215500000000")
    primera = _pedir(doble, "GET", params={"To": MARIA, "PageSize": 3}).json()
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", primera["messages"][0]["date_created"])
    _crear(doble, Body="llegó entre páginas")
    segunda = _pedir(doble, "GET", ruta=doble.url + primera["next_page_uri"]).json()
    assert [m["sid"] for m in primera["messages"] + segunda["messages"]] == sids[::-1]
    assert segunda["next_page_uri"] is None
    hacia_nora = _pedir(doble, "GET", params={"To": NORA}).json()["messages"]
    assert [(m["sid"], m["direction"]) for m in hacia_nora] == [(entrante, "inbound")]
    assert len(_pedir(doble, "GET", params={"DateSent>": "2026-01-01", "From": NORA}).json()["messages"]) == 7
    assert _pedir(doble, "GET", params={"DateSent<": "2020-01-01"}).json()["messages"] == []


def test_uno_solo_se_lee_se_vacia_y_se_borra(doble: DobleDeTwilio) -> None:
    ruta = f"Messages/{_crear(doble)['sid']}.json"
    assert _pedir(doble, "GET", ruta).json()["body"] == "hola"
    assert _pedir(doble, "POST", ruta, data={"Body": ""}).json()["body"] == ""
    assert _pedir(doble, "DELETE", ruta).status_code == 204
    assert _pedir(doble, "GET", ruta).json()["code"] == 20404


def test_los_avisos_van_firmados_a_la_direccion_que_se_dio(doble: DobleDeTwilio, buzon: Buzon) -> None:
    sid = _crear(doble)["sid"]
    assert doble.avisar(sid, "failed", "63016") == 204
    url, parametros, cabeceras = buzon.recibido[0]
    assert (url, parametros["MessageSid"], parametros["ErrorCode"]) == (BASE["StatusCallback"], sid, "63016")
    todo = url + "".join(clave + parametros[clave] for clave in sorted(parametros))
    assert cabeceras["X-Twilio-Signature"] == base64.b64encode(hmac.digest(FICHA.encode(), todo.encode(), hashlib.sha1)).decode()


def test_la_firma_es_la_del_vector_publicado_por_twilio() -> None:
    parametros = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert firmar("12345", url, parametros) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert firmar("12345", url + "#rc=3&rp=5xx", parametros) == firmar("12345", url, parametros)


def test_el_plan_manda_los_avisos_repetidos_o_ninguno(doble: DobleDeTwilio, buzon: Buzon) -> None:
    doble.plan = PlanDeAvisos(repetidos=1, demora=(0, 0))
    _crear(doble)
    assert doble.cartero.esperar(10)
    assert sorted(buzon.estados()) == sorted(["sent", "delivered", "read"] * 2)
    doble.plan = PlanDeAvisos(perdidos=1)
    _crear(doble)
    assert doble.cartero.esperar(10)
    assert len(buzon.recibido) == 6
    assert [m["status"] for m in doble.aceptados] == ["read", "read"]


def test_un_aviso_puede_llegar_antes_que_la_respuesta(doble: DobleDeTwilio, buzon: Buzon) -> None:
    doble.plan = PlanDeAvisos(estados=("sent",), adelantados=1)
    doble.averias.append("tarda:0.3")
    empezo = time.monotonic()
    _crear(doble)
    assert time.monotonic() - empezo >= 0.3
    assert buzon.estados() == ["sent"]


@given(st.integers(0, 1000))
def test_el_plan_con_la_misma_semilla_hace_lo_mismo_y_no_inventa_estados(semilla: int) -> None:
    planes = [PlanDeAvisos(revueltos=0.5, repetidos=0.5, perdidos=0.3, fallidos=0.3, semilla=semilla) for _ in range(2)]
    tiradas = [[plan.tirar() for _ in range(5)] for plan in planes]
    assert tiradas[0] == tiradas[1]
    assert all({estado for _, estado in tirada.avisos} <= set(tirada.ciertos) for tirada in tiradas[0])


def test_el_azar_respeta_sus_probabilidades() -> None:
    azar = Azar(1, {"429": 0.2, "corta": 0.1})
    salidas = [azar.tirar() for _ in range(5000)]
    assert 800 < salidas.count("429") < 1200
    assert 350 < salidas.count("corta") < 650


def test_lo_que_nadie_acepta_se_reintenta_y_al_final_se_pierde(doble: DobleDeTwilio, buzon: Buzon) -> None:
    doble.entrantes.url, doble.cartero.intentos, doble.cartero.pausa = "http://127.0.0.1/webhook#rc=3", 4, 0.001
    buzon.codigos = [0, 503]
    sid = doble.escribir(MARIA, NORA, "hola")
    assert doble.entrantes.codigos[sid] == 204
    assert [url for url, _, _ in buzon.recibido] == ["http://127.0.0.1/webhook"] * 3
    buzon.codigos = [503] * 4
    perdido = doble.escribir(MARIA, NORA, "¿hola?")
    assert doble.cartero.perdidos == [perdido]


def test_un_archivo_se_baja_por_otro_servidor_y_sin_la_clave(doble: DobleDeTwilio, buzon: Buzon) -> None:
    doble.entrantes.url = "http://127.0.0.1/webhook"
    sid = doble.escribir(MARIA, NORA, medios=[(b"OggS", "audio/ogg")])
    parametros = buzon.recibido[0][1]
    assert (sid[:2], parametros["NumMedia"], parametros["MediaContentType0"]) == ("MM", "1", "audio/ogg")
    suyo = parametros["MediaUrl0"].replace("https://api.twilio.com", doble.url)
    assert _pedir(doble, "GET", suyo, clave="otra").status_code == 401
    salto = _pedir(doble, "GET", suyo, allow_redirects=False)
    assert (salto.status_code, salto.headers["Location"].partition("/medios/")[0]) == (307, doble.url.replace("127.0.0.1", "localhost"))
    assert requests.get(salto.headers["Location"].replace("localhost", "127.0.0.1"), timeout=5).content == b"OggS"
    assert "Authorization" not in doble.salas.cabeceras_del_almacen[0]
    assert len(_pedir(doble, "GET", f"Messages/{sid}/Media.json").json()["media_list"]) == 1
