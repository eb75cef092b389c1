"""Higiene de lo que se va a decir: sin basura invisible, con el formato de WhatsApp, corto, y sin nada que no se sepa."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ia.palabras import palabras

LARGO_MAXIMO = 1600
"""Unidades UTF-16 que Twilio admite en un mensaje de WhatsApp."""

CARACTERES_MAXIMOS = 8_000
"""Lo que se mira de un texto antes de cortarlo: de más largo no va a salir nada."""

FUGA_FIJA = 9
"""Palabras seguidas de las reglas fijas que ya no son casualidad."""
FUGA_PROPIA = 25
"""Palabras seguidas de las instrucciones del negocio: más, porque a menudo dictan la frase que hay que responder."""

CIFRAS_DE_TELEFONO = 8

_FIN_DE_FRASE = re.compile(r"[.!?…\n](?=\s|$)")
_ENCABEZADO = re.compile(r"^\s{0,3}#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_FILA_DE_TABLA = re.compile(r"^\s*\|(.+)\|\s*$", re.MULTILINE)
_RAYA_DE_TABLA = re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|)+\s*:?-*:?\s*$\n?", re.MULTILINE)
_IMAGEN = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_ENLACE = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
_FINALES = "com|net|org|mx|ar|co|cl|pe|es|io|app|shop|store|link|me|ly"
_ENLACE_SUELTO = re.compile(
    rf"(?:https?://|www\.)[^\s<>()\"']+|(?<![\w.-])(?:[\w-]{{1,63}}\.){{1,8}}(?:{_FINALES})\b[^\s<>()\"']*", re.IGNORECASE
)
_CORREO = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_TELEFONO = re.compile(r"\+?\d[\d\s().-]{7,}\d")
_DINERO = re.compile(
    r"(?:US\$|S/|R\$|[$€])\s?(?:\d[\d.,]*)?\d|(?:\d[\d.,]*)?\d\s?(?:pesos|soles|d[oó]lares|euros|usd|mxn)\b", re.IGNORECASE
)


def limpiar(texto: str) -> str:
    """El texto listo para WhatsApp: sin caracteres de control ni Markdown, y de 1600 unidades UTF-16 como mucho, cortado en una frase."""
    limpio = "".join(c for c in texto[:CARACTERES_MAXIMOS].replace("\r\n", "\n").replace("\r", "\n") if c == "\n" or not _es_invisible(c))
    limpio = _IMAGEN.sub(r"\1", limpio)
    limpio = _ENLACE.sub(r"\1: \2", limpio)
    limpio = _RAYA_DE_TABLA.sub("", limpio)
    limpio = _FILA_DE_TABLA.sub(lambda fila: " · ".join(celda.strip() for celda in fila[1].split("|")), limpio)
    limpio = _ENCABEZADO.sub(r"*\1*", limpio)
    limpio = re.sub(r"(\*\*|__)(?=\S)(.{1,400}?)(?<=\S)\1", r"*\2*", limpio)
    limpio = re.sub(r"\*{2,}", "*", limpio)
    limpio = re.sub(r"[ \t]+\n", "\n", limpio)
    return acortar(re.sub(r"\n{3,}", "\n\n", limpio).strip())


def largo(texto: str) -> int:
    """Unidades UTF-16, que es como cuenta Twilio: un emoji son dos o más."""
    return len(texto.encode("utf-16-le")) // 2


def acortar(texto: str, maximo: int = LARGO_MAXIMO) -> str:
    """El texto entero si cabe; si no, hasta el final de una frase (o de una palabra, con puntos suspensivos)."""
    if largo(texto) <= maximo:
        return texto
    cabe = texto.encode("utf-16-le")[: 2 * (maximo - 1)].decode("utf-16-le", errors="ignore")
    finales = [fin.end() for fin in _FIN_DE_FRASE.finditer(cabe)]
    if finales and finales[-1] > len(cabe) // 3:
        return cabe[: finales[-1]].rstrip()
    return (cabe.rsplit(None, 1)[0] if " " in cabe else cabe).rstrip() + "…"


def filtra(texto: str, fijo: str, propio: str, marca: str) -> bool:
    """Si lo que se va a decir repite un buen trozo de las instrucciones, o la marca que sólo está en ellas."""
    dichas = palabras(texto)
    return marca in texto or _comparten(dichas, palabras(fijo), FUGA_FIJA) or _comparten(dichas, palabras(propio), FUGA_PROPIA)


def ajenos(texto: str, fuentes: Iterable[str]) -> list[str]:
    """Los enlaces, correos, teléfonos y precios que el texto da y ninguna fuente dice: inventados, o de otro."""
    sabido = "\n".join(fuentes)
    enlaces = {_sin_adorno(e) for e in _ENLACE_SUELTO.findall(sabido)}
    telefonos = {_cifras(t)[-CIFRAS_DE_TELEFONO:] for t in _TELEFONO.findall(sabido)}
    importes = {_importe(n) for n in re.findall(r"\d[\d.,]*", sabido)}
    sin_correos = _CORREO.sub(" ", texto)
    return [
        *(c for c in _CORREO.findall(texto) if c.lower().rstrip(".") not in sabido.lower()),
        *(e for e in _ENLACE_SUELTO.findall(sin_correos) if _sin_adorno(e) not in enlaces),
        *(t for t in _TELEFONO.findall(_ENLACE_SUELTO.sub(" ", sin_correos)) if _es_otro_telefono(t, telefonos)),
        *(d for d in _DINERO.findall(texto) if _importe(d) not in importes),
    ]


def _es_invisible(caracter: str) -> bool:
    # Se queda el unificador de ancho cero: sin él, los emojis compuestos se deshacen.
    return caracter != "\u200d" and unicodedata.category(caracter) in {"Cc", "Cf", "Cs", "Co"}


def _comparten(unas: list[str], otras: list[str], seguidas: int) -> bool:
    trozos = {tuple(otras[i : i + seguidas]) for i in range(len(otras) - seguidas + 1)}
    return any(tuple(unas[i : i + seguidas]) in trozos for i in range(len(unas) - seguidas + 1))


def _cifras(texto: str) -> str:
    return re.sub(r"\D", "", texto)


def _es_otro_telefono(hallado: str, conocidos: set[str]) -> bool:
    # Con menos cifras es una fecha o un folio; las últimas son el teléfono sin país ni prefijos.
    return len(_cifras(hallado)) > CIFRAS_DE_TELEFONO and _cifras(hallado)[-CIFRAS_DE_TELEFONO:] not in conocidos


def _sin_adorno(enlace: str) -> str:
    return re.sub(r"^(https?://)?(www\.)?", "", enlace.lower()).rstrip("/.,;:!?*_")


def _importe(cantidad: str) -> str:
    """La cantidad sin símbolo, separadores de miles ni céntimos a cero: «$1,200.00» y «1.200» son 1200."""
    numero = re.sub(r"[^\d.,]", "", cantidad).strip(".,")
    numero = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", numero)
    return re.sub(r"[.,]0{1,2}$", "", numero).replace(",", ".")
