"""Las frases con que se pide, con todas las palabras, no recibir más o volver a recibir. Sin acentos y sin signos."""

from __future__ import annotations

import re

from ia.palabras import como_suena

_COSAS = (
    "mensaje|mensajes|mensajito|mensajitos|msj|msg|sms|textos|publicidad|propaganda|spam|anuncio|anuncios|notificacion|notificaciones"
    "|whatsapp|whatsapps|whats|wasap|wasaps|boletin|boletines|newsletter|difusion|difusiones|informacion|info|mensagem|mensagens"
    "|messages|texts|cosas"
)
_PROMOS = "promocion|promociones|promo|promos|oferta|ofertas|descuentos|promocoes"
_RELLENO = (
    "mas|mais|ya|nunca|jamas|nada|por|favor|porfavor|porfa|porfis|xfa|plis|pls|please|gracias|muchas|otra|vez|de|nuevo|en|absoluto"
    "|ningun|ninguna|ningunos|ningunas|tipo|clase|su|sus|tu|tus|mi|este|estos|estas|esta|ese|esos|eso|esto|esa|esas|tantos|tantas"
    "|tanta|numero|telefono|celular|cel|aqui|aca|a|al|la|las|los|el|del|lo|les|pido|ruego|ustedes|usted|bot|robot|definitivamente"
    "|siempre|inmediatamente|urgente|ahora|senor|senora|senorita|amigo|amiga|joven|medio|y|ni|o|entendido|ok|lista|listas|grupo|base"
    "|datos|contactos|promocionales|publicitarios|masivos|comerciales|automaticos|me|nos|empresa|negocio|servicio"
)
_FIN = rf"(?: (?:{_RELLENO}|{_COSAS}|{_PROMOS}))*$"
"""Lo que puede seguir sin cambiar el sentido, hasta el final del trozo."""
_CUANTAS = "mas|mais|ya|ningun|ninguna|sus|tus|su|tu|los|las|la|estos|esos|estas|esas|tantos|tantas|tanta|de|tipo|clase|todos|todas"
_ALGO = rf"(?: (?:{_CUANTAS}))* (?:{_COSAS}|{_PROMOS}|nada)"
_QUIERO = "quiero|quisiera|deseo|gustaria|necesito|solicito|pido|ocupo|exijo|prefiero|quero|queremos|deseamos|interesa|puedo|podria|want"
_ESCRIBAN = (
    "escriban|escribas|escriba|contacten|contactes|contacte|molesten|molestes|moleste|texteen|mensajeen|spameen|fastidien|text|message"
)
_MANDEN = "manden|mandes|mande|envien|envies|envie|lleguen|mandem|enviem"
_ESCRIBIR = (
    "escribirme|escribir|escribiendo|escribiendome|contactarme|contactar|molestarme|molestar|molestando|molestandome|fastidiar|chingar"
    "|joder|fregar|spamear|texting"
)
_MANDAR = "mandarme|mandar|mandando|mandandome|enviarme|enviar|enviando|enviandome|recibir|receber|sending"
_DEJEN = "dejen|deja|deje|dejenme|dejame|dejeme|paren|pare|parar|dejar"
_QUITEN = "quiten|quita|quite|quitar|saquen|saca|borren|borra|borre|borrar|eliminen|elimina|elimine|eliminar"
_QUITENME = (
    "quitenme|quitame|quiteme|quitarme|saquenme|sacame|saqueme|sacarme|borrenme|borrame|borreme|borrarme|eliminenme|eliminame"
    "|elimineme|eliminarme|remuevanme|remueveme|remove me|me removam|salir|salirme|sair"
    rf"|(?:{_QUITEN}) mi (?:numero|telefono|celular|contacto|nombre)"
)
_DE_LA_LISTA = (
    "(?:de|da|from|off) (?:la|su|tu|sus|tus|esta|esa|este|ese|your|sua|the)? ?"
    "(?:lista|listas|base|grupo|difusion|directorio|list|whatsapp|contactos|aqui|agenda|sistema de mensajes)"
    "|del (?:grupo|whatsapp|directorio)"
)
_DARME = (
    "darme de baja|dame de baja|deme de baja|denme de baja|dar de baja (?:mi|este) (?:numero|telefono|celular)"
    "|me (?:das|des|den|de|dan|da|doy|puedes dar|pueden dar|puede dar|podrias dar|podrian dar|quiero dar|gustaria dar|podria dar) de baja"
)
_DEL_ENVIO = (
    rf"(?: (?:ya|por|favor|porfavor|porfa|gracias|urgente|ahora|inmediatamente|aqui|{_COSAS}|{_PROMOS}|de|del|la|las|los|su|sus|tu|tus"
    "|esta|este|estos|estas|lista|grupo|base|datos|servicio|envio|mensajeria|numero|mi|todo|todos|todas|y|muchas|esto|eso))*$"
)
"""De qué puede ser la baja: del envío o de su lista. De cualquier otra cosa (un gimnasio, una línea) no se habla aquí."""
_CANCELEN = "cancelar|cancelen|cancela|cancele"


