"""El historial que guarda Twilio, leído de lo más nuevo a lo más viejo; el WhatsApp simulado tiene el suyo detrás de la misma puerta."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from registro.config import vigentes
from registro.telefonos import clave_canonica
from sql.modelos.balance import listar_direcciones_propias, listar_simulados
from sql.modelos.noras import buscar_nora
from sql.modelos.simulador import buscar_envio, listar_aceptados
from webhook.cliente_twilio import Incierto, Rechazado, pedir
from webhook.credenciales import Credencial, buscar_credencial

API = "https://api.twilio.com"
PAGINAS_MAXIMAS = 400
"""Tope por listado: con páginas de 1000, cuatrocientos mil mensajes de un número."""


@dataclass(frozen=True, slots=True)
class Visto:
    """Un mensaje que Twilio dice tener (twilio.com/docs/messaging/api/message-resource)."""

    sid: str
    de: str
    para: str
    cuerpo: str
    estado: str
    creado_en: dt.datetime
    codigo_error: str = ""
    num_media: int = 0
    servicio: str = ""


class Libro(Protocol):
    """Lo que se le puede preguntar a un WhatsApp, el de Twilio o el simulado, sobre lo que ya pasó."""

    @property
    def cuenta(self) -> str:
        """La cuenta de la que es este libro."""
        ...

    def entrantes(self, direccion: str, *, por_pagina: int) -> Iterator[list[Visto]]:
        """Páginas de lo que llegó a esa dirección de la Nora, lo más nuevo primero. Levanta lo que levante `pedir`."""
        ...

    def salientes(self, direccion: str, *, por_pagina: int) -> Iterator[list[Visto]]:
        """Páginas de lo que salió de esa dirección, lo más nuevo primero. Levanta lo que levante `pedir`."""
        ...

    def tiene(self, sid: str) -> bool:
        """Si guarda ese mensaje. Levanta lo que levante `pedir`."""
        ...

    def medios(self, sid: str) -> list[tuple[str, str]]:
        """Dirección y tipo de cada archivo de un mensaje. Levanta lo que levante `pedir`."""
        ...


def libro_para(nombre_nora: str) -> Libro | None:
    """El historial que toca mirar para esa Nora: el de su cuenta, el simulado en la demo sin cuenta, o None si no hay ninguno."""
    credencial = buscar_credencial(nombre_nora, None)
    if credencial is not None:
        return LibroDeTwilio(credencial)
    ajustes = vigentes()
    return LibroSimulado(nombre_nora, ajustes.cuenta_demo) if ajustes.demo else None


def direcciones_de(nombre_nora: str, cuenta: str) -> list[str]:
    """Las direcciones del número de la Nora, sin repetir: las formas del configurado y las que Twilio usó de verdad en esa cuenta."""
    nora = buscar_nora(nombre_nora)
    if nora is None or not nora.numero_nora:
        return []
    formas = [f"whatsapp:{forma}" for forma in formas_de(nora.numero_nora)]
    return list(dict.fromkeys([*formas, *listar_direcciones_propias(nombre_nora, cuenta)]))


def formas_de(numero: str) -> list[str]:
    """El número tal cual y, en México y Argentina, también con la cifra que WhatsApp pone o quita (+521, +549). Puro."""
    canonico = clave_canonica(numero)
    con_cifra = [f"+{pais}{cifra}{canonico[3:]}" for pais, cifra in (("52", "1"), ("54", "9")) if canonico.startswith(f"+{pais}")]
    return list(dict.fromkeys([numero, canonico, *con_cifra] if con_cifra else [numero]))


@dataclass(frozen=True)
class LibroDeTwilio:
    """El historial de una cuenta de Twilio de verdad."""

    credencial: Credencial

    @property
    def cuenta(self) -> str:
        """AccountSid."""
        return self.credencial.cuenta

    def entrantes(self, direccion: str, *, por_pagina: int) -> Iterator[list[Visto]]:
        """Lo que llegó a esa dirección."""
        return self._paginas({"To": direccion, "PageSize": por_pagina}, entra=True)

    def salientes(self, direccion: str, *, por_pagina: int) -> Iterator[list[Visto]]:
        """Lo que salió de esa dirección."""
        return self._paginas({"From": direccion, "PageSize": por_pagina}, entra=False)

    def tiene(self, sid: str) -> bool:
        """Si la cuenta guarda ese mensaje: 404 es que no; cualquier otro fallo no dice nada y se levanta."""
        try:
            pedir(self.credencial, "GET", f"{self._raiz}/Messages/{sid}.json")
        except Rechazado as fallo:
            if fallo.es_que_no_esta:
                return False
            raise
        return True

    def medios(self, sid: str) -> list[tuple[str, str]]:
        """Los archivos de un mensaje con la misma dirección que manda Twilio en MediaUrl."""
        cuerpo = pedir(self.credencial, "GET", f"{self._raiz}/Messages/{sid}/Media.json", parametros={"PageSize": 20})
        return [(API + str(m["uri"]).removesuffix(".json"), str(m.get("content_type") or "")) for m in cuerpo.get("media_list") or []]

    @property
    def _raiz(self) -> str:
        return f"{API}/2010-04-01/Accounts/{self.cuenta}"

    def _paginas(self, parametros: dict[str, Any], *, entra: bool) -> Iterator[list[Visto]]:
        ruta = f"/2010-04-01/Accounts/{self.cuenta}/Messages.json"
        for _ in range(PAGINAS_MAXIMAS):
            cuerpo = pedir(self.credencial, "GET", API + ruta, parametros=parametros)
            if not isinstance(cuerpo.get("messages"), list):
                raise Incierto("Twilio contestó un listado que no se entiende")
            yield [visto for fila in cuerpo["messages"] if (visto := leer(fila, entra=entra))]
            siguiente = siguiente_pagina(cuerpo.get("next_page_uri"), ruta)
            if siguiente is None:
                return
            parametros = siguiente
        raise Incierto(f"Twilio tiene más de {PAGINAS_MAXIMAS} páginas de mensajes")


def siguiente_pagina(uri: str | None, ruta: str) -> dict[str, Any] | None:
    """Los parámetros de la página que sigue, o None si no hay más. Nunca se va a otro servidor ni a otro recurso.

    Raises:
        Incierto: si la dirección que da Twilio lleva a otra parte.
    """
    if not uri:
        return None
    partes = urlsplit(uri)
    if partes.scheme or partes.netloc:
        raise Incierto("La página siguiente lleva a otro servidor")
    if partes.path != ruta:
        raise Incierto("La página siguiente es de otro recurso")
    return dict(parse_qsl(partes.query))


def leer(fila: dict[str, Any], *, entra: bool) -> Visto | None:
    """Un renglón del listado; None si va en el otro sentido o no trae SID y fecha. Puro."""
    sentido = str(fila.get("direction") or "")
    if (sentido == "inbound") is not entra or not fila.get("sid") or not fila.get("date_created"):
        return None
    try:
        creado_en = parsedate_to_datetime(str(fila["date_created"]))
    except ValueError:
        return None
    return Visto(
        sid=str(fila["sid"]),
        de=str(fila.get("from") or ""),
        para=str(fila.get("to") or ""),
        cuerpo=str(fila.get("body") or ""),
        estado=str(fila.get("status") or "").lower(),
        creado_en=creado_en if creado_en.tzinfo else creado_en.replace(tzinfo=dt.UTC),
        codigo_error=str(fila.get("error_code") or ""),
        num_media=int(fila.get("num_media") or 0) if str(fila.get("num_media") or "0").isdigit() else 0,
        servicio=str(fila.get("messaging_service_sid") or ""),
    )


@dataclass(frozen=True)
class LibroSimulado:
    """El historial del WhatsApp simulado: lo que mandaron sus personas y lo que aceptó de nosotros."""

    nombre_nora: str
    cuenta: str

    def entrantes(self, direccion: str, *, por_pagina: int) -> Iterator[list[Visto]]:
        """Lo que las personas del simulador mandaron a esa dirección."""
        antes_de: int | None = None
        while lote := listar_simulados(self.nombre_nora, self.cuenta, direccion, antes_de=antes_de, limite=por_pagina):
            yield [
                Visto(
                    a.message_sid or "",
                    str(a.parametros.get("From", "")),
                    direccion,
                    str(a.parametros.get("Body", "")),
                    "received",
                    a.recibido_en,
                )
                for a in lote
            ]
            antes_de = lote[-1].id

    def salientes(self, direccion: str, *, por_pagina: int) -> Iterator[list[Visto]]:
        """Lo que el simulador aceptó desde esa dirección. No sabe si se leyó: eso llega por sus avisos."""
        antes_de: int | None = None
        while lote := listar_aceptados(self.nombre_nora, de=direccion, antes_de=antes_de, limite=por_pagina):
            yield [Visto(e.message_sid, e.de, e.para, e.cuerpo, "sent", e.created_at) for e in lote]
            antes_de = lote[-1].id

    def tiene(self, sid: str) -> bool:
        """Si el simulador lo aceptó."""
        return buscar_envio(self.nombre_nora, sid) is not None

    def medios(self, sid: str) -> list[tuple[str, str]]:
        """El simulador no guarda archivos aparte."""
        del sid
        return []
