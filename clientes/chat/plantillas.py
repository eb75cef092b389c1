"""Las plantillas que se pueden enviar en un chat: cuáles, con qué valores puestos de antemano, y mandar una."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clientes.chat.lista import nombre_de
from clientes.chat.servicio import NoSePuede
from clientes.comun.huecos import decir
from registro.portero import Paso
from registro.textos import una_linea
from sql.modelos.base import NoEncontrado
from sql.modelos.contactos import Contacto
from sql.modelos.conversaciones import obtener_hilo
from sql.modelos.plantillas import Plantilla, listar_aprobadas, obtener_plantilla
from webhook import canal
from webhook.canal import taller_de_plantillas, texto_de_plantilla

_SALUDO = re.compile(r"(?:^|[\s¡¿])(?:hola|buen[oa]s(?: d[ií]as| tardes| noches)?|estimad[oa]|querid[oa]|gracias)[\s,:]*$", re.IGNORECASE)
_NUMERO = re.compile(r"(?:tel[eé]fono|n[uú]mero|whatsapp)(?: es| al)?[\s:]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Elegible:
    """Una plantilla aprobada ante una persona concreta."""

    plantilla: Plantilla
    titulo: str
    valores: dict[str, str]
    """Los que ya se saben de la persona; los demás, vacíos."""
    motivo: str
    """Por qué a esta persona no se le puede enviar; vacío si se puede."""

    @property
    def trozos(self) -> list[texto_de_plantilla.Trozo]:
        """El texto con lo que ya se sabe puesto."""
        return texto_de_plantilla.trozos(self.plantilla.cuerpo, self.valores)

    @property
    def muestra(self) -> str:
        """El texto en un renglón, con el ejemplo de lo que aún no se sabe."""
        sabidos = {clave: valor for clave, valor in self.valores.items() if valor}
        return "".join(trozo.texto for trozo in texto_de_plantilla.trozos(self.plantilla.cuerpo, self.plantilla.variables | sabidos))

    @property
    def claves(self) -> list[str]:
        """Las variables que hay que rellenar, también las de sus enlaces."""
        return texto_de_plantilla.variables_de([self.plantilla.cuerpo, self.plantilla.contenido])

    @property
    def botones(self) -> list[texto_de_plantilla.Boton]:
        """Los botones que lleva."""
        return texto_de_plantilla.botones_de(self.plantilla.contenido)


def leer_elegibles(paso: Paso, conversacion_id: int, texto: str = "") -> list[Elegible]:
    """Las aprobadas de esa Nora, por nombre, ante la persona de ese hilo.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
    """
    contacto = obtener_hilo(paso.nombre_nora, conversacion_id).contacto
    aprobadas = listar_aprobadas(paso.nombre_nora, tipos=texto_de_plantilla.TIPOS_QUE_SE_ENVIAN, texto=texto)
    return [_ante(paso.nombre_nora, plantilla, contacto) for plantilla in aprobadas]


def leer_elegida(paso: Paso, conversacion_id: int, plantilla_id: int) -> Elegible:
    """Una de ellas.

    Raises:
        NoEncontrado: si el hilo o la plantilla no existen, son de otra Nora o no está aprobada.
    """
    contacto = obtener_hilo(paso.nombre_nora, conversacion_id).contacto
    plantilla = obtener_plantilla(paso.nombre_nora, plantilla_id)
    if plantilla.estado != "aprobada" or plantilla.tipo not in texto_de_plantilla.TIPOS_QUE_SE_ENVIAN:
        raise NoEncontrado(f"La plantilla {plantilla_id} no se puede enviar")
    return _ante(paso.nombre_nora, plantilla, contacto)


def _ante(nombre_nora: str, plantilla: Plantilla, contacto: Contacto) -> Elegible:
    corto = plantilla.nombre.removeprefix(taller_de_plantillas.prefijo_de(nombre_nora)).replace("_", " ").strip() or plantilla.nombre
    return Elegible(
        plantilla,
        corto[0].upper() + corto[1:],
        valores_de_partida(plantilla.cuerpo, nombre=contacto.nombre or "", telefono=contacto.telefono or ""),
        motivo_de_baja(plantilla.categoria, contacto),
    )


def motivo_de_baja(categoria: str, contacto: Contacto) -> str:
    """Por qué esa persona no debe recibir una plantilla de esa categoría; vacío si puede."""
    if categoria != "marketing" or contacto.baja_en is None:
        return ""
    return f"{nombre_de(contacto)} pidió no recibir promociones: sólo puedes enviarle plantillas de utilidad."


def valores_de_partida(cuerpo: str, *, nombre: str, telefono: str) -> dict[str, str]:
    """Lo que se puede rellenar solo: el nombre de pila detrás de un saludo y el teléfono detrás de «teléfono»."""
    de_pila = una_linea(nombre).split(" ")[0] if nombre and not nombre.startswith("+") else ""
    valores: dict[str, str] = {}
    antes = ""
    for trozo in texto_de_plantilla.trozos(cuerpo, {}):
        if trozo.variable and trozo.variable not in valores:
            valor = de_pila if _SALUDO.search(antes) else telefono if _NUMERO.search(antes) else ""
            valores[trozo.variable] = re.sub(r"[{}]", "", valor)
        antes = "" if trozo.variable else trozo.texto
    return valores


def enviar_plantilla(paso: Paso, conversacion_id: int, plantilla_id: int, valores: Mapping[str, str], *, clave_cliente: str | None) -> int:
    """Manda una plantilla a la persona de ese hilo y devuelve el id del mensaje. La misma clave es el mismo mensaje.

    Sale también con la ventana cerrada, y no cambia quién atiende: un recordatorio no calla a la IA.

    Raises:
        NoEncontrado: si el hilo o la plantilla no existen, son de otra Nora o no está aprobada.
        NoSePuede: si falta un valor o la persona no debe recibirla.
    """
    if not paso.puede_escribir:
        raise NoSePuede("Tu rol en esta Nora es de sólo lectura: puedes mirar, pero no escribir.")
    elegida = leer_elegida(paso, conversacion_id, plantilla_id)
    if elegida.motivo:
        raise NoSePuede(elegida.motivo)
    puestos = {clave: una_linea(valores.get(clave, "")) for clave in elegida.claves}
    if problemas := texto_de_plantilla.revisar_valores(elegida.plantilla.contenido, elegida.plantilla.cuerpo, puestos):
        raise NoSePuede(" ".join(decir(problema, elegida.plantilla.variables) for problema in problemas))
    try:
        return canal.enviar_plantilla(
            paso.nombre_nora, conversacion_id, plantilla_id, puestos, autor_id=paso.usuario_id, clave_cliente=clave_cliente
        )
    except ValueError as motivo:
        raise NoSePuede(f"{motivo}.") from motivo
