"""Los códigos de error de Twilio en español y con su salida, y qué se puede hacer con cada uno. Puro."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Clase = Literal["reintentar", "corregir", "definitivo", "alertar"]


@dataclass(frozen=True, slots=True)
class Motivo:
    """Qué pasó, qué hacer y si tiene sentido reintentar."""

    clase: Clase
    frase: str


# Códigos y significado: twilio.com/docs/api/errors
MOTIVOS: dict[str, Motivo] = {
    "20003": Motivo("alertar", "Twilio no aceptó nuestras credenciales. Revisa TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN."),
    "20404": Motivo("alertar", "Twilio no encuentra esa cuenta. Revisa TWILIO_ACCOUNT_SID."),
    "20429": Motivo("reintentar", "Twilio pidió ir más despacio. Se reintenta solo."),
    "21211": Motivo("definitivo", "El número de la persona no es válido. Corrígelo en su ficha."),
    "21408": Motivo("alertar", "La cuenta de Twilio no tiene permiso para ese país. Actívalo en la consola de Twilio."),
    "21606": Motivo("alertar", "El número de la Nora no es de esta cuenta de Twilio. Revísalo en Administración › Noras."),
    "21610": Motivo("definitivo", "La persona pidió no recibir mensajes."),
    "21611": Motivo("reintentar", "La cola de Twilio está llena. Se reintenta solo."),
    "21612": Motivo("definitivo", "Twilio no puede llegar a ese número por WhatsApp."),
    "21614": Motivo("definitivo", "Ese número no puede recibir WhatsApp."),
    "21617": Motivo("corregir", "El texto pasa de 1600 caracteres. Acórtalo y vuelve a enviarlo."),
    "30001": Motivo("reintentar", "La cola de Twilio está llena. Se reintenta solo."),
    "30008": Motivo("definitivo", "No se entregó y Twilio no sabe por qué. Puedes volver a enviarlo."),
    "63001": Motivo("alertar", "WhatsApp no aceptó las credenciales del número. Revisa el remitente en la consola de Twilio."),
    "63003": Motivo("definitivo", "Ese número no tiene WhatsApp."),
    "63005": Motivo("corregir", "WhatsApp no aceptó el contenido del mensaje. Cámbialo y vuelve a enviarlo."),
    "63007": Motivo("alertar", "El número de la Nora no está dado de alta en WhatsApp con esta cuenta de Twilio."),
    "63013": Motivo("alertar", "WhatsApp lo rechazó por sus políticas. Revisa el contenido antes de seguir enviando."),
    "63014": Motivo("definitivo", "La persona bloqueó este número."),
    "63015": Motivo("definitivo", "La persona aún no se unió al número de pruebas de Twilio: debe mandar primero el código de acceso."),
    "63016": Motivo("corregir", "Pasaron más de 24 horas desde su último mensaje. Usa una plantilla aprobada."),
    "63018": Motivo("reintentar", "Se llegó al límite de mensajes del número. Se reintenta más tarde."),
    "63024": Motivo("definitivo", "El número de la persona no es válido para WhatsApp."),
    "63032": Motivo("definitivo", "WhatsApp no lo entregó por una prueba suya. Puedes volver a enviarlo mañana."),
    "63049": Motivo("definitivo", "Meta decidió no entregar este mensaje de promoción a esta persona por ahora."),
}

_DESCONOCIDO = Motivo("definitivo", "Twilio no lo aceptó. Mira el código en su consola o vuelve a enviarlo.")


def motivo_de(codigo: str | int | None) -> Motivo:
    """Qué significa un código de Twilio; uno que no conocemos es definitivo y lo dice."""
    return MOTIVOS.get(str(codigo), _DESCONOCIDO)
