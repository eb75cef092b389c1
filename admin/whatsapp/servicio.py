"""Lo que la agencia hace con el número de una Nora: credenciales, firma, ritmo, comprobar, salud y conciliar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from registro import tiempo_real
from registro.config import vigentes
from sql.conexion import transaccion
from sql.modelos.conciliaciones import Conciliacion, buscar_ultima_conciliacion
from sql.modelos.interruptores import cerrar_interruptor
from sql.modelos.noras import Nora, obtener_nora
from sql.modelos.remitentes import Remitente, buscar_remitente, guardar_remitente
from webhook.canal import balance_pedido, comprobacion, credenciales, remitentes, salud_del_numero

_SALUD_DESCONOCIDA: dict[str, Any] = dict.fromkeys(("estado", "calidad", "limite", "sender_sid", "webhook_url", "mirado_en")) | {
    "razones": []
}


SOLO_CON_CUENTA = "Sólo con una cuenta de Twilio"


class SinCuenta(ValueError):
    """Lo que se pide necesita una cuenta de Twilio y esa Nora usa el WhatsApp simulado."""


@dataclass(frozen=True, slots=True)
class Conexion:
    """Todo lo que la pantalla enseña de un número."""

    nora: Nora
    fila: Remitente | None
    vistas: credenciales.CredencialesVistas | None
    origen: str
    """«propias», «instalacion», «simulado» o «ninguna»."""
    webhook: str
    es_publica: bool
    ultima: Conciliacion | None
    frase: str
    pasos: list[comprobacion.Paso]
    problema: str | None
    comprobada: str
    """«sin_comprobar», «bien» o «mal», con las credenciales de ahora."""
    hay_simulador: bool
    """Si además hay un teléfono simulado en el panel."""
    salud_simulada: bool
    """Si lo que se sabe del número lo dijo el simulador."""


def ver_conexion(nombre_nora: str) -> Conexion:
    """Lo que hay de ese número, sin preguntar nada a Twilio.

    Raises:
        NoEncontrado: si la Nora no existe.
    """
    ajustes, fila = vigentes(), buscar_remitente(nombre_nora)
    vistas = credenciales.ver_credenciales(nombre_nora)
    propias = bool(vistas and vistas.cuenta and (vistas.ficha or vistas.api_clave))
    ultima = buscar_ultima_conciliacion(nombre_nora)
    return Conexion(
        nora=obtener_nora(nombre_nora),
        fila=fila,
        vistas=vistas,
        origen="propias" if propias else _origen_comun(nombre_nora),
        webhook=remitentes.direccion_del_webhook(ajustes),
        es_publica=(ajustes.url_publica or "").startswith("https://"),
        ultima=ultima,
        frase=balance_pedido.frase(ultima) if ultima and ultima.estado == "hecha" else "",
        pasos=comprobacion.ver_pasos(nombre_nora),
        problema=salud_del_numero.problema(fila.estado, fila.calidad, fila.razones) if fila else None,
        comprobada=comprobacion.como_quedo(fila),
        hay_simulador=ajustes.demo,
        salud_simulada=bool(fila and fila.sender_sid == remitentes.SENDER_SIMULADO),
    )


def _origen_comun(nombre_nora: str) -> str:
    if vigentes().twilio_conectado:
        return "instalacion"
    return "simulado" if comprobacion.es_simulado(nombre_nora) else "ninguna"


def guardar_credenciales(nombre_nora: str, ahora: dt.datetime, **valores: Any) -> None:
    """Guarda las credenciales propias y vuelve a enviar con ellas lo que esperaba.

    Lo que se sabía de la salud era de la cuenta anterior y se olvida.

    Raises:
        NoEncontrado: si la Nora no existe.
    """
    obtener_nora(nombre_nora)
    with transaccion(nombre_nora):
        antes = buscar_remitente(nombre_nora)
        if antes is not None and antes.cuenta != valores.get("cuenta"):
            valores |= _SALUD_DESCONOCIDA
        credenciales.guardar_credenciales(nombre_nora, ahora=ahora, **valores)
        # El corte era de las credenciales de antes: con las nuevas se prueba ya.
        cerrar_interruptor(nombre_nora, "twilio")
    tiempo_real.despertar("enviar")


def quitar_credenciales(nombre_nora: str, ahora: dt.datetime) -> None:
    """Vuelve a las credenciales de la instalación; lo recibido y enviado se queda."""
    guardar_credenciales(nombre_nora, ahora, cuenta=None, servicio=None, api_usuario=None, ficha="", api_clave="")


def guardar_firma(nombre_nora: str, ahora: dt.datetime, esquema: str, clave_id: str, clave_secreto: str) -> None:
    """Guarda el esquema mínimo y, si viene, suma una clave compartida."""
    obtener_nora(nombre_nora)
    with transaccion(nombre_nora):
        fila = buscar_remitente(nombre_nora)
        claves = credenciales.abrir_claves_compartidas(fila) if fila else {}
        todas = claves | {clave_id: clave_secreto} if clave_id else None
        credenciales.guardar_credenciales(nombre_nora, ahora=ahora, esquema=esquema, claves_compartidas=todas)


def quitar_clave(nombre_nora: str, ahora: dt.datetime, clave_id: str) -> None:
    """Quita una clave compartida; sin ninguna, la firma vuelve a la de siempre para no dejar a la Nora sorda."""
    with transaccion(nombre_nora):
        fila = buscar_remitente(nombre_nora)
        quedan = {c: s for c, s in credenciales.abrir_claves_compartidas(fila).items() if c != clave_id} if fila else {}
        campos: dict[str, Any] = {} if quedan else {"esquema": "sha1"}
        credenciales.guardar_credenciales(nombre_nora, ahora=ahora, claves_compartidas=quedan, **campos)


def poner_sombra(nombre_nora: str, ahora: dt.datetime, horas: int) -> None:
    """Durante esas horas la firma se cuenta y no se exige; 0 la vuelve a exigir ya. El contador empieza de nuevo al encenderla.

    Raises:
        SinCuenta: si esa Nora habla por el WhatsApp simulado, donde la sombra no hace nada.
    """
    obtener_nora(nombre_nora)
    if horas and comprobacion.es_simulado(nombre_nora):
        raise SinCuenta(SOLO_CON_CUENTA)
    campos: dict[str, Any] = {"sombra_hasta": ahora + dt.timedelta(hours=horas) if horas else None}
    if horas:
        campos |= {"sombra_veces": 0, "sombra_ultima": None, "sombra_motivo": None}
    guardar_remitente(nombre_nora, **campos)


def guardar_ritmo(nombre_nora: str, por_segundo: Decimal | None) -> None:
    """Cuántos envíos por segundo salen de ese número."""
    obtener_nora(nombre_nora)
    guardar_remitente(nombre_nora, por_segundo=por_segundo)


def mirar_salud(nombre_nora: str, ahora: dt.datetime) -> str:
    """Pregunta a Twilio por el número; devuelve por qué no se pudo, o vacío."""
    return _contar(lambda: remitentes.mirar(nombre_nora, ahora), "La Nora no tiene número o no hay cuenta de Twilio.")


def poner_webhook(nombre_nora: str, ahora: dt.datetime) -> str:
    """Escribe nuestra dirección en Twilio; devuelve por qué no se pudo, o vacío."""
    if comprobacion.es_simulado(nombre_nora):
        return f"{SOLO_CON_CUENTA}: el simulador ya avisa aquí."
    return _contar(lambda: remitentes.poner_webhook(nombre_nora, ahora), "El número no está entre los de la cuenta: ponla a mano.")


def _contar(hacer: Callable[[], object], si_nada: str) -> str:
    try:
        return "" if hacer() is not None else si_nada
    except (*comprobacion.ERRORES_DE_TWILIO, ValueError) as fallo:
        return str(fallo)


def comprobar_todo(nombre_nora: str, ahora: dt.datetime) -> None:
    """Los tres pasos seguidos, para un navegador sin JavaScript."""
    comprobacion.empezar(nombre_nora, ahora)
    for clave in comprobacion.PASOS:
        comprobacion.comprobar(nombre_nora, clave, ahora)
