"""Los códigos de error de Twilio en español y con su salida, y qué se puede hacer con cada uno. Puro."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Clase = Literal["reintentar", "esperar", "una_vez", "reconciliar", "corregir", "definitivo", "baja", "alertar"]
"""Qué hacer: repetir pronto, repetir más tarde, repetir una vez, preguntar antes de repetir, cambiar el mensaje, no insistir,
anotar la baja de la persona, o avisar a la agencia porque nada de ese número saldrá hasta que alguien lo arregle."""

HORA = 3600


@dataclass(frozen=True, slots=True)
class Motivo:
    """Qué pasó, qué hacer y si tiene sentido reintentar. `corta`: con esto no sale nada más; se deja de llamar hasta que se arregle."""

    clase: Clase
    frase: str
    esperar_segundos: int = 30
    corta: bool = False

    @property
    def se_repite_solo(self) -> bool:
        """Si el producto puede volver a intentarlo sin que nadie lo pida."""
        return self.clase in {"reintentar", "esperar", "una_vez"}


# Códigos y significado: twilio.com/docs/api/errors
MOTIVOS: dict[str, Motivo] = {
    "20003": Motivo("alertar", "Twilio no aceptó las credenciales. Revísalas en el WhatsApp de la Nora.", corta=True),
    "20404": Motivo("alertar", "Twilio no encuentra esa cuenta. Revisa el AccountSid en el WhatsApp de la Nora.", corta=True),
    "20429": Motivo("reintentar", "Twilio pidió ir más despacio. Se reintenta solo.", 5),
    "20500": Motivo("reconciliar", "Twilio tuvo un error interno. Estamos comprobando si salió."),
    "20503": Motivo("reconciliar", "Twilio no estaba disponible. Estamos comprobando si salió."),
    "21211": Motivo("definitivo", "El número de la persona no es válido. Corrígelo en su ficha."),
    "21212": Motivo("alertar", "El número de la Nora no es válido como remitente. Revísalo en Administración › Noras."),
    "21408": Motivo("alertar", "La cuenta de Twilio no tiene permiso para ese país. Actívalo en la consola de Twilio."),
    "21606": Motivo("alertar", "El número de la Nora no es de esta cuenta de Twilio. Revísalo en Administración › Noras."),
    "21610": Motivo("baja", "La persona pidió no recibir mensajes."),
    "21611": Motivo("reintentar", "La cola de Twilio está llena. Se reintenta solo.", 60),
    "21612": Motivo("definitivo", "Twilio no puede llegar a ese número por WhatsApp."),
    "21614": Motivo("definitivo", "Ese número no puede recibir WhatsApp."),
    "21617": Motivo("corregir", "El texto pasa de 1600 caracteres. Acórtalo y vuelve a enviarlo."),
    "21620": Motivo("corregir", "Twilio no aceptó la dirección del archivo. Vuelve a adjuntarlo."),
    "21655": Motivo("corregir", "La plantilla ya no existe en Twilio. Sincroniza las plantillas y elige otra."),
    "21656": Motivo("corregir", "Las variables de la plantilla no valen. Revísalas y vuelve a enviarla."),
    "30001": Motivo("reintentar", "La cola de Twilio está llena. Se reintenta solo.", 60),
    "30002": Motivo("alertar", "La cuenta de Twilio está suspendida. Entra en su consola para reactivarla.", corta=True),
    "30003": Motivo("definitivo", "El teléfono de la persona no está disponible. Inténtalo más tarde."),
    "30005": Motivo("definitivo", "Ese número no existe. Corrígelo en su ficha."),
    "30006": Motivo("definitivo", "Ese número es un teléfono fijo: no recibe WhatsApp."),
    "30007": Motivo("corregir", "Se filtró como no deseado. Cambia el texto antes de volver a enviarlo."),
    "30008": Motivo("una_vez", "No se entregó y Twilio no sabe por qué. Puedes volver a enviarlo.", 60),
    "30410": Motivo("una_vez", "El proveedor tardó demasiado. Puedes volver a enviarlo.", 60),
    "35114": Motivo("corregir", "Falta la fecha del envío programado. Ponla y vuelve a intentarlo."),
    "35115": Motivo("corregir", "La fecha del envío programado no vale: entre 5 minutos y 35 días desde ahora."),
    "35118": Motivo("alertar", "Para programar en Twilio hace falta un Messaging Service. Ponlo en el WhatsApp de la Nora."),
    "63001": Motivo("alertar", "WhatsApp no aceptó las credenciales del número. Revisa el remitente en la consola de Twilio."),
    "63003": Motivo("definitivo", "Ese número no tiene WhatsApp."),
    "63005": Motivo("corregir", "WhatsApp no aceptó el contenido del mensaje. Cámbialo y vuelve a enviarlo."),
    "63007": Motivo("alertar", "El número de la Nora no está dado de alta en WhatsApp con esta cuenta de Twilio."),
    "63009": Motivo("reintentar", "WhatsApp devolvió un error. Se reintenta solo.", 60),
    "63010": Motivo("reintentar", "WhatsApp tuvo un error interno. Se reintenta solo.", 60),
    "63012": Motivo("reintentar", "WhatsApp no estaba disponible. Se reintenta solo.", 120),
    "63013": Motivo("alertar", "WhatsApp lo rechazó por sus políticas. Revisa el contenido antes de seguir enviando."),
    "63014": Motivo("baja", "La persona bloqueó este número."),
    "63015": Motivo("definitivo", "La persona aún no se unió al número de pruebas de Twilio: debe mandar primero el código de acceso."),
    "63016": Motivo("corregir", "Pasaron más de 24 horas desde su último mensaje. Usa una plantilla aprobada."),
    "63017": Motivo("reintentar", "Se superó la velocidad que admite la cuenta. Se reintenta solo.", 60),
    "63018": Motivo("esperar", "Se llegó al límite de mensajes del número. Se reintenta más tarde.", HORA),
    "63019": Motivo("una_vez", "Twilio no pudo bajar el archivo adjunto. Comprueba que PUBLIC_URL sea accesible y vuelve a enviarlo.", 60),
    "63020": Motivo("alertar", "Falta aceptar la invitación de la cuenta de WhatsApp Business. Hazlo en el administrador de Meta."),
    "63021": Motivo("corregir", "El contenido no vale para WhatsApp (por ejemplo, una plantilla de más de 1024 caracteres). Cámbialo."),
    "63024": Motivo("definitivo", "El número de la persona no es válido para WhatsApp."),
    "63027": Motivo("corregir", "La plantilla no existe en ese idioma. Sincroniza las plantillas y elige otra."),
    "63028": Motivo("corregir", "El número de variables no coincide con la plantilla. Revísalas y vuelve a enviarla."),
    "63030": Motivo("corregir", "La plantilla lleva algo que WhatsApp no admite. Cámbiala y vuelve a pedir su aprobación."),
    "63032": Motivo("definitivo", "WhatsApp no lo entregó por una prueba suya. Puedes volver a enviarlo mañana."),
    "63038": Motivo("esperar", "La cuenta de Twilio llegó a su tope diario. Se reintenta más tarde.", 6 * HORA),
    "63049": Motivo("definitivo", "Meta decidió no entregar este mensaje de promoción a esta persona por ahora. Prueba otro día."),
    "63051": Motivo("alertar", "Meta bloqueó el número de la Nora. Revisa su cuenta de WhatsApp Business."),
    "63062": Motivo("alertar", "Falta aceptar las condiciones de mensajes de marketing de Meta en la cuenta de WhatsApp Business."),
    # Propios: lo que se decide aquí sin llamar a Twilio.
    "ventana": Motivo(
        "corregir", "No se envió: se cerró la ventana de 24 horas desde el último mensaje de la persona. Usa una plantilla aprobada."
    ),
    "baja": Motivo("baja", "No se envió: la persona pidió no recibir promociones."),
    "relevo": Motivo("definitivo", "No se envió: una persona del equipo tomó la conversación antes de que saliera."),
    "sin_archivo": Motivo("corregir", "No se envió: el archivo ya no está guardado. Vuelve a adjuntarlo."),
    "sin_twilio": Motivo(
        "alertar", "Twilio no está conectado: faltan TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN, o las credenciales propias de la Nora."
    ),
}

_DESCONOCIDO = Motivo("definitivo", "Twilio no lo aceptó. Mira el código en su consola o vuelve a enviarlo.")


def motivo_de(codigo: str | int | None) -> Motivo:
    """Qué significa un código de Twilio; uno que no conocemos es definitivo y lo dice."""
    return MOTIVOS.get(str(codigo), _DESCONOCIDO)
