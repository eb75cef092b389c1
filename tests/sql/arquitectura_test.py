"""La ley de la casa en sql/modelos: la Nora va primero, y lo que cruza Noras lo dice en su nombre y está en esta lista."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

MODELOS = Path(__file__).parents[2] / "sql" / "modelos"

PURAS = {
    ("base", "patron_de_busqueda"),
    ("contactos", "coincide"),
    ("fusion_reglas", "separar_fichas"),
    ("fusion_reglas", "separar_hilos"),
    ("fusion_reglas", "unir_fichas"),
    ("fusion_reglas", "unir_hilos"),
    ("interruptores", "segundos_de_corte"),
}
"""Funciones públicas que no consultan nada."""

CRUZAN_NORAS = {
    "vigilancia.tiene_dueno",
    "vigilancia.contar_cola",
    "interruptores.listar_interruptores",
    "conciliaciones.listar_ultimas_conciliaciones",
    "conciliaciones.tomar_conciliacion",
    "archivos.reclamar_archivos",
    "balance.entrantes_conocidos",
    "consumo.contar_consumo",
    "conversaciones.reclamar_por_atender",
    "conversaciones.segundos_hasta_la_proxima",
    "equipo.listar_equipo",
    "errores.listar_errores",
    "errores.contar_errores",
    "errores.resolver_error",
    "errores.limpiar_errores",
    "latidos.latir",
    "latidos.listar_latidos",
    "latidos.segundos_desde_latido",
    "envios.reclamar_por_enviar",
    "dudas.abandonados",
    "dudas.en_duda",
    "envios.segundos_hasta_el_proximo_envio",
    "libro.buscar_en_libro",
    "libro.contar_libro",
    "libro.listar_libro",
    "libro.podar_libro",
    "libro.tomar_del_libro",
    "libro.ultimo_del_libro",
    "modulos.listar_modulos",
    "noras.listar",
    "noras.contar",
    "remitentes.listar_remitentes",
    "plantillas.con_plantillas_por_mirar",
    "resumen.resumir",
    "rutas.reflejar_rutas",
    "rutas.listar_rutas",
    "usuarios.nombres_de_usuarios",
    "usuarios.de_usuario",
    "usuarios.guardar_admin",
    "webhooks.recibir",
    "webhooks.anotar_estado",
    "webhooks.listar_webhooks",
}


def funciones() -> Iterator[tuple[str, ast.FunctionDef]]:
    """(módulo, función) de cada función pública de primer nivel."""
    for archivo in sorted(MODELOS.glob("*.py")):
        for nodo in ast.parse(archivo.read_text()).body:
            if isinstance(nodo, ast.FunctionDef) and not nodo.name.startswith("_"):
                yield archivo.stem, nodo


def test_el_primer_argumento_de_toda_consulta_es_la_nora() -> None:
    sin_nora = [
        (modulo, funcion.name)
        for modulo, funcion in funciones()
        if not funcion.name.startswith("todas_las_noras_")
        and (modulo, funcion.name) not in PURAS
        and [argumento.arg for argumento in funcion.args.args][:1] != ["nombre_nora"]
    ]
    assert sin_nora == []


def test_lo_que_cruza_noras_esta_en_la_lista_visible() -> None:
    halladas = {
        f"{modulo}.{funcion.name.removeprefix('todas_las_noras_')}" for modulo, funcion in funciones() if funcion.name.startswith("todas_")
    }
    assert halladas == CRUZAN_NORAS


def test_solo_lo_que_cruza_noras_abre_la_transaccion_de_todas() -> None:
    intrusas = [
        (modulo, funcion.name)
        for modulo, funcion in funciones()
        if not funcion.name.startswith("todas_las_noras_") and "transaccion_de_todas_las_noras" in ast.dump(funcion)
    ]
    assert intrusas == []


def test_nadie_arma_sql_con_texto_de_fuera() -> None:
    """Un `text(f"…")` en los modelos sería una puerta a la inyección, que RLS no cierra."""
    armadas = [
        (archivo.name, nodo.lineno)
        for archivo in MODELOS.glob("*.py")
        for nodo in ast.walk(ast.parse(archivo.read_text()))
        if isinstance(nodo, ast.Call)
        and isinstance(nodo.func, ast.Name)
        and nodo.func.id == "text"
        and not all(isinstance(argumento, ast.Constant) for argumento in nodo.args)
    ]
    assert armadas == []
