"""Quién puede firmar un aviso según su cuenta, su número o su servicio; lo sabido se recuerda unos segundos."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import dataclass, replace

from registro.bitacora import registro
from registro.config import Ajustes
from registro.telefonos import clave_canonica
from sql.conexion import ERRORES_DE_CONEXION, motor
from sql.modelos.remitentes import RemitenteDeNora, todas_las_noras_listar_remitentes
from webhook import credenciales, sombra
from webhook.firma import Firmante, Peticion, Veredicto, comprobar, mala_forma

VIGENCIA_SEGUNDOS = 3.0
"""Cuánto se da por bueno lo leído: una credencial retirada deja de valer en este plazo en todos los procesos."""
ENTRE_RELECTURAS_SEGUNDOS = 1.0
"""Un aviso que no pasa hace releer, por si la credencial es recién guardada; nunca más de una vez por segundo."""


@dataclass(frozen=True, slots=True)
class Conocido:
    """El número de una Nora y lo que puede firmar por él. `firmante.cuenta` vacía: usa la de la instalación."""

    numero: str
    servicio: str
    firmante: Firmante


def elegir(conocidos: tuple[Conocido, ...], ajustes: Ajustes, *, cuenta: str, numero: str, servicio: str) -> Firmante | None:
    """Quién debe haber firmado: por cuenta y número, luego por servicio, luego por cuenta, y al final la instalación. Puro.

    None si nadie conoce esa cuenta. Un número con cuenta propia no acepta la de otra Nora; sí la de la instalación, que es de la
    agencia, con el mismo esquema exigido. La cuenta del WhatsApp simulado tiene su propio token y sólo vale en modo demo.
    """
    if cuenta == ajustes.cuenta_demo:
        return Firmante(cuenta, (ajustes.ficha_demo,)) if ajustes.demo else None
    instalacion = de_la_instalacion(ajustes, cuenta)
    clave = clave_canonica(numero.removeprefix("whatsapp:"))
    de_numero = [c.firmante for c in conocidos if clave and c.numero == clave]
    if de_numero:
        return next((f for uno in de_numero if (f := _con_cuenta(uno, cuenta, instalacion))), None)
    candidatos = [c.firmante for c in conocidos if servicio and c.servicio == servicio] + [
        c.firmante for c in conocidos if cuenta and c.firmante.cuenta == cuenta
    ]
    return next((f for uno in candidatos if (f := _con_cuenta(uno, cuenta, instalacion))), instalacion)


def de_la_instalacion(ajustes: Ajustes, cuenta: str) -> Firmante | None:
    """El firmante de TWILIO_*: sin TWILIO_ACCOUNT_SID vale para cualquier cuenta; con ella, sólo para la suya."""
    ficha = ajustes.twilio_ficha.get_secret_value() if ajustes.twilio_ficha else ""
    if not ficha or (ajustes.twilio_cuenta and cuenta != ajustes.twilio_cuenta):
        return None
    return Firmante(cuenta, (ficha,))


def _con_cuenta(firmante: Firmante, cuenta: str, instalacion: Firmante | None) -> Firmante | None:
    """El firmante de un número para esa cuenta; None si no es ni la suya ni la de la instalación."""
    if firmante.cuenta == cuenta and cuenta:
        # La cuenta propia puede ser la misma de la instalación y no repetir su token.
        return firmante if firmante.fichas or instalacion is None else replace(firmante, fichas=instalacion.fichas)
    if instalacion is None:
        return None
    if firmante.cuenta:
        return replace(firmante, cuenta=cuenta, fichas=instalacion.fichas, ficha_anterior="", claves={})
    return replace(firmante, cuenta=cuenta, fichas=(*firmante.fichas, *instalacion.fichas))


def duena_de(conocidos: tuple[Conocido, ...], *, numero: str, servicio: str) -> Firmante | None:
    """El firmante del número (o, si no es de nadie, del servicio) al que iba un aviso. Puro."""
    clave = clave_canonica(numero.removeprefix("whatsapp:"))
    suyos = [c.firmante for c in conocidos if clave and c.numero == clave] or [
        c.firmante for c in conocidos if servicio and c.servicio == servicio
    ]
    return suyos[0] if suyos else None


class _Memoria:
    """Lo último leído de la base, compartido por los hilos de este proceso."""

    def __init__(self) -> None:
        self._candado = threading.Lock()
        self._conocidos: tuple[Conocido, ...] | None = None
        self._leido_en = self._forzado_en = float("-inf")

    def olvidar(self) -> None:
        with self._candado:
            self._conocidos, self._leido_en, self._forzado_en = None, float("-inf"), float("-inf")

    def conocidos(self) -> tuple[Conocido, ...]:
        actual = self._conocidos
        if actual is not None and time.monotonic() - self._leido_en < VIGENCIA_SEGUNDOS:
            return actual
        # Mientras uno relee, los demás siguen con lo que había.
        if not self._candado.acquire(blocking=actual is None):
            return actual or ()
        try:
            if self._conocidos is None or time.monotonic() - self._leido_en >= VIGENCIA_SEGUNDOS:
                self._leer()
            return self._conocidos or ()
        finally:
            self._candado.release()

    def releidos(self) -> tuple[Conocido, ...] | None:
        """Lo que hay ahora mismo, o None si ya se releyó hace menos de un segundo."""
        with self._candado:
            if time.monotonic() - self._forzado_en < ENTRE_RELECTURAS_SEGUNDOS:
                return None
            self._forzado_en = time.monotonic()
            self._leer()
            return self._conocidos

    def _leer(self) -> None:
        try:
            self._conocidos = _leer_conocidos()
        except ERRORES_DE_CONEXION:
            if self._conocidos is None:
                # Recién arrancado y con la conexión guardada ya muerta (la base se reinició): otra vez, con una nueva.
                motor().dispose()
                self._conocidos = _leer_conocidos()
            else:
                # Con la base fuera se sigue con lo sabido: quien guarda el mensaje ya contestará 503.
                registro.warning("no se pudieron releer las credenciales")
        self._leido_en = time.monotonic()


_memoria = _Memoria()


def olvidar() -> None:
    """Vacía lo recordado (al cambiar credenciales en este proceso y en las pruebas)."""
    _memoria.olvidar()


def _leer_conocidos() -> tuple[Conocido, ...]:
    return tuple(_abrir(fila) for fila in todas_las_noras_listar_remitentes())


def _abrir(fila: RemitenteDeNora) -> Conocido:
    r = fila.remitente
    numero = clave_canonica(fila.numero_nora or "")
    if r is None:
        return Conocido(numero, "", Firmante("", (), fila.nombre_nora))
    ficha = credenciales.abrir(r, credenciales.FICHA)
    firmante = Firmante(
        cuenta=r.cuenta or "",
        fichas=(ficha,) if ficha else (),
        nombre_nora=fila.nombre_nora,
        ficha_anterior=credenciales.abrir(r, credenciales.FICHA_ANTERIOR),
        anterior_hasta=r.ficha_anterior_hasta,
        claves=credenciales.abrir_claves_compartidas(r),
        esquema=r.esquema,
        sombra_hasta=r.sombra_hasta,
    )
    return Conocido(numero, r.servicio or "", firmante)


def comprobar_aviso(peticion: Peticion, ajustes: Ajustes, *, datos: dict[str, list[str]], numero: str, ahora: dt.datetime) -> Veredicto:
    """Si un aviso pasa: firma, forma y, si su número está en sombra, pasa igual pero contado.

    Args:
        peticion: lo que se firmó.
        ajustes: los de la instalación.
        datos: los parámetros del aviso (los del formulario, o los del JSON), de donde salen la cuenta y el servicio.
        numero: la dirección de la Nora en ese aviso.
        ahora: el momento, con zona.

    Raises:
        Los errores de conexión de la base: sin saber quién firma no se puede decidir y quien llama contesta 503.
    """
    mal = mala_forma(datos)
    if mal:
        return Veredicto(None, mal)
    cuenta, servicio = _primero(datos, "AccountSid"), _primero(datos, "MessagingServiceSid")
    conocidos = _memoria.conocidos()

    def _decidir(con: tuple[Conocido, ...]) -> Veredicto:
        return comprobar(peticion, elegir(con, ajustes, cuenta=cuenta, numero=numero, servicio=servicio), ahora)

    veredicto = _decidir(conocidos)
    if veredicto.firma is None and (releidos := _memoria.releidos()) is not None:
        conocidos, veredicto = releidos, _decidir(releidos)
    if veredicto.firma is not None:
        return veredicto
    duena = duena_de(conocidos, numero=numero, servicio=servicio)
    if duena is None or duena.nombre_nora is None or cuenta == ajustes.cuenta_demo:
        return veredicto
    if duena.sombra_hasta and ahora < duena.sombra_hasta:
        sombra.contar(duena.nombre_nora, veredicto.motivo, ahora)
        return Veredicto("sombra", veredicto.motivo, duena.nombre_nora)
    return replace(veredicto, nombre_nora=duena.nombre_nora)


def _primero(datos: dict[str, list[str]], nombre: str) -> str:
    valores = datos.get(nombre) or [""]
    return valores[0]
