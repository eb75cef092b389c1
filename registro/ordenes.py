"""Lo que se puede pedir desde la terminal: `python app.py [web | trabajador | importar …]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from registro import config
from registro.config import Ajustes

# Lo demás se importa dentro de cada orden: quien sólo lanza y vigila no carga la base ni la web, y ocupa la mitad.


def entorno_de(ajustes: Ajustes) -> Ajustes:
    """Completa los ajustes con la base embebida si no se dio otra, y los deja como los de este proceso."""
    if ajustes.base_url is None:
        from sql.embebida import asegurar

        ajustes = ajustes.con_base_embebida(asegurar(carpeta_de_base(ajustes)))
    from registro import bitacora

    bitacora.configurar_registros()
    return config.fijar(ajustes)


def carpeta_de_base(ajustes: Ajustes) -> Path:
    """Dónde vive la base embebida."""
    return ajustes.carpeta_de_datos / "postgres"


def preparar_base(ajustes: Ajustes) -> None:
    """Migra bajo candado y, en modo demo, siembra la Nora de ejemplo si la base está vacía."""
    from sql import conexion
    from sql.migrar import migrar

    url = ajustes.base_url
    if url is None:
        raise RuntimeError("Falta la dirección de la base")
    migrar(url.get_secret_value())
    conexion.configurar(url.get_secret_value())
    if ajustes.demo:
        from registro.demo import sembrar_si_esta_vacia

        sembrar_si_esta_vacia(ajustes)


def preparar_y_contar(ajustes: Ajustes) -> list[str]:
    """Prepara la base y devuelve qué decir en pantalla de los usuarios de ejemplo."""
    preparar_base(ajustes.model_copy(update={"demo": False}))
    if not ajustes.demo:
        return []
    from registro.demo import sembrar

    return sembrar(ajustes)


def correr(palabras: list[str]) -> int:
    """Cumple una orden y devuelve el código de salida."""
    orden = argparse.ArgumentParser(prog="python app.py", description="AuraAI2: sin orden, prepara la base y sirve web y trabajador")
    partes = orden.add_subparsers(dest="orden", metavar="orden")
    partes.add_parser("web", help="sólo la web")
    partes.add_parser("trabajador", help="sólo quien atiende y envía")
    partes.add_parser("base", help="prepara la base (embebida si hace falta, migraciones, ejemplo) y termina")
    importar = partes.add_parser("importar", help="trae exportaciones *_rows.sql de Supabase Studio")
    importar.add_argument("archivos", nargs="+", type=Path)
    agencia = partes.add_parser("agencia", help="da de alta a una persona de la agencia, o le pone clave nueva")
    agencia.add_argument("correo")
    pedido = orden.parse_args(palabras)
    if pedido.orden is None:
        from registro.lanzador import lanzar

        return lanzar(config.cargar())
    from sql.conexion import ERRORES_DE_CONEXION

    try:
        return _cumplir(pedido)
    except ERRORES_DE_CONEXION as fallo:
        causa = type(fallo).__name__
        print(f"No se pudo llegar a la base de datos ({causa}): revisa DATABASE_URL y que su servidor esté encendido.", file=sys.stderr)
    except _fallos_de_la_base() as motivo:
        print(motivo, file=sys.stderr)
    return 1


def _fallos_de_la_base() -> tuple[type[Exception], ...]:
    """Lo que impide cumplir una orden y ya se explica solo. Se importa al fallar: cargarlo cuesta y casi nunca hace falta."""
    from registro.agencia import CorreoNoValido
    from sql.embebida import NoArranca
    from sql.importar import NoSePudoImportar
    from sql.migrar import NoSePuedeMigrar

    return NoArranca, NoSePuedeMigrar, NoSePudoImportar, CorreoNoValido


def _cumplir(pedido: argparse.Namespace) -> int:
    from registro import bitacora

    ajustes = entorno_de(config.cargar())
    bitacora.configurar_buzon(ajustes.carpeta_de_datos, pedido.orden)
    if pedido.orden == "web":
        return _web(ajustes)
    if pedido.orden == "trabajador":
        return _trabajador(ajustes)
    if pedido.orden == "base":
        for renglon in preparar_y_contar(ajustes):
            print(renglon)
        return 0
    if pedido.orden == "agencia":
        from registro.agencia import dar_de_alta

        preparar_base(ajustes)
        print(dar_de_alta(pedido.correo))
        return 0
    return _importar(ajustes, pedido.archivos)


def _web(ajustes: Ajustes) -> int:
    from registro.servidor import servir

    preparar_base(ajustes)
    return servir(ajustes)


def _trabajador(ajustes: Ajustes) -> int:
    from registro import bitacora, tiempo_real
    from registro.trabajador import trabajar

    preparar_base(ajustes)
    tiempo_real.configurar(solo_emitir=True)
    trabajar()
    bitacora.vaciar()
    return 0


def _importar(ajustes: Ajustes, archivos: list[Path]) -> int:
    from sql import conexion
    from sql.importar import importar_y_contar

    preparar_base(ajustes.model_copy(update={"demo": False}))
    print(importar_y_contar(conexion.dsn(), archivos))
    return 0
