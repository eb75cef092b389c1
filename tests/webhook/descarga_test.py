"""Bajar de la red sin fiarse: la credencial no sale de casa, nada de redes internas, y con tope de peso y de tiempo."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.muestras import PNG
from webhook.descarga import NoSeBaja, Reglas, bajar, es_publica, origen_de

CREDENCIAL = "Basic " + base64.b64encode(b"AC1:secreta").decode()


@pytest.fixture
def ajeno() -> Iterator[HTTPServer]:
    """Un servidor que no es el de casa."""
    with HTTPServer("127.0.0.1") as otro:
        yield otro


def reglas(casa: HTTPServer, **cambios: object) -> Reglas:
    valores = {"casa": origen_de(casa.url_for("")), "usuario": "AC1", "clave": "secreta"} | cambios
    return Reglas(**valores)  # type: ignore[arg-type]


def abierto(_ip: str) -> bool:
    return True


def test_baja_con_su_credencial(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/m", headers={"Authorization": CREDENCIAL}).respond_with_data(PNG, content_type="text/html")
    with bajar(httpserver.url_for("/m"), reglas(httpserver)) as archivo:
        assert archivo.read() == PNG


def test_una_direccion_ajena_ni_se_pide(httpserver: HTTPServer, ajeno: HTTPServer) -> None:
    ajeno.expect_request("/m").respond_with_data(PNG)
    for url in (
        ajeno.url_for("/m"),
        "https://api.twilio.com.malo.example/x",
        "file:///etc/passwd",
        "http://u:p@127.0.0.1/",
        "ftp://x/",
        "",
    ):
        with pytest.raises(NoSeBaja, match="no es de Twilio") as fallo:
            bajar(url, reglas(httpserver))
        assert fallo.value.definitivo
    assert ajeno.log == []


def test_al_redirigir_fuera_la_credencial_se_queda_en_casa(httpserver: HTTPServer, ajeno: HTTPServer) -> None:
    vistas: list[str | None] = []

    def anotar(peticion: Request) -> Response:
        vistas.append(peticion.headers.get("Authorization"))
        return Response(PNG)

    httpserver.expect_request("/m").respond_with_data("", 302, {"Location": ajeno.url_for("/firmada?x=1")})
    ajeno.expect_request("/firmada").respond_with_handler(anotar)
    with bajar(httpserver.url_for("/m"), reglas(httpserver, direccion_valida=abierto, solo_https=False)) as archivo:
        assert archivo.read() == PNG
    assert vistas == [None]


def test_volver_a_casa_solo_vale_a_lo_permitido(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/m").respond_with_data("", 302, {"Location": "/m/final"})
    httpserver.expect_request("/m/final", headers={"Authorization": CREDENCIAL}).respond_with_data(PNG)
    with bajar(httpserver.url_for("/m"), reglas(httpserver, vale_en_casa=lambda url: "/m" in url)) as archivo:
        assert archivo.read() == PNG
    httpserver.clear_log()
    with pytest.raises(NoSeBaja, match="no es de este mensaje") as fallo:
        bajar(httpserver.url_for("/m"), reglas(httpserver, vale_en_casa=lambda url: url.endswith("/m")))
    assert fallo.value.definitivo
    assert [peticion.path for peticion, _ in httpserver.log] == ["/m"]


def test_no_se_va_a_una_red_interna_ni_sin_cifrar(httpserver: HTTPServer, ajeno: HTTPServer) -> None:
    ajeno.expect_request("/x").respond_with_data(PNG)
    for adonde in (ajeno.url_for("/x"), "http://localhost/x"):
        httpserver.expect_oneshot_request("/m").respond_with_data("", 302, {"Location": adonde})
        with pytest.raises(NoSeBaja, match="no es segura"):
            bajar(httpserver.url_for("/m"), reglas(httpserver))
    httpserver.expect_oneshot_request("/m").respond_with_data("", 302, {"Location": ajeno.url_for("/x")})
    with pytest.raises(NoSeBaja, match="red interna") as fallo:
        bajar(httpserver.url_for("/m"), reglas(httpserver, solo_https=False))
    assert fallo.value.definitivo
    assert ajeno.log == []


def test_basta_una_ip_interna_entre_varias_para_no_ir(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = socket.getaddrinfo
    dobles = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.215.14", "10.0.0.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda s, *r, **o: dobles if s == "cdn.example" else resolver(s, *r, **o))
    httpserver.expect_request("/m").respond_with_data("", 302, {"Location": "https://cdn.example/x"})
    with pytest.raises(NoSeBaja, match="red interna"):
        bajar(httpserver.url_for("/m"), reglas(httpserver))


def test_no_da_mas_de_tres_saltos(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/m").respond_with_data("", 302, {"Location": "/m"})
    with pytest.raises(NoSeBaja, match="demasiadas veces"):
        bajar(httpserver.url_for("/m"), reglas(httpserver))
    assert len(httpserver.log) == 4


@pytest.mark.parametrize("anunciado", [True, False])
def test_el_tope_de_peso_se_cumple_al_byte(httpserver: HTTPServer, anunciado: bool) -> None:
    def servir(peticion: Request) -> Response:
        cuantos = int(peticion.args["n"])
        return Response(b"x" * cuantos) if anunciado else Response(iter([b"x" * 100] * (cuantos // 100) + [b"x" * (cuantos % 100)]))

    httpserver.expect_request("/m").respond_with_handler(servir)
    with bajar(httpserver.url_for("/m?n=1000"), reglas(httpserver, tope=1000)) as archivo:
        assert len(archivo.read()) == 1000
    with pytest.raises(NoSeBaja, match="pesa más") as fallo:
        bajar(httpserver.url_for("/m?n=1001"), reglas(httpserver, tope=1000))
    assert fallo.value.definitivo


def test_dieciseis_megas_y_un_byte_no_entran(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/m").respond_with_data(b"x" * (16 * 1024 * 1024 + 1))
    with pytest.raises(NoSeBaja, match="más de 16 MB"):
        bajar(httpserver.url_for("/m"), reglas(httpserver))


@pytest.mark.parametrize("en", ["cabecera", "cuerpo"])
def test_quien_manda_gota_a_gota_se_corta_a_su_hora(en: str) -> None:
    oido = socket.create_server(("127.0.0.1", 0))
    fin = threading.Event()

    def gotear() -> None:
        enchufe, _ = oido.accept()
        with enchufe:
            enchufe.recv(4096)
            enchufe.sendall(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if en == "cuerpo" else b""))
            while not fin.wait(0.02):
                try:
                    enchufe.sendall(b"X")
                except OSError:
                    return

    hilo = threading.Thread(target=gotear, daemon=True)
    hilo.start()
    url, empezo = f"http://127.0.0.1:{oido.getsockname()[1]}/m", time.monotonic()
    with pytest.raises(NoSeBaja, match="tardó demasiado") as fallo:
        bajar(url, Reglas(casa=origen_de(url), segundos=0.4))
    assert time.monotonic() - empezo < 5
    assert not fallo.value.definitivo
    fin.set()
    hilo.join(5)
    oido.close()


@pytest.mark.parametrize(
    ("codigo", "motivo", "definitivo"), [(401, "credenciales", False), (404, "ya no tiene", True), (503, "503", False)]
)
def test_cada_negativa_dice_lo_suyo(httpserver: HTTPServer, codigo: int, motivo: str, definitivo: bool) -> None:
    httpserver.expect_request("/m").respond_with_data("", codigo)
    with pytest.raises(NoSeBaja, match=motivo) as fallo:
        bajar(httpserver.url_for("/m"), reglas(httpserver))
    assert fallo.value.definitivo is definitivo


INTERNAS = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "",
]


@pytest.mark.parametrize("ip", INTERNAS)
def test_las_direcciones_internas_no_son_publicas(ip: str) -> None:
    assert not es_publica(ip)


@pytest.mark.parametrize("ip", ["93.184.215.14", "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_las_de_internet_si(ip: str) -> None:
    assert es_publica(ip)


def test_el_origen_de_una_direccion() -> None:
    assert origen_de("https://api.twilio.com:443/x") == origen_de("https://API.twilio.com/y") == "https://api.twilio.com"
    assert origen_de("http://127.0.0.1:81/") == "http://127.0.0.1:81"
    assert origen_de("https://api.twilio.com@malo.example/") == ""
    assert origen_de("http://[::1") == ""
