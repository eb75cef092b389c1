"""El Postgres embebido: se enciende, se comparte, sobrevive a quien lo encendió y se recupera de un kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from sql import embebida

RAIZ = Path(__file__).parents[2]
PEDIR = "import sys; from pathlib import Path; from sql.embebida import asegurar; print(asegurar(Path(sys.argv[1])))"


@contextmanager
def carpeta_con_servidor() -> Iterator[Path]:
    """Una carpeta cuyo servidor se apaga al final. No sirve la de pytest: sólo deja pasar a quien corre las pruebas."""
    with tempfile.TemporaryDirectory(prefix="aura-embebida-") as nombre:
        try:
            yield Path(nombre)
        finally:
            embebida.detener(Path(nombre))


@pytest.fixture(scope="module")
def carpeta() -> Iterator[Path]:
    """La que comparten las pruebas que encienden y apagan el mismo servidor."""
    with carpeta_con_servidor() as donde:
        yield donde


def jefe(carpeta: Path) -> int:
    """El número del proceso principal del servidor."""
    return int((carpeta / "cluster" / "postmaster.pid").read_text().splitlines()[0])


def preguntar(url: str, consulta: str) -> object:
    """El primer valor que responde una consulta."""
    with psycopg.connect(url, autocommit=True) as conexion:
        fila = conexion.execute(consulta.encode()).fetchone()
    assert fila is not None
    return fila[0]


def test_tres_procesos_a_la_vez_encienden_uno_solo_que_les_sobrevive(carpeta: Path) -> None:
    assert not embebida.esta_viva(carpeta)
    procesos = [
        subprocess.Popen([sys.executable, "-c", PEDIR, str(carpeta)], cwd=RAIZ, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    salidas = {proceso.communicate(timeout=150)[0].strip() for proceso in procesos}
    assert [proceso.returncode for proceso in procesos] == [0, 0, 0]
    assert salidas == {embebida.asegurar(carpeta)}
    assert embebida.esta_viva(carpeta)
    assert preguntar(salidas.pop(), "select current_database()") == "aura"


def test_sus_ajustes_gastan_poco_y_no_abren_ningun_puerto(carpeta: Path) -> None:
    url = embebida.asegurar(carpeta)
    for ajuste, valor in {"listen_addresses": "", "max_wal_size": "256MB", "max_connections": "200", "shared_buffers": "64MB"}.items():
        assert preguntar(url, f"show {ajuste}") == valor
    assert preguntar(url, "select lower('ÁÑ') || to_char(timestamptz '2024-01-01 00:00+00', 'HH24 TZ')") == "áñ00 UTC"
    assert oct((carpeta / "cluster").stat().st_mode)[-3:] == "700"


def test_con_el_jefe_muerto_hace_un_instante_se_recupera_con_todo_lo_confirmado(carpeta: Path) -> None:
    url = embebida.asegurar(carpeta)
    with psycopg.connect(url) as conexion:
        conexion.execute("create table recuerdo as select 7 as n")
    muerto = jefe(carpeta)
    os.kill(muerto, signal.SIGKILL)
    assert embebida.asegurar(carpeta) == url
    assert preguntar(url, "select n from recuerdo") == 7
    assert jefe(carpeta) != muerto


def test_un_candado_viejo_con_el_numero_de_otro_programa_no_estorba(carpeta: Path) -> None:
    url = embebida.asegurar(carpeta)
    embebida.detener(carpeta)
    assert not embebida.esta_viva(carpeta)
    marca = carpeta / "cluster" / "postmaster.pid"
    marca.write_text(f"{os.getpid()}\n{carpeta / 'cluster'}\n1700000000\n5432\n{carpeta / 'cluster'}\n\n  1 1\nready   \n")
    assert embebida.asegurar(carpeta) == url
    assert jefe(carpeta) != os.getpid()
    assert preguntar(url, "select 1") == 1


def test_detener_dos_veces_no_es_un_error(carpeta: Path) -> None:
    embebida.asegurar(carpeta)
    embebida.detener(carpeta)
    embebida.detener(carpeta)
    assert not embebida.esta_viva(carpeta)


def test_una_ruta_larga_o_con_espacios_tambien_vale() -> None:
    with carpeta_con_servidor() as raiz:
        larga = raiz / "una carpeta, con «signos»" / ("y" * 90)
        try:
            assert preguntar(embebida.asegurar(larga), "select 1") == 1
        finally:
            embebida.detener(larga)


def test_un_initdb_a_medias_se_empieza_de_nuevo() -> None:
    with carpeta_con_servidor() as raiz:
        (raiz / "cluster" / "base").mkdir(parents=True)
        (raiz / "cluster" / "PG_VERSION").write_text("18\n")
        (raiz / "inicializando").touch()
        assert preguntar(embebida.asegurar(raiz), "select 1") == 1


def test_una_carpeta_con_otras_cosas_no_se_toca(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster" / "fotos.zip").write_text("importante")
    with pytest.raises(embebida.NoArranca, match="no se toca nada"):
        embebida.asegurar(tmp_path)
    assert (tmp_path / "cluster" / "fotos.zip").read_text() == "importante"


def test_la_base_de_otra_version_se_dice_y_no_se_toca(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster" / "PG_VERSION").write_text("16\n")
    with pytest.raises(embebida.NoArranca, match="Postgres 16"):
        embebida.asegurar(tmp_path)


def test_apagar_lo_que_nunca_existio_no_crea_nada(tmp_path: Path) -> None:
    embebida.detener(tmp_path / "nada")
    assert list(tmp_path.iterdir()) == []
