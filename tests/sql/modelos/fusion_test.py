"""Unir y separar personas: unir y deshacer deja todo como estaba, y lo que llega en medio vuelve con quien lo escribió."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from sql.conexion import transaccion
from sql.modelos import webhooks
from sql.modelos.base import NoEncontrado
from sql.modelos.contactos import Contacto, obtener_contacto
from sql.modelos.conversaciones import buscar_hilo_de_contacto
from sql.modelos.fusion import NoSePuedeUnir, unir
from sql.modelos.separacion import deshacer
from sql.modelos.uniones import buscar_hilo_vivo, listar_uniones_hechas
from tests import fabricas
from tests.base import Base
from tests.personas import ALICIA, AURA, NUMEROS, OTRA

AHORA = dt.datetime.now(dt.UTC).replace(microsecond=0)
TABLAS = ("contactos", "identidades", "conversaciones", "historial_conversaciones", "archivos", "recibos_ia")


def foto(base: Base) -> dict[str, list[tuple[object, ...]]]:
    """Todas las filas de las tablas que una unión puede tocar."""
    return {tabla: base.filas(f"select to_jsonb(t) from {tabla} t order by id") for tabla in TABLAS}


def juntar(principal: int, secundario: int, nora: str = AURA) -> int:
    return unir(nora, principal, secundario, hecha_por=ALICIA.id)


def escribir(desde: str, **campos: Any) -> webhooks.Recibido:
    """La persona escribe por el camino de verdad."""
    return webhooks.todas_las_noras_recibir(fabricas.entrante(NUMEROS[AURA], desde=desde, **campos))


def dos(**campos: Any) -> tuple[Contacto, Contacto]:
    """Dos personas que ya escribieron cada una por su número."""
    telefonos = [fabricas.telefono(), fabricas.telefono()]
    claves = []
    for telefono in telefonos:
        escribir(telefono, **campos)
        with transaccion(AURA) as sesion:
            claves.append(sesion.execute(text("select contacto_id from identidades where valor = :v"), {"v": telefono}).scalar_one())
    return obtener_contacto(AURA, claves[0]), obtener_contacto(AURA, claves[1])


def atendida(base: Base) -> None:
    """Nada espera respuesta."""
    base.filas("update conversaciones set atender_en = null, pendiente_desde = null, atendido_hasta_id = ultimo_entrante_id returning id")


def test_todo_lo_de_la_segunda_pasa_a_la_primera(base: Base) -> None:
    una, otra = dos()
    hilo, ajeno = buscar_hilo_de_contacto(AURA, una.id), buscar_hilo_de_contacto(AURA, otra.id)
    assert hilo
    assert ajeno
    fabricas.mensaje(ajeno.conversacion, tipo="respuesta", texto="Te leo")
    juntar(una.id, otra.id)
    junto = buscar_hilo_de_contacto(AURA, una.id)
    assert junto
    assert base.filas("select count(*) from historial_conversaciones where conversacion_id = %s", hilo.conversacion.id) == [(3,)]
    assert base.filas("select distinct contacto_id from identidades") == [(una.id,)]
    assert junto.conversacion.sin_leer == 2
    # Se responde a la dirección que escribió al final, con su ventana.
    assert junto.conversacion.direccion == f"whatsapp:{otra.telefono}"
    assert junto.conversacion.ventana_hasta == ajeno.conversacion.ventana_hasta
    assert obtener_contacto(AURA, otra.id).unido_a == una.id
    # Quien abre el hilo de la que se unió llega al de la que quedó.
    assert buscar_hilo_vivo(AURA, ajeno.conversacion.id) == hilo.conversacion.id
    assert buscar_hilo_vivo(AURA, hilo.conversacion.id) is None
    assert buscar_hilo_vivo(OTRA, ajeno.conversacion.id) is None
    assert [persona.id for _, persona in listar_uniones_hechas(AURA, una.id, AHORA - dt.timedelta(hours=1))] == [otra.id]


def test_quien_se_unio_escribe_en_el_hilo_de_la_persona_que_quedo() -> None:
    una, otra = dos()
    juntar(una.id, otra.id)
    recibido = escribir(str(otra.telefono))
    hilo = buscar_hilo_de_contacto(AURA, una.id)
    assert hilo
    assert recibido.conversacion_id == hilo.conversacion.id
    assert hilo.conversacion.direccion == f"whatsapp:{otra.telefono}"


_TEXTO = st.text("abcñ ", max_size=8)
_MOMENTO = st.none() | st.integers(0, 5000).map(lambda minutos: AHORA - dt.timedelta(minutes=minutos))
_FICHA = st.fixed_dictionaries(
    {
        "nombre": st.none() | _TEXTO,
        "nombre_editado": st.booleans(),
        "notas": st.none() | _TEXTO,
        "etiquetas": st.lists(st.sampled_from(["vip", "nuevo", "mayoreo"]), unique=True),
        "ia_activa": st.booleans(),
        "mensaje_reciente": st.none() | _TEXTO,
        "ultimo_mensaje": _MOMENTO,
        "baja_en": _MOMENTO,
        "baja_origen": st.sampled_from([None, "palabra", "panel"]),
    }
)
_HILO = st.fixed_dictionaries(
    {
        "modo": st.sampled_from(["ia", "persona"]),
        "atendida_por": st.sampled_from([None, ALICIA.id]),
        "necesita_persona": st.booleans(),
        "motivo_persona": st.none() | _TEXTO,
        "sin_leer": st.integers(0, 9),
        "caso_desde": _MOMENTO,
        "ultimo_entrante_en": _MOMENTO,
        "ventana_hasta": _MOMENTO,
        "anuncio_en": _MOMENTO,
        "pendiente_desde": _MOMENTO,
        "atender_en": st.none(),
        "intentos": st.integers(0, 3),
    }
)
_MENSAJES = st.lists(st.sampled_from(["usuario", "respuesta", "archivo"]), max_size=4)
_PERSONA = st.tuples(_FICHA, st.none() | _HILO, _MENSAJES)


def crear(ficha: dict[str, Any], hilo: dict[str, Any] | None, mensajes: list[str]) -> Contacto:
    persona = fabricas.contacto(**ficha)
    if hilo is not None:
        conversacion = fabricas.conversacion(persona, **hilo)
        for clase in mensajes:
            mensaje = fabricas.mensaje(conversacion, tipo="respuesta" if clase == "respuesta" else "usuario")
            if clase == "archivo":
                with transaccion(AURA) as sesion:
                    sesion.execute(
                        text("insert into archivos (nombre_nora, mensaje_id, sentido) values ('aura', :m, 'entra')"), {"m": mensaje.id}
                    )
    return persona


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(una=_PERSONA, otra=_PERSONA)
def test_unir_y_deshacer_deja_todas_las_filas_como_estaban(base: Base, una: Any, otra: Any) -> None:
    base.vaciar()
    base.sembrar()
    claves = crear(*una).id, crear(*otra).id
    antes = foto(base)
    union = juntar(*claves)
    assert base.filas("select id from contactos where unido_a is not null") == [(claves[1],)]
    deshacer(AURA, union)
    assert foto(base) == antes


def test_lo_que_llega_en_medio_vuelve_con_quien_lo_escribio(base: Base) -> None:
    una, otra = dos(texto="antes")
    atendida(base)
    union = juntar(una.id, otra.id)
    escribir(str(una.telefono), texto="soy la una")
    bsuid = {"tipo": "bsuid", "valor": "MX.77", "direccion": "whatsapp:MX.77"}
    telefono = {"tipo": "telefono", "valor": str(otra.telefono), "direccion": f"whatsapp:{otra.telefono}"}
    escribir(str(otra.telefono), texto="soy la otra", identidades=[telefono, bsuid])
    deshacer(AURA, union)
    for persona, dicho in ((una, "soy la una"), (otra, "soy la otra")):
        hilo = buscar_hilo_de_contacto(AURA, persona.id)
        assert hilo
        filas = base.filas("select mensaje from historial_conversaciones where conversacion_id = %s order by id", hilo.conversacion.id)
        assert filas == [("antes",), (dicho,)]
        assert hilo.conversacion.direccion == f"whatsapp:{persona.telefono}"
        assert hilo.conversacion.sin_leer == 2
        assert hilo.conversacion.atender_en is not None
        assert hilo.contacto.mensaje_reciente == dicho
        assert hilo.contacto.unido_a is None
    # La seña que se aprendió en un mensaje de la otra es de la otra.
    assert base.filas("select contacto_id from identidades where tipo = 'bsuid'") == [(otra.id,)]
    suyo = buscar_hilo_de_contacto(AURA, otra.id)
    assert suyo
    assert escribir("x", identidades=[bsuid], direccion="whatsapp:MX.77", telefono=None).conversacion_id == suyo.conversacion.id


def test_lo_que_el_equipo_hizo_en_medio_no_se_pierde(base: Base) -> None:
    una, otra = dos()
    atendida(base)
    union = juntar(una.id, otra.id)
    base.filas("update contactos set notas = 'Prefiere tardes', etiquetas = '{vip}' where id = %s returning id", una.id)
    base.filas("update conversaciones set sin_leer = 0, modo = 'persona' where contacto_id = %s returning id", una.id)
    deshacer(AURA, union)
    quedo = obtener_contacto(AURA, una.id)
    assert (quedo.notas, quedo.etiquetas) == ("Prefiere tardes", ["vip"])
    assert base.filas("select sin_leer, modo from conversaciones order by id") == [(0, "persona"), (0, "persona")]


def test_quien_no_tenia_hilo_abre_uno_si_escribio_en_medio(base: Base) -> None:
    una, otra = fabricas.contacto(), fabricas.contacto()
    escribir(str(otra.telefono))
    union = juntar(una.id, otra.id)
    escribir(str(una.telefono), texto="hola soy yo")
    deshacer(AURA, union)
    hilo = buscar_hilo_de_contacto(AURA, una.id)
    assert hilo
    assert hilo.conversacion.direccion == f"whatsapp:{una.telefono}"
    assert base.filas("select mensaje from historial_conversaciones where conversacion_id = %s", hilo.conversacion.id) == [("hola soy yo",)]


def test_dos_fichas_sin_hilo_se_separan_aunque_una_escribiera_en_medio(base: Base) -> None:
    una, otra = fabricas.contacto(), fabricas.contacto()
    union = juntar(una.id, otra.id)
    escribir(str(una.telefono))
    deshacer(AURA, union)
    assert base.filas("select contacto_id from conversaciones") == [(una.id,)]
    assert base.filas("select count(*) from contactos where unido_a is not null") == [(0,)]


def test_una_cadena_de_uniones_se_deshace_de_la_ultima_a_la_primera(base: Base) -> None:
    personas = [fabricas.contacto().id for _ in range(3)]
    antes = foto(base)
    primera, segunda = juntar(personas[1], personas[0]), juntar(personas[2], personas[1])
    assert base.filas("select distinct unido_a from contactos where unido_a is not null") == [(personas[2],)]
    with pytest.raises(NoSePuedeUnir, match="unión más reciente"):
        deshacer(AURA, primera)
    deshacer(AURA, segunda)
    deshacer(AURA, primera)
    assert foto(base) == antes


def test_no_se_une_lo_que_esta_a_medio_enviar_en_las_dos(base: Base) -> None:
    una, otra = dos()
    atendida(base)
    for persona in (una, otra):
        hilo = buscar_hilo_de_contacto(AURA, persona.id)
        assert hilo
        fabricas.mensaje(hilo.conversacion, tipo="respuesta", estado="por_confirmar", message_sid=None)
    antes = foto(base)
    with pytest.raises(NoSePuedeUnir, match="a medio enviar"):
        juntar(una.id, otra.id)
    assert foto(base) == antes
    ultimo = base.filas("select max(id) from historial_conversaciones")[0][0]
    base.filas("update historial_conversaciones set estado = 'enviado' where id = %s returning id", ultimo)
    juntar(una.id, otra.id)


def test_no_se_une_mientras_la_ia_contesta_ni_se_deja_un_mensaje_sin_respuesta(base: Base) -> None:
    una, otra = dos()
    base.filas("update conversaciones set arriendo_hasta = now() + interval '1 minute' where contacto_id = %s returning id", otra.id)
    with pytest.raises(NoSePuedeUnir, match="contestando ahora"):
        juntar(una.id, otra.id)
    base.filas("update conversaciones set arriendo_hasta = now() - interval '1 minute' where contacto_id = %s returning id", otra.id)
    base.filas(
        "update conversaciones set atender_en = null, atendido_hasta_id = ultimo_entrante_id where contacto_id = %s returning id", otra.id
    )
    with pytest.raises(NoSePuedeUnir, match="esperando respuesta"):
        juntar(una.id, otra.id)


def test_no_se_deshace_pasado_un_dia_ni_dos_veces_ni_desde_otra_nora(base: Base) -> None:
    union = juntar(fabricas.contacto().id, fabricas.contacto().id)
    with pytest.raises(NoEncontrado):
        deshacer(OTRA, union)
    base.filas("update uniones set hecha_en = now() - interval '25 hours' returning id")
    with pytest.raises(NoSePuedeUnir, match="24 horas"):
        deshacer(AURA, union)
    base.filas("update uniones set hecha_en = now() returning id")
    deshacer(AURA, union)
    with pytest.raises(NoEncontrado):
        deshacer(AURA, union)


def test_no_se_une_a_nadie_de_otra_nora_ni_a_quien_ya_esta_unida() -> None:
    una, otra, ajena = fabricas.contacto(), fabricas.contacto(), fabricas.contacto(OTRA)
    with pytest.raises(NoEncontrado):
        juntar(una.id, ajena.id)
    with pytest.raises(NoSePuedeUnir):
        juntar(una.id, una.id)
    juntar(una.id, otra.id)
    for principal, secundario in ((fabricas.contacto().id, otra.id), (otra.id, una.id)):
        with pytest.raises(NoSePuedeUnir, match="ya está unida"):
            juntar(principal, secundario)
