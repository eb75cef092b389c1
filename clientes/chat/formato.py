"""De lo que se escribe en WhatsApp a lo que se ve: negritas, cursivas, tachado, código y enlaces. Puro y siempre escapado.

Las marcas son las de WhatsApp (faq.whatsapp.com, «Cómo dar formato a los mensajes»): *negrita*, _cursiva_, ~tachado~,
`código` y ```monoespaciado```, pegadas al texto que abrazan.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_CODIGO = re.compile(r"```(?!\s*```)([\s\S]+?)```|(?<!`)`([^`\n]+)`(?!`)")
_ENLACE = re.compile(r"https?://\w[^\s<>\"\ue000\ue001]*", re.IGNORECASE)
_FIN_DE_FRASE = ".,;:!?¿¡'\"»”’)]}*_~"
_ETIQUETAS = {"*": Markup("<strong>{}</strong>"), "_": Markup("<em>{}</em>"), "~": Markup("<s>{}</s>")}
_MARCA = re.compile(
    "|".join(
        rf"(?<![\w{marca}]){marca}(?=[^\s{marca}])([^{marca}\n]*?)(?<=\S){marca}(?!\w)" for marca in (re.escape(m) for m in _ETIQUETAS)
    )
)


def dar_formato(texto: str) -> Markup:
    """El texto de un mensaje como HTML seguro: todo escapado, y sólo strong, em, s, code y enlaces http(s).

    Los saltos de línea se quedan como están: los pinta `white-space: pre-wrap`.
    """
    texto = texto.replace("\ue000", "").replace("\ue001", "")
    partes: list[Markup] = []
    desde = 0
    for trozo in _CODIGO.finditer(texto):
        partes.append(_con_enlaces(texto[desde : trozo.start()]))
        bloque, linea = trozo.group(1), trozo.group(2)
        partes.append(Markup('<code class="bloque">{}</code>').format(bloque) if bloque else Markup("<code>{}</code>").format(linea))
        desde = trozo.end()
    partes.append(_con_enlaces(texto[desde:]))
    return Markup("").join(partes)


def _con_enlaces(texto: str) -> Markup:
    """Aparta los enlaces para que sus guiones bajos no abran cursivas, da formato al resto y los devuelve a su sitio."""
    apartados: list[Markup] = []

    def apartar(hallado: re.Match[str]) -> str:
        direccion = _recortar(hallado.group())
        apartados.append(Markup('<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{0}</a>').format(direccion))
        return f"\ue000{len(apartados) - 1}\ue001{hallado.group()[len(direccion) :]}"

    principio, *trozos = _con_marcas(_ENLACE.sub(apartar, texto)).split("\ue000")
    partes = [principio]
    for trozo in trozos:
        lugar, _, resto = trozo.partition("\ue001")
        partes += [apartados[int(lugar)], resto]
    return Markup("").join(partes)


def _recortar(direccion: str) -> str:
    """El enlace sin la puntuación que cierra la frase; un paréntesis abierto dentro del enlace se queda."""
    while direccion and direccion[-1] in _FIN_DE_FRASE:
        if direccion[-1] == ")" and direccion.count("(") >= direccion.count(")"):
            break
        direccion = direccion[:-1]
    return direccion


def _con_marcas(texto: str) -> Markup:
    partes: list[Markup] = []
    desde = 0
    for hallado in _MARCA.finditer(texto):
        interior = next(grupo for grupo in hallado.groups() if grupo is not None)
        partes.append(escape(texto[desde : hallado.start()]))
        partes.append(_ETIQUETAS[hallado.group()[0]].format(_con_marcas(interior)))
        desde = hallado.end()
    partes.append(escape(texto[desde:]))
    return Markup("").join(partes)


def en_una_linea(texto: str, largo: int = 120) -> str:
    """El texto para la lista de chats: sin marcas ni saltos y recortado."""
    plano = re.sub(r"\s+", " ", _MARCA.sub(lambda m: next(g for g in m.groups() if g is not None), texto.replace("```", ""))).strip()
    return plano if len(plano) <= largo else plano[: largo - 1].rstrip() + "…"
