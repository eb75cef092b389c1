"""Las leyes de la casa que se leen en el código: un lector del entorno, SQL sólo en su piso, archivos que dicen lo que son."""

from __future__ import annotations

import ast
import re

import pytest

from sql.modelos import (  # noqa: F401 - al importarlos se conocen sus tablas
    anuncios,
    apartadas,
    base,
    conocimiento,
    contactos,
    conversaciones,
    equipo,
    errores,
    latidos,
    mensajes,
    modulos,
    noras,
    recibos,
    resumen,
    rutas,
    usuarios,
    webhooks,
)
from tests.arquitectura.fuente import RAIZ, arbol, archivos_python, corto, importados, pruebas_python, textos

LEEN_EL_ENTORNO = {"registro/config.py", "registro/instalacion.py", "registro/preparar.py"}
"""El lector y la puesta en marcha, que corre antes de que el proyecto esté instalado."""

SQL_SIN_TABLAS = {"registro/reloj.py", "registro/sesiones.py", "registro/tiempo_real.py"}
"""Hablan con Postgres de lo que no son tablas: un candado, la Nora de la transacción y NOTIFY."""

RENGLONES_COMO_MUCHO = 400
CAJONES = {"util", "utils", "utilidades", "helper", "helpers", "ayudas", "models", "common", "misc", "varios", "tools"}
_ORDEN = re.compile(
    r"^\s*(select\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s|listen\s|notify\s|set\s+local\s"
    r"|(create|alter|drop|truncate)\s+(table|index|role|function|policy)\s)",
    re.IGNORECASE,
)


def es_sql(texto: str) -> bool:
    """Si ese texto parece una orden para la base."""
    return bool(_ORDEN.match(texto))


def test_reconocer_sql_no_es_adivinar() -> None:
    assert all(
        map(
            es_sql,
            ["select 1", "\n  INSERT INTO x values (1)", "update x set a = 1", "delete from x", "listen canal", "with a as (select 1)"],
        )
    )
    assert not any(map(es_sql, ["Selecciona un contacto", "actualizado", "update", "listening", "Con esto", "delete", "sólo lectura"]))


def test_el_entorno_se_lee_en_un_solo_sitio() -> None:
    culpables = set()
    for archivo in archivos_python():
        for nodo in ast.walk(arbol(archivo)):
            if isinstance(nodo, ast.Attribute) and nodo.attr in {"environ", "environb", "getenv", "putenv", "getenvb"}:
                culpables.add(corto(archivo))
        if any(nombre in {"os.environ", "os.getenv"} for nombre in importados(archivo)):
            culpables.add(corto(archivo))
    assert culpables - LEEN_EL_ENTORNO == set()


def test_fuera_de_su_piso_no_hay_sql() -> None:
    con_sql = {corto(a) for a in archivos_python() if not corto(a).startswith("sql/") and any(es_sql(texto) for texto in textos(a))}
    assert con_sql == SQL_SIN_TABLAS


def test_fuera_de_su_piso_nadie_nombra_una_tabla_en_una_orden() -> None:
    tablas = "|".join(base.Base.metadata.tables)
    nombra = re.compile(rf"\b(from|into|join|update|table)\s+(public\.)?({tablas})\b", re.IGNORECASE)
    culpables = {(corto(a), t) for a in archivos_python() if not corto(a).startswith("sql/") for t in textos(a) if nombra.search(t)}
    assert culpables == set()


def test_fuera_de_su_piso_nadie_arma_consultas() -> None:
    armas = {f"sqlalchemy.{nombre}" for nombre in ("select", "insert", "update", "delete", "literal_column", "create_engine")}
    culpables = {corto(a) for a in archivos_python() if not corto(a).startswith("sql/") and armas & set(importados(a))}
    assert culpables == set()
    assert {
        corto(a) for a in archivos_python() if not corto(a).startswith("sql/") and "sqlalchemy.text" in set(importados(a))
    } <= SQL_SIN_TABLAS


def test_ninguna_plantilla_se_escribe_en_el_código() -> None:
    prohibidas = ("render_template_string", "from_string", "stream_template_string")
    assert {corto(a) for a in archivos_python() if any(palabra in a.read_text("utf-8") for palabra in prohibidas)} == set()


@pytest.mark.parametrize("llamada", ["eval", "exec", "compile", "__import__"])
def test_nada_se_ejecuta_desde_un_texto(llamada: str) -> None:
    culpables = {
        corto(a)
        for a in archivos_python()
        for nodo in ast.walk(arbol(a))
        if isinstance(nodo, ast.Call) and isinstance(nodo.func, ast.Name) and nodo.func.id == llamada
    }
    assert culpables == set()


def test_ningún_archivo_pasa_de_la_cuenta() -> None:
    escritos = [*archivos_python(), *RAIZ.glob("templates/**/*.html"), *RAIZ.glob("static/js/**/*.js"), *RAIZ.glob("static/css/*.css")]
    escritos += [a for a in pruebas_python() if "datos" not in a.parts]
    largos = {corto(a): n for a in escritos if (n := len(a.read_text("utf-8").splitlines())) > RENGLONES_COMO_MUCHO}
    assert largos == {}


def test_no_hay_cajones_de_sastre() -> None:
    todos = [*archivos_python(), *pruebas_python()]
    assert [corto(a) for a in todos if a.stem in CAJONES or a.parent.name in CAJONES] == []


def test_todo_módulo_dice_para_qué_está() -> None:
    todos = [*archivos_python(), *pruebas_python()]
    assert [corto(a) for a in todos if not ast.get_docstring(arbol(a))] == []


def test_toda_función_pública_y_toda_clase_dice_lo_que_hace() -> None:
    mudas = []
    for archivo in archivos_python():
        for nodo in arbol(archivo).body:
            publicas = [nodo] if isinstance(nodo, ast.FunctionDef | ast.ClassDef) and not nodo.name.startswith("_") else []
            if publicas and isinstance(nodo, ast.ClassDef):
                publicas += [m for m in nodo.body if isinstance(m, ast.FunctionDef) and not m.name.startswith("_")]
            mudas += [f"{corto(archivo)}:{p.lineno} {p.name}" for p in publicas if not ast.get_docstring(p)]
    assert mudas == []


def test_los_init_sólo_explican() -> None:
    for archivo in archivos_python():
        if archivo.name == "__init__.py":
            assert len(arbol(archivo).body) <= 1, corto(archivo)


def test_ninguna_ruta_abre_una_transacción() -> None:
    for archivo in archivos_python():
        if archivo.name == "rutas.py" and corto(archivo) != "registro/rutas.py" and not corto(archivo).startswith("sql/"):
            assert not {nombre for nombre in importados(archivo) if nombre.startswith("sql.conexion")}, corto(archivo)


def test_la_hora_se_pregunta_siempre_con_su_zona() -> None:
    sin_zona = re.compile(r"\bdatetime\.(utcnow|today)\(|\bdatetime\.now\(\)|\bdate\.today\(")
    assert [corto(a) for a in archivos_python() if sin_zona.search(a.read_text("utf-8"))] == []
