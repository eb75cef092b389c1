"""La única puerta a OpenAI (o a un servidor compatible): pide una respuesta y dice con claridad por qué no la hubo."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from ia import particularidades

PLAZO = 30.0
"""Segundos para todo: intentos, esperas y lectura. Quien escribe por WhatsApp no espera más."""
PLAZO_POR_INTENTO = 20.0
PLAZO_DE_CONEXION = 5.0
INTENTOS = 2
TOPE_DE_FICHAS = 900
"""Una respuesta de 1600 caracteres en español son unas 460 fichas; con su envoltura JSON sobra."""
BYTES_MAXIMOS = 500_000
ESPERA = 0.5
ESPERA_MAXIMA = 5.0
"""Segundos entre intentos; si el servidor pide esperar más, responden antes los bloques."""
BASE_DE_OPENAI = "https://api.openai.com/v1"

Causa = Literal[
    "sin_configurar",
    "clave",
    "sin_saldo",
    "limite",
    "modelo",
    "peticion",
    "servidor",
    "tiempo",
    "conexion",
    "ilegible",
    "vacia",
    "rechazo",
    "grande",
]

SALIDAS: dict[Causa, str] = {
    "sin_configurar": "Falta OPENAI_API_KEY: ponla en .env o sigue respondiendo con los bloques de conocimiento.",
    "clave": "OpenAI no acepta la clave: revisa OPENAI_API_KEY en .env y reinicia.",
    "sin_saldo": "La cuenta de OpenAI no tiene saldo: añade crédito en su página de facturación.",
    "limite": "OpenAI pide ir más despacio: espera unos minutos o pide un límite mayor.",
    "modelo": "OpenAI no ofrece ese modelo a esta cuenta: cambia OPENAI_MODEL en .env.",
    "peticion": "OpenAI no entendió la petición: revisa OPENAI_MODEL y OPENAI_BASE_URL.",
    "servidor": "OpenAI tiene una avería: mira status.openai.com; se reintenta con el próximo mensaje.",
    "tiempo": "OpenAI tardó demasiado: se reintenta con el próximo mensaje.",
    "conexion": "No se pudo llegar a OpenAI: revisa la red y OPENAI_BASE_URL.",
    "ilegible": "Lo que respondió no es una respuesta de chat: comprueba que OPENAI_BASE_URL sea la de una API compatible.",
    "vacia": "El modelo respondió vacío: si se repite, cambia OPENAI_MODEL.",
    "rechazo": "El modelo se negó a responder a ese mensaje: lo ve una persona.",
    "grande": "La respuesta es desmesurada: comprueba que OPENAI_BASE_URL sea la de una API compatible.",
}
REINTENTABLES: frozenset[Causa] = frozenset({"limite", "servidor", "tiempo", "conexion"})


class FalloDelProveedor(Exception):
    """No hubo respuesta. `causa` es para el código, `salida` una frase para quien lo lea y qué hacer."""

    def __init__(self, causa: Causa, detalle: str = "", esperar: float | None = None) -> None:
        super().__init__(f"{causa}: {detalle}" if detalle else causa)
        self.causa = causa
        self.se_puede_reintentar = causa in REINTENTABLES
        self.salida = SALIDAS[causa]
        self.esperar = esperar


@dataclass(frozen=True, slots=True)
class Respuesta:
    """Lo que dijo el modelo y lo que costó decirlo (fichas; 0 si el servidor no las cuenta)."""

    texto: str
    modelo: str
    fichas_entrada: int
    fichas_salida: int
    milisegundos: int


@dataclass
class _Ajustes:
    clave: str
    base_url: str
    modelo: str
    cliente: Any = None
    rechazados: frozenset[str] = frozenset()
    candado: threading.Lock = field(default_factory=threading.Lock)


_ajustes: _Ajustes | None = None


def configurar(clave: str | None, base_url: str | None, modelo: str) -> None:
    """Fija la cuenta y el modelo de este proceso; sin clave, la sala responde sólo con los bloques de conocimiento."""
    global _ajustes
    if _ajustes is not None and _ajustes.cliente is not None:
        _ajustes.cliente.close()
    _ajustes = _Ajustes(clave, base_url or BASE_DE_OPENAI, modelo) if clave else None


def esta_configurado() -> bool:
    """Si hay una cuenta con la que pensar."""
    return _ajustes is not None


def completar(
    mensajes: Sequence[dict[str, str]], *, esquema: dict[str, Any] | None = None, tope_de_fichas: int = TOPE_DE_FICHAS, plazo: float = PLAZO
) -> Respuesta:
    """Pide una respuesta a Chat Completions.

    `esquema` es el JSON que se desea (un servidor que no lo entienda responderá en prosa); `plazo`, en segundos, es para todo.

    Raises:
        FalloDelProveedor: si en ese plazo no hay una respuesta de texto.
    """
    if _ajustes is None:
        raise FalloDelProveedor("sin_configurar")
    ajustes, inicio = _ajustes, time.monotonic()
    limite = inicio + plazo
    pedidos = particularidades.parametros(ajustes.modelo, tope_de_fichas, esquema)
    for intento in range(1, INTENTOS + 1):
        try:
            cruda = _pedir(ajustes, list(mensajes), pedidos, limite)
            return _leer(cruda, ajustes.modelo, inicio)
        except FalloDelProveedor as fallo:
            espera = ESPERA if fallo.esperar is None else fallo.esperar
            if intento == INTENTOS or not fallo.se_puede_reintentar or espera > ESPERA_MAXIMA or time.monotonic() + espera >= limite:
                raise
            time.sleep(espera)
    raise AssertionError("el último intento devuelve o lanza")


def _pedir(ajustes: _Ajustes, mensajes: list[dict[str, str]], pedidos: dict[str, Any], limite: float) -> Any:
    """Un intento; el parámetro que el servidor no quiera se quita y se pide otra vez, y lo que sirvió se recuerda."""
    import openai

    from ia.tope import DemasiadoGrande

    rechazados = ajustes.rechazados
    while True:
        quedan = limite - time.monotonic()
        if quedan <= 0:
            raise FalloDelProveedor("tiempo", "se acabó el plazo")
        tiempos = openai.Timeout(min(quedan, PLAZO_POR_INTENTO), connect=min(quedan, PLAZO_DE_CONEXION))
        enviados = particularidades.sin(pedidos, rechazados)
        try:
            cruda = _cliente(ajustes).chat.completions.create(model=ajustes.modelo, messages=mensajes, timeout=tiempos, **enviados)
        except openai.BadRequestError as error:
            parametro = particularidades.rechazado(enviados, error.param, error.message)
            if parametro is None:
                raise _fallo_de(error) from error
            rechazados |= {parametro}
        except openai.APIError as error:
            raise _fallo_de(error) from error
        except DemasiadoGrande as error:
            raise FalloDelProveedor("grande", str(error)) from error
        except ValueError as error:
            # JSON roto con cabecera de JSON: la biblioteca deja pasar el error de lectura tal cual.
            raise FalloDelProveedor("ilegible", type(error).__name__) from error
        else:
            ajustes.rechazados = rechazados
            return cruda


def _cliente(ajustes: _Ajustes) -> Any:
    # openai tarda en importarse más que todo lo demás junto: sólo lo paga quien lo usa, y una vez.
    import openai

    from ia.tope import poner_tope

    with ajustes.candado:
        if ajustes.cliente is None:
            ganchos = {"response": [partial(poner_tope, bytes_maximos=BYTES_MAXIMOS)]}
            ajustes.cliente = openai.OpenAI(
                api_key=ajustes.clave,
                base_url=ajustes.base_url,
                max_retries=0,
                http_client=openai.DefaultHttpx2Client(event_hooks=ganchos),
            )
        return ajustes.cliente


def _fallo_de(error: Any) -> FalloDelProveedor:
    """El fallo nuestro que corresponde a un error de la biblioteca."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return FalloDelProveedor("tiempo")
    if isinstance(error, openai.APIConnectionError):
        return FalloDelProveedor("conexion", type(error.__cause__).__name__)
    if not isinstance(error, openai.APIStatusError):
        return FalloDelProveedor("ilegible", type(error).__name__)
    detalle = f"{error.status_code} {error.code or ''}".strip()
    if error.status_code == 429:
        sin_saldo = "insufficient_quota" in (error.code, error.type)
        return FalloDelProveedor("sin_saldo" if sin_saldo else "limite", detalle, _segundos(error.response.headers.get("retry-after")))
    if error.status_code >= 500 or error.status_code in (408, 409):
        return FalloDelProveedor("servidor", detalle, _segundos(error.response.headers.get("retry-after")))
    if error.code == "model_not_found":
        return FalloDelProveedor("modelo", detalle)
    return FalloDelProveedor("clave" if error.status_code in (401, 403) else "peticion", detalle)


