"""La Nora de ejemplo: siempre la misma, con fechas relativas al momento en que se siembra. Todo dice que es de ejemplo."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy import select, update

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.demo_plantillas import sembrar_plantillas
from sql.modelos.conocimiento import crear_bloque
from sql.modelos.contactos import Contacto, Identidad
from sql.modelos.conversaciones import Conversacion
from sql.modelos.mensajes import Mensaje
from sql.modelos.modulos import guardar_modulo
from sql.modelos.noras import guardar_nora
from sql.modelos.usuarios import ROL_ADMIN, Rol, Usuario, guardar_membresia

NOMBRE_NORA = "aura"
NUMERO_NORA = "+14155238886"
"""El número de pruebas de WhatsApp de Twilio: sirve tal cual a quien lo conecte."""
MODULOS_DE_EJEMPLO = ("chat", "ia", "contactos", "conocimiento", "envios")


@dataclass(frozen=True, slots=True)
class PersonaDeEjemplo:
    """Un usuario de ejemplo: su correo, cómo se muestra y qué puede."""

    clave: str
    correo: str
    nombre: str
    rol: str


PERSONAS = (
    PersonaDeEjemplo("duena", "duena@example.com", "Dueña de ejemplo", "dueno"),
    PersonaDeEjemplo("agente", "agente@example.com", "Agente de ejemplo", "agente"),
    PersonaDeEjemplo("agencia", "agencia@example.com", "Agencia de ejemplo", ROL_ADMIN),
)

BLOQUES = (
    "¿Cuál es el horario? Abrimos de lunes a sábado de 9:00 a 19:00. Los domingos descansamos.",
    "¿Dónde están? Estamos en Avenida de las Flores 123, colonia Centro, a media cuadra del parque.",
    "¿Hacen envíos? Sí: en la ciudad entregamos el mismo día si pides antes de las 14:00. El envío cuesta 60 pesos y es gratis desde 600.",
    "¿Envían a otras ciudades? Sí, a todo el país por paquetería: de 2 a 4 días hábiles y 180 pesos. A Monterrey llega en 2 días.",
    "¿Cómo puedo pagar? Con efectivo, tarjeta de débito o crédito, transferencia o enlace de pago.",
    "¿Aceptan meses sin intereses? Sí, 3 meses sin intereses con tarjeta de crédito desde 900 pesos.",
    "¿Qué ramos tienen y cuánto cuestan? El ramo chico de temporada cuesta 250 pesos, el mediano 420 y el grande 690.",
    "¿Cuánto cuesta el café? El americano cuesta 35 pesos, el capuchino 48 y el latte 52. Con leche vegetal, 10 pesos más.",
    "¿Tienen desayunos? Servimos desayunos de 9:00 a 12:30: chilaquiles 95 pesos, molletes 70 y fruta con yogur 65.",
    "¿Tienen wifi? Sí, hay wifi gratis para clientes; la clave está en tu ticket.",
    "¿Se puede ir con mascotas? Sí, en la terraza son bienvenidas y les damos agua.",
    "¿Hay estacionamiento? No tenemos propio, pero hay uno público a una cuadra con dos horas gratis al mostrar tu ticket.",
    "¿Hacen arreglos para bodas y eventos? Sí. Pide tu cotización con al menos 10 días de anticipación y un anticipo del 50 %.",
    "¿Puedo cambiar o devolver un ramo? Si llega dañado lo cambiamos el mismo día: mándanos una foto dentro de las 3 horas siguientes.",
    "¿Cuánto duran las flores? Entre 5 y 8 días si cambias el agua a diario y cortas un centímetro del tallo cada dos días.",
    "¿Dan factura? Sí. Mándanos tu constancia de situación fiscal el mismo mes de tu compra y la enviamos por correo en 24 horas.",
    "¿Puedo reservar una mesa? Sí, para 4 personas o más, de lunes a viernes, con un día de anticipación.",
    "¿Tienen opciones veganas? Sí: leche de avena y almendra, tostada de aguacate y panqué de plátano sin huevo.",
    "¿Venden café en grano? Sí, bolsas de 250 gramos a 160 pesos y de 1 kilo a 560, en grano o molido.",
    "¿Tienen promociones? Los martes, el segundo capuchino va a mitad de precio. Los jueves, 15 % en ramos medianos.",
    "¿Dan clases? Un sábado al mes hay taller de arreglos florales: 550 pesos con materiales. Cupo de 12 personas.",
    "¿Mandan tarjetas con mensaje? Sí, cada ramo lleva una tarjeta gratis con hasta 120 letras.",
    "¿Puedo elegir la hora de entrega? Sí, en bloques de dos horas: 10 a 12, 12 a 14, 16 a 18. Después de pedir te confirmamos el bloque.",
    "¿Tienen tarjetas de regalo? Sí, desde 200 pesos; sirven para café y flores y valen un año.",
)


def sembrar(cifradas: dict[str, str], ahora: dt.datetime, cuenta: str) -> None:
    """Crea la Nora de ejemplo con sus usuarios. Quien llama comprueba antes que no haya ninguna Nora.

    Args:
        cifradas: clave ya cifrada de cada persona, por su `clave`.
        ahora: momento de referencia para las fechas de los mensajes.
        cuenta: AccountSid del WhatsApp simulado, para que nada de ejemplo salga a un teléfono de verdad.
    """
    # Los usuarios, primero; la Nora y todo lo suyo, en una transacción: si algo se corta, no hay Nora y se vuelve a sembrar entera.
    ids = {persona.clave: _guardar_usuario(persona, cifradas[persona.clave]) for persona in PERSONAS}
    with transaccion(NOMBRE_NORA):
        guardar_nora(
            NOMBRE_NORA,
            numero_nora=NUMERO_NORA,
            nombre_visible="Aurora Café y Flores (ejemplo)",
            mensaje_bienvenida="¡Hola! Soy Nora, la asistente de Aurora Café y Flores. 🌷",
            personalidad="Cercana, breve y amable. Habla de tú.",
            instrucciones="Responde sólo sobre el café y la florería. Si no sabes algo, pásalo con una persona del equipo.",
            es_ejemplo=True,
        )
        for modulo in MODULOS_DE_EJEMPLO:
            guardar_modulo(NOMBRE_NORA, modulo, True)
        for bloque in BLOQUES:
            crear_bloque(NOMBRE_NORA, bloque)
        for guion in GUIONES:
            _sembrar_conversacion(guion, ahora, cuenta)
        sembrar_plantillas(NOMBRE_NORA, ahora)
        for persona in PERSONAS:
            if persona.rol != ROL_ADMIN:
                guardar_membresia(NOMBRE_NORA, ids[persona.clave], persona.rol)


def cambiar_clave_de_ejemplo(correo: str, cifrada: str) -> None:
    """Pone otra clave a un usuario de ejemplo y cierra sus sesiones; a los demás no los toca."""
    with transaccion_de_todas_las_noras() as sesion:
        sesion.execute(
            update(Usuario).where(Usuario.email == correo, Usuario.es_ejemplo).values(password=cifrada, fs_uniquifier=secrets.token_hex(16))
        )


def claves_de_ejemplo() -> dict[str, str]:
    """La clave cifrada de cada usuario de ejemplo que exista, por correo."""
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(select(Usuario.email, Usuario.password).where(Usuario.es_ejemplo))
        return {f.email: f.password or "" for f in filas}


def _guardar_usuario(persona: PersonaDeEjemplo, cifrada: str) -> int:
    with transaccion_de_todas_las_noras() as sesion:
        usuario = sesion.scalar(select(Usuario).where(Usuario.email == persona.correo))
        if usuario is None:
            usuario = Usuario(
                email=persona.correo, nombre=persona.nombre, password=cifrada, fs_uniquifier=secrets.token_hex(16), es_ejemplo=True
            )
            sesion.add(usuario)
        elif usuario.es_ejemplo:
            usuario.password = cifrada
        if persona.rol == ROL_ADMIN:
            rol = sesion.scalar(select(Rol).where(Rol.name == ROL_ADMIN)) or Rol(name=ROL_ADMIN, description="La agencia")
            usuario.roles = [rol]
        sesion.flush()
        usuario_id: int = usuario.id
        return usuario_id


@dataclass(frozen=True, slots=True)
class Guion:
    """Una conversación de ejemplo: quién, cómo está y qué se dijo (minutos antes de ahora, de quién, texto)."""

    nombre: str
    telefono: str
    etiquetas: tuple[str, ...]
    lineas: tuple[tuple[int, str, str], ...]
    necesita_persona: str | None = None
    sin_leer: int = 0


GUIONES = (
    Guion(
        "María Peña (ejemplo)",
        "+525555550101",
        ("frecuente",),
        (
            (64, "persona", "Hola, ¿hacen envíos a Monterrey?"),
            (64, "ia", "Sí, a todo el país por paquetería: tarda de 2 a 4 días hábiles y cuesta 180 pesos. A Monterrey llega en 2 días."),
            (61, "persona", "Perfecto, ¿y qué ramos tienen?"),
            (61, "ia", "El ramo chico de temporada cuesta 250 pesos, el mediano 420 y el grande 690."),
        ),
    ),
    Guion(
        "Luis Robles (ejemplo)",
        "+525555550102",
        ("evento", "boda"),
        (
            (22, "persona", "Buenas, necesito flores para una boda de 120 personas el 12 de diciembre. ¿Me hacen un precio especial?"),
            (22, "ia", "No tengo ese dato a mano. Te paso con una persona del equipo."),
        ),
        necesita_persona="Pregunta por algo que no está en el conocimiento",
        sin_leer=1,
    ),
    Guion(
        "Sofía Ibarra (ejemplo)",
        "+5491155550103",
        (),
        (
            (190, "persona", "¿Puedo ir con mi perrito?"),
            (190, "ia", "Sí, en la terraza son bienvenidas y les damos agua."),
            (188, "persona", "Gracias!!"),
            (188, "ia", "¡Con gusto! Aquí estoy si necesitas algo más."),
        ),
    ),
    Guion(
        "Jorge Medina (ejemplo)",
        "+573005550104",
        ("factura",),
        (
            (1500, "persona", "Necesito factura de la compra de ayer"),
            (1500, "ia", "Sí. Mándanos tu constancia de situación fiscal el mismo mes de tu compra y la enviamos por correo en 24 horas."),
        ),
    ),
)


def _sembrar_conversacion(guion: Guion, ahora: dt.datetime, cuenta: str) -> None:
    ultimo = ahora - dt.timedelta(minutes=guion.lineas[-1][0])
    primero = ahora - dt.timedelta(minutes=guion.lineas[0][0])
    with transaccion(NOMBRE_NORA) as sesion:
        contacto = Contacto(
            nombre_nora=NOMBRE_NORA,
            telefono=guion.telefono,
            nombre=guion.nombre,
            etiquetas=list(guion.etiquetas),
            mensaje_reciente=guion.lineas[-1][2][:200],
            ultimo_mensaje=ultimo,
            notas="Contacto de ejemplo.",
        )
        sesion.add(contacto)
        sesion.flush()
        direccion = f"whatsapp:{guion.telefono}"
        valor = guion.telefono.replace("+549", "+54", 1)
        sesion.add(Identidad(nombre_nora=NOMBRE_NORA, contacto_id=contacto.id, tipo="telefono", valor=valor, direccion=direccion))
        conversacion = Conversacion(
            nombre_nora=NOMBRE_NORA,
            contacto_id=contacto.id,
            direccion=direccion,
            remitente=f"whatsapp:{NUMERO_NORA}",
            cuenta=cuenta,
            caso_desde=primero,
            modo="persona" if guion.necesita_persona else "ia",
            necesita_persona=guion.necesita_persona is not None,
            motivo_persona=guion.necesita_persona,
            sin_leer=guion.sin_leer,
        )
        sesion.add(conversacion)
        sesion.flush()
        for minutos, quien, texto in guion.lineas:
            mensaje = _mensaje(conversacion.id, guion.telefono, quien, texto, ahora - dt.timedelta(minutes=minutos))
            sesion.add(mensaje)
            sesion.flush()
            if quien == "persona":
                conversacion.ultimo_entrante_id = conversacion.atendido_hasta_id = mensaje.id
                conversacion.ultimo_entrante_en = mensaje.fecha_hora
                conversacion.ventana_hasta = mensaje.fecha_hora + dt.timedelta(hours=24)


def _mensaje(conversacion_id: int, telefono: str, quien: str, texto: str, cuando: dt.datetime) -> Mensaje:
    entra = quien == "persona"
    return Mensaje(
        nombre_nora=NOMBRE_NORA,
        conversacion_id=conversacion_id,
        telefono=telefono,
        mensaje=texto,
        tipo="usuario" if entra else "respuesta",
        origen="whatsapp" if entra else "ia",
        estado="recibido" if entra else "leido",
        rango=0 if entra else 7,
        fecha_hora=cuando,
        cambiado_en=cuando,
    )
