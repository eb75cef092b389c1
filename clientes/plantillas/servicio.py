"""Lo que se hace en Plantillas: guardar un borrador, mandarlo a aprobación, quitarlo y ponerse al día con Twilio."""

from __future__ import annotations

from sql.modelos.plantillas import Plantilla, obtener_plantilla
from webhook.canal import taller_de_plantillas, texto_de_plantilla

NoSePudo = taller_de_plantillas.NoSePudo
ConProblemas = taller_de_plantillas.ConProblemas


def guardar(nombre_nora: str, plantilla_id: int | None, propuesta: texto_de_plantilla.Propuesta) -> int:
    """Guarda lo escrito como borrador nuevo, o sobre el que se da, y devuelve su id.

    Raises:
        NoEncontrado: si se da uno que no existe o es de otra Nora.
        NoSePudo: si el nombre no vale o está repetido, o si ya se envió.
    """
    if plantilla_id is None:
        return taller_de_plantillas.crear(nombre_nora, propuesta)
    taller_de_plantillas.corregir(nombre_nora, plantilla_id, propuesta)
    return plantilla_id


def guardar_y_enviar(nombre_nora: str, plantilla_id: int | None, propuesta: texto_de_plantilla.Propuesta) -> int:
    """Guarda y manda a aprobación; si algo no cumple las reglas de WhatsApp no se guarda nada.

    Raises:
        NoEncontrado, NoSePudo: como `guardar`; además, si no cumple las reglas o Twilio no la tomó.
        GuardadaSinEnviar: si quedó guardada pero Twilio no la tomó.
    """
    if problemas := texto_de_plantilla.revisar(propuesta):
        raise ConProblemas(problemas)
    guardada = guardar(nombre_nora, plantilla_id, propuesta)
    try:
        taller_de_plantillas.pedir_aprobacion(nombre_nora, guardada)
    except NoSePudo as motivo:
        raise GuardadaSinEnviar(guardada, str(motivo)) from motivo
    return guardada


class GuardadaSinEnviar(NoSePudo):
    """El borrador quedó guardado pero no se pudo mandar; `plantilla_id` es el suyo."""

    def __init__(self, plantilla_id: int, motivo: str) -> None:
        super().__init__(motivo)
        self.plantilla_id = plantilla_id


def enviar(nombre_nora: str, plantilla_id: int) -> Plantilla:
    """Manda a aprobación una ya guardada y la devuelve como queda.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
        NoSePudo: si no cumple las reglas, ya se envió o Twilio no la tomó.
    """
    taller_de_plantillas.pedir_aprobacion(nombre_nora, plantilla_id)
    return obtener_plantilla(nombre_nora, plantilla_id)


def quitar(nombre_nora: str, plantilla_id: int) -> None:
    """La borra también de Twilio.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
        NoSePudo: si Twilio no contestó o se está enviando.
    """
    taller_de_plantillas.borrar(nombre_nora, plantilla_id)


def ponerse_al_dia(nombre_nora: str) -> int:
    """Compara con Twilio y devuelve cuántas cambiaron.

    Raises:
        NoSePudo: si no hay credenciales o Twilio no contesta.
    """
    return len(taller_de_plantillas.sincronizar(nombre_nora))
