"""Las otras puertas del doble de Twilio: lo que escriben las personas, sus archivos, los remitentes y el «escribiendo…»."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

from tests.dobles.twilio_averias import error

if TYPE_CHECKING:
    from tests.dobles.twilio import DobleDeTwilio, Manejador

API = "https://api.twilio.com"
_CUENTA = r"/2010-04-01/Accounts/(?P<cuenta>AC\w+)"


def _json(valor: Any, estado: int = 200) -> Response:
    return Response(json.dumps(valor), status=estado, mimetype="application/json")


@dataclass
class Medio:
    """Un archivo guardado en Twilio."""

    sid: str
    mensaje_sid: str
    datos: bytes
    tipo: str


class Entrantes:
    """Lo que escriben las personas: al libro siempre; al webhook, si se entrega."""

    def __init__(self, doble: DobleDeTwilio) -> None:
        self._doble = doble
        self.url = ""
        self.codigos: dict[str, int] = {}
        """Código con que se contestó la última entrega de cada SID."""

    def anotar(
        self, de: str, para: str, texto: str = "", *, medios: Iterable[tuple[bytes, str]] = (), cuenta: str | None = None
    ) -> dict[str, Any]:
        """Deja en el libro un mensaje de una persona, sin entregarlo: para Twilio existe aunque nuestra web no lo sepa."""
        doble, archivos = self._doble, list(medios)
        mensaje = doble.libro.anotar(
            cuenta or doble.cuenta,
            {"to": para, "from": de, "body": texto, "direction": "inbound", "status": "received", "num_media": str(len(archivos))},
        )
        mensaje |= {"salido": mensaje["creado"], "date_sent": mensaje["date_created"]}
        for datos, tipo in archivos:
            doble.salas.guardar_medio(mensaje["sid"], datos, tipo)
        return mensaje

    def escribir(
        self,
        de: str,
        para: str,
        texto: str = "",
        *,
        entregar: bool = True,
        extra: Mapping[str, str] | None = None,
        medios: Iterable[tuple[bytes, str]] = (),
        cuenta: str | None = None,
    ) -> str:
        """Una persona escribe y, salvo `entregar=False` (el aviso se perdió), se entrega firmado. Devuelve el SID."""
        mensaje = self.anotar(de, para, texto, medios=medios, cuenta=cuenta)
        if entregar:
            self.entregar(mensaje, extra)
        return str(mensaje["sid"])

    def entregar(self, mensaje: dict[str, Any], extra: Mapping[str, str] | None = None) -> int:
        """Lleva (otra vez) un mensaje a nuestro webhook; devuelve el código."""
        doble = self._doble
        parametros = self.parametros(mensaje) | dict(extra or {})
        codigo = doble.cartero.entregar(doble.ficha_de(mensaje["account_sid"]), self.url, parametros)
        self.codigos[mensaje["sid"]] = codigo
        return codigo

    def parametros(self, mensaje: dict[str, Any]) -> dict[str, str]:
        """Los parámetros del aviso de un mensaje entrante (twilio.com/docs/messaging/guides/webhook-request)."""
        sid, de = mensaje["sid"], mensaje["from"]
        parametros = {
            "AccountSid": mensaje["account_sid"],
            "ApiVersion": "2010-04-01",
            "Body": mensaje["body"],
            "From": de,
            "MessageSid": sid,
            "MessageType": "text",
            "NumMedia": mensaje["num_media"],
            "NumSegments": "1",
            "ProfileName": f"Persona {de[-4:]}",
            "ReferralNumMedia": "0",
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "To": mensaje["to"],
        }
        if de.startswith("whatsapp:+"):
            parametros["WaId"] = de.removeprefix("whatsapp:+")
        for i, medio in enumerate(self._doble.salas.medios_de(sid)):
            clase = "document" if medio.tipo.startswith("application/") else medio.tipo.split("/")[0]
            url = f"{API}/2010-04-01/Accounts/{mensaje['account_sid']}/Messages/{sid}/Media/{medio.sid}"
            parametros |= {f"MediaUrl{i}": url, f"MediaContentType{i}": medio.tipo, "MessageType": clase}
        return parametros


class Salas:
    """Archivos, remitentes, «escribiendo…», la cuenta y sus servicios de mensajería."""

    def __init__(self, doble: DobleDeTwilio) -> None:
        self._doble = doble
        self._numeros = itertools.count(1)
        self._medios: dict[str, Medio] = {}
        self._de_mensaje: dict[str, list[Medio]] = {}
        self.cabeceras_del_almacen: list[dict[str, str]] = []
        """Lo que llegó al otro servidor al seguir la redirección: ahí no debe ir ninguna credencial."""
        self.escribiendo: list[str] = []
        self.escribiendo_averia: Callable[[], Response] | None = None
        self.fichas_de_remitente: dict[str, dict[str, Any]] = {}
        self.cuerpo_de_plantilla: Callable[[str, str | None], str] = lambda _sid, _variables: ""

    def rutas(self) -> list[tuple[str, Manejador]]:
        """Lo que estas salas atienden."""
        medio = rf"{_CUENTA}/Messages/(?P<mensaje>\w+)/Media"
        return [
            (rf"{_CUENTA}\.json", self._la_cuenta),
            (rf"{medio}\.json", self._lista_de_medios),
            (rf"{medio}/(?P<medio>ME\w+)(?P<json>\.json)?", self._un_medio),
            (r"/medios/(?P<publica>ME\w+)", self._almacen),
            (r"/v2/Channels/Senders", self._lista_de_remitentes),
            (r"/v2/Channels/Senders/(?P<remitente>XE\w+)", self._un_remitente),
            (r"/v[23]/Indicators/Typing(\.json)?", self._escribiendo),
            (r"/v1/Services/(?P<servicio>MG\w+)", self._un_servicio),
        ]

    def usar_plantillas(self, contenidos: Mapping[str, Mapping[str, Any]]) -> None:
        """Un envío con ContentSid queda en el libro con el texto de esa plantilla («HX…» → su ficha de la Content API) ya compuesto."""

        def componer(sid: str, variables: str | None) -> str:
            tipos = contenidos.get(sid, {}).get("types", {})
            cuerpo = next((str(tipo["body"]) for tipo in tipos.values() if tipo.get("body")), "")
            valores = json.loads(variables or "{}")
            return re.sub(r"{{(\w+)}}", lambda hueco: str(valores.get(hueco[1], hueco[0])), cuerpo)

        self.cuerpo_de_plantilla = componer

    def guardar_medio(self, mensaje_sid: str, datos: bytes, tipo: str) -> Medio:
        """Guarda un archivo de un mensaje."""
        medio = Medio(f"ME{next(self._numeros):032x}", mensaje_sid, datos, tipo)
        self._medios[medio.sid] = medio
        self._de_mensaje.setdefault(mensaje_sid, []).append(medio)
        return medio

    def medios_de(self, mensaje_sid: str) -> list[Medio]:
        """Los archivos de un mensaje, en su orden."""
        return [m for m in self._de_mensaje.get(mensaje_sid, []) if m.sid in self._medios]

    def dar_de_alta(self, numero: str, **cambios: Any) -> str:
        """Da de alta un remitente de WhatsApp («whatsapp:+…»); devuelve su XE…. `cambios` sobre la ficha que devuelve Twilio."""
        sid = f"XE{next(self._numeros):032x}"
        self.fichas_de_remitente[sid] = {
            "sid": sid,
            "status": "ONLINE",
            "sender_id": numero,
            "configuration": {"waba_id": "1234567890", "verification_method": "sms", "voice_application_sid": None},
            "webhook": {"callback_url": None, "callback_method": "POST", "fallback_url": None, "status_callback_url": None},
            "profile": {"name": "Negocio de prueba", "about": "", "vertical": "Other", "websites": [], "emails": []},
            "properties": {"quality_rating": "HIGH", "messaging_limit": "2K Customers/24hr"},
            "offline_reasons": None,
            "url": f"https://messaging.twilio.com/v2/Channels/Senders/{sid}",
        } | cambios
        return sid

    def _la_cuenta(self, _: Request, coincide: re.Match[str]) -> Response:
        ahora = format_datetime(self._doble.reloj())
        datos = {"sid": coincide["cuenta"], "friendly_name": "Cuenta de prueba", "status": "active", "type": "Full", "date_created": ahora}
        return _json(datos)

    def _lista_de_medios(self, _: Request, coincide: re.Match[str]) -> Response:
        filas = [self._ficha(coincide["cuenta"], m) for m in self.medios_de(coincide["mensaje"])]
        return _json({"media_list": filas, "page": 0, "page_size": 50, "next_page_uri": None})

    def _un_medio(self, peticion: Request, coincide: re.Match[str]) -> Response:
        medio = self._medios.get(coincide["medio"])
        if medio is None or medio.mensaje_sid != coincide["mensaje"]:
            return error(404, 20404)
        if peticion.method == "DELETE":
            del self._medios[medio.sid]
            return Response(status=204)
        if coincide["json"]:
            return _json(self._ficha(coincide["cuenta"], medio))
        anfitrion, _, puerto = peticion.host.partition(":")
        otro = "127.0.0.1" if anfitrion == "localhost" else "localhost"
        return Response(status=307, headers={"Location": f"http://{otro}:{puerto}/medios/{medio.sid}?firma=x"})

    def _almacen(self, peticion: Request, coincide: re.Match[str]) -> Response:
        self.cabeceras_del_almacen.append(dict(peticion.headers))
        medio = self._medios.get(coincide["publica"])
        return Response(medio.datos, mimetype=medio.tipo) if medio else Response(status=404)

    def _ficha(self, cuenta: str, medio: Medio) -> dict[str, Any]:
        ahora = format_datetime(self._doble.reloj())
        return {
            "sid": medio.sid,
            "account_sid": cuenta,
            "parent_sid": medio.mensaje_sid,
            "content_type": medio.tipo,
            "date_created": ahora,
            "date_updated": ahora,
            "uri": f"/2010-04-01/Accounts/{cuenta}/Messages/{medio.mensaje_sid}/Media/{medio.sid}.json",
        }

    def _lista_de_remitentes(self, peticion: Request, _: re.Match[str]) -> Response:
        if peticion.args.get("Channel") != "whatsapp":
            return error(400, 20001)
        meta = {"page": 0, "page_size": 50, "next_page_url": None, "previous_page_url": None, "key": "senders"}
        return _json({"senders": list(self.fichas_de_remitente.values()), "meta": meta})

    def _un_remitente(self, peticion: Request, coincide: re.Match[str]) -> Response:
        ficha = self.fichas_de_remitente.get(coincide["remitente"])
        if ficha is None:
            return error(404, 20404)
        if peticion.method == "POST":
            for parte, valores in (peticion.get_json(silent=True) or {}).items():
                ficha[parte] = {**(ficha.get(parte) or {}), **valores} if isinstance(valores, dict) else valores
        return _json(ficha, 202 if peticion.method == "POST" else 200)

    def _escribiendo(self, peticion: Request, _: re.Match[str]) -> Response:
        if self.escribiendo_averia:
            return self.escribiendo_averia()
        datos = peticion.get_json(silent=True) or peticion.form
        cuenta = self._doble.cuenta
        if str(datos.get("channel", "")).lower() != "whatsapp" or not self._doble.libro.buscar(cuenta, str(datos.get("messageId", ""))):
            return error(400, 20001)
        self.escribiendo.append(str(datos["messageId"]))
        return _json({"success": True})

    def _un_servicio(self, _: Request, coincide: re.Match[str]) -> Response:
        sid = coincide["servicio"]
        if sid not in self._doble.servicios:
            return error(404, 20404)
        return _json({"sid": sid, "account_sid": self._doble.cuenta, "friendly_name": "Servicio de prueba", "inbound_request_url": None})
