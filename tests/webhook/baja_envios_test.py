"""Por ningún camino sale marketing hacia quien pidió no recibirlo, y todo lo demás sigue saliendo."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registro import archivos as almacen
from registro.almacen import ruta_nueva
from sql.modelos import envios
from sql.modelos.archivos import crear_archivo_saliente
from sql.modelos.bajas import anotar_baja, quitar_baja
from sql.modelos.contactos import obtener_contacto
from sql.modelos.conversaciones import Conversacion
from sql.modelos.mensajes import crear_saliente, obtener_mensaje
from sql.modelos.plantillas import crear_plantilla
from tests.base import Base
from tests.dobles.twilio import DobleDeTwilio
from tests.fabricas import conversacion, mensaje
from tests.personas import AURA
from webhook import canal, despacho

CATEGORIAS = ("servicio", "utilidad", "marketing", "autenticacion")
PASOS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["texto", "plantilla", "cruda", "archivo"]), st.sampled_from(CATEGORIAS)),
        st.sampled_from([("baja", "palabra"), ("baja", "twilio"), ("alta", ""), ("enviar", ""), ("enviar_uno", ""), ("repetir", "")]),
    ),
    min_size=1,
    max_size=10,
)


class Agencia:
    """Una conversación, sus caminos de salida y la cuenta de lo que salió con la persona de baja."""

    def __init__(self, twilio: DobleDeTwilio) -> None:
        self.twilio = twilio
        ahora = dt.datetime.now(dt.UTC)
        self.hilo: Conversacion = conversacion(ventana_hasta=ahora + dt.timedelta(hours=23))
        mensaje(self.hilo)
        self.plantillas = {c: self._plantilla(c) for c in CATEGORIAS if c != "servicio"}
        self.creados: list[int] = []
        self.salieron_de_baja: list[str] = []
        """Categoría de cada mensaje que Twilio aceptó estando la persona de baja."""

    def _plantilla(self, categoria: str) -> int:
        clave = crear_plantilla(
            AURA,
            nombre=f"de_{categoria}_{self.hilo.id}",
            content_sid=f"HX{self.hilo.id:016x}{len(categoria):016x}",
            categoria=categoria,
            cuerpo="Hola",
            estado="aprobada",
            contenido={"twilio/text": {"body": "Hola"}},
        )
        assert clave is not None
        return clave

    def hacer(self, que: str, dato: str) -> None:
        """Un paso cualquiera."""
        pasos: dict[str, Callable[[], object]] = {
            "texto": lambda: self.creados.extend(canal.enviar(AURA, self.hilo.id, "Hola", categoria=dato)),
            "plantilla": lambda: self._con_plantilla(dato),
            "cruda": lambda: self.creados.append(crear_saliente(AURA, self.hilo.id, "Hola", origen="ia", telefono=None, categoria=dato)[0]),
            "archivo": self._con_archivo,
            "baja": lambda: anotar_baja(AURA, self.hilo.contacto_id, dato, "BAJA"),
            "alta": lambda: quitar_baja(AURA, self.hilo.contacto_id),
            "enviar": self.enviar_todo,
            "enviar_uno": self.enviar_uno,
            "repetir": lambda: [canal.reintentar(AURA, clave) for clave in self.creados],
        }
        try:
            pasos[que]()
        except ValueError:
            # El canal se niega ya al escribir, y sólo a esto: una promoción para quien está de baja.
            assert dato == "marketing"
            assert obtener_contacto(AURA, self.hilo.contacto_id).baja_en is not None

    def _con_plantilla(self, categoria: str) -> None:
        plantilla = self.plantillas.get(categoria)
        if plantilla is not None:
            self.creados.append(canal.enviar_plantilla(AURA, self.hilo.id, plantilla, {}))

    def _con_archivo(self) -> None:
        ruta = ruta_nueva(AURA, "application/pdf")
        almacen.guardar(ruta, b"%PDF-1.4", "application/pdf")
        archivo = crear_archivo_saliente(AURA, ruta=ruta, tipo="application/pdf", nombre="x.pdf", tamano=8, huella=ruta)
        self.creados.append(canal.enviar_archivo(AURA, self.hilo.id, archivo, clase="documento"))

    def enviar_uno(self) -> int:
        """Toma lo que toque y lo manda, como el oficio; dice cuántos tomó."""
        de_baja = obtener_contacto(AURA, self.hilo.contacto_id).baja_en is not None
        tomados = envios.todas_las_noras_reclamar_por_enviar(5, adelanto_segundos=600, cuenta_simulada="")
        for envio in tomados:
            antes = len(self.twilio.aceptados)
            despacho.despachar(envio)
            if de_baja and len(self.twilio.aceptados) > antes:
                self.salieron_de_baja.append(obtener_mensaje(AURA, envio.mensaje_id).categoria)
        return len(tomados)

    def enviar_todo(self) -> None:
        """Hasta que no quede nada por tomar."""
        while self.enviar_uno():
            pass

    def salieron(self) -> list[int]:
        """Las intenciones que Twilio aceptó, por su dirección de avisos."""
        hallados = (re.search(r"[?&]i=(\d+)", str(m["aviso_url"])) for m in self.twilio.aceptados)
        return [int(hallado[1]) for hallado in hallados if hallado]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(pasos=PASOS)
def test_nada_de_marketing_sale_hacia_quien_esta_de_baja(base: Base, twilio: DobleDeTwilio, pasos: list[tuple[str, str]]) -> None:
    # Cada ejemplo estrena hilo y deja la cola vacía: no hace falta vaciar la base, que es lo lento.
    twilio.aceptados.clear()
    agencia = Agencia(twilio)
    for que, dato in pasos:
        agencia.hacer(que, dato)
    agencia.enviar_todo()
    salieron = agencia.salieron()
    filas = {clave: obtener_mensaje(AURA, clave) for clave in agencia.creados}
    assert "marketing" not in agencia.salieron_de_baja
    for clave, fila in filas.items():
        if fila.categoria != "marketing":
            assert (fila.estado, salieron.count(clave)) == ("enviado", 1), f"{fila.categoria} debía salir una vez"
        elif fila.estado == "cancelado":
            assert fila.codigo_error == "baja"
            assert clave not in salieron
        else:
            assert salieron.count(clave) == 1


def test_el_marketing_de_una_baja_queda_cancelado_con_su_porque(base: Base, twilio: DobleDeTwilio) -> None:
    agencia = Agencia(twilio)
    for que, dato in (("plantilla", "marketing"), ("baja", "palabra"), ("texto", "servicio"), ("enviar", "")):
        agencia.hacer(que, dato)
    promo, respuesta = (obtener_mensaje(AURA, clave) for clave in agencia.creados)
    assert (promo.estado, promo.codigo_error, promo.message_sid) == ("cancelado", "baja", None)
    assert promo.motivo_error
    assert respuesta.estado == "enviado"
    assert agencia.salieron_de_baja == ["servicio"]


def test_el_bloqueo_que_dice_twilio_es_una_baja(base: Base, twilio: DobleDeTwilio) -> None:
    agencia = Agencia(twilio)
    twilio.averias.append("codigo:21610")
    for que, dato in (("texto", "marketing"), ("enviar", "")):
        agencia.hacer(que, dato)
    persona = obtener_contacto(AURA, agencia.hilo.contacto_id)
    assert persona.baja_en is not None
    assert persona.baja_origen == "twilio"
    agencia.hacer("texto", "marketing")
    agencia.hacer("enviar", "")
    assert [m["body"] for m in twilio.aceptados] == []
