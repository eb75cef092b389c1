"""Las órdenes de la terminal: cada una hace lo suyo y lo que impide hacerlo se dice en una frase, sin trazas."""

from __future__ import annotations

from pathlib import Path

import pytest

from registro.ordenes import carpeta_de_base, correr, entorno_de, preparar_y_contar
from sql import conexion
from tests.bancos.casa import entorno_nuevo, puerto_libre
from tests.base import Base, base_aparte
from tests.panel import ajustes_de_prueba
from tests.registro.lanzador_test import correr as en_la_terminal


def test_una_orden_que_no_existe_se_dice(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as salida:
        correr(["volar"])
    assert salida.value.code == 2
    assert "volar" in capsys.readouterr().err


def test_la_ayuda_nombra_todas_las_órdenes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as salida:
        correr(["--help"])
    assert salida.value.code == 0
    ayuda = capsys.readouterr().out
    for orden in ("web", "trabajador", "base", "importar"):
        assert orden in ayuda


@pytest.mark.parametrize("orden", [[], ["web"], ["trabajador"], ["base"]])
def test_una_base_que_no_contesta_se_dice_en_una_frase_sin_su_clave(tmp_path: Path, orden: list[str]) -> None:
    url = f"postgresql://nadie:canario@127.0.0.1:{puerto_libre()}/nada"
    hecho = en_la_terminal(entorno_nuevo(tmp_path, DATABASE_URL=url), *orden)
    assert hecho.returncode == 1
    quejas = hecho.stderr.splitlines()
    assert quejas[0] == ("No se pudo llegar a la base de datos (OperationalError): revisa DATABASE_URL y que su servidor esté encendido.")
    assert len(quejas) == (1 if orden else 2)
    assert "canario" not in hecho.stderr + hecho.stdout


def test_un_rol_sin_permiso_para_migrar_se_dice_en_una_frase(servidor: str, tmp_path: Path) -> None:
    with base_aparte(servidor) as url:
        import psycopg

        with psycopg.connect(url, autocommit=True) as duena:
            duena.execute("drop role if exists sin_permiso")
            duena.execute("create role sin_permiso login")
        hecho = en_la_terminal(entorno_nuevo(tmp_path, DATABASE_URL=url.replace("postgres@", "sin_permiso@")), "base")
        with psycopg.connect(url, autocommit=True) as duena:
            duena.execute("drop owned by sin_permiso")
            duena.execute("drop role sin_permiso")
    assert hecho.returncode == 1
    assert hecho.stderr.startswith("El rol «sin_permiso»")
    assert len(hecho.stderr.splitlines()) == 1


def test_preparar_la_base_dos_veces_dice_lo_mismo_y_no_repite_nada(servidor: str) -> None:
    with base_aparte(servidor) as url:
        ajustes = ajustes_de_prueba(url, DEMO_CLAVE="clave-de-prueba")
        primera = preparar_y_contar(ajustes)
        assert "duena@example.com" in "\n".join(primera)
        assert preparar_y_contar(ajustes)[:4] == primera[:4]
        assert preparar_y_contar(ajustes.model_copy(update={"demo": False})) == []
        conexion.motor().dispose()


def test_con_una_base_dada_no_se_enciende_la_embebida(base: Base, tmp_path: Path) -> None:
    ajustes = ajustes_de_prueba(base.url, DATOS_DIR=tmp_path)
    assert not entorno_de(ajustes).base_embebida
    assert not carpeta_de_base(ajustes).exists()
