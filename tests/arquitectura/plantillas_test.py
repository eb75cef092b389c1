"""Las plantillas: todas compilan, nada va en línea y todo lo que nombran existe."""

from __future__ import annotations

import ast
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import StrictUndefined, meta

from registro import registro_admin, registro_clientes, registro_webhook
from registro.terceros import PAQUETES
from tests.arquitectura.fuente import RAIZ, arbol, archivos_python, corto

PLANTILLAS = sorted(archivo for archivo in (RAIZ / "templates").rglob("*") if archivo.is_file())
PAGINAS = [archivo for archivo in PLANTILLAS if archivo.suffix == ".html"]
GUIONES = sorted((RAIZ / "static" / "js").rglob("*.js"))
ESTILOS = sorted((RAIZ / "static" / "css").glob("*.css"))
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_LIBRES = {"template", "svg"}


class EnLinea(HTMLParser):
    """Encuentra lo que una política de contenido estricta no dejaría correr."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.hallados: list[str] = []
        self._dentro_de = ""

    def handle_starttag(self, etiqueta: str, atributos: list[tuple[str, str | None]]) -> None:
        """Mira una etiqueta y sus atributos."""
        nombres = {nombre for nombre, _ in atributos}
        if etiqueta == "style" or (etiqueta == "script" and "src" not in nombres):
            self.hallados.append(f"<{etiqueta}> en línea")
        self._dentro_de = etiqueta
        for nombre, valor in atributos:
            limpio = re.sub(r"[\s\x00-\x1f]", "", valor or "").lower()
            if nombre == "style" or nombre.startswith(("on", "hx-on", "hx-vars")):
                self.hallados.append(f"{etiqueta}[{nombre}]")
            elif limpio.startswith(("javascript:", "js:", "vbscript:")) or (nombre.startswith("hx-") and "js:" in limpio):
                self.hallados.append(f"{etiqueta}[{nombre}={valor}]")
            elif nombre == "srcdoc" or (nombre in {"src", "href", "action"} and limpio.startswith("data:")):
                self.hallados.append(f"{etiqueta}[{nombre}]")

    def handle_data(self, datos: str) -> None:
        """Un guion con cuerpo, aunque además tenga src."""
        if self._dentro_de == "script" and datos.strip():
            self.hallados.append("<script> con cuerpo")

    def handle_endtag(self, _etiqueta: str) -> None:
        """Se cerró la etiqueta."""
        self._dentro_de = ""


def en_linea(fuente: str) -> list[str]:
    """Lo que hay en línea en una plantilla, sin contar lo que es de Jinja."""
    lector = EnLinea()
    lector.feed(_JINJA.sub(" ", fuente))
    lector.close()
    return lector.hallados


MALOS = [
    *("<script>x</script>", '<script src="/a.js">x</script>', "<style>a{}</style>", '<p style="color:red">', "<p STYLE='x'>"),
    *('<a onclick="x">', '<a {{ x }} OnMouseOver="x">', '<a href="javascript:x">', '<a href=" java\tscript:x">', "<svg onload=x>"),
    *('<div hx-on:click="x">', '<div hx-on::load="x">', "<div hx-vals='js:{a: 1}'>", '<div hx-vars="a:1">', '<iframe srcdoc="<p>">'),
    *("<div hx-vals='{\"a\": 1}' hx-headers='js:x'>", '<embed src="data:text/html,x">', '{% if a %}<b onfocus="x">{% endif %}'),
]


@pytest.mark.parametrize("malo", MALOS)
def test_quien_busca_lo_que_va_en_línea_lo_encuentra(malo: str) -> None:
    assert en_linea(malo)


def test_y_no_se_queja_de_lo_que_está_bien() -> None:
    bueno = """<script src="{{ url }}" defer></script><body hx-headers:inherited='{"X-CSRFToken": "{{ t }}"}'><a href="/javascript:"
    hx-get="/x" hx-vals='{"js": 1}' {% if a > b %}hidden{% endif %} data-on="1">la style="x" de onclick= </a><svg><path d="M"/></svg>"""
    assert en_linea(bueno) == []


@pytest.mark.parametrize("pagina", PAGINAS, ids=corto)
def test_nada_va_en_línea(pagina: Path) -> None:
    assert en_linea(pagina.read_text("utf-8")) == []


def test_todas_compilan_y_nombran_plantillas_que_existen(app: Flask) -> None:
    assert len(PLANTILLAS) > 20
    for plantilla in PLANTILLAS:
        nombre = plantilla.relative_to(RAIZ / "templates").as_posix()
        app.jinja_env.get_template(nombre)
        for otra in meta.find_referenced_templates(app.jinja_env.parse(plantilla.read_text("utf-8"))):
            if otra is not None:
                assert (RAIZ / "templates" / otra).is_file(), f"{nombre} nombra {otra}"


def test_una_variable_sin_definir_es_un_error(app: Flask) -> None:
    assert app.jinja_env.undefined is StrictUndefined
    assert app.jinja_env.autoescape is not False


def test_las_plantillas_que_pinta_el_código_existen() -> None:
    pintadas = set()
    for archivo in archivos_python():
        for nodo in ast.walk(arbol(archivo)):
            if isinstance(nodo, ast.Constant) and isinstance(nodo.value, str) and re.fullmatch(r"[\w/]+\.html", nodo.value):
                pintadas.add(nodo.value)
    assert len(pintadas) > 10
    existen = {p.relative_to(RAIZ / "templates").as_posix() for p in PAGINAS} | {p.name for p in PAGINAS}
    assert pintadas - existen == set()


def test_ninguna_plantilla_sobra(app: Flask) -> None:
    fuentes = "\n".join(a.read_text("utf-8") for a in [*archivos_python(), *PLANTILLAS])
    # Las de security las pide Flask-Security por su nombre; las de un cuarto pueden pedirse por su última parte.
    sueltas = [p for p in PAGINAS if "security" not in p.parts and p.name not in fuentes and f'"{p.stem}"' not in fuentes]
    assert [corto(p) for p in sueltas] == []


def test_las_direcciones_que_se_nombran_existen(app: Flask) -> None:
    puntos = {regla.endpoint for regla in app.url_map.iter_rules()}
    locales = {punto.rpartition(".")[2] for punto in puntos}
    faltan = []
    for archivo in [*PLANTILLAS, *archivos_python()]:
        fuente = archivo.read_text("utf-8")
        for destino in re.findall(r"url_for\(\s*[\"']([\w.]+)[\"']", fuente):
            vale = destino.rpartition(".")[2] in locales if destino.startswith(".") else destino in puntos
            faltan += [] if vale else [f"{corto(archivo)}: {destino}"]
        for destino in re.findall(r"url_for_security\(\s*[\"'](\w+)[\"']", fuente):
            faltan += [] if f"security.{destino}" in puntos else [f"{corto(archivo)}: security.{destino}"]
    assert faltan == []


def test_los_archivos_que_se_enlazan_existen() -> None:
    faltan = []
    for plantilla in PAGINAS:
        fuente = plantilla.read_text("utf-8")
        faltan += [f for f in re.findall(r"url_propia\(\s*[\"']([^\"']+)[\"']", fuente) if not (RAIZ / "static" / f).is_file()]
        for paquete, archivo in re.findall(r"url_tercero\(\s*[\"']([^\"']+)[\"'],\s*[\"']([^\"']+)[\"']", fuente):
            if archivo not in PAQUETES.get(paquete, ()) or not (RAIZ / "node_modules" / paquete / archivo).is_file():
                faltan.append(f"{paquete}/{archivo}")
    assert faltan == []
    assert all((RAIZ / "node_modules" / paquete / archivo).is_file() for paquete, archivos in PAQUETES.items() for archivo in archivos)


def test_ningún_archivo_propio_sobra() -> None:
    fuentes = "\n".join(a.read_text("utf-8") for a in [*PAGINAS, *GUIONES, *ESTILOS])
    assert [
        corto(a) for a in [*GUIONES, *ESTILOS] if a.relative_to(RAIZ / "static").as_posix() not in fuentes and a.name not in fuentes
    ] == []


def test_los_iconos_que_se_nombran_existen() -> None:
    dibujos = RAIZ / "node_modules" / "@tabler" / "icons" / "icons" / "outline"
    nombrados = {p.icono for p in (*registro_webhook.PUERTAS, *registro_clientes.PUERTAS, *registro_admin.PUERTAS)}
    for plantilla in PAGINAS:
        nombrados |= set(re.findall(r"icono\(\s*[\"']([a-z0-9-]+)[\"']", plantilla.read_text("utf-8")))
    assert len(nombrados) > 20
    assert {nombre for nombre in nombrados if not (dibujos / f"{nombre}.svg").is_file()} == set()


def test_nada_se_pide_a_otro_servidor() -> None:
    atributo = r"(?:src|href|action)\s*=\s*[\"']\s*(?:https?:)?//"
    de_fuera = re.compile(rf"{atributo}|url\(\s*[\"']?(?:https?:)?//|@import|fetch\(\s*[\"']https?:", re.IGNORECASE)
    assert [corto(a) for a in [*PAGINAS, *GUIONES, *ESTILOS] if de_fuera.search(a.read_text("utf-8"))] == []


def test_las_páginas_no_marcan_nada_como_seguro() -> None:
    """`|safe` sólo vale en los correos de texto, donde no hay HTML que escapar."""
    assert [corto(p) for p in PAGINAS if re.search(r"\|\s*safe\b|autoescape\s+false", p.read_text("utf-8"))] == []


def test_los_guiones_no_fabrican_código() -> None:
    codigo = r"\beval\s*\(|\bnew\s+Function\b|setTimeout\(\s*[\"'`]"
    peligro = re.compile(rf"{codigo}|document\.write|insertAdjacentHTML|outerHTML\s*=|innerHTML\s*[+]?=[^=]")
    assert {corto(g): peligro.search(g.read_text("utf-8")) for g in GUIONES if peligro.search(g.read_text("utf-8"))} == {}


def test_los_paquetes_del_navegador_van_con_versión_exacta() -> None:
    paquetes = json.loads((RAIZ / "package.json").read_text("utf-8"))["dependencies"]
    assert set(PAQUETES) <= set(paquetes)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in paquetes.values())
