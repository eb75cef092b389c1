"""Los casos de la matriz de firmas, por familias: dirección, parámetros, fronteras, cuentas, claves compartidas, JSON y sombra."""

from __future__ import annotations

import json
from typing import Any

from tests.fabricas import CUENTA
from tests.personas import NUMEROS, OTRA
from tests.webhook.firmado import (
    AJENA,
    CLAVE,
    FICHA_PROPIA,
    FICHA_VIEJA,
    PROPIA,
    PUBLICA,
    SECRETO,
    SERVICIO,
    Intento,
    con_claves,
    con_token_cambiado,
    dentro_de,
    mensaje,
    propio,
    resumen_de,
)
from webhook.firma import SHA256

OTRA_NORA = f"whatsapp:{NUMEROS[OTRA]}"
CABECERA = f"key={CLAVE},algorithm=HMAC_SHA256"
CON_COMPARTIDA: dict[str, Any] = con_claves(claves_compartidas={CLAVE: SECRETO})
SOLO_SHA256: dict[str, Any] = con_claves(claves_compartidas={CLAVE: SECRETO}, esquema="sha256")
_JSON = json.dumps(dict(mensaje(Body="por JSON"))).encode()
_RARO = b"\xff\xfe\x00"
_UNO = mensaje(MessageSid="SM" + "1" * 32, SmsMessageSid=None, SmsSid=None)


def _cambiado(pares: list[tuple[str, str]], **cambios: str | None) -> list[tuple[str, str]]:
    return [(n, v) for n, v in (dict(pares) | cambios).items() if v is not None]


