"""Un Twilio con memoria: acepta, rechaza, corta, tarda, lista lo que de verdad aceptó, avisa firmado y entrega lo que le escriben."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.dobles.twilio_averias import ANTES, DESPUES, Azar, PlanDeAvisos, cortar, error
from tests.dobles.twilio_cartero import Cartero, parametros_de_estado
from tests.dobles.twilio_libro import Libro, publico
from tests.dobles.twilio_reglas import queja
from tests.dobles.twilio_salas import Entrantes, Salas

Manejador = Callable[[Request, re.Match[str]], Response]
RUTAS = re.compile(r"/(?!v[12]/Content)(2010-04-01|v1|v2|v3|medios)/.*")
"""Todo menos las plantillas, que en el mismo servidor atiende `DobleDeContenido`."""


class Servidor(Protocol):
    """Quien da la dirección en la que el doble escucha."""

    def url_for(self, suffix: str) -> str:
        """La dirección completa de una ruta."""
        ...


@dataclass
class DobleDeTwilio:
    """La API de mensajes. `averias` se consume en orden, una por petición de envío; vacía, manda `azar`.

    Averías: 429, 401, 500_antes, codigo:63016, http:502, 500_despues, 503_despues, html, json_roto, sin_sid, corta (acepta y cuelga),
    corta_antes (cuelga sin aceptar), tarda:2 (acepta y tarda en contestar), tarda_antes:2 (tarda en aceptar).
    Con `ficha`, la clave de cada petición se comprueba; sin ella vale cualquiera. Con `plan`, cada aceptado tiene sus avisos.
    """

    servidor: Servidor
    cuenta: str
    ficha: str | None = None
    aceptados: list[dict[str, Any]] = field(default_factory=list)
    averias: list[str] = field(default_factory=list)
    azar: Azar | None = None
    plan: PlanDeAvisos | None = None
    listado_caido: bool = False
    listado_atraso: float = 0
    peticiones: int = 0
    remitentes: set[str] = field(default_factory=set)
    servicios: dict[str, str] = field(default_factory=dict)
    bajas: set[str] = field(default_factory=set)
    contadas: dict[str, int] = field(default_factory=dict)
    cartero: Cartero = field(default_factory=Cartero)
    reloj: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    _claves: dict[tuple[str, str], str] = field(default_factory=dict)
    _candado: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.libro = Libro(self.reloj)
        self.entrantes = Entrantes(self)
        self.salas = Salas(self)
        self._rutas: list[tuple[re.Pattern[str], Manejador]] = []
        self.abrir_cuenta(self.cuenta, self.ficha)
        cuentas = r"/2010-04-01/Accounts/(?P<cuenta>AC\w+)"
        self.montar(cuentas + r"/Messages\.json", self._mensajes)
        self.montar(cuentas + r"/Messages/(?P<sid>[A-Z]{2}\w+)\.json", self._uno)
        for patron, manejador in self.salas.rutas():
            self.montar(patron, manejador)
        if isinstance(self.servidor, HTTPServer):
            self.servidor.expect_request(RUTAS).respond_with_handler(self.responder)

    @property
    def url(self) -> str:
        """La base para TWILIO_API_URL."""
        return self.servidor.url_for("").rstrip("/")

    def abrir_cuenta(self, cuenta: str, ficha: str | None, *, api_usuario: str | None = None, api_clave: str = "") -> None:
        """Da de alta una cuenta con su token y, si se da, una clave de API suya."""
        if ficha:
            self._claves[cuenta, cuenta] = ficha
        if api_usuario:
            self._claves[cuenta, api_usuario] = api_clave

    def montar(self, patron: str, manejador: Manejador) -> None:
        """Añade otra parte de Twilio: `manejador` atiende las rutas que cumplen el patrón entero; lo último montado gana."""
        self._rutas.insert(0, (re.compile(patron), manejador))

    def responder(self, peticion: Request) -> Response:
        """Contesta una petición cualquiera."""
        for patron, manejador in self._rutas:
            if coincide := patron.fullmatch(peticion.path):
                grupos = coincide.groupdict()
                if "publica" not in grupos and not self._es_suya(peticion, grupos.get("cuenta")):
                    return error(401, 20003)
                return manejador(peticion, coincide)
        return error(404, 20404)

    def _es_suya(self, peticion: Request, cuenta: str | None) -> bool:
        dada = peticion.authorization
        if dada is None or dada.type != "basic":
            return False
        esperadas = [clave for (una, usuario), clave in self._claves.items() if usuario == dada.username and cuenta in {None, una}]
        return dada.password in esperadas if self._claves else True

    # --- Crear -------------------------------------------------------------------------------------------------------

    def _mensajes(self, peticion: Request, coincide: re.Match[str]) -> Response:
        if peticion.method == "POST":
            return self._crear(peticion, coincide["cuenta"])
        if self.listado_caido:
            return error(503, 20503)
        pagina = self.libro.pagina(coincide["cuenta"], peticion.args, atraso=self.listado_atraso)
        return Response(json.dumps(pagina), mimetype="application/json")

    def _siguiente_averia(self) -> tuple[str, str]:
        with self._candado:
            self.peticiones += 1
            averia = self.averias.pop(0) if self.averias else self.azar.tirar() if self.azar else ""
            nombre, _, dato = averia.partition(":")
            if averia:
                self.contadas[nombre] = self.contadas.get(nombre, 0) + 1
        return nombre, dato

    def _crear(self, peticion: Request, cuenta: str) -> Response:
        averia, dato = self._siguiente_averia()
        if averia in ANTES:
            return ANTES[averia](dato)
        if averia == "corta_antes":
            return cortar(peticion)
        if averia == "tarda_antes":
            time.sleep(float(dato))
        codigo = queja(peticion.form, peticion.form.getlist("MediaUrl"), remitentes=self.remitentes, bajas=self.bajas)
        if codigo:
            return error(400, codigo)
        mensaje = self._aceptar(peticion, cuenta)
        respuesta = json.dumps(publico(mensaje))
        self._avisar_segun_plan(mensaje)
        if averia in DESPUES:
            return DESPUES[averia]()
        if averia == "corta":
            return cortar(peticion)
        if averia == "tarda":
            time.sleep(float(dato))
        return Response(respuesta, status=201, mimetype="application/json")

    def _aceptar(self, peticion: Request, cuenta: str) -> dict[str, Any]:
        campos, medios = peticion.form, peticion.form.getlist("MediaUrl")
        servicio = campos.get("MessagingServiceSid")
        datos = {
            "to": campos["To"],
            "from": campos.get("From") or self.servicios.get(servicio or ""),
            "body": campos.get("Body", ""),
            "messaging_service_sid": servicio,
            "status": "accepted" if servicio else "queued",
            "num_media": str(len(medios)),
            "aviso_url": campos.get("StatusCallback", ""),
            "content_sid": campos.get("ContentSid"),
            "content_variables": campos.get("ContentVariables"),
            "media_urls": medios,
            "persistent_action": campos.getlist("PersistentAction"),
        }
        if datos["content_sid"]:
            datos["body"] = self.salas.cuerpo_de_plantilla(campos["ContentSid"], campos.get("ContentVariables"))
        with self._candado:
            mensaje = self.libro.anotar(cuenta, datos)
            self.aceptados.append(mensaje)
        return mensaje

    # --- Uno solo ----------------------------------------------------------------------------------------------------

    def _uno(self, peticion: Request, coincide: re.Match[str]) -> Response:
        mensaje = self.libro.buscar(coincide["cuenta"], coincide["sid"])
        if mensaje is None:
            return error(404, 20404)
        if peticion.method == "DELETE":
            self.libro.borrar(mensaje)
            return Response(status=204)
        if peticion.method == "POST" and peticion.form.get("Status") == "canceled":
            if mensaje["status"] != "scheduled":
                return error(400, 30409)
            mensaje["status"] = "canceled"
        elif peticion.method == "POST":
            mensaje["body"] = peticion.form.get("Body", "")
        return Response(json.dumps(publico(mensaje)), mimetype="application/json")

    # --- Avisos de estado --------------------------------------------------------------------------------------------

    def _avisar_segun_plan(self, mensaje: dict[str, Any]) -> None:
        """Sin plan, el mensaje sale al instante y nadie avisa; con plan, le pasa lo que toque y se avisa a su hora."""
        if self.plan is None:
            self.libro.mover(mensaje, "sent")
            return
        tirada = self.plan.tirar()
        for estado in tirada.ciertos:
            self.libro.mover(mensaje, estado, tirada.codigo if estado in {"failed", "undelivered"} else None)
        for i, (demora, estado) in enumerate(tirada.avisos):
            if i == 0 and tirada.adelantado:
                self.avisar(mensaje["sid"], estado, tirada.codigo)
            else:
                self.cartero.encargar(demora, partial(self.avisar, mensaje["sid"], estado, tirada.codigo))

    def avisar(self, sid: str, estado: str, codigo: str | None = None) -> int:
        """Manda ahora un aviso de estado de un aceptado a su StatusCallback; devuelve el código HTTP."""
        mensaje = next(m for c in self._cuentas() if (m := self.libro.buscar(c, sid)))
        self.libro.mover(mensaje, estado, codigo if estado in {"failed", "undelivered"} else None)
        codigo_http = self.cartero.entregar(
            self.ficha_de(mensaje["account_sid"]), mensaje["aviso_url"], parametros_de_estado(mensaje, estado, codigo), f"{sid}:{estado}"
        )
        if 200 <= codigo_http < 300:
            mensaje.setdefault("avisados", []).append(estado)
        return codigo_http

    def ficha_de(self, cuenta: str) -> str:
        """El token con el que firma esa cuenta."""
        return self._claves.get((cuenta, cuenta), "")

    def _cuentas(self) -> list[str]:
        return list(dict.fromkeys(itertools.chain([self.cuenta], (cuenta for cuenta, _ in self._claves))))

    # --- Lo que escriben las personas --------------------------------------------------------------------------------

    def escribir(self, de: str, para: str, texto: str = "", **opciones: Any) -> str:
        """Una persona escribe: queda en el libro y se entrega firmado a `entrantes.url`. Devuelve el SID (ver `Entrantes.escribir`)."""
        return self.entrantes.escribir(de, para, texto, **opciones)
