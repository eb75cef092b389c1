"""La segunda cerradura, leída del catálogo: toda tabla la lleva y nadie más que la aplicación tiene llave."""

from __future__ import annotations

import pytest

from sql.conexion import ROL_DE_LA_APLICACION
from tests.base import Base

pytestmark = pytest.mark.usefixtures("base")

NUESTRAS = "relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'alembic_version'"


def test_toda_tabla_tiene_rls_forzado_y_una_sola_politica_para_la_aplicacion(base: Base) -> None:
    filas = base.filas(
        "select relname, relrowsecurity, relforcerowsecurity,"
        " array(select array_to_string(polroles::regrole[], ',') || ':' || polname from pg_policy where polrelid = c.oid)"
        f" from pg_class c where {NUESTRAS}"
    )
    assert len(filas) > 20
    for tabla, activa, forzada, politicas in filas:
        assert (activa, forzada) == (True, True), tabla
        assert politicas in (["aura_app:de_su_nora"], ["aura_app:sin_nora"]), tabla


def test_toda_tabla_con_nombre_nora_se_ve_por_nora_salvo_las_apartadas(base: Base) -> None:
    filas = base.filas(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'nombre_nora'"
        f" where {NUESTRAS} and not exists (select from pg_policy where polrelid = c.oid and polname = 'de_su_nora')"
    )
    assert filas == [("filas_apartadas",)]


def test_solo_la_aplicacion_y_la_duena_tienen_permisos_y_nunca_el_de_vaciar(base: Base) -> None:
    permisos = base.filas(
        "select c.relname, coalesce(r.rolname, 'PUBLIC'), array_agg(a.privilege_type::text order by a.privilege_type)"
        " from pg_class c cross join lateral aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee"
        f" where {NUESTRAS} and a.grantee <> c.relowner group by 1, 2"
    )
    assert {rol for _, rol, _ in permisos} == {ROL_DE_LA_APLICACION}
    assert {tuple(que) for _, _, que in permisos} == {("DELETE", "INSERT", "SELECT", "UPDATE")}  # type: ignore[arg-type]


def test_el_rol_de_la_aplicacion_no_es_dueno_de_nada_ni_puede_mas_de_la_cuenta(base: Base) -> None:
    assert base.filas(
        "select rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb from pg_roles where rolname = %s", ROL_DE_LA_APLICACION
    ) == [(False,) * 5]
    assert base.filas("select count(*) from pg_class where relowner = %s::regrole", ROL_DE_LA_APLICACION) == [(0,)]


def test_toda_funcion_fija_su_search_path_y_no_la_ejecuta_cualquiera(base: Base) -> None:
    funciones = base.filas(
        "select p.proname, coalesce(p.proconfig @> array['search_path=\"\"'], false), p.prosecdef,"
        " has_function_privilege(%s, p.oid, 'execute'),"
        " exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
        "   where a.grantee not in (p.proowner, %s::regrole))"
        " from pg_proc p where p.pronamespace = 'public'::regnamespace",
        ROL_DE_LA_APLICACION,
        ROL_DE_LA_APLICACION,
    )
    assert len(funciones) >= 11
    for nombre, fijada, _, la_ejecuta, otros in funciones:
        assert (fijada, la_ejecuta, otros) == (True, True, False), nombre
    assert [nombre for nombre, _, definida, _, _ in funciones if definida] == ["buscar_bloques"]


def test_toda_tabla_y_toda_columna_dicen_para_que_son(base: Base) -> None:
    assert (
        base.filas(
            "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum >= 0 and not a.attisdropped"
            f" where {NUESTRAS} and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)"
        )
        == []
    )