def _segundos(cabecera: str | None) -> float | None:
    try:
        return max(0.0, float(cabecera)) if cabecera else None
    except ValueError:
        return None


def _leer(cruda: Any, modelo: str, inicio: float) -> Respuesta:
    """Lo que vino, si de verdad es una respuesta: hay servidores que contestan 200 con una página o con un error dentro."""
    opciones = getattr(cruda, "choices", None)
    if not isinstance(opciones, list) or not opciones:
        raise FalloDelProveedor("ilegible", f"200 sin choices ({type(cruda).__name__})")
    mensaje = getattr(opciones[0], "message", None)
    if getattr(mensaje, "refusal", None) or getattr(opciones[0], "finish_reason", None) == "content_filter":
        raise FalloDelProveedor("rechazo")
    texto = getattr(mensaje, "content", None)
    if not isinstance(texto, str) or not texto.strip():
        raise FalloDelProveedor("vacia")
    uso = getattr(cruda, "usage", None)
    return Respuesta(
        texto=texto,
        modelo=getattr(cruda, "model", None) or modelo,
        fichas_entrada=getattr(uso, "prompt_tokens", None) or 0,
        fichas_salida=getattr(uso, "completion_tokens", None) or 0,
        milisegundos=round((time.monotonic() - inicio) * 1000),
    )
