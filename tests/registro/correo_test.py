"""El correo sale de verdad: por un servidor SMTP, cifrado si lo ofrece, o queda en una carpeta; y nunca delata ni engaña."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from registro import bitacora, correo
from registro.correo import SinCifrar, enviar_correo, remitente
from tests.base import Base
from tests.panel import ajustes_de_prueba
from tests.personas import ALICIA
from tests.registro.sesiones_test import CLAVE_NUEVA, entrar, sello_de, sin_lo_que_cambia

PLAZO = 20.0
CARTA = {"para": "maria@example.com", "de": "AuraAI2 <nora@example.com>", "asunto": "Hola, ñandú", "texto": "Cuerpo con ñ y 🌷"}


class Buzones:
    """Lo que recibe el servidor de correo de la prueba."""

    def __init__(self) -> None:
        self.cartas: list[EmailMessage] = []
        self.cifradas: list[bool] = []
        self.rechazar = False
        self._llego = threading.Condition()

    async def handle_DATA(self, _servidor: Any, sesion: Any, sobre: Envelope) -> str:  # noqa: N802 - así lo pide aiosmtpd
        if self.rechazar:
            return "550 no existe ese buzón: maria@example.com"
        with self._llego:
            self.cartas.append(email.message_from_bytes(sobre.original_content or b"", policy=email.policy.default))  # type: ignore[arg-type]
            self.cifradas.append(sesion.ssl is not None)
            self._llego.notify_all()
        return "250 ok"

    def esperar(self) -> EmailMessage:
        with self._llego:
            assert self._llego.wait_for(lambda: bool(self.cartas), PLAZO), "no llegó ninguna carta"
            return self.cartas[-1]


def puerto_libre() -> int:
    with socket.socket() as prueba:
        prueba.bind(("127.0.0.1", 0))
        return int(prueba.getsockname()[1])


@pytest.fixture
def buzones() -> Buzones:
    return Buzones()


@pytest.fixture
def encender(buzones: Buzones) -> Iterator[Callable[..., str]]:
    """`encender()`: un servidor SMTP de verdad en esta máquina; devuelve su SMTP_URL."""
    encendidos = []

    def _encender(*, credenciales: str = "", **opciones: Any) -> str:
        servidor = Controller(buzones, hostname="127.0.0.1", port=puerto_libre(), **opciones)
        servidor.start()
        encendidos.append(servidor)
        return f"smtp://{credenciales}127.0.0.1:{servidor.port}"

    yield _encender
    for servidor in encendidos:
        servidor.stop()


@pytest.fixture(scope="module")
def certificado(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Un certificado de 127.0.0.1 y su clave, que sólo conoce esta prueba."""
    carpeta, clave = tmp_path_factory.mktemp("certificado"), ec.generate_private_key(ec.SECP256R1())
    nombre = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "prueba")])
    ahora = dt.datetime.now(dt.UTC)
    hecho = (
        x509.CertificateBuilder()
        .subject_name(nombre)
        .issuer_name(nombre)
        .public_key(clave.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ahora - dt.timedelta(days=1))
        .not_valid_after(ahora + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(clave, hashes.SHA256())
    )
    publico, privado = carpeta / "publico.pem", carpeta / "privado.pem"
    publico.write_bytes(hecho.public_bytes(serialization.Encoding.PEM))
    privado.write_bytes(clave.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return publico, privado


def con_tls(certificado: tuple[Path, Path]) -> dict[str, Any]:
    contexto = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    contexto.load_cert_chain(*certificado)

    def comprobar(_servidor: Any, _sesion: Any, _sobre: Any, _mecanismo: str, datos: LoginPassword) -> AuthResult:
        return AuthResult(success=(datos.login, datos.password) == (b"nora@example.com", b"cl@ve/x"))

    return {"tls_context": contexto, "require_starttls": True, "auth_required": True, "authenticator": comprobar}


class TestEnviar:
    def test_llega_por_smtp_entero(self, encender: Callable[..., str], buzones: Buzones, tmp_path: Path) -> None:
        enviar_correo(encender(), tmp_path, html="<p>Cuerpo con ñ y 🌷</p>", **CARTA)
        carta = buzones.esperar()
        assert (carta["To"], carta["From"], carta["Subject"]) == (CARTA["para"], CARTA["de"], CARTA["asunto"])
        assert carta["Date"]
        assert carta["Message-ID"].endswith("@example.com>")
        plano, en_html = carta.get_body(("plain",)), carta.get_body(("html",))
        assert plano is not None
        assert en_html is not None
        assert plano.get_content().strip() == CARTA["texto"]
        assert "🌷</p>" in en_html.get_content()
        assert list(tmp_path.iterdir()) == []

    def test_con_starttls_entra_con_su_clave_y_va_cifrado(
        self,
        encender: Callable[..., str],
        buzones: Buzones,
        certificado: tuple[Path, Path],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificado[0]))
        enviar_correo(encender(credenciales="nora%40example.com:cl%40ve%2Fx@", **con_tls(certificado)), tmp_path, **CARTA)
        buzones.esperar()
        assert buzones.cifradas == [True]

    def test_un_certificado_que_nadie_conoce_no_se_acepta(
        self, encender: Callable[..., str], buzones: Buzones, certificado: tuple[Path, Path], tmp_path: Path
    ) -> None:
        with pytest.raises(ssl.SSLCertVerificationError):
            enviar_correo(encender(credenciales="nora:clave@", **con_tls(certificado)), tmp_path, **CARTA)
        assert buzones.cartas == []

    def test_la_clave_no_viaja_sin_cifrar_a_otra_máquina(
        self, encender: Callable[..., str], buzones: Buzones, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(correo, "_DE_CASA", frozenset())
        with pytest.raises(SinCifrar):
            enviar_correo(encender(credenciales="nora:clave@"), tmp_path, **CARTA)
        assert buzones.cartas == []

    def test_sin_servidor_queda_en_la_carpeta_y_sólo_lo_lee_quien_administra(self, tmp_path: Path) -> None:
        enviar_correo(None, tmp_path / "correo", **CARTA)
        [archivo] = (tmp_path / "correo").glob("*.eml")
        carta = email.message_from_bytes(archivo.read_bytes(), policy=email.policy.default)
        assert carta["Subject"] == CARTA["asunto"]
        assert archivo.stat().st_mode & 0o077 == 0
        assert archivo.parent.stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize("campo", ["para", "de", "asunto"])
    def test_una_cabecera_con_saltos_de_línea_no_se_manda(self, tmp_path: Path, campo: str) -> None:
        with pytest.raises(ValueError, match="linefeed"):
            enviar_correo(None, tmp_path, **{**CARTA, campo: "a@b.com\nBcc: otra@example.com"})
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "firma"),
    [
        ({}, "no-responder@127.0.0.1"),
        ({"PUBLIC_URL": "https://panel.ejemplo.com"}, "no-responder@panel.ejemplo.com"),
        ({"SMTP_URL": "smtp://nora%40example.com:x@correo.example.com"}, "nora@example.com"),
        ({"SMTP_URL": "smtp://usuario:x@correo.example.com", "PUBLIC_URL": "https://panel.ejemplo.com"}, "no-responder@panel.ejemplo.com"),
    ],
)
def test_quién_firma(variables: dict[str, str], firma: str) -> None:
    assert remitente(ajustes_de_prueba("postgresql://x/y", **variables)) == ("AuraAI2", firma)


