"""La puerta a Postgres: cada transacción es de una Nora y no ve ni escribe nada de otra."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from sql import conexion
from sql.modelos.contactos import Contacto
from sql.modelos.noras import Nora
from tests import fabricas
from tests.base import Base
from tests.personas import AURA, OTRA


def test_dentro_de_su_nora_se_une_a_la_transaccion_abierta(base: Base) -> None:
    with conexion.transaccion(AURA) as una, conexion.transaccion(AURA) as otra:
        assert otra is una


def test_pedir_otra_nora_con_una_abierta_es_un_error(base: Base) -> None:
    with conexion.transaccion(AURA), pytest.raises(conexion.OtraNora, match="aura"), conexion.transaccion(OTRA):
        pass


def test_sin_nombre_no_se_abre() -> None:
    with pytest.raises(ValueError, match="Nora"), conexion.transaccion(""):
        pass


def test_una_nora_no_ve_las_filas_de_otra_aunque_la_consulta_olvide_el_filtro(base: Base) -> None:
    fabricas.contacto(AURA, nombre="De Aura")
    fabricas.contacto(OTRA, nombre="De Otra")
    with conexion.transaccion(AURA) as sesion:
        assert [c.nombre for c in sesion.scalars(select(Contacto))] == ["De Aura"]


def test_una_nora_no_puede_escribir_filas_de_otra(base: Base) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        fabricas.guardar(Contacto(nombre_nora=OTRA), AURA)


def test_una_nora_no_puede_mover_sus_filas_a_otra(base: Base) -> None:
    persona = fabricas.contacto(AURA)
    with pytest.raises(ProgrammingError, match="row-level security"), conexion.transaccion(AURA) as sesion:
        sesion.execute(text("update contactos set nombre_nora = 'otra' where id = :id"), {"id": persona.id})


def test_sin_decir_de_que_nora_no_se_ve_nada(base: Base) -> None:
    fabricas.contacto(AURA)
    with conexion.motor().connect() as cruda:
        assert cruda.execute(text("select count(*) from contactos")).scalar_one() == 0
        assert cruda.execute(text("select count(*) from usuarios")).scalar_one() == 0


def test_el_contexto_no_se_queda_en_la_conexion(base: Base) -> None:
    with conexion.transaccion(AURA) as sesion:
        sesion.execute(text("select 1"))
    with conexion.motor().connect() as cruda:
        assert cruda.execute(text("select current_setting('app.nora', true)")).scalar_one() in {None, ""}


def test_el_asterisco_ve_todas(base: Base) -> None:
    with conexion.transaccion_de_todas_las_noras() as sesion:
        assert {nora.nombre_nora for nora in sesion.scalars(select(Nora))} == {AURA, OTRA}


def test_lo_que_falla_se_deshace_entero(base: Base) -> None:
    def a_medias() -> None:
        with conexion.transaccion(AURA) as sesion:
            sesion.add(Contacto(nombre_nora=AURA))
            sesion.flush()
            raise RuntimeError("a medias")

    with pytest.raises(RuntimeError, match="a medias"):
        a_medias()
    assert base.filas("select count(*) from contactos") == [(0,)]


def test_la_aplicacion_baja_a_un_rol_que_no_puede_vaciar_ni_cambiar_tablas(base: Base) -> None:
    with conexion.motor().connect() as cruda:
        assert cruda.execute(text("select current_user")).scalar_one() == conexion.ROL_DE_LA_APLICACION
    for prohibido in ("truncate contactos", "alter table contactos disable row level security", "drop table contactos"):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), conexion.motor().begin() as cruda:
            cruda.execute(text(prohibido))


def test_la_direccion_del_pooler_de_transacciones_se_rechaza() -> None:
    with pytest.raises(ValueError, match="6543"):
        conexion.normalizar_url("postgresql://u:c@aws-0.pooler.supabase.com:6543/postgres")


def test_la_direccion_lleva_el_controlador_y_conserva_la_clave() -> None:
    assert conexion.normalizar_url("postgres://u:c%40@h/b") == "postgresql+psycopg://u:c%40@h/b"
    with pytest.raises(ValueError, match="postgresql"):
        conexion.normalizar_url("mysql://h/b")
