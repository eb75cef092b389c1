"""Personas e hilos: la lista se pagina por clave, la búsqueda es ciega a los acentos y el reparto de trabajo es exacto."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from registro.telefonos import clave_canonica
from sql.modelos.base import NoEncontrado
from sql.modelos.contactos import buscar_contacto_por_identidad, guardar_contacto, listar_contactos, listar_etiquetas, obtener_contacto
from sql.modelos.conversaciones import (
    contar_pendientes,
    listar_hilos,
    todas_las_noras_reclamar_por_atender,
    todas_las_noras_segundos_hasta_la_proxima,
)
from tests import fabricas
from tests.base import Base
from tests.personas import AURA, OTRA

pytestmark = pytest.mark.usefixtures("base")

AHORA = dt.datetime(2024, 5, 1, 12, 0, tzinfo=dt.UTC)


def test_la_lista_se_recorre_entera_por_paginas_sin_saltos_ni_repetidos() -> None:
    claves = [fabricas.contacto(ultimo_mensaje=AHORA - dt.timedelta(minutes=n // 2)).id for n in range(5)]
    claves += [fabricas.contacto(ultimo_mensaje=None).id for _ in range(3)]
    vistas: list[int] = []
    despues_de = None
    while pagina := listar_contactos(AURA, despues_de=despues_de, limite=2):
        vistas += [c.id for c in pagina]
        despues_de = (pagina[-1].ultimo_mensaje, pagina[-1].id)
    assert sorted(vistas) == sorted(claves)
    assert vistas[:2] == [claves[1], claves[0]]


@pytest.mark.parametrize("texto", ["lucia", "LUCÍA", "peña", "pena", "5511"])
def test_se_busca_por_nombre_sin_acentos_o_por_telefono(texto: str) -> None:
    persona = fabricas.contacto(nombre="Lucía Peña", telefono="+525511111111")
    fabricas.contacto(nombre="Otra persona", telefono="+525599999999")
    assert [c.id for c in listar_contactos(AURA, texto=texto)] == [persona.id]


@pytest.mark.parametrize("texto", ["100%", "_", "\\"])
def test_los_comodines_se_buscan_tal_cual(texto: str) -> None:
    fabricas.contacto(nombre="Nadie")
    persona = fabricas.contacto(nombre=f"Con {texto} dentro")
    assert [c.id for c in listar_contactos(AURA, texto=texto)] == [persona.id]


def test_las_etiquetas_se_filtran_y_se_listan_por_nora() -> None:
    vip = fabricas.contacto(etiquetas=["vip", "nuevo"])
    fabricas.contacto(OTRA, etiquetas=["ajena"])
    assert [c.id for c in listar_contactos(AURA, etiqueta="vip")] == [vip.id]
    assert listar_etiquetas(AURA) == ["nuevo", "vip"]


def test_lo_de_otra_nora_no_existe() -> None:
    persona = fabricas.contacto(OTRA)
    with pytest.raises(NoEncontrado):
        obtener_contacto(AURA, persona.id)
    with pytest.raises(NoEncontrado):
        guardar_contacto(AURA, persona.id, nombre="x")
    assert buscar_contacto_por_identidad(AURA, "telefono", str(persona.telefono)) is None
    assert buscar_contacto_por_identidad(OTRA, "telefono", str(persona.telefono)) is not None


def test_una_identidad_no_puede_ser_de_dos_personas_ni_de_otra_nora(base: Base) -> None:
    persona = fabricas.contacto(OTRA)
    with pytest.raises(Exception, match="fk_identidades"):
        base.filas(
            "insert into identidades (nombre_nora, contacto_id, tipo, valor, direccion) values ('aura', %s, 'bsuid', 'x', 'x')", persona.id
        )


@pytest.mark.parametrize(
    "telefono",
    [
        "+5215512345678",
        "+525512345678",
        "+5491112345678",
        "+541112345678",
        "+5511987654321",
        "+14155238886",
        "whatsapp:+5215512345678",
        "+52 1 55",
    ],
)
def test_la_base_y_python_entienden_igual_un_telefono(base: Base, telefono: str) -> None:
    assert base.filas("select public.telefono_canonico(%s)", telefono) == [(clave_canonica(telefono),)]


def test_los_hilos_se_recorren_enteros_por_paginas() -> None:
    momentos = [AHORA, AHORA, AHORA - dt.timedelta(hours=1), None, None]
    claves = [fabricas.conversacion(fabricas.contacto(ultimo_mensaje=momento)).id for momento in momentos]
    vistos: list[int] = []
    antes_de = None
    while pagina := listar_hilos(AURA, antes_de=antes_de, limite=2):
        vistos += [hilo.conversacion.id for hilo in pagina]
        antes_de = (pagina[-1].contacto.ultimo_mensaje, pagina[-1].contacto.id)
    assert vistos == [claves[1], claves[0], claves[2], claves[4], claves[3]]


def test_los_hilos_se_filtran_y_se_cuentan() -> None:
    sin_leer = fabricas.conversacion(sin_leer=2)
    pide = fabricas.conversacion(necesita_persona=True, modo="persona")
    fabricas.conversacion(nombre_nora=OTRA, sin_leer=1)
    assert [h.conversacion.id for h in listar_hilos(AURA, solo="sin_leer")] == [sin_leer.id]
    assert [h.conversacion.id for h in listar_hilos(AURA, solo="necesita_persona")] == [pide.id]
    assert [h.conversacion.id for h in listar_hilos(AURA, solo="persona")] == [pide.id]
    assert contar_pendientes(AURA) == (1, 1)


def test_un_hilo_vencido_se_reparte_una_vez_y_vuelve_si_el_trabajador_muere(base: Base) -> None:
    hilos = [fabricas.conversacion(atender_en=AHORA) for _ in range(10)]
    fabricas.conversacion(atender_en=dt.datetime(2999, 1, 1, tzinfo=dt.UTC))
    with ThreadPoolExecutor(5) as trabajadores:
        lotes = list(trabajadores.map(lambda _: todas_las_noras_reclamar_por_atender(3, 60), range(8)))
    assert sorted(clave for lote in lotes for _, clave in lote) == [hilo.id for hilo in hilos]
    assert todas_las_noras_reclamar_por_atender(10, 60) == []
    base.filas("update conversaciones set arriendo_hasta = now() - interval '1 second' where id = %s returning id", hilos[0].id)
    assert todas_las_noras_reclamar_por_atender(10, 60) == [(AURA, hilos[0].id)]


def test_cuanto_falta_para_el_proximo() -> None:
    assert todas_las_noras_segundos_hasta_la_proxima() is None
    fabricas.conversacion(atender_en=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    assert 3500 < (todas_las_noras_segundos_hasta_la_proxima() or 0) <= 3600
    fabricas.conversacion(atender_en=AHORA)
    assert todas_las_noras_segundos_hasta_la_proxima() == 0
