"""Las migraciones sobre una base vacía: dejan exactamente lo que dicen los modelos, una sola vez y con los permisos justos."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from sql import migrar
from sql.conexion import normalizar_url
from tests.base import PLANTILLA, Base, base_aparte
from tests.sql.catalogo import crear_desde_los_modelos, diferencias, retrato

RAIZ = Path(__file__).parents[2]


def test_la_cabeza_escrita_es_la_ultima_revision() -> None:
    guiones = ScriptDirectory(str(migrar.CARPETA), version_locations=[str(migrar.CARPETA / "versiones")])
    assert guiones.get_heads() == [migrar.cabeza()]


def test_los_modelos_y_la_base_migrada_no_se_apartan(base: Base) -> None:
    assert diferencias(base.url) == []


def test_si_se_apartaran_se_notaria(servidor: str, base: Base) -> None:
    with base_aparte(servidor, PLANTILLA) as url:
        with psycopg.connect(url, autocommit=True) as duena:
            duena.execute("alter table contactos alter notas type varchar(10); drop index ix_contactos_lista")
            duena.execute("comment on table latidos is 'Otra cosa'")
        assert [str(d[0][0] if isinstance(d, list) else d[0]) for d in diferencias(url)] == [
            "modify_type",
            "add_index",
            "add_table_comment",
        ]


def test_la_base_migrada_es_la_que_crearian_los_modelos(servidor: str, base: Base) -> None:
    with base_aparte(servidor) as url:
        crear_desde_los_modelos(url)
        assert retrato(base.url) == retrato(url)


def test_lo_que_le_falta_a_la_base_se_propone_como_una_revision_nueva(servidor: str, base: Base, tmp_path: Path) -> None:
    copia = Path(shutil.copytree(migrar.CARPETA, tmp_path / "migraciones"))
    with base_aparte(servidor, PLANTILLA) as url:
        with psycopg.connect(url, autocommit=True) as duena:
            duena.execute("alter table contactos drop column notas")
        propuesta = migrar.proponer(url, "Notas del equipo", copia)
    siguiente = f"{int(migrar.cabeza()) + 1:04d}"
    assert propuesta.name == f"{siguiente}_notas_del_equipo.py"
    assert "op.add_column('contactos', sa.Column('notas'" in propuesta.read_text()
    assert (copia / ".cabeza").read_text() == f"{siguiente}\n"
    assert migrar.cabeza() != siguiente


def test_al_dia_no_hace_nada_ni_carga_alembic(base: Base) -> None:
    orden = (
        "import sys; from sql.migrar import migrar; hizo = migrar(sys.argv[1]);"
        " print(hizo, any(modulo.startswith('alembic') for modulo in sys.modules))"
    )
    salida = subprocess.run([sys.executable, "-c", orden, base.url], cwd=RAIZ, capture_output=True, text=True, check=True)
    assert salida.stdout.split() == ["False", "False"]


def test_varios_procesos_pueden_migrar_a_la_vez(servidor: str) -> None:
    with base_aparte(servidor) as url:
        with ThreadPoolExecutor(3) as hilos:
            hechos = list(hilos.map(migrar.migrar, [url] * 3))
        assert True in hechos
        assert migrar.esta_al_dia(url)
        assert diferencias(url) == []


def test_con_un_rol_que_no_lo_ve_todo_se_niega_y_dice_por_que(servidor: str) -> None:
    with base_aparte(servidor) as url:
        with psycopg.connect(url, autocommit=True) as duena:
            duena.execute("drop role if exists corriente")
            duena.execute("create role corriente login createrole")
            duena.execute("grant all on schema public to corriente")
        with pytest.raises(migrar.NoSePuedeMigrar, match=r"corriente.*BYPASSRLS"):
            migrar.migrar(url.replace("postgres@", "corriente@"))
        with psycopg.connect(url, autocommit=True) as duena:
            assert duena.execute("select count(*) from pg_class where relnamespace = 'public'::regnamespace").fetchone() == (0,)
            duena.execute("drop owned by corriente")
            duena.execute("drop role corriente")


def test_sin_superusuario_basta_bypassrls_y_createrole(servidor: str) -> None:
    """Así es el usuario «postgres» de Supabase."""
    with base_aparte(servidor) as url:
        with psycopg.connect(url, autocommit=True) as duena:
            duena.execute("create role como_supabase login createrole bypassrls")
            duena.execute("grant all on schema public to como_supabase")
            duena.execute("grant aura_app to como_supabase with admin option")
        ajena = url.replace("postgres@", "como_supabase@")
        try:
            assert migrar.migrar(ajena) is True
            motor = create_engine(normalizar_url(ajena))
            with motor.begin() as conexion:
                conexion.exec_driver_sql("set role aura_app")
                conexion.exec_driver_sql("select set_config('app.nora', '*', true)")
                assert conexion.exec_driver_sql("select count(*) from contactos").scalar_one() == 0
            motor.dispose()
        finally:
            with psycopg.connect(url, autocommit=True) as duena:
                duena.execute("drop owned by como_supabase cascade")
                duena.execute("drop role como_supabase")