def _una_de(*frases: str) -> re.Pattern[str]:
    return re.compile("|".join(frases))


PIDEN_QUE_NO = _una_de(
    rf"\bno (?:quiero que |deseo que )?(?:me|nos)? ?(?:{_ESCRIBAN}){_FIN}",
    rf"\bno (?:quiero que |deseo que )?(?:me|nos) (?:{_MANDEN}){_ALGO}{_FIN}",
    rf"\bno (?:{_MANDEN})(?: mas)? (?:{_COSAS}){_FIN}",
    rf"^(?:ya )?(?:no quiero que )?(?:ya )?no me (?:{_MANDEN})(?: mas)?$",
    rf"\bno (?:(?:me|nos) )?(?:vuelvan|vuelvas|vuelva) a (?:{_ESCRIBIR}|{_MANDAR}){_FIN}",
    rf"\b(?:no|tampoco) (?:me )?(?:{_QUIERO}) (?:seguir|estar) (?:recibiendo|viendo)(?:{_ALGO})?{_FIN}",
    rf"\b(?:no|tampoco) (?:me )?(?:{_QUIERO}) (?:mas )?(?:recibir|receber)(?:{_ALGO})?{_FIN}",
    rf"\bno (?:{_QUIERO}) (?:seguir en|estar en|pertenecer a) (?:la|su|tu|esta) (?:lista|base){_FIN}",
    rf"\bno (?:quiero|deseo|quisiera|quero)(?: (?:mas|mais|sus|tus|ningun|tantos))* (?:{_COSAS}){_FIN}",
    rf"\bno (?:quiero|deseo|quisiera) (?:ver )?(?:mas|sus|tus) (?:{_PROMOS}){_FIN}",
    rf"^(?:ya )?no mas (?:{_COSAS}|{_PROMOS}){_FIN}",
    r"^(?:ya )?no molestar$",
    r"\bdont (?:text|message|contact) me\b",
)
SIN_NADA_MAS = _una_de(
    rf"^(?:ya )?no (?:quiero|deseo) (?:{_PROMOS})$",
    r"^(?:unsubscribe|remove) me(?: please)?$",
)
"""Sólo si son el mensaje entero: «no quiero promociones, quiero el precio normal» no pide nada de esto."""
PIDEN_SALIR = _una_de(
    rf"\b(?:{_DEJEN}|stop|basta) de (?:estar )?(?:me )?(?:{_ESCRIBIR}){_FIN}",
    rf"\b(?:{_DEJEN}) de (?:estar )?(?:me )?(?:{_MANDAR})(?:{_ALGO})?{_FIN}",
    rf"\bstop (?:sending|texting|messaging){_FIN}",
    rf"^(?:ya )?basta (?:de|con)(?: \w+)? (?:{_COSAS}){_FIN}",
    r"\b(?:dejenme|dejame|dejeme) en paz\b",
    rf"\b(?:{_QUITENME}) (?:{_DE_LA_LISTA}){_FIN}",
    r"\btake me off (?:your|the|this) list\b",
    rf"^(?:por favor )?(?:{_QUITEN}) mi (?:numero|telefono|contacto){_FIN}",
    rf"\b(?:{_DARME}){_DEL_ENVIO}",
    rf"\b(?:{_QUIERO}) (?:una |la |mi |tramitar (?:la|mi) )?baja{_DEL_ENVIO}",
    rf"^(?:si )?(?:dar )?de baja{_DEL_ENVIO}",
    rf"\b(?:{_CANCELEN}|anular|cancel) (?:la |mi |esta |su |my )?(?:suscripcion|subscription|inscricao){_DEL_ENVIO}",
    rf"\b(?:{_CANCELEN}) (?:(?:el|los|las|sus|estos) )?(?:envio de )?(?:{_COSAS}){_FIN}",
    rf"\b(?:unsubscribe|desuscribirme|desuscribanme|desuscribeme)(?: me)?{_DEL_ENVIO}",
)
PIDEN_VOLVER = _una_de(
    rf"\b(?:{_QUIERO}) volver a recibir(?:{_ALGO})?{_FIN}",
    rf"\b(?:{_QUIERO}) que (?:me )?vuelvan a (?:escribir|mandar|enviar|escribirme|mandarme|enviarme)(?:{_ALGO})?{_FIN}",
    rf"\b(?:vuelvan|vuelve|vuelva|pueden volver|puedes volver) a (?:escribirme|mandarme|enviarme)(?:{_ALGO})?{_FIN}",
    rf"\b(?:{_QUIERO}) (?:recibir|seguir recibiendo)(?:{_ALGO}) (?:otra vez|de nuevo|nuevamente){_FIN}",
    rf"\b(?:{_QUIERO}) (?:suscribirme|volver a suscribirme|reactivar (?:mi suscripcion|los mensajes)){_DEL_ENVIO}",
    rf"\b(?:darme|dame|deme|denme) de alta{_DEL_ENVIO}",
    rf"^(?:{_QUIERO}) (?:el |la |mi )?alta{_DEL_ENVIO}",
    rf"\bquero voltar a receber{_FIN}",
)
LO_DESHACE = re.compile(r"\b(?:no|nunca|tampoco|sin|ni|si|cuando|aunque|antes|casi|ella|el|hermana|hermano|mama|papa|esposo|esposa)\b")
"""Delante de una petición en positivo la niega, la supone o la pone en boca de otro."""
SUPONE = re.compile(r"^(?:y |pero |oye )*(?:si|cuando|aunque|ojala|espero que)\b")
PARTE = re.compile(r"[^,.;:!?…\n()¡¿]+")
CAMBIA_DE_ASUNTO = re.compile(r"\b(?:porque|pero|pues|ya que|que ya|por que|xq|pq|por eso|o los|o voy|estoy|es que|sino los)\b")

SE_DICE = {
    "nome": "no me", "m": "me", "k": "que", "q": "que", "nao": "no", "n": "no", "don": "dont", "msjes": "mensajes", "msjs": "mensajes",
    "mjs": "mensajes", "subscripcion": "suscripcion", "x": "por",
}  # fmt: skip
_SE_ENDEREZAN = (
    "escriban mensajes promociones publicidad propaganda suscripcion suscribirme desuscribirme informacion notificaciones quiero recibir"
    " envien manden dejen quitenme escribirme mandarme enviarme molesten"
)
ENDEREZABLES = {como_suena(palabra): palabra for palabra in _SE_ENDEREZAN.split()}
_SON_PALABRAS = "escriben escribian escribo escribe mensajero mensajera suscribirse promocione mandaron enviaron"
NO_SE_ENDEREZAN = frozenset(_SON_PALABRAS.split())
"""Están a una letra de las anteriores y dicen otra cosa: «no me escriben» se queja de lo contrario."""
