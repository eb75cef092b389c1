"""El formato de WhatsApp: qué se marca, qué no, y que nada de lo escrito por una persona llegue a ser código."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientes.chat.formato import dar_formato, en_una_linea

ENLACE = '<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{0}</a>'


@pytest.mark.parametrize(
    ("escrito", "pintado"),
    [
        ("*hola* _qué_ ~tal~", "<strong>hola</strong> <em>qué</em> <s>tal</s>"),
        ("*a _b ~c~_*", "<strong>a <em>b <s>c</s></em></strong>"),
        ("¡*ya*!", "¡<strong>ya</strong>!"),
        ("usa `npm ci` aquí", "usa <code>npm ci</code> aquí"),
        ("```dos\nrenglones```", '<code class="bloque">dos\nrenglones</code>'),
        ("2*3*4, * no * y *suelto", "2*3*4, * no * y *suelto"),
        ("nombre_de_archivo_largo", "nombre_de_archivo_largo"),
        ("*no\ncruza*", "*no\ncruza*"),
        ("`*literal*`", "<code>*literal*</code>"),
    ],
)
def test_las_marcas_son_las_de_whatsapp(escrito, pintado):
    assert dar_formato(escrito) == pintado


@pytest.mark.parametrize(
    ("escrito", "pintado"),
    [
        ("mira https://x.com/a_b_c.", f"mira {ENLACE.format('https://x.com/a_b_c')}."),
        ("(https://es.wikipedia.org/wiki/A_(b))", f"({ENLACE.format('https://es.wikipedia.org/wiki/A_(b)')})"),
        ("*va https://x.com*", f"<strong>va {ENLACE.format('https://x.com')}</strong>"),
        ("HTTP://X.COM", ENLACE.format("HTTP://X.COM")),
        ("javascript:alert(1) data:text/html,x ftp://x.com http://", "javascript:alert(1) data:text/html,x ftp://x.com http://"),
        ("https://x.com/?a=1&b=2", ENLACE.format("https://x.com/?a=1&amp;b=2")),
    ],
)
def test_solo_los_enlaces_http_se_pueden_pulsar(escrito, pintado):
    assert dar_formato(escrito) == pintado


def test_lo_que_parece_html_se_ve_tal_cual():
    assert dar_formato('<script>alert("1")</script> *<b>*') == "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt; <strong>&lt;b&gt;</strong>"


class _Lector(HTMLParser):
    """Recoge las etiquetas y el texto de un trozo de HTML como lo haría un navegador."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.etiquetas: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.texto = ""

    def handle_starttag(self, etiqueta: str, atributos: list[tuple[str, str | None]]) -> None:
        self.etiquetas.append((etiqueta, tuple(atributos)))

    def handle_data(self, datos: str) -> None:
        self.texto += datos


CON_MARCAS = st.text(alphabet=st.sampled_from("ab1 *_~`\n<>\"'&=/:.()") | st.characters(exclude_categories=["Cs"]), max_size=80)
TROZOS = st.lists(CON_MARCAS | st.sampled_from(["https://x.com/a", "<img src=x onerror=alert(1)>", "```", "*", '" onclick="'])).map("".join)


@given(TROZOS)
def test_nada_escrito_llega_a_ser_codigo_y_nada_se_pierde(escrito):
    lector = _Lector()
    lector.feed(str(dar_formato(escrito)))
    lector.close()
    for etiqueta, atributos in lector.etiquetas:
        assert etiqueta in {"strong", "em", "s", "code", "a"}
        if etiqueta == "a":
            assert dict(atributos)["href"].lower().startswith(("http://", "https://"))
            assert {nombre for nombre, _ in atributos} == {"href", "target", "rel"}
        else:
            assert atributos in {(), (("class", "bloque"),)}
    assert _sin_marcas(lector.texto) == _sin_marcas(escrito)


def _sin_marcas(texto: str) -> str:
    """Sin los signos de formato, ni los dos que se usan para apartar enlaces, ni la forma de decir el fin de línea y el nulo."""
    return re.sub("[*_~`\ue000\ue001\x00\ufffd\r\n]", "", texto)


@given(TROZOS, st.integers(2, 60))
def test_en_la_lista_cabe_en_una_linea(escrito, largo):
    plano = en_una_linea(escrito, largo)
    assert len(plano) <= largo
    assert plano == " ".join(plano.split())


def test_en_la_lista_no_se_ven_las_marcas():
    assert en_una_linea("*Hola*,\n  ¿_cuánto_ cuesta?") == "Hola, ¿cuánto cuesta?"
    assert en_una_linea("palabra " * 40, 20) == "palabra palabra pal…"


@pytest.mark.parametrize("escrito", ["*a " * 1400, "*_~" * 1400, "```" * 1400, "`a" * 2000, "http://" * 600, "```" + "a" * 4000])
def test_lo_retorcido_no_lo_hace_lento(escrito):
    # Con una expresión que retrocediera sin fin, esto no terminaría nunca.
    assert len(dar_formato(escrito[:4096])) >= 4000
