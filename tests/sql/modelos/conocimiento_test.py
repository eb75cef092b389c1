"""Lo que la Nora sabe: sin vacíos ni repetidos, y buscado sin acentos, por índice y sin ver nada de otra Nora."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from sql.conexion import motor, transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import NoEncontrado
from sql.modelos.conocimiento import (
    borrar_bloque,
    buscar_bloques,
    buscar_repetido,
    contar_bloques,
    crear_bloque,
    guardar_bloque,
    listar_bloques,
    obtener_bloque,
)
from tests import fabricas
from tests.base import Base
from tests.personas import AURA, OTRA

pytestmark = pytest.mark.usefixtures("base")


@pytest.mark.parametrize("igual", ["ABRIMOS A LAS 9", "abrimos  a las 9.", "Ábrimos a las 9", " abrimos a\nlas ¡9! "])
def test_dos_textos_que_dicen_lo_mismo_son_el_mismo_bloque(igual: str) -> None:
    clave = fabricas.bloque("Abrimos a las 9")
    assert crear_bloque(AURA, igual) is None
    repetido = buscar_repetido(AURA, igual)
    assert repetido is not None
    assert repetido.id == clave
    assert buscar_repetido(AURA, igual, que_no_sea=clave) is None
    assert crear_bloque(OTRA, igual) is not None


@pytest.mark.parametrize(("uno", "otro"), [("Abrimos a las 9", "Abrimos a las 8"), ("🎉", "🎈"), ("¡¡!!", "??"), ("ñu", "un")])
def test_dos_textos_distintos_son_dos_bloques(uno: str, otro: str) -> None:
    fabricas.bloque(uno)
    assert crear_bloque(AURA, otro) is not None


@pytest.mark.parametrize("malo", ["", "   ", "x" * 1001])
def test_la_base_no_admite_vacios_ni_demasiado_largos(malo: str) -> None:
    with pytest.raises(IntegrityError, match="contenido_valido"):
        crear_bloque(AURA, malo)


def test_editar_un_bloque_lo_deja_encontrable_con_su_texto_nuevo() -> None:
    clave = fabricas.bloque("Abrimos a las 9")
    guardar_bloque(AURA, clave, "Cerramos los domingos")
    assert [hallado.id for hallado in buscar_bloques(AURA, "domingo")] == [clave]
    assert buscar_bloques(AURA, "abrimos") == []
    with pytest.raises(NoEncontrado):
        guardar_bloque(OTRA, clave, "Ajeno")
    with pytest.raises(NoEncontrado):
        obtener_bloque(OTRA, clave)
    borrar_bloque(OTRA, clave)
    assert contar_bloques(AURA) == 1


@pytest.mark.parametrize("pregunta", ["envíos", "ENVIOS", "envió", "¿envío?", "(envío)"])
def test_la_busqueda_no_ve_acentos_ni_mayusculas_ni_signos(pregunta: str) -> None:
    clave = fabricas.bloque("Hacemos envíos a domicilio")
    assert [hallado.id for hallado in buscar_bloques(AURA, pregunta)] == [clave]


@pytest.mark.parametrize("pregunta", ["", "   ", "de la que", "'; drop table contactos; --", "a & b | !c <-> (", "\\", "x" * 5000])
def test_una_pregunta_rara_no_rompe_nada(pregunta: str) -> None:
    fabricas.bloque("Hacemos envíos a domicilio")
    assert buscar_bloques(AURA, pregunta) == []


def test_lo_que_cubre_mas_va_primero_y_hay_tope() -> None:
    fabricas.bloque("El envío tarda dos días")
    mejor = fabricas.bloque("El envío cuesta 60 pesos")
    hallados = buscar_bloques(AURA, "cuánto cuesta el envío")
    assert hallados[0].id == mejor
    assert hallados[0].cobertura > hallados[1].cobertura > 0
    assert len(buscar_bloques(AURA, "envío", limite=1)) == 1


def test_buscar_no_ensena_nada_de_otra_nora() -> None:
    fabricas.bloque("El secreto de la otra", OTRA)
    assert buscar_bloques(AURA, "secreto") == []
    with transaccion(AURA) as sesion:
        ajenos = sesion.execute(text("select * from public.buscar_bloques('otra', 'secreto', 8)")).all()
    assert ajenos == []
    with transaccion_de_todas_las_noras() as sesion:
        assert sesion.execute(text("select * from public.buscar_bloques('otra', 'secreto', 8)")).all() == []
    with motor().begin() as cruda:
        assert cruda.execute(text("select * from public.buscar_bloques('otra', 'secreto', 8)")).all() == []
        assert cruda.execute(text("select * from public.buscar_bloques('', 'secreto', 8)")).all() == []


def test_la_busqueda_usa_su_indice_aunque_haya_muchos_bloques(base: Base) -> None:
    base.duena.execute(
        "insert into conocimiento_nora (nombre_nora, contenido)"
        " select 'aura', 'Producto número ' || n || ' del catálogo de ' || md5(n::text) from generate_series(1, 20000) n"
    )
    fabricas.bloque("Hacemos envíos a domicilio")
    base.duena.execute("vacuum analyze conocimiento_nora")
    assert len(buscar_bloques(AURA, "envíos")) == 1
    plan = base.filas("explain select id from conocimiento_nora where nombre_nora = 'aura' and busqueda @@ 'envi'::tsquery")
    assert "ix_conocimiento_nora_busqueda" in str(plan)


def test_nadie_sin_el_rol_puede_llamar_a_la_busqueda(base: Base) -> None:
    base.duena.execute("do $$ begin create role curioso login; exception when duplicate_object then null; end $$")
    assert base.filas("select has_function_privilege('curioso', 'public.buscar_bloques(text, text, integer)', 'execute')") == [(False,)]


def test_listar_filtra_por_texto_sin_acentos_y_lo_ultimo_va_primero() -> None:
    uno, otro = fabricas.bloque("Envíos a México"), fabricas.bloque("Pagos con tarjeta")
    assert [b.id for b in listar_bloques(AURA)] == [otro, uno]
    assert [b.id for b in listar_bloques(AURA, texto="mexico")] == [uno]
