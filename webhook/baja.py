"""Si un mensaje pide dejar de recibir promociones («baja») o volver a recibirlas («alta»). Puro.

La regla. Un mensaje es una orden en dos casos:

1. Todo él es una palabra de orden (BAJA, STOP, ALTO, SAIR, PARAR, UNSUBSCRIBE… o ALTA, START…), quizá repetida, con erratas de
   teclado, y acompañada sólo de cortesía o de lo que se deja de recibir («baja, por favor», «STOP promociones»). Cualquier otra
   palabra la deshace: «planta baja», «baja el precio», «alto de 2 metros» no ordenan nada. Preguntada («¿baja?»), tampoco.
2. Uno de sus trozos (se parte en los signos y en «porque», «pero»…) pide con todas las palabras que no se le escriba («no me
   escriban», «dejen de mandarme mensajes», «quítenme de la lista», «quiero darme de baja»), y lo que sigue en ese trozo no le
   cambia el sentido: «no me escriban tan tarde» o «darme de baja del gimnasio» hablan de otra cosa. Si niega («no quiero darme de
   baja»), supone («si me doy de baja…») o cuenta («me dieron de baja»), tampoco. Las frases están en `baja_frases`.

Si dudan los dos sentidos gana la baja: de más se deshace con un ALTA; de menos molesta a quien ya dijo que no. CANCELAR a secas no
ordena nada, porque también se cancelan citas y pedidos. Se leen aquí y antes que la IA porque no consta que Twilio las atienda en
WhatsApp (su manejo de STOP está documentado para SMS, «Advanced Opt-Out»).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from ia.palabras import a_un_error, como_suena, palabras
from webhook import baja_frases as frases

Orden = Literal["baja", "alta"]

LARGO_QUE_SE_LEE = 1_000
"""Más allá de esto nadie da órdenes: es un texto pegado."""
PALABRAS_DE_UNA_ORDEN = 12

_PALABRAS_DE_BAJA = (
    "baja stop alto sair parar pare paren unsubscribe desuscribir desuscribirme desuscribeme desuscribanme desuscripcion"
    " descadastrar stopall optout darmedebaja"
)
_PALABRAS_DE_ALTA = "alta start unstop subscribe resubscribe suscribirme suscribeme suscribanme atla alat strat satrt strt"
_CORTESIA = (
    "hola buenas buenos buen dia dias tarde tardes noche noches por favor porfavor porfa porfis xfa xfavor plis pls please gracias"
    " muchas mil ok okey vale senor senora senorita amigo amiga joven urgente inmediata inmediato definitiva ahora ya thanks"
    " obrigado la el los las de del a al mi mis su sus tu tus este estos esta estas ese esos lista numero mensaje mensajes promocion"
    " promociones promo promos publicidad propaganda spam oferta ofertas anuncio anuncios notificaciones whatsapp whats wasap"
    " boletin newsletter servicio suscripcion"
)
_SON_OTRA_COSA = "aja bajas bajan bajar bana bama top step shop stops stoy topo"
_VUELVE_FRASE = "la el los las su sus mi mis este esta ese al a"

_DE_BAJA, _DE_ALTA = frozenset(_PALABRAS_DE_BAJA.split()), frozenset(_PALABRAS_DE_ALTA.split())
_LARGAS = tuple(p for p in (*_DE_BAJA, *_DE_ALTA) if len(p) >= 8)
"""Con una letra mal no pueden ser otra palabra."""
_ACOMPANAN = frozenset(_CORTESIA.split())
_OTRAS = frozenset(_SON_OTRA_COSA.split())
_DELANTE = frozenset(_VUELVE_FRASE.split())
"""Delante de la palabra la vuelven parte de una frase: «la baja», «a la baja», «su alta»."""
_VECINAS = {"a": "qswz", "b": "vghn", "j": "huikmn", "s": "awedxz", "t": "rfgy56", "o": "i9p0lk", "p": "o0l"}
"""Teclas pegadas a cada letra de las dos órdenes más escritas (teclado QWERTY)."""
_ERRATA_AL_OIDO = "estop"


def leer_orden(texto: str) -> Orden | None:
    """«baja» si pide no recibir más, «alta» si pide volver a recibir, None si no ordena nada. No mira quién es ni cambia nada."""
    texto = unicodedata.normalize("NFKC", texto[:LARGO_QUE_SE_LEE])
    return _de_una_palabra(texto) or _con_todas_las_palabras(texto)


def _de_una_palabra(texto: str) -> Orden | None:
    escritas = palabras(texto.replace("'", ""))
    if escritas and all(len(p) == 1 for p in escritas):
        escritas = ["".join(escritas)]  # B A J A, S.T.O.P.
    if not escritas or "?" in texto or len(escritas) > PALABRAS_DE_UNA_ORDEN:
        return None
    ordenes = [_orden_de(palabra) for palabra in escritas]
    dichas = {orden for orden in ordenes if orden}
    if len(dichas) != 1 or any(p not in _ACOMPANAN for p, orden in zip(escritas, ordenes, strict=True) if not orden):
        return None
    primera = next(i for i, orden in enumerate(ordenes) if orden)
    return None if primera and escritas[primera - 1] in _DELANTE else dichas.pop()


@lru_cache(maxsize=4_000)
def _orden_de(palabra: str) -> Orden | None:
    """La orden que es esa palabra, con letras repetidas o una errata de teclado."""
    junta = re.sub(r"(.)\1+", r"\1", palabra)
    if junta in _OTRAS:
        return None
    if {palabra, junta} & _DE_BAJA or any(_se_le_fue_el_dedo(junta, orden) for orden in ("baja", "stop")):
        return "baja"
    if {palabra, junta} & _DE_ALTA:
        return "alta"
    parecida = next((p for p in _LARGAS if a_un_error(palabra, p)), None)
    return None if parecida is None else "baja" if parecida in _DE_BAJA else "alta"


def _se_le_fue_el_dedo(palabra: str, orden: str) -> bool:
    """Si es esa orden con una letra de menos, dos trastocadas, o una tecla vecina en lugar de la suya o pegada a ella."""
    if palabra == _ERRATA_AL_OIDO or not a_un_error(palabra, orden):
        return palabra == _ERRATA_AL_OIDO
    if len(palabra) < len(orden) or sorted(palabra) == sorted(orden):
        return True
    if len(palabra) == len(orden):
        return next(puesta in _VECINAS[era] for puesta, era in zip(palabra, orden, strict=True) if puesta != era)
    sobra = next(i for i in range(len(palabra)) if palabra[:i] + palabra[i + 1 :] == orden)
    junto_a = palabra[max(0, sobra - 1) : sobra] + palabra[sobra + 1 : sobra + 2]
    return any(palabra[sobra] in _VECINAS.get(letra, "") for letra in junto_a)


def _con_todas_las_palabras(texto: str) -> Orden | None:
    trozos, vuelve = _trozos(texto), False
    if len(trozos) == 1 and frases.SIN_NADA_MAS.search(trozos[0]):
        return "baja"
    for trozo in trozos:
        if frases.SUPONE.search(trozo):
            continue
        if frases.PIDEN_QUE_NO.search(trozo) or _en_positivo(frases.PIDEN_SALIR, trozo):
            return "baja"
        vuelve = vuelve or _en_positivo(frases.PIDEN_VOLVER, trozo)
    return "alta" if vuelve else None


def _en_positivo(patron: re.Pattern[str], trozo: str) -> bool:
    hallado = patron.search(trozo)
    return hallado is not None and frases.LO_DESHACE.search(trozo[: hallado.start()]) is None


def _trozos(texto: str) -> list[str]:
    """El texto partido donde cambia de asunto, cada trozo en palabras sin acentos y con las erratas corrientes enderezadas."""
    sin_apostrofos = texto.replace("'", "").replace("’", "")
    enteros = (" ".join(_enderezar(p) for p in palabras(parte)) for parte in frases.PARTE.findall(sin_apostrofos))
    return [trozo.strip() for entero in enteros for trozo in frases.CAMBIA_DE_ASUNTO.split(entero) if trozo.strip()]


@lru_cache(maxsize=4_000)
def _enderezar(palabra: str) -> str:
    """La palabra que quiso escribir, si es una de las de estas frases; si no, ella misma."""
    if palabra in frases.SE_DICE:
        return frases.SE_DICE[palabra]
    if palabra in frases.NO_SE_ENDEREZAN or len(palabra) < 5:
        return palabra
    suena = como_suena(palabra)
    if suena in frases.ENDEREZABLES:
        return frases.ENDEREZABLES[suena]
    largas = (p for sonido, p in frases.ENDEREZABLES.items() if len(p) >= 8 and len(suena) >= 7 and a_un_error(suena, sonido))
    return next(largas, palabra)