def pedir(cliente: FlaskClient, correo_de: str = ALICIA.correo, **opciones: Any) -> TestResponse:
    sello = sello_de(cliente, "/recuperar")
    return cliente.post("/recuperar", data={"email": correo_de, "csrf_token": sello}, **opciones)


def con_correo(app: Flask, url: str | None, **cambios: Any) -> None:
    app.extensions["ajustes"] = app.extensions["ajustes"].model_copy(update={"correo_url": SecretStr(url) if url else None, **cambios})


def enlace_de(carta: EmailMessage) -> str:
    cuerpo = carta.get_body(("plain",))
    assert cuerpo is not None
    hallado = re.search(r"http\S+/recuperar/\S+", cuerpo.get_content())
    assert hallado
    return hallado[0]


def cambiar_con(app: Flask, enlace: str) -> None:
    cliente, ruta = app.test_client(), enlace.split("5999")[1]
    datos = {"password": CLAVE_NUEVA, "password_confirm": CLAVE_NUEVA, "csrf_token": sello_de(cliente, ruta)}
    assert cliente.post(ruta, data=datos).status_code == 302


class TestRecuperarPorCorreo:
    def test_el_enlace_llega_por_smtp_y_sirve(
        self, app: Flask, visitante: FlaskClient, encender: Callable[..., str], buzones: Buzones
    ) -> None:
        con_correo(app, encender())
        pedir(visitante)
        carta = buzones.esperar()
        assert carta["To"] == ALICIA.correo
        enlace = enlace_de(carta)
        assert enlace.startswith("http://127.0.0.1:5999/recuperar/")
        cambiar_con(app, enlace)
        assert entrar(app.test_client(), clave=CLAVE_NUEVA).status_code == 302

    def test_sin_servidor_el_enlace_queda_en_la_carpeta_y_sirve(self, app: Flask, visitante: FlaskClient, tmp_path: Path) -> None:
        con_correo(app, None, carpeta_de_datos=tmp_path)
        pedir(visitante)
        [archivo] = (tmp_path / "correo").glob("*.eml")
        cambiar_con(app, enlace_de(email.message_from_bytes(archivo.read_bytes(), policy=email.policy.default)))  # type: ignore[arg-type]
        assert entrar(app.test_client(), clave=CLAVE_NUEVA).status_code == 302

    def test_quien_no_tiene_cuenta_ve_lo_mismo_y_no_recibe_nada(self, app: Flask, visitante: FlaskClient, tmp_path: Path) -> None:
        con_correo(app, None, carpeta_de_datos=tmp_path)
        con_cuenta, sin_cuenta = pedir(visitante), pedir(app.test_client(), "nadie@aura.example")
        assert con_cuenta.status_code == sin_cuenta.status_code
        assert con_cuenta.headers.get("Location") == sin_cuenta.headers.get("Location")
        assert sin_lo_que_cambia(con_cuenta.text).replace(ALICIA.correo, "C") == sin_lo_que_cambia(sin_cuenta.text).replace(
            "nadie@aura.example", "C"
        )
        assert len(list((tmp_path / "correo").glob("*.eml"))) == 1

    @pytest.mark.parametrize("ajeno", ["evil.example", "evil.example:5999", "127.0.0.1.evil.example"])
    def test_la_cabecera_host_no_decide_adónde_lleva_el_enlace(
        self, app: Flask, visitante: FlaskClient, tmp_path: Path, ajeno: str
    ) -> None:
        con_correo(app, None, carpeta_de_datos=tmp_path)
        # El ataque: pedir la recuperación de otra persona con la cabecera Host de un servidor propio.
        pagina = visitante.get("/recuperar", base_url=f"http://{ajeno}").text
        sello = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', pagina)
        assert sello
        visitante.post("/recuperar", base_url=f"http://{ajeno}", data={"email": ALICIA.correo, "csrf_token": sello[1]})
        for archivo in (tmp_path / "correo").glob("*.eml"):
            carta = email.message_from_bytes(archivo.read_bytes(), policy=email.policy.default)
            for tipo in ("plain", "html"):
                cuerpo = carta.get_body((tipo,)).get_content()  # type: ignore[attr-defined]
                assert "evil" not in cuerpo
                assert "http://127.0.0.1:5999/recuperar/" in cuerpo
        assert len(list((tmp_path / "correo").glob("*.eml"))) == 1

    def test_con_el_servidor_caído_se_contesta_igual_y_se_anota(self, app: Flask, visitante: FlaskClient, base: Base) -> None:
        con_correo(app, f"smtp://nora:canario@127.0.0.1:{puerto_libre()}")
        assert pedir(visitante).status_code in {200, 302}
        self.esperar_hilos()
        bitacora.vaciar()
        [(tipo, descripcion)] = base.filas("select tipo, descripcion from logs_errores")
        assert tipo == "Correo"
        assert "Revisa SMTP_URL" in str(descripcion)
        assert "canario" not in str(descripcion)
        assert ALICIA.correo not in str(descripcion)

    def test_si_el_servidor_lo_rechaza_se_anota_sin_decir_a_quién_iba(
        self, app: Flask, visitante: FlaskClient, base: Base, encender: Callable[..., str], buzones: Buzones
    ) -> None:
        buzones.rechazar = True
        con_correo(app, encender())
        pedir(visitante)
        self.esperar_hilos()
        bitacora.vaciar()
        [(descripcion,)] = base.filas("select descripcion from logs_errores")
        assert "SMTPDataError" in str(descripcion)
        assert "@" not in str(descripcion)

    def test_quien_lo_pide_no_espera_al_servidor_de_correo(self, app: Flask, visitante: FlaskClient) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mudo:  # acepta y no dice nada: SMTP esperaría diez segundos
            con_correo(app, f"smtp://127.0.0.1:{mudo.getsockname()[1]}")
            sello = sello_de(visitante, "/recuperar")
            visitante.post("/recuperar", data={"email": ALICIA.correo, "csrf_token": sello})
            mudo.settimeout(PLAZO)
            conversacion, _ = mudo.accept()  # la respuesta ya está y el correo sigue esperando
            assert [hilo for hilo in threading.enumerate() if hilo.name == "correo"]
            conversacion.close()
        self.esperar_hilos()

    @staticmethod
    def esperar_hilos() -> None:
        for hilo in [hilo for hilo in threading.enumerate() if hilo.name == "correo"]:
            hilo.join(PLAZO)
