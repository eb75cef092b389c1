"""«Comprobar»: preguntas de verdad a Twilio, una por renglón, y la espera de un mensaje real. Cada fallo trae su causa y su salida."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Literal

from registro.bitacora import tachar
from registro.config import vigentes
from registro.telefonos import mostrar
from sql.modelos.llegadas import Llegada, buscar_llegada
from sql.modelos.noras import obtener_nora
from sql.modelos.remitentes import Remitente, buscar_remitente, guardar_remitente
from webhook.cliente_twilio import Incierto, NoAceptado, Rechazado, pedir
from webhook.credenciales import Credencial, buscar_credencial
from webhook.listado_twilio import API
from webhook.remitentes import apunta_aqui, direccion_del_webhook, mirar
from webhook.salud_del_numero import CALIDADES, DE_PRUEBAS, ESTADOS, SIN_REMITENTE, problema

ESPERA_MAXIMA = dt.timedelta(minutes=5)
_HUELLA = "con"
"""El renglón que dice con qué credenciales se empezó; no es un paso."""
ERRORES_DE_TWILIO = (NoAceptado, Rechazado, Incierto)
"""Lo que se levanta cuando Twilio no contesta bien."""
PASOS = ("credenciales", "numero", "webhook")
TITULOS = {"credenciales": "Credenciales", "numero": "Número", "webhook": "Dirección del webhook"}
_CONSOLA = "https://console.twilio.com/us1"
CLAVES = ("Ver las claves en la consola de Twilio", f"{_CONSOLA}/account/keys-credentials/api-keys")
REMITENTES = ("Abrir los números de WhatsApp en la consola de Twilio", f"{_CONSOLA}/develop/sms/senders/whatsapp-senders")
PRUEBAS = ("Abrir el número de pruebas en la consola de Twilio", f"{_CONSOLA}/develop/sms/try-it-out/whatsapp-learn")
FALLOS = ("Ver los avisos fallidos en la consola de Twilio", f"{_CONSOLA}/monitor/logs/debugger/errors")


@dataclass(frozen=True, slots=True)
class Paso:
    """Un renglón comprobado. `enlace` es (texto, dirección) de la pantalla donde se arregla, o None."""

    clave: str
    estado: Literal["bien", "ojo", "mal"]
    detalle: str
    arreglo: str = ""
    enlace: tuple[str, str] | None = None

    @property
    def titulo(self) -> str:
        """Cómo se llama en pantalla."""
        return TITULOS[self.clave]


def empezar(nombre_nora: str, ahora: dt.datetime) -> None:
    """Empieza una comprobación nueva, atada a las credenciales de ahora: se olvida la anterior y la espera cuenta desde aquí."""
    huella = huella_de(buscar_remitente(nombre_nora))
    guardar_remitente(nombre_nora, comprobado_en=ahora, comprobacion=[{"clave": _HUELLA, "huella": huella}])


def huella_de(fila: Remitente | None) -> str:
    """Con qué credenciales se comprueba, sin decirlas: cambia si cambia la cuenta, el servicio, la clave o el token."""
    ajustes = vigentes()
    propias = (fila.cuenta, fila.servicio, fila.ficha_cifrada, fila.api_usuario, fila.api_clave_cifrada) if fila else (None,) * 5
    de_la_casa = ajustes.twilio_ficha.get_secret_value() if ajustes.twilio_ficha else ""
    partes = [*propias, ajustes.twilio_cuenta, de_la_casa, ajustes.twilio_conectado]
    return hashlib.sha256("|".join(str(parte or "") for parte in partes).encode()).hexdigest()[:32]


def comprobar(nombre_nora: str, clave: str, ahora: dt.datetime) -> Paso:
    """Hace un paso y lo deja guardado. Nunca levanta por culpa de Twilio: lo que pase es el resultado."""
    credencial = buscar_credencial(nombre_nora, None)
    try:
        paso = {"credenciales": _credenciales, "numero": _numero, "webhook": _webhook}[clave](nombre_nora, credencial, ahora)
    except ERRORES_DE_TWILIO as fallo:
        arreglo = "Prueba otra vez en un minuto. Si sigue igual, mira el estado de Twilio en status.twilio.com."
        paso = Paso(
            clave, "mal", str(fallo), "" if isinstance(fallo, Rechazado) else arreglo, CLAVES if isinstance(fallo, Rechazado) else None
        )
    fila = buscar_remitente(nombre_nora)
    hechos = [p for p in (fila.comprobacion if fila else []) if isinstance(p, dict) and p.get("clave") != clave]
    guardar_remitente(nombre_nora, comprobacion=[*hechos, asdict(paso)])
    return paso


def ver_pasos(nombre_nora: str) -> list[Paso]:
    """Los pasos ya hechos de la última comprobación, en su orden; ninguno si se empezó con otras credenciales."""
    return leer_pasos(buscar_remitente(nombre_nora))


def leer_pasos(fila: Remitente | None) -> list[Paso]:
    """Lo mismo, de una fila ya leída."""
    if fila is None or not _vale(fila):
        return []
    guardados: dict[str, Any] = {str(p.get("clave")): p for p in fila.comprobacion if isinstance(p, dict)}
    return [
        Paso(c, g["estado"], g["detalle"], g.get("arreglo", ""), tuple(g["enlace"]) if g.get("enlace") else None)
        for c in PASOS
        if (g := guardados.get(c))
    ]


def _vale(fila: Remitente) -> bool:
    """Si lo comprobado se empezó con las credenciales que hay ahora."""
    huellas = [p.get("huella") for p in fila.comprobacion if isinstance(p, dict) and p.get("clave") == _HUELLA]
    return huellas == [huella_de(fila)]


def como_quedo(fila: Remitente | None) -> Literal["sin_comprobar", "bien", "mal"]:
    """Si las credenciales de ahora se comprobaron enteras: «bien» con los tres pasos sin ningún fallo."""
    pasos = leer_pasos(fila)
    if any(p.estado == "mal" for p in pasos):
        return "mal"
    return "bien" if len(pasos) == len(PASOS) else "sin_comprobar"


def _credenciales(nombre_nora: str, credencial: Credencial | None, ahora: dt.datetime) -> Paso:
    del ahora
    if credencial is None:
        if es_simulado(nombre_nora):
            return Paso("credenciales", "bien", "WhatsApp simulado: no hacen falta.")
        return Paso("credenciales", "mal", "No hay credenciales de Twilio.", "Escribe el Account SID y el Auth Token.", CLAVES)
    # Se prueban leyendo un mensaje: es lo que después se hace, y también una clave de API restringida puede.
    try:
        pedir(credencial, "GET", f"{API}/2010-04-01/Accounts/{credencial.cuenta}/Messages.json", parametros={"PageSize": 1})
    except NoAceptado as fallo:
        if not fallo.corta:
            raise
        return Paso("credenciales", "mal", str(fallo), "Cópialas otra vez, sin espacios; el Auth Token debe ser el principal.", CLAVES)
    return Paso("credenciales", "bien", f"Twilio las acepta (cuenta {credencial.cuenta[:4]}…{credencial.cuenta[-4:]}).")


def _numero(nombre_nora: str, credencial: Credencial | None, ahora: dt.datetime) -> Paso:
    numero = obtener_nora(nombre_nora).numero_nora
    if not numero:
        return Paso("numero", "mal", "La Nora no tiene número.", "Escríbelo en la ficha de la Nora.")
    if credencial is None and not es_simulado(nombre_nora):
        return Paso("numero", "mal", "Sin credenciales no se puede preguntar por el número.", "Arregla primero el paso anterior.")
    salud = mirar(nombre_nora, ahora)
    if salud is None or salud.estado == SIN_REMITENTE:
        que_hacer = "Revisa que el número sea éste y que esté dado de alta en WhatsApp en esta misma cuenta."
        return Paso("numero", "mal", f"{mostrar(numero)} no está entre los números de WhatsApp de la cuenta.", que_hacer, REMITENTES)
    if salud.estado == DE_PRUEBAS:
        codigo = "Cada persona debe mandarle antes el código «join …» de tu consola, y repetirlo cada tres días."
        return Paso("numero", "ojo", f"{mostrar(numero)} es el número de pruebas de Twilio.", codigo, PRUEBAS)
    calidad = CALIDADES.get(salud.calidad or "", "sin medir aún")
    fingida = " (simulado)" if credencial is None else ""
    detalle = f"{mostrar(numero)}: {ESTADOS.get(salud.estado, salud.estado).lower()}, calidad {calidad}{fingida}."
    mal = problema(salud.estado, salud.calidad, salud.razones)
    return Paso("numero", "mal", detalle, mal, REMITENTES) if mal else Paso("numero", "bien", detalle)


def _webhook(nombre_nora: str, credencial: Credencial | None, ahora: dt.datetime) -> Paso:
    del ahora
    ajustes, fila = vigentes(), buscar_remitente(nombre_nora)
    debe_ser = direccion_del_webhook(ajustes)
    if credencial is not None and not (ajustes.url_publica or "").startswith("https://"):
        arreglo = "Pon PUBLIC_URL con tu dirección https (en tu máquina, la de un túnel) y reinicia."
        return Paso("webhook", "mal", "Esta instalación no tiene dirección pública: Twilio no puede avisarle.", arreglo)
    puesta = fila.webhook_url if fila else None
    if fila is not None and fila.estado == DE_PRUEBAS:
        arreglo = f"Compruébalo a mano: en «When a message comes in» debe poner {debe_ser}"
        return Paso("webhook", "ojo", "La del número de pruebas no se puede leer desde aquí.", arreglo, PRUEBAS)
    if fila is not None and fila.servicio:
        return Paso(
            "webhook",
            "ojo",
            "Este número va por un Messaging Service, que puede tener su propia dirección.",
            f"Ponle {debe_ser}",
            REMITENTES,
        )
    if apunta_aqui(puesta, ajustes):
        sin_reintentos = "#rc=" not in str(puesta)
        if sin_reintentos:
            return Paso("webhook", "ojo", "Apunta aquí, pero sin reintentos.", f"Cámbiala por {debe_ser}", REMITENTES)
        return Paso("webhook", "bien", f"Apunta aquí{' (simulado)' if credencial is None else ''}: {puesta}")
    return Paso("webhook", "mal", f"Twilio tiene {_a_la_vista(puesta)}.", f"Debe ser {debe_ser}. Puedes ponerla con un clic.", REMITENTES)


def _a_la_vista(puesta: str | None) -> str:
    return f"«{puesta}»" if puesta else "la dirección vacía"


def llegada_de_prueba(nombre_nora: str, ahora: dt.datetime) -> tuple[Literal["llego", "esperando", "nada"], Llegada | None]:
    """Cómo va la espera desde que empezó la última comprobación: llegó, se espera, o pasaron 5 minutos.

    Sólo cuenta lo que entra por la cuenta que se comprueba; lo empezado con otras credenciales ya no se espera.
    """
    fila = buscar_remitente(nombre_nora)
    cuenta = cuenta_comprobada(nombre_nora)
    if fila is None or fila.comprobado_en is None or not cuenta or not _vale(fila):
        return "nada", None
    llegada = buscar_llegada(nombre_nora, cuenta, fila.comprobado_en)
    if llegada is not None:
        return "llego", llegada
    return ("esperando" if ahora - fila.comprobado_en < ESPERA_MAXIMA else "nada"), None


def cuenta_comprobada(nombre_nora: str) -> str:
    """La cuenta por la que debe entrar el mensaje: la suya, la de la instalación o la del simulador; vacía si no hay ninguna."""
    credencial = buscar_credencial(nombre_nora, None)
    if credencial is not None:
        return credencial.cuenta
    return vigentes().cuenta_demo if es_simulado(nombre_nora) else ""


def es_simulado(nombre_nora: str) -> bool:
    """Si esa Nora habla por el WhatsApp simulado: modo demo y ninguna cuenta de Twilio, ni siquiera una que no se deja usar."""
    fila = buscar_remitente(nombre_nora)
    return vigentes().demo and buscar_credencial(nombre_nora, None) is None and not (fila and fila.cuenta)


def diagnostico(nombre_nora: str, pasos: list[Paso], ahora: dt.datetime) -> str:
    """Lo comprobado en texto, para mandarlo a quien ayude: sin secretos y con los teléfonos tapados."""
    ajustes, fila = vigentes(), buscar_remitente(nombre_nora)
    renglones = [
        f"AuraAI2 · WhatsApp de {nombre_nora} · {ahora.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC",
        f"Dirección que debe tener Twilio: {direccion_del_webhook(ajustes)}",
        f"Credenciales: {'propias' if fila and fila.cuenta else 'de la instalación' if ajustes.twilio_conectado else 'ninguna'}",
        f"Firma mínima: {fila.esquema if fila else 'sha1'}",
    ]
    renglones += [f"[{p.estado}] {p.titulo}: {p.detalle} {p.arreglo}".rstrip() for p in pasos]
    return tachar("\n".join(renglones))
