"""De la pregunta de una persona a los conceptos que hay que buscar, con sus sinónimos y sin erratas."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ia.palabras import a_un_error, como_suena, palabras
from ia.sinonimos import FRASES, GRUPOS, MATICES, RUIDO

MAXIMO = 24
"""Conceptos por búsqueda: nadie pregunta más de una vez con tantos, y un texto pegado no debe costar más que una pregunta."""

_LARGO_PARA_CORREGIR = 6
_RAIZ_MINIMA = 6
_RAIZ_RELATIVA = 0.6
_PREPOSICIONES_DE_LUGAR = frozenset({"a", "hasta", "hacia", "para"})
_GRUPOS_QUE_VIAJAN = frozenset({"envio", "llegada"})
_LUGAR = frozenset({"zona"})
_FRASES = tuple((re.compile(rf"\b(?:{patron})\b"), f" {resumen} ") for patron, resumen in FRASES)


@dataclass(frozen=True, slots=True)
class Concepto:
    """Algo que la pregunta pide: la palabra escrita y las que dicen lo mismo. Un matiz precisa, pero su falta casi no cuenta."""

    palabra: str
    alternativas: tuple[str, ...] = ()
    grupos: frozenset[str] = frozenset()
    es_matiz: bool = False


def conceptos(pregunta: str, vocabulario: Iterable[str] = ()) -> list[Concepto]:
    """Los conceptos de una pregunta, en orden y sin repetir.

    `vocabulario` son palabras (sin acentos) de los bloques de la Nora: con él se corrigen también erratas de sus propios productos.
    """
    texto = " ".join(palabras(pregunta))
    for patron, resumen in _FRASES:
        texto = patron.sub(resumen, texto)
    escritas = texto.split()
    propias = _por_sonido(vocabulario)
    hallados = [c for c in (_concepto(p, propias) for p in escritas) if c is not None]
    if _GRUPOS_QUE_VIAJAN & frozenset[str]().union(*(c.grupos for c in hallados)):
        destinos = {p for antes, p in itertools.pairwise(escritas) if antes in _PREPOSICIONES_DE_LUGAR}
        hallados = [_con_grupos(c.palabra, _LUGAR, es_matiz=True) if not c.grupos and c.palabra in destinos else c for c in hallados]
    return _sin_repetir(hallados)[:MAXIMO]


def consulta(pedidos: Iterable[Concepto]) -> str:
    """Los conceptos en la forma que entiende public.buscar_bloques: «abren|horario|cierran ~domingo»."""
    return " ".join(("~" if c.es_matiz else "") + "|".join((c.palabra, *c.alternativas)) for c in pedidos)


def _concepto(palabra: str, propias: Mapping[str, tuple[str, ...]]) -> Concepto | None:
    if palabra in RUIDO or (len(palabra) == 1 and not palabra.isdigit() and palabra not in MATICES):
        return None
    if palabra.isdigit() or palabra in MATICES:
        return _con_grupos(palabra, _GRUPOS_DE.get(palabra, frozenset()), es_matiz=True)
    if palabra in _GRUPOS_DE:
        return _con_grupos(palabra, _GRUPOS_DE[palabra])
    if como_suena(palabra) in _RUIDOS:
        return None
    corregida = _corregir(palabra, _SONIDOS)
    grupos = frozenset[str]().union(*(_GRUPOS_DE.get(c, frozenset()) for c in corregida))
    concepto = _con_grupos(palabra, grupos)
    suyas = tuple(p for p in _corregir(palabra, propias) or _parientes(palabra, propias) if p != palabra and p not in concepto.alternativas)
    return Concepto(palabra, concepto.alternativas + suyas, grupos)


def _con_grupos(palabra: str, grupos: frozenset[str], *, es_matiz: bool = False) -> Concepto:
    alternativas = dict.fromkeys(forma for grupo in sorted(grupos) for forma in _BUSCADAS[grupo] if forma != palabra)
    return Concepto(palabra, tuple(alternativas), grupos, es_matiz)


def _sin_repetir(hallados: Iterable[Concepto]) -> list[Concepto]:
    unicos: dict[object, Concepto] = {}
    for concepto in hallados:
        unicos.setdefault(concepto.grupos or concepto.palabra, concepto)
    return list(unicos.values())


def _corregir(palabra: str, por_sonido: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Las palabras conocidas que suenan igual; si no hay, las que están a una letra (sólo en palabras largas)."""
    suena = como_suena(palabra)
    if suena in por_sonido:
        return por_sonido[suena]
    if len(palabra) < _LARGO_PARA_CORREGIR:
        return ()
    largas = ((sonido, iguales) for sonido, iguales in por_sonido.items() if len(sonido) >= max(_LARGO_PARA_CORREGIR, len(suena) - 2))
    return tuple(p for sonido, iguales in largas for p in iguales if a_un_error(suena, sonido) or a_un_error(palabra, p))


def _parientes(palabra: str, conocidas: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Las que empiezan igual («embarazada», «embarazo»): el mismo asunto dicho de otra forma."""
    return tuple(p for iguales in conocidas.values() for p in iguales if _son_parientes(palabra, p))


def _son_parientes(una: str, otra: str) -> bool:
    comun = _raiz_comun(una, otra)
    return comun >= _RAIZ_MINIMA and comun >= _RAIZ_RELATIVA * max(len(una), len(otra))


def _raiz_comun(una: str, otra: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(una, otra, strict=False)) if a != b), min(len(una), len(otra)))


def _por_sonido(conocidas: Iterable[str]) -> dict[str, tuple[str, ...]]:
    indice: dict[str, tuple[str, ...]] = {}
    for palabra in sorted(set(conocidas)):
        sonido = como_suena(palabra)
        indice[sonido] = (*indice.get(sonido, ()), palabra)
    return indice


def _formas_reconocidas() -> dict[str, frozenset[str]]:
    de: dict[str, set[str]] = {}
    for grupo, formas in GRUPOS.items():
        for forma in formas.split():
            if not forma.startswith("+"):
                de.setdefault(forma.removeprefix("-"), set()).add(grupo)
    return {forma: frozenset(grupos) for forma, grupos in de.items()}


_GRUPOS_DE = _formas_reconocidas()
_BUSCADAS = {grupo: tuple(f.removeprefix("+") for f in formas.split() if not f.startswith("-")) for grupo, formas in GRUPOS.items()}
_SONIDOS = _por_sonido(_GRUPOS_DE)
_RUIDOS = frozenset(como_suena(palabra) for palabra in RUIDO if len(palabra) > 3)
