"""Lo que se hace en Chats: escribir, tomar o devolver el control y marcar como leído."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from clientes.chat.lectura import obtener_mensaje_del_hilo
from clientes.chat.ventana import motivo_de_bloqueo, ventana_de
from registro import tiempo_real
from registro.portero import Paso
from registro.textos import varias_lineas
from sql.conexion import transaccion
from sql.modelos.bandeja import buscar_por_clave
from sql.modelos.contactos import obtener_contacto
from sql.modelos.conversaciones import Conversacion, cambiar_conversacion, obtener_conversacion
from sql.modelos.mensajes import listar_entrantes_pendientes
from webhook import canal


class NoSePuede(ValueError):
    """Lo pedido no se hizo; el texto dice por qué y qué hacer, para enseñarlo tal cual."""


def enviar_mensaje(paso: Paso, conversacion_id: int, texto: str, *, clave_cliente: str | None, ahora: dt.datetime) -> int:
    """Escribe como persona. Si la IA atendía el hilo, quien escribe pasa a atenderlo. Devuelve el id del (primer) mensaje.

    La misma `clave_cliente` es el mismo mensaje, aunque la ventana se haya cerrado entre los dos intentos.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
        NoSePuede: si el texto no vale o WhatsApp no lo aceptaría ahora.
    """
    texto = varias_lineas(texto)
    if not texto:
        raise NoSePuede("Escribe algo antes de enviar.")
    if canal.largo(texto) > canal.LARGO_TOTAL:
        raise NoSePuede(f"Tiene {canal.largo(texto)} caracteres y se admiten {canal.LARGO_TOTAL}. Acórtalo o mándalo como documento.")
    if clave_cliente and (repetido := buscar_por_clave(paso.nombre_nora, clave_cliente)):
        return obtener_mensaje_del_hilo(paso.nombre_nora, conversacion_id, repetido.id).id
    cambio = tomar_para_escribir(paso, conversacion_id, ahora)
    # Después de confirmar: así la IA ya no contesta a la vez, y el mensaje se anuncia cuando existe.
    mensaje_id, *_ = canal.enviar(
        paso.nombre_nora, conversacion_id, texto, origen="persona", autor_id=paso.usuario_id, clave_cliente=clave_cliente
    )
    if cambio:
        tiempo_real.avisar(paso.nombre_nora, "conversacion.cambio", conversacion=conversacion_id)
    return mensaje_id


def tomar_para_escribir(paso: Paso, conversacion_id: int, ahora: dt.datetime) -> bool:
    """Comprueba que ahora se puede escribir en ese hilo y, si nadie lo atendía, quien escribe lo toma. Dice si cambió algo.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
        NoSePuede: si WhatsApp no aceptaría ahora un mensaje.
    """
    with transaccion(paso.nombre_nora):
        conversacion = obtener_conversacion(paso.nombre_nora, conversacion_id, con_candado=True)
        if motivo := motivo_de_bloqueo(paso.puede_escribir, conversacion.direccion, ventana_de(conversacion.ventana_hasta, ahora)):
            raise NoSePuede(motivo)
        cambio = _al_tomar(paso, conversacion) if conversacion.modo == "ia" or conversacion.atendida_por is None else {}
        if conversacion.sin_leer:
            cambio["sin_leer"] = 0
        if cambio:
            cambiar_conversacion(paso.nombre_nora, conversacion_id, **cambio)
    return bool(cambio)


def reintentar(paso: Paso, conversacion_id: int, mensaje_id: int, ahora: dt.datetime) -> None:
    """Vuelve a mandar un envío que falló; diez clics son uno.

    Raises:
        NoEncontrado: si el mensaje no existe o es de otro hilo o de otra Nora.
        NoSePuede: si WhatsApp no lo aceptaría ahora.
    """
    mensaje = obtener_mensaje_del_hilo(paso.nombre_nora, conversacion_id, mensaje_id)
    conversacion = obtener_conversacion(paso.nombre_nora, conversacion_id)
    motivo = motivo_de_bloqueo(paso.puede_escribir, conversacion.direccion, ventana_de(conversacion.ventana_hasta, ahora))
    if motivo and (mensaje.content_sid is None or not paso.puede_escribir):
        raise NoSePuede(motivo)
    canal.reintentar(paso.nombre_nora, mensaje_id)


def dar_por_enviado(paso: Paso, conversacion_id: int, mensaje_id: int) -> None:
    """Quien lo comprobó con la persona dice que sí salió.

    Raises:
        NoEncontrado: si el mensaje no existe o es de otro hilo o de otra Nora.
    """
    obtener_mensaje_del_hilo(paso.nombre_nora, conversacion_id, mensaje_id)
    canal.dar_por_enviado(paso.nombre_nora, mensaje_id)


def tomar_control(paso: Paso, conversacion_id: int) -> None:
    """Desde ahora la atiende esa persona: la IA calla y deja de pedirse ayuda. El motivo se conserva para enseñarlo.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
    """
    _cambiar(paso, conversacion_id, lambda conversacion: _al_tomar(paso, conversacion))


def devolver_a_la_ia(paso: Paso, conversacion_id: int) -> None:
    """La IA vuelve a responder desde el próximo mensaje.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
        NoSePuede: si la IA está apagada para esa persona o para la Nora: nadie respondería.
    """

    def decidir(conversacion: Conversacion) -> dict[str, object]:
        if not obtener_contacto(paso.nombre_nora, conversacion.contacto_id).ia_activa:
            raise NoSePuede("La IA está apagada para esta persona. Enciéndela en su ficha y vuelve a intentarlo.")
        if "ia" not in paso.modulos:
            raise NoSePuede("Tu Nora no tiene encendido el módulo de IA.")
        if conversacion.modo == "ia":
            return {}
        return {"modo": "ia", "atendida_por": None, "necesita_persona": False, "motivo_persona": None}

    _cambiar(paso, conversacion_id, decidir)


def marcar_leido(paso: Paso, conversacion_id: int, hasta: int) -> None:
    """Los mensajes hasta ese, incluido, están vistos; los que llegaron después siguen sin leer.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
    """

    def decidir(conversacion: Conversacion) -> dict[str, object]:
        if not conversacion.sin_leer:
            return {}
        despues = listar_entrantes_pendientes(paso.nombre_nora, conversacion_id, hasta, limite=conversacion.sin_leer)
        return {"sin_leer": len(despues)} if len(despues) < conversacion.sin_leer else {}

    _cambiar(paso, conversacion_id, decidir)


def _cambiar(paso: Paso, conversacion_id: int, decidir: Callable[[Conversacion], dict[str, object]]) -> None:
    """Decide el cambio con el hilo bajo candado, lo confirma y después avisa; si no cambia nada, no avisa."""
    with transaccion(paso.nombre_nora):
        cambio = decidir(obtener_conversacion(paso.nombre_nora, conversacion_id, con_candado=True))
        if cambio:
            cambiar_conversacion(paso.nombre_nora, conversacion_id, **cambio)
    if cambio:
        tiempo_real.avisar(paso.nombre_nora, "conversacion.cambio", conversacion=conversacion_id)


def _al_tomar(paso: Paso, conversacion: Conversacion) -> dict[str, object]:
    querido: dict[str, object] = {"modo": "persona", "atendida_por": paso.usuario_id, "necesita_persona": False}
    return querido if any(getattr(conversacion, campo) != valor for campo, valor in querido.items()) else {}