DIRECCION = [
    Intento("texto con acentos y emoji", "sha1"),
    Intento("consulta tal como se configuró", "sha1", consulta="nora=7&x=a%20b"),
    Intento("consulta con signos sin codificar", "sha1", consulta="x=a+b&y=%C3%B1&z"),
    Intento("consulta cambiada después de firmar", "", consulta="nora=8", firma_url=f"{PUBLICA}/webhook?nora=7"),
    Intento("consulta quitada", "", firma_url=f"{PUBLICA}/webhook?nora=7"),
    Intento("consulta en otro orden", "", consulta="b=2&a=1", firma_url=f"{PUBLICA}/webhook?a=1&b=2"),
    Intento("Twilio firma con el puerto normal", "sha1", firma_url=f"{PUBLICA}:443/webhook"),
    Intento("la pública lleva puerto y Twilio lo firma", "sha1", publica="https://nora.example.com:8443"),
    Intento("la pública lleva puerto y Twilio no", "sha1", publica=f"{PUBLICA}:8443", firma_url=f"{PUBLICA}/webhook"),
    Intento("otro puerto", "", firma_url=f"{PUBLICA}:8443/webhook"),
    Intento("la pública lleva carpeta", "sha1", publica="https://example.com/aura"),
    Intento("la pública con barra al final", "sha1", publica=f"{PUBLICA}/", firma_url=f"{PUBLICA}/webhook"),
    Intento("fragmento de reintentos en la pública", "sha1", publica=f"{PUBLICA}#rc=3&rp=5xx", firma_url=f"{PUBLICA}/webhook"),
    Intento("firmado con http detrás de un proxy", "", firma_url="http://nora.example.com/webhook"),
    Intento("firmado para el nombre interno", "", firma_url="http://localhost/webhook"),
    Intento("firmado para la dirección con barra", "", firma_url=f"{PUBLICA}/webhook/"),
    Intento("firmado para la de estados", "", firma_url=f"{PUBLICA}/webhook/estado"),
]
PARAMETROS = [
    Intento("texto vacío", "sha1", mensaje(Body="")),
    Intento("parámetro que no conocemos", "sha1", [*mensaje(), ("CosaNueva", "42")]),
    Intento("nombres repetidos", "sha1", [*mensaje(), ("Cosa", "y"), ("Cosa", "x"), ("Cosa", "x")]),
    Intento("nombres con mayúsculas y minúsculas", "sha1", [*mensaje(), ("body", "otro"), ("ZZZ", "1"), ("aaa", "2")]),
    Intento("espacios alrededor que no se recortan", "sha1", mensaje(Body="  hola \n")),
    Intento("por Messaging Service", "sha1", mensaje(MessagingServiceSid=SERVICIO)),
    Intento("texto cambiado", "", mensaje(Body="uno"), manda=mensaje(Body="dos")),
    Intento("un parámetro de más", "", _UNO, manda=[*_UNO, ("Extra", "1")]),
    Intento("un parámetro de menos", "", _UNO, manda=[p for p in _UNO if p[0] != "WaId"]),
    Intento("sin firma", "", firma=""),
    Intento("firma con letras imposibles", "", firma="á" * 28),
    Intento("token de otro", "", secreto="x" * 32),
    Intento("firmado con la clave vacía", "", secreto=""),
]
FRONTERAS = [
    Intento(
        "el SID se traga el parámetro de al lado",
        "",
        _UNO,
        manda=_cambiado(_UNO, MessageSid=f"SM{'1' * 32}MessageTypetext", MessageType=None),
    ),
    Intento("la cuenta se traga ApiVersion", "", _UNO, manda=_cambiado(_UNO, AccountSid=f"{CUENTA}ApiVersion2010-04-01", ApiVersion=None)),
    Intento("NumMedia se traga NumSegments", "", _UNO, manda=_cambiado(_UNO, NumMedia="0NumSegments1", NumSegments=None)),
    Intento("la cuenta termina en salto de línea", "", mensaje(AccountSid=f"{CUENTA}\n")),
    Intento("doce archivos", "", mensaje(NumMedia="12")),
    Intento("diez archivos", "sha1", mensaje(NumMedia="10")),
    Intento("dos cuentas a la vez", "", [*mensaje(), ("AccountSid", AJENA)]),
    Intento("dos destinos a la vez", "", [*mensaje(), ("To", OTRA_NORA)]),
]
CUENTAS = [
    Intento("cuenta desconocida", "", mensaje(AccountSid=AJENA)),
    Intento("sin cuenta", "", mensaje(AccountSid=None)),
    Intento("cuenta propia con su token", "sha1", propio(), secreto=FICHA_PROPIA, numero=con_claves()),
    Intento("cuenta propia con el token de la instalación", "", propio(), numero=con_claves()),
    Intento("la instalación sigue valiendo para un número con cuenta propia", "sha1", numero=con_claves()),
    Intento("cuenta propia hacia el número de otra Nora", "", propio(To=OTRA_NORA), secreto=FICHA_PROPIA, numero=con_claves()),
    Intento(
        "cuenta propia hacia un número de nadie", "sha1", propio(To="whatsapp:+15005550006"), secreto=FICHA_PROPIA, numero=con_claves()
    ),
    Intento(
        "número desconocido, reconocido por su servicio",
        "sha1",
        propio(To="whatsapp:+15005550006", MessagingServiceSid=SERVICIO),
        secreto=FICHA_PROPIA,
        numero=con_claves(servicio=SERVICIO),
    ),
    Intento("la misma cuenta de la instalación, sin repetir su token", "sha1", numero={"cuenta": CUENTA}),
    Intento("sin token con qué comprobar", "", propio(), secreto="", firma="AAAA", numero={"cuenta": PROPIA, "api_usuario": "SK1"}),
    Intento("token anterior dentro de plazo", "anterior", propio(), secreto=FICHA_VIEJA, numero={"_": con_token_cambiado(15)}),
    Intento("token nuevo durante el plazo", "sha1", propio(), secreto=FICHA_PROPIA, numero={"_": con_token_cambiado(15)}),
    Intento("token anterior fuera de plazo", "", propio(), secreto=FICHA_VIEJA, numero={"_": con_token_cambiado(-1)}),
]
COMPARTIDAS = [
    Intento("SHA-256 con su clave", "sha256", propio(), secreto=SECRETO, algoritmo=SHA256, cabecera=CABECERA, numero=CON_COMPARTIDA),
    Intento(
        "SHA-256 con espacios en la cabecera",
        "sha256",
        propio(),
        secreto=SECRETO,
        algoritmo=SHA256,
        cabecera=f" key={CLAVE} , algorithm=hmac_sha256 ",
        numero=CON_COMPARTIDA,
    ),
    Intento("SHA-256 mal firmado", "", propio(), secreto="otro", algoritmo=SHA256, cabecera=CABECERA, numero=CON_COMPARTIDA),
    Intento(
        "SHA-256 con una clave que no conocemos",
        "",
        propio(),
        secreto=SECRETO,
        algoritmo=SHA256,
        cabecera="key=otra,algorithm=HMAC_SHA256",
        numero=CON_COMPARTIDA,
    ),
    Intento(
        "SHA-256 sin decir la clave",
        "",
        propio(),
        secreto=SECRETO,
        algoritmo=SHA256,
        cabecera="algorithm=HMAC_SHA256",
        numero=CON_COMPARTIDA,
    ),
    Intento(
        "SHA-256 con el Auth Token como clave",
        "",
        propio(),
        secreto=FICHA_PROPIA,
        algoritmo=SHA256,
        cabecera=CABECERA,
        numero=CON_COMPARTIDA,
    ),
    Intento(
        "clave compartida en un número que no tiene ninguna",
        "",
        propio(),
        secreto=SECRETO,
        algoritmo=SHA256,
        cabecera=CABECERA,
        numero=con_claves(),
    ),
    Intento(
        "clave compartida firmando con SHA-1",
        "",
        propio(),
        secreto=SECRETO,
        cabecera=f"key={CLAVE},algorithm=HMAC_SHA1",
        numero=CON_COMPARTIDA,
    ),
    Intento("algoritmo inventado", "", propio(), secreto=SECRETO, cabecera=f"key={CLAVE},algorithm=NINGUNO", numero=CON_COMPARTIDA),
    Intento("SHA-1 donde aún se admite", "sha1", propio(), secreto=FICHA_PROPIA, numero=CON_COMPARTIDA),
    Intento("rebaja: SHA-1 sin cabecera donde se exige SHA-256", "", propio(), secreto=FICHA_PROPIA, numero=SOLO_SHA256),
    Intento("rebaja: la cabecera pide SHA-1", "", propio(), secreto=FICHA_PROPIA, cabecera="algorithm=HMAC_SHA1", numero=SOLO_SHA256),
    Intento("rebaja: SHA-1 por la cuenta de la instalación", "", numero=SOLO_SHA256),
    Intento("SHA-256 donde se exige", "sha256", propio(), secreto=SECRETO, algoritmo=SHA256, cabecera=CABECERA, numero=SOLO_SHA256),
]
EN_JSON = [
    Intento("JSON con su resumen", "sha1", cuerpo=_JSON, consulta=f"bodySHA256={resumen_de(_JSON)}"),
    Intento("JSON con otro cuerpo", "", cuerpo=_JSON.replace(b"por JSON", b"cambiado"), consulta=f"bodySHA256={resumen_de(_JSON)}"),
    Intento("JSON sin resumen", "", cuerpo=_JSON),
    Intento("JSON con el resumen sin firmar", "", cuerpo=_JSON, consulta=f"bodySHA256={resumen_de(_JSON)}", firma_url=f"{PUBLICA}/webhook"),
    Intento("JSON con el resumen vacío", "", cuerpo=_JSON, consulta="bodySHA256="),
    Intento("JSON con SHA-256 y clave compartida", "sha256", cuerpo=_JSON.replace(CUENTA.encode(), PROPIA.encode()),
            consulta=f"bodySHA256={resumen_de(_JSON.replace(CUENTA.encode(), PROPIA.encode()))}",
            secreto=SECRETO, algoritmo=SHA256, cabecera=CABECERA, numero=CON_COMPARTIDA),
    Intento("bytes que no son JSON y sin cuenta", "", cuerpo=_RARO, consulta=f"bodySHA256={resumen_de(_RARO)}"),
    Intento("un formulario con bodySHA256 firma también sus parámetros", "sha1", consulta="bodySHA256=abc"),
]  # fmt: skip
EN_SOMBRA = [
    Intento("en sombra: firma de otro", "sombra", secreto="x" * 32, numero={"sombra_hasta": dentro_de(60)}),
    Intento("en sombra: sin firma", "sombra", firma="", numero={"sombra_hasta": dentro_de(60)}),
    Intento("en sombra: cuenta que no es la suya", "sombra", mensaje(AccountSid=AJENA), numero={"sombra_hasta": dentro_de(60)}),
    Intento(
        "en sombra: SHA-1 donde se exigirá SHA-256",
        "sombra",
        propio(),
        secreto=FICHA_PROPIA,
        numero=SOLO_SHA256 | {"sombra_hasta": dentro_de(60)},
    ),
    Intento("en sombra: lo bueno entra como bueno", "sha1", numero={"sombra_hasta": dentro_de(60)}),
    Intento("en sombra: lo que no tiene forma no entra", "", mensaje(AccountSid="AC1"), numero={"sombra_hasta": dentro_de(60)}),
    Intento(
        "en sombra: la de otra Nora no alcanza a ésta", "", mensaje(To=OTRA_NORA), secreto="x" * 32, numero={"sombra_hasta": dentro_de(60)}
    ),
    Intento("sombra vencida", "", secreto="x" * 32, numero={"sombra_hasta": dentro_de(-1)}),
]
TODOS = [*DIRECCION, *PARAMETROS, *FRONTERAS, *CUENTAS, *COMPARTIDAS, *EN_JSON, *EN_SOMBRA]
