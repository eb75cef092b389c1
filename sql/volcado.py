"""Lee un archivo `*_rows.sql` de Supabase Studio sin ejecutarlo: de texto a filas. Puro."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

Valor = str | None

_BLANCO = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/)+", re.S)
_NOMBRE = re.compile(r'"((?:[^"]|"")+)"|([A-Za-z_][A-Za-z0-9_$]*)')
_TEXTO = re.compile(r"'([^']*+(?:''[^']*+)*+)'")
_TEXTO_CON_ESCAPES = re.compile(r"[eE]'((?:[^'\\]|\\.|'')*+)'", re.S)
_NUMERO = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![A-Za-z0-9_])")
_PALABRA = re.compile(r"(null|true|false|default)\b", re.I)
_LISTA = re.compile(r"array\s*\[", re.I)
_TIPO = re.compile(r'::\s*(?:"[^"]+"|[A-Za-z_][A-Za-z0-9_. ]*)(?:\(\s*\d+\s*(?:,\s*\d+\s*)?\))?(?:\[\])*')
_INSERTAR = re.compile(r"insert\s+into\b", re.I)
_VALORES = re.compile(r"values\b", re.I)
_SIN_CHOQUE = re.compile(r"on\s+conflict\s+do\s+nothing\b", re.I)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)|''", re.S)
_LETRAS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class VolcadoInvalido(ValueError):
    """El archivo no es un volcado de filas; el mensaje empieza por la línea."""


@dataclass(frozen=True, slots=True)
class Fila:
    """Una fila leída: su tabla, lo que trae cada columna (todo texto) y la línea donde empieza."""

    tabla: str
    valores: dict[str, Valor]
    linea: int


def descodificar(crudo: bytes) -> str:
    """Los bytes de un archivo como texto UTF-8, con o sin marca de orden.

    Raises:
        VolcadoInvalido: si no es texto.
    """
    try:
        texto = crudo.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        linea = crudo.count(b"\n", 0, error.start) + 1
        raise VolcadoInvalido(f"línea {linea}: el archivo no es texto UTF-8; expórtalo de nuevo desde Supabase Studio") from None
    nulo = texto.find("\0")
    if nulo >= 0:
        linea = texto.count("\n", 0, nulo) + 1
        raise VolcadoInvalido(f"línea {linea}: el archivo es binario; hace falta el .sql que exporta Supabase Studio")
    return texto


def leer(texto: str) -> Iterator[Fila]:
    """Las filas de todas las sentencias INSERT, en orden.

    Raises:
        VolcadoInvalido: en la primera línea que no se entienda (a media lectura, si está más adelante).
    """
    return _Lector(texto).filas()


class _Lector:
    """Recorre el texto una sola vez; la línea se cuenta según se avanza."""

    def __init__(self, texto: str) -> None:
        self.texto = texto
        self.lugar = 0
        self._contado = 0
        self._lineas = 1

    def filas(self) -> Iterator[Fila]:
        hubo = False
        while self._saltar() < len(self.texto):
            self._exigir(_INSERTAR, "se esperaba «INSERT INTO»; el archivo no parece un volcado de filas de Supabase Studio")
            tabla = self._tabla()
            columnas = self._columnas()
            self._exigir(_VALORES, "se esperaba «VALUES»")
            yield from self._tuplas(tabla, columnas)
            hubo = True
        if not hubo:
            raise self._error("el archivo no tiene ninguna fila")

    def _tabla(self) -> str:
        nombre = self._nombre("una tabla")
        if self._toma("."):
            if nombre != "public":
                raise self._error(f"las filas son del esquema «{nombre}»; sólo se importa «public»")
            nombre = self._nombre("una tabla")
        return nombre

    def _columnas(self) -> list[str]:
        self._signo("(", "la lista de columnas")
        columnas = [self._nombre("una columna")]
        while self._toma(","):
            columnas.append(self._nombre("una columna"))
        self._signo(")", "el final de la lista de columnas")
        if len(set(columnas)) != len(columnas):
            raise self._error("hay una columna repetida en la lista")
        return columnas

    def _tuplas(self, tabla: str, columnas: list[str]) -> Iterator[Fila]:
        while True:
            self._signo("(", "una fila")
            linea = self._linea()
            valores = [self._valor()]
            while self._toma(","):
                valores.append(self._valor())
            self._signo(")", "el final de la fila")
            if len(valores) != len(columnas):
                raise self._error(f"la fila trae {len(valores)} valores y se nombran {len(columnas)} columnas")
            yield Fila(tabla, {c: v for c, v in zip(columnas, valores, strict=True) if v is not _OMITIDO}, linea)
            if not self._toma(","):
                break
        self._prueba(_SIN_CHOQUE)
        # Sin «;» no se sabe si falta la mitad: Supabase Studio siempre lo pone.
        self._signo(";", "otra fila tras una coma, o el final de la sentencia")

    def _valor(self, *, dentro_de_lista: bool = False) -> Valor:
        self._saltar()
        valor: Valor
        if (hallado := self._prueba(_TEXTO)) is not None:
            valor = hallado[1].replace("''", "'")
        elif (hallado := self._prueba(_TEXTO_CON_ESCAPES)) is not None:
            valor = self._sin_escapes(hallado[1])
        elif (hallado := self._prueba(_PALABRA)) is not None:
            palabra = hallado[1].lower()
            valor = None if palabra == "null" else _OMITIDO if palabra == "default" else palabra
        elif (hallado := self._prueba(_NUMERO)) is not None:
            valor = hallado[0]
        elif not dentro_de_lista and self._prueba(_LISTA) is not None:
            valor = self._lista()
        elif self.texto[self.lugar : self.lugar + 1] in {"'", "e", "E"}:
            raise self._error("un texto entre comillas no se cierra: el archivo está cortado")
        else:
            raise self._error(f"no se entiende el valor que empieza por «{self.texto[self.lugar : self.lugar + 20]}»")
        while self._prueba(_TIPO) is not None:
            pass
        return valor

    def _lista(self) -> str:
        elementos: list[Valor] = []
        if not self._toma("]"):
            elementos.append(self._valor(dentro_de_lista=True))
            while self._toma(","):
                elementos.append(self._valor(dentro_de_lista=True))
            self._signo("]", "el final de la lista")
        return json.dumps(elementos, ensure_ascii=False)

    def _sin_escapes(self, texto: str) -> str:
        def uno(hallado: re.Match[str]) -> str:
            que = hallado[1]
            if que is None:
                return "'"
            if que[0] in "uUx" and len(que) > 1:
                codigo = int(que[1:], 16)
            elif que.isdigit() and que[0] in "01234567":
                codigo = int(que, 8)
            else:
                return _LETRAS.get(que, que)
            if codigo == 0 or codigo > 0x10FFFF or 0xD800 <= codigo <= 0xDFFF:
                raise self._error(f"el escape «\\{que}» no es un carácter que se pueda guardar")
            return chr(codigo)

        return _ESCAPE.sub(uno, texto)

    def _nombre(self, que: str) -> str:
        hallado = self._exigir(_NOMBRE, f"se esperaba el nombre de {que}")
        return hallado[1].replace('""', '"') if hallado[1] is not None else hallado[2].lower()

    def _signo(self, signo: str, que: str) -> None:
        if not self._toma(signo):
            raise self._error(f"se esperaba «{signo}» ({que})" if self.lugar < len(self.texto) else f"el archivo está cortado: falta {que}")

    def _toma(self, signo: str) -> bool:
        self._saltar()
        if not self.texto.startswith(signo, self.lugar):
            return False
        self.lugar += len(signo)
        return True

    def _prueba(self, patron: re.Pattern[str]) -> re.Match[str] | None:
        self._saltar()
        hallado = patron.match(self.texto, self.lugar)
        if hallado is not None:
            self.lugar = hallado.end()
        return hallado

    def _exigir(self, patron: re.Pattern[str], queja: str) -> re.Match[str]:
        hallado = self._prueba(patron)
        if hallado is None:
            raise self._error(queja)
        return hallado

    def _saltar(self) -> int:
        hallado = _BLANCO.match(self.texto, self.lugar)
        if hallado is not None:
            self.lugar = hallado.end()
        return self.lugar

    def _linea(self) -> int:
        self._lineas += self.texto.count("\n", self._contado, self.lugar)
        self._contado = self.lugar
        return self._lineas

    def _error(self, queja: str) -> VolcadoInvalido:
        return VolcadoInvalido(f"línea {self._linea()}: {queja}")


_OMITIDO = "\0omitido"
"""Marca de DEFAULT: un texto con NUL no puede venir en el archivo, que ya se rechazó por binario."""
