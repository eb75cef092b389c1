"""Qué pretende un mensaje antes de buscarle respuesta: pedir una persona, ser cortés o preguntar. Todo puro."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from ia.conceptos import conceptos
from ia.palabras import a_un_error, como_suena, frases, palabras

Cortesia = Literal["saludo", "gracias", "despedida", "acuerdo"]

# --- Pedir una persona -----------------------------------------------------------------------------------------------
# Cada palabra se vuelve una letra y la petición se busca en la hilera de letras: así el orden manda («que me atienda una persona»
# la pide, «la persona que atiende» no) y caben erratas, muletillas y cortesías en medio.

_LETRAS: dict[str, str] = {
    "N": "persona humano humana asesor asesora agente ejecutivo ejecutiva operador operadora representante",
    "J": "vendedor vendedora gerente encargado encargada dueno duena supervisor supervisora jefe jefa responsable recepcionista",
    "G": "alguien",
    "U": "ustedes",
    "H": "hablar platicar chatear comunicarme comunicar contactar conversar tratar",
    "P": "pasa pasame pasan pasen pasenme paseme comunica comunicame comuniqueme comuniquenme conectame transfiereme transferirme"
    " contactame pongame ponme mandame",
    "A": "atienda atiendan atender ayude ayuden ayudar conteste contesta contestar responda responder llame llamen llamar marque",
    "T": "atenderme ayudarme contestarme responderme llamarme",
    "Q": "quiero quisiera necesito ocupo prefiero deseo exijo solicito queremos necesitamos",
    "R": "real verdad vivo carne",
    "B": "bot robot maquina chatbot ia automatico contestadora grabacion",
    "n": "no ni nunca",
    "m": "me nos",
    "f": "con a un una uno el la los las al del de por favor porfa porfavor porfis pls que te se le lo su sus tu mi ya mejor algun"
    " alguna alguno otra otro directamente aqui ahora ahorita urgente hay puedo puede pueden podria podrian es posible hola"
    " buenas buenos dias tardes noches ser y o si oye disculpa disculpe solo usted gracias",
}
_LETRA_DE = {palabra: letra for letra, suyas in _LETRAS.items() for palabra in suyas.split()}
_LETRA_POR_SONIDO = {como_suena(p): letra for p, letra in _LETRA_DE.items() if letra in "NJHG" or len(p) > 5}
_PIDE = re.compile(
    r"""
      H f{0,3} m? f{0,3} [NJGU]         # hablar con una persona
    | P [fm]{0,4} [NJG]                 # pásame con alguien
    | Q [fmAT]{0,6} N                   # quiero (que me atienda) un humano
    | m [fm]{0,3} A f{0,3} [NGJ]        # que me atienda una persona
    | T f{0,3} [NGJ]                    # puede ayudarme alguien
    | [GN] f{0,2} R                     # alguien real, una persona de verdad
    | G f{0,3} (m f{0,2} A | T)         # alguien que me ayude
    | n f{0,3} Q? f{0,3} m? H f{0,3} B  # no quiero hablar con un bot
    | n f{0,2} Q f{0,3} B               # no quiero un bot
    | ^ f{0,6} N [fR]{0,6} $            # «asesor, por favor»
    """,
    re.VERBOSE,
)
_LO_NIEGA = re.compile(r"n[fm]{0,2}Q[fm]{0,3}[HPA][fm]{0,4}[NJG]")
_CON_QUIEN = re.compile(r"\bcon quien (me )?(puedo|podria|debo|tengo que)? ?(hablar|comunicar\w*|contactar\w*)\b")

# --- Cortesía --------------------------------------------------------------------------------------------------------

_CORTES: dict[Cortesia, str] = {
    "gracias": "gracias grax thanks agradezco agradecido agradecida bendiciones",
    "despedida": "adios bye chao chau luego vemos",
    "saludo": "hola holi holis buenas buenos buen buena hi hello saludos hey tal",
    "acuerdo": "ok okey okay oki vale listo lista perfecto excelente entendido acuerdo va sale sip si no super genial claro enterado"
    " enterada bien",
}
_ACOMPANAN = (
    "q k ke dia dias tarde tardes noche noches muchas muchisimas mil muy amable tu usted ustedes ud y a de que como estas"
    " esta estan te lo la por todo hasta nos amigo amiga senorita senor senora joven todos igualmente gusto mucho muchos favor"
    " feliz fin semana excelente lindo linda bonito bonita es eso me parece ya entonces pues oye disculpa disculpe bueno"
)
_CORTES_POR_SONIDO: dict[str, Cortesia] = {como_suena(p): clase for clase, suyas in _CORTES.items() for p in suyas.split()}
_ACOMPANAN_POR_SONIDO = frozenset(como_suena(p) for p in _ACOMPANAN.split())

# --- Preguntar -------------------------------------------------------------------------------------------------------

_PALABRAS_DE_UN_TROZO = 4
_EMPIEZA_PREGUNTANDO = re.compile(
    r"^(y |pero |oye |hola |disculpa |disculpe |oiga )*"
    r"((a|en|de|con|por) (que|q|k|ke|cual|cuales|cuanto|cuantos|quien|donde)"
    r"|que|q|k|ke|cual|cuales|cuanto|cuanta|cuantos|cuantas|como|donde|adonde|cuando|quien|hasta|desde"
    r"|hay|tienen?|venden?|hacen?|aceptan?|reciben?|manejan?|mandan?|envian?|llegan?|abren?|cierran?|cobran?|puedo|puede|pueden|podria"
    r"|se puede|me puede|necesito saber|quiero saber|quisiera saber|precio|costo|horario|informes|info)\b"
)


def pide_persona(texto: str) -> bool:
    """Si quien escribe quiere que siga una persona («quiero hablar con un asesor»), con erratas y sin acentos incluidos."""
    return any(_la_pide(frase) for frase in frases(texto.replace(",", " ")))


def _la_pide(frase: str) -> bool:
    escritas = palabras(frase)
    hilera = "".join(_letra(palabra) for palabra in escritas)
    if _CON_QUIEN.search(" ".join(escritas)):
        return True
    return _PIDE.search(hilera) is not None and not _LO_NIEGA.search(hilera)


def _letra(palabra: str) -> str:
    if palabra in _LETRA_DE:
        return _LETRA_DE[palabra]
    suena = como_suena(palabra)
    if suena in _LETRA_POR_SONIDO:
        return _LETRA_POR_SONIDO[suena]
    if len(suena) < 4 or palabra.endswith("s"):
        return "x"
    posibles = "NH" if len(suena) > 4 else "H"  # «mano» no es «humano»
    parecidas = (
        letra for sonido, letra in _LETRA_POR_SONIDO.items() if len(sonido) > 4 and letra in posibles and a_un_error(suena, sonido)
    )
    return next(parecidas, "x")


def cortesia(texto: str) -> Cortesia | None:
    """Si el mensaje es sólo cortesía, de cuál: «hola buenas tardes» es un saludo; «gracias, ¿y el precio?» no es sólo cortesía."""
    escritas = [como_suena(palabra) for palabra in palabras(texto)]
    if not escritas:
        # Un pulgar o una cara asienten; unos signos sueltos no dicen nada.
        return "acuerdo" if any(ord(c) > 0x2190 for c in texto) else None
    clases = {_CORTES_POR_SONIDO[p] for p in escritas if p in _CORTES_POR_SONIDO}
    if not clases or any(p not in _CORTES_POR_SONIDO and p not in _ACOMPANAN_POR_SONIDO for p in escritas):
        return None
    return next(clase for clase in _CORTES if clase in clases)


def preguntas(textos: Sequence[str]) -> list[str]:
    """Las frases que preguntan algo, en orden y una vez cada una; si ninguna lo parece, las que tratan de algo."""
    con_tema = list(dict.fromkeys(frase for texto in _unir_lo_partido(textos) for frase in frases(texto) if conceptos(frase)))
    return [frase for frase in con_tema if _pregunta(frase)] or con_tema


def _pregunta(frase: str) -> bool:
    return "?" in frase or _EMPIEZA_PREGUNTANDO.match(" ".join(palabras(frase))) is not None


def _unir_lo_partido(textos: Sequence[str]) -> list[str]:
    """Junta lo que se mandó a trozos: «cuánto cuesta» y después «el envío» es una sola pregunta."""
    unidos: list[str] = []
    for texto in textos:
        sigue = len(palabras(texto)) <= _PALABRAS_DE_UN_TROZO and not _pregunta(texto) and not cortesia(texto)
        if unidos and sigue and not unidos[-1].rstrip().endswith(("?", ".", "!")) and not cortesia(unidos[-1]):
            unidos[-1] = f"{unidos[-1]} {texto}"
        else:
            unidos.append(texto)
    return unidos
