"""Las reglas del texto de una plantilla de WhatsApp: qué le falta, en qué sitio, y cómo queda con sus valores puestos. Puro."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ia.salida import largo

CATEGORIAS = {"utilidad": "UTILITY", "marketing": "MARKETING", "autenticacion": "AUTHENTICATION"}
"""Las tres de Meta: la nuestra y la de Twilio."""
IDIOMAS = {"es": "Español", "es_MX": "Español (México)", "es_AR": "Español (Argentina)", "es_ES": "Español (España)", "en": "Inglés"}
TIPOS_QUE_SE_ENVIAN = ("twilio/text", "twilio/quick-reply", "twilio/call-to-action")
"""Los que aquí se leen enteros y por eso se pueden enviar."""
LARGO_DEL_CUERPO = 1024
"""Caracteres del texto ya con sus valores (error 63021 de Twilio)."""
VARIABLES_COMO_MUCHO = 100
LARGO_DEL_NOMBRE = 120
BOTONES_COMO_MUCHO = 3
LARGO_DE_BOTON = 20
LARGO_DE_VALOR = 400

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LLAVES = re.compile(r"\{\{|\}\}")
_NOMBRE = re.compile(r"[a-z0-9_]+")
_PALABRA = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Problema:
    """Algo que WhatsApp no admitiría: en qué campo («nombre», «cuerpo», «variable-2», «boton-1»…) y qué hacer."""

    campo: str
    frase: str


@dataclass(frozen=True, slots=True)
class Propuesta:
    """Una plantilla tal como la escribe una persona."""

    nombre: str
    categoria: str
    idioma: str
    cuerpo: str
    ejemplos: Mapping[str, str] = field(default_factory=dict)
    botones: tuple[str, ...] = ()

    @property
    def tipo(self) -> str:
        """El tipo de contenido de Twilio que le toca."""
        return "twilio/quick-reply" if self.botones else "twilio/text"

    @property
    def contenido(self) -> dict[str, Any]:
        """El contenido como lo pide la API (docs/content)."""
        if not self.botones:
            return {"twilio/text": {"body": self.cuerpo}}
        acciones = [{"type": "QUICK_REPLY", "title": titulo, "id": f"boton_{n}"} for n, titulo in enumerate(self.botones, 1)]
        return {"twilio/quick-reply": {"body": self.cuerpo, "actions": acciones}}

    @property
    def variables(self) -> dict[str, str]:
        """El ejemplo de cada variable que el texto usa, y ninguno más."""
        return {clave: self.ejemplos.get(clave, "") for clave in variables_de(self.cuerpo)}


def variables_de(contenido: Any) -> list[str]:
    """Las variables de un texto o de un contenido entero (también las de sus enlaces), por número y sin repetir."""
    halladas = {hallada for texto in _textos(contenido) for hallada in _VARIABLE.findall(texto)}
    return sorted(halladas, key=lambda clave: (not clave.isdecimal(), int(clave) if clave.isdecimal() else 0, clave))


def _textos(contenido: Any) -> Iterator[str]:
    if isinstance(contenido, str):
        yield contenido
    elif isinstance(contenido, Mapping):
        for parte in contenido.values():
            yield from _textos(parte)
    elif isinstance(contenido, list | tuple):
        for parte in contenido:
            yield from _textos(parte)


def armar(cuerpo: str, valores: Mapping[str, str]) -> str:
    """El texto con sus valores puestos.

    Raises:
        KeyError: si falta el valor de alguna variable.
    """
    # En una sola pasada: lo que traiga un valor no se vuelve a mirar.
    return _VARIABLE.sub(lambda hallada: valores[hallada.group(1)], cuerpo)


@dataclass(frozen=True, slots=True)
class Trozo:
    """Un pedazo del texto: fijo, o el sitio de una variable (`variable` es su número)."""

    texto: str
    variable: str = ""


def trozos(cuerpo: str, valores: Mapping[str, str]) -> list[Trozo]:
    """El texto partido por sus variables, con el valor de cada una; la que no lo tiene se queda como {{n}}."""
    partes, fin = [], 0
    for hallada in _VARIABLE.finditer(cuerpo):
        partes.append(Trozo(cuerpo[fin : hallada.start()]))
        partes.append(Trozo(valores.get(hallada.group(1)) or hallada.group(), hallada.group(1)))
        fin = hallada.end()
    return [trozo for trozo in (*partes, Trozo(cuerpo[fin:])) if trozo.texto]


@dataclass(frozen=True, slots=True)
class Boton:
    """Un botón tal como se ve: lo que dice, a dónde lleva si lleva a algún sitio, y su clase según Twilio."""

    titulo: str
    destino: str = ""
    clase: str = "QUICK_REPLY"


def botones_de(contenido: Mapping[str, Any]) -> list[Boton]:
    """Los botones del contenido de una plantilla; vacío si no lleva."""
    acciones = [
        accion
        for datos in contenido.values()
        if isinstance(datos, Mapping) and isinstance(datos.get("actions"), list)
        for accion in datos["actions"]
        if isinstance(accion, Mapping)
    ]
    return [
        Boton(str(a.get("title") or ""), str(a.get("url") or a.get("phone") or a.get("code") or ""), str(a.get("type") or "QUICK_REPLY"))
        for a in acciones
        if a.get("title")
    ]


def revisar_valores(contenido: Any, cuerpo: str, valores: Mapping[str, str]) -> list[Problema]:
    """Qué impide enviar una plantilla con esos valores; vacío si nada."""
    problemas = []
    claves = variables_de([contenido, cuerpo])
    for clave in claves:
        if motivo := _motivo_de_valor(valores.get(clave, "")):
            problemas.append(Problema(f"variable-{clave}", f"El valor de {{{{{clave}}}}} {motivo}."))
    if not problemas and (mide := largo(armar(cuerpo, valores))) > LARGO_DEL_CUERPO:
        problemas.append(Problema("cuerpo", f"Con esos valores mide {mide} caracteres y WhatsApp admite {LARGO_DEL_CUERPO}. Acórtalos."))
    return problemas


def _motivo_de_valor(valor: str) -> str:
    if not valor.strip():
        return "está vacío"
    if "{" in valor or "}" in valor:
        return "no puede llevar llaves"
    # Meta no admite saltos, tabuladores ni más de cuatro espacios seguidos en un valor.
    if re.search(r"[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]| {5}", valor):
        return "no puede llevar saltos de línea, tabuladores ni muchos espacios seguidos"
    return f"pasa de {LARGO_DE_VALOR} caracteres" if largo(valor) > LARGO_DE_VALOR else ""


def revisar(propuesta: Propuesta) -> list[Problema]:
    """Todo lo que hay que corregir antes de pedir la aprobación, de una vez; vacío si está lista (guías de Twilio y Meta)."""
    return [
        *_revisar_nombre(propuesta),
        *_revisar_cuerpo(propuesta.cuerpo),
        *_revisar_ejemplos(propuesta),
        *_revisar_botones(propuesta.botones),
    ]


def _revisar_nombre(propuesta: Propuesta) -> Iterator[Problema]:
    if not propuesta.nombre:
        yield Problema("nombre", "Ponle un nombre, por ejemplo recordatorio_de_cita.")
    elif not _NOMBRE.fullmatch(propuesta.nombre):
        yield Problema("nombre", "El nombre sólo lleva minúsculas sin acento, números y guiones bajos, por ejemplo recordatorio_de_cita.")
    elif len(propuesta.nombre) > LARGO_DEL_NOMBRE:
        yield Problema("nombre", f"El nombre pasa de {LARGO_DEL_NOMBRE} caracteres. Acórtalo.")
    if propuesta.categoria not in CATEGORIAS:
        yield Problema("categoria", "Elige una categoría: utilidad, marketing o autenticación.")
    if propuesta.idioma not in IDIOMAS:
        yield Problema("idioma", "Elige el idioma en que está escrita.")


def _revisar_cuerpo(cuerpo: str) -> Iterator[Problema]:
    if not cuerpo.strip():
        yield Problema("cuerpo", "Escribe el texto del mensaje.")
        return
    if largo(cuerpo) > LARGO_DEL_CUERPO:
        yield Problema("cuerpo", f"El texto tiene {largo(cuerpo)} caracteres y WhatsApp admite {LARGO_DEL_CUERPO}. Acórtalo.")
    usadas = [hallada.group(1) for hallada in _VARIABLE.finditer(cuerpo)]
    raras = [clave for clave in usadas if not _es_numero(clave)]
    if raras:
        yield Problema("cuerpo", f"«{{{{{raras[0]}}}}}» no vale: las variables son números seguidos, {{{{1}}}}, {{{{2}}}}…")
    if (suelta := _LLAVES.search(_VARIABLE.sub("", cuerpo))) is not None:
        yield Problema("cuerpo", f"Hay unas llaves «{suelta.group()}» sin pareja. Una variable se escribe {{{{1}}}}.")
    numeros = {int(clave) for clave in usadas if _es_numero(clave)}
    faltan = sorted(set(range(1, max(numeros, default=0) + 1)) - numeros)[:3] if max(numeros, default=0) <= VARIABLES_COMO_MUCHO else []
    if faltan:
        yield Problema("cuerpo", f"Falta {' y '.join(f'{{{{{n}}}}}' for n in faltan)}: los números van seguidos, sin huecos.")
    if len(numeros) > VARIABLES_COMO_MUCHO or max(numeros, default=0) > VARIABLES_COMO_MUCHO:
        yield Problema("cuerpo", f"Como mucho caben {VARIABLES_COMO_MUCHO} variables.")
    yield from _revisar_sitios(cuerpo, len(usadas))


def _es_numero(clave: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{0,3}", clave) is not None


def _revisar_sitios(cuerpo: str, veces: int) -> Iterator[Problema]:
    """Dónde están las variables: ni en las orillas, ni juntas, ni más de las que el texto sostiene."""
    limpio = cuerpo.strip()
    halladas = list(_VARIABLE.finditer(limpio))
    if not halladas:
        return
    if halladas[0].start() == 0:
        yield Problema("cuerpo", f"El texto no puede empezar con {halladas[0].group()}. Ponle algo antes, por ejemplo «Hola».")
    if halladas[-1].end() == len(limpio):
        yield Problema("cuerpo", f"El texto no puede terminar con {halladas[-1].group()}. Ponle algo después, aunque sea un punto.")
    for una, otra in itertools.pairwise(halladas):
        if not limpio[una.end() : otra.start()].strip():
            yield Problema("cuerpo", f"{una.group()} y {otra.group()} están pegadas. Escribe algo entre las dos.")
            break
    palabras, hacen_falta = len(_PALABRA.findall(_VARIABLE.sub(" ", limpio))), 2 * veces + 1
    if palabras < hacen_falta:
        hay = f"{palabras} {'palabra' if palabras == 1 else 'palabras'} para {veces} {'variable' if veces == 1 else 'variables'}"
        yield Problema("cuerpo", f"Hay {hay} y Meta pide al menos {hacen_falta}. Escribe algo más o quita variables.")


def _revisar_ejemplos(propuesta: Propuesta) -> Iterator[Problema]:
    faltas = 0
    for clave, ejemplo in propuesta.variables.items():
        if motivo := _motivo_de_valor(ejemplo):
            faltas += 1
            yield Problema(f"variable-{clave}", f"El ejemplo de {{{{{clave}}}}} {motivo}.")
    if not faltas and largo(propuesta.cuerpo) <= LARGO_DEL_CUERPO:
        mide = largo(armar(propuesta.cuerpo, propuesta.variables))
        if mide > LARGO_DEL_CUERPO:
            yield Problema("cuerpo", f"Con sus ejemplos mide {mide} caracteres y WhatsApp admite {LARGO_DEL_CUERPO}. Acórtalo.")


def _revisar_botones(botones: tuple[str, ...]) -> Iterator[Problema]:
    if len(botones) > BOTONES_COMO_MUCHO:
        yield Problema("boton-1", f"Como mucho caben {BOTONES_COMO_MUCHO} botones.")
    for n, titulo in enumerate(botones, 1):
        if largo(titulo) > LARGO_DE_BOTON:
            yield Problema(f"boton-{n}", f"El botón «{titulo}» pasa de {LARGO_DE_BOTON} caracteres. Acórtalo.")
        if _LLAVES.search(titulo) or "\n" in titulo:
            yield Problema(f"boton-{n}", "Un botón no lleva variables ni saltos de línea.")
        if titulo.casefold() in {otro.casefold() for otro in botones[: n - 1]}:
            yield Problema(f"boton-{n}", f"El botón «{titulo}» está repetido.")
