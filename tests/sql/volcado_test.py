"""El lector de volcados: lo que se escribe como lo escribe Supabase Studio se lee igual, y lo roto se dice con su línea."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sql.volcado import Fila, VolcadoInvalido, descodificar, leer

NOMBRES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
TEXTOS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
VALORES = st.none() | TEXTOS


def entre_comillas(nombre: str) -> str:
    """Un identificador como lo escribe Postgres."""
    return '"' + nombre.replace('"', '""') + '"'


def literal(valor: str | None) -> str:
    """Un valor como lo escribe Supabase Studio."""
    return "null" if valor is None else "'" + valor.replace("'", "''") + "'"


def escribir(tabla: str, columnas: list[str], filas: list[list[str | None]], *, salto: str = " ") -> str:
    """Una sentencia como las de Supabase Studio."""
    tuplas = f",{salto}".join("(" + ", ".join(literal(valor) for valor in fila) + ")" for fila in filas)
    return f'INSERT INTO "public".{entre_comillas(tabla)} ({", ".join(map(entre_comillas, columnas))}) VALUES {tuplas};{salto}'


@st.composite
def sentencias(dibujo: st.DrawFn) -> tuple[str, list[str], list[list[str | None]]]:
    """(tabla, columnas distintas, filas de ese ancho)."""
    columnas = dibujo(st.lists(NOMBRES, min_size=1, max_size=5, unique=True))
    fila = st.lists(VALORES, min_size=len(columnas), max_size=len(columnas))
    return dibujo(NOMBRES), columnas, dibujo(st.lists(fila, min_size=1, max_size=4))


@given(st.lists(sentencias(), min_size=1, max_size=3), st.sampled_from([" ", "\n", "\r\n", "\n-- una nota\n"]), st.booleans())
def test_lo_escrito_se_lee_igual(varias: list[tuple[str, list[str], list[list[str | None]]]], salto: str, con_marca: bool) -> None:
    texto = "".join(escribir(tabla, columnas, filas, salto=salto) for tabla, columnas, filas in varias)
    leidas = list(leer(descodificar(texto.encode("utf-8-sig" if con_marca else "utf-8"))))
    assert [(fila.tabla, fila.valores) for fila in leidas] == [
        (tabla, dict(zip(columnas, fila, strict=True))) for tabla, columnas, filas in varias for fila in filas
    ]


@given(st.binary(max_size=300))
def test_cualquier_archivo_se_lee_o_se_rechaza_con_su_linea(crudo: bytes) -> None:
    queja = _queja(crudo)
    assert queja == "" or queja.startswith("línea ")


def _queja(crudo: bytes) -> str:
    try:
        list(leer(descodificar(crudo)))
    except VolcadoInvalido as error:
        return str(error)
    return ""


@given(sentencias(), st.data())
def test_un_archivo_cortado_nunca_pasa_por_entero(una: tuple[str, list[str], list[list[str | None]]], datos: st.DataObject) -> None:
    entero = escribir(*una).strip()
    corte = datos.draw(st.integers(0, len(entero) - 1))
    with pytest.raises(VolcadoInvalido):
        list(leer(entero[:corte]))


def test_la_linea_de_cada_fila_cuenta_los_saltos_dentro_de_los_textos() -> None:
    texto = "INSERT INTO a (x) VALUES ('uno\n\ndos'),\n('tres');"
    assert list(leer(texto)) == [Fila("a", {"x": "uno\n\ndos"}, 1), Fila("a", {"x": "tres"}, 4)]


@pytest.mark.parametrize(
    ("escrito", "leido"),
    [
        ("null", None),
        ("NULL", None),
        ("true", "true"),
        ("-12.50", "-12.50"),
        ("1e3", "1e3"),
        ("'{}'::jsonb", "{}"),
        ("'2024-01-01'::timestamp with time zone", "2024-01-01"),
        ("'a'::character varying(20)", "a"),
        (r"E'l\'uno\n\u00e1\x41'", "l'uno\náA"),
        (r"'sin\nescapes'", r"sin\nescapes"),
        ("'; drop table contactos; --'", "; drop table contactos; --"),
    ],
)
def test_cada_forma_de_escribir_un_valor(escrito: str, leido: str | None) -> None:
    assert next(leer(f"insert into a (x, y) values ({escrito} , 1);")).valores == {"x": leido, "y": "1"}


def test_una_lista_se_entrega_como_json_y_default_como_ausencia() -> None:
    fila = next(leer("INSERT INTO a (x, y) VALUES (ARRAY['uno', 'd''os', null]::text[], DEFAULT) ON CONFLICT DO NOTHING;"))
    assert json.loads(fila.valores["x"] or "") == ["uno", "d'os", None]
    assert "y" not in fila.valores


@pytest.mark.parametrize(
    ("texto", "queja"),
    [
        ("", "línea 1: el archivo no tiene ninguna fila"),
        ("\n\nhola", "línea 3: se esperaba «INSERT INTO»"),
        ("drop table contactos;", "línea 1: se esperaba «INSERT INTO»"),
        ("INSERT INTO a (x) VALUES (1);\nDELETE FROM a;", "línea 2: se esperaba «INSERT INTO»"),
        ("INSERT INTO a (x) VALUES (1)", "línea 1: el archivo está cortado"),
        ("INSERT INTO a (x) VALUES\n('sin cerrar", "línea 2: un texto entre comillas no se cierra"),
        ("INSERT INTO a (x) VALUES (now());", "línea 1: no se entiende el valor"),
        ("INSERT INTO a (x) VALUES ((select 1));", "línea 1: no se entiende el valor"),
        ("INSERT INTO a (x) SELECT 1;", "línea 1: se esperaba «VALUES»"),
        ("INSERT INTO auth.users (x) VALUES (1);", "línea 1: las filas son del esquema «auth»"),
        ("INSERT INTO a (x, x) VALUES (1, 2);", "línea 1: hay una columna repetida"),
        ("INSERT INTO a (x) VALUES (ARRAY[ARRAY[1]]);", "línea 1: no se entiende el valor"),
        (
            f"INSERT INTO a ({', '.join(f'c{n}' for n in range(200))}) VALUES\n(1, 2, 3);",
            "línea 2: la fila trae 3 valores y se nombran 200",
        ),
        (r"INSERT INTO a (x) VALUES (E'\u0000');", "línea 1: el escape"),
    ],
)
def test_lo_que_no_es_un_volcado_se_dice_en_una_frase(texto: str, queja: str) -> None:
    with pytest.raises(VolcadoInvalido) as error:
        list(leer(texto))
    assert str(error.value).startswith(queja)


def test_un_archivo_binario_se_rechaza() -> None:
    with pytest.raises(VolcadoInvalido, match="línea 2: el archivo no es texto"):
        descodificar(b"PK\n\xff\xfe\x00")
    with pytest.raises(VolcadoInvalido, match="línea 3: el archivo es binario"):
        descodificar(b"INSERT\n\n\x00")
