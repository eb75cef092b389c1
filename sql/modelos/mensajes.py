"""Todo lo dicho (`historial_conversaciones`): lo que entra y lo que sale, con el estado de cada envío.

Una fila saliente es primero una intención (`listo`); después Twilio la acepta o no. La fila es la verdad.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, Text, UniqueConstraint, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from sql.conexion import transaccion
from sql.modelos import plantillas as plantillas  # la tabla a la que apunta plantilla_id: sin ella no se puede escribir ninguna fila
from sql.modelos.base import Base, Id, NoEncontrado, NombreNora

ESTADOS = ("recibido", "listo", "enviando", "por_confirmar", "enviado", "entregado", "leido", "fallido", "cancelado")

ETIQUETAS = {"imagen": "📷 Foto", "audio": "🎤 Audio", "video": "🎬 Video", "documento": "📄 Documento", "sticker": "Sticker"}
"""Cómo se ve en la lista de chats un envío sin texto."""


class Mensaje(Base):
    """Un mensaje de un hilo. `tipo` es «usuario» (entra) o «respuesta» (sale)."""

    __tablename__ = "historial_conversaciones"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "message_sid"),
        UniqueConstraint("nombre_nora", "clave_cliente"),
        UniqueConstraint("nombre_nora", "responde_a"),
        UniqueConstraint("nombre_nora", "id"),
        ForeignKeyConstraint(["nombre_nora", "conversacion_id"], ["conversaciones.nombre_nora", "conversaciones.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["nombre_nora", "plantilla_id"], ["plantillas.nombre_nora", "plantillas.id"]),
        CheckConstraint(f"estado in {ESTADOS}", name="estado_valido"),
        Index("ix_historial_hilo", "conversacion_id", text("id desc")),
        Index("ix_historial_nombre_nora_fecha_hora", "nombre_nora", "fecha_hora"),
        # Los avisos de estado llegan sólo con el SID: sin este índice cada uno recorrería la tabla entera.
        Index("ix_historial_message_sid", "message_sid", postgresql_where=text("message_sid is not null")),
        Index(
            "ix_historial_por_enviar",
            "conversacion_id",
            "id",
            postgresql_where=text("estado in ('listo', 'enviando', 'por_confirmar')"),
        ),
        Index(
            "uq_historial_en_duda",
            "nombre_nora",
            "conversacion_id",
            unique=True,
            postgresql_where=text("estado in ('enviando', 'por_confirmar')"),
        ),
        Index("ix_historial_listo", "nombre_nora", "id", postgresql_where=text("estado = 'listo'")),
        Index(
            "ix_historial_revisar",
            "revisar_en",
            postgresql_where=text("estado in ('listo', 'por_confirmar') and revisar_en is not null"),
        ),
        Index("ix_historial_repetidos", "nombre_nora", postgresql_where=text("sids_anteriores <> '{}'")),
        Index("ix_historial_plantilla", "nombre_nora", "plantilla_id", postgresql_where=text("plantilla_id is not null")),
        {"comment": "Mensajes que entran y salen, con el estado de cada envío"},
    )

    id: Mapped[Id]
    telefono: Mapped[str | None] = mapped_column(comment="Teléfono de la persona cuando se escribió el mensaje")
    mensaje: Mapped[str] = mapped_column(nullable=False, server_default="", comment="Texto; vacío si sólo trae adjuntos")
    tipo: Mapped[str] = mapped_column(nullable=False, server_default="usuario", comment="usuario (entra) o respuesta (sale)")
    origen: Mapped[str] = mapped_column(
        nullable=False, server_default="whatsapp", comment="whatsapp, ia, bienvenida, persona o lo que traía la tabla anterior"
    )
    nombre_nora: Mapped[NombreNora]
    fecha_hora: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Cuándo se recibió o se escribió")
    conversacion_id: Mapped[int | None] = mapped_column(comment="Hilo al que pertenece")
    clase: Mapped[str] = mapped_column(
        nullable=False,
        server_default="texto",
        comment="texto, imagen, audio, video, documento, ubicacion, contacto, sticker, boton, lista, formulario, permiso_llamada u otro",
    )
    adjuntos: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, nullable=False, server_default="[]", comment="Archivos y ubicación tal como los describe Twilio"
    )
    message_sid: Mapped[str | None] = mapped_column(comment="Identificador de Twilio; único: un repetido se detiene aquí")
    estado: Mapped[str] = mapped_column(nullable=False, server_default="recibido", comment="Estado del envío; recibido si entra")
    rango: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Orden del estado: sólo avanza")
    codigo_error: Mapped[str | None] = mapped_column(comment="Código de Twilio si falló")
    motivo_error: Mapped[str | None] = mapped_column(comment="Por qué falló y qué hacer, en palabras")
    autor_id: Mapped[int | None] = mapped_column(comment="Usuario que lo escribió desde el panel")
    clave_cliente: Mapped[str | None] = mapped_column(comment="Clave hecha en el navegador: un doble clic es un solo mensaje")
    responde_a: Mapped[int | None] = mapped_column(comment="Último mensaje de la persona que esta respuesta atiende; único")
    intento: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0", comment="Veces que se intentó enviar")
    reclamado_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo se tomó para enviar")
    revisar_en: Mapped[dt.datetime | None] = mapped_column(comment="Próximo intento o próxima pregunta a Twilio")
    revisiones: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default="0", comment="Veces que Twilio dijo que no lo tiene, desde el último intento"
    )
    enviado_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo lo aceptó Twilio")
    cambiado_en: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Último cambio de estado")
    dudoso_desde: Mapped[dt.datetime | None] = mapped_column(comment="Desde cuándo no se sabe si Twilio lo aceptó")
    enviado_a: Mapped[str | None] = mapped_column(comment="Dirección a la que se mandó, fijada al tomarlo")
    enviado_desde: Mapped[str | None] = mapped_column(comment="Dirección de la Nora desde la que se mandó, fijada al tomarlo")
    enviado_por: Mapped[str | None] = mapped_column(comment="AccountSid por el que se mandó, fijado al tomarlo")
    direccion: Mapped[str | None] = mapped_column(comment="Dirección exacta de la persona en este mensaje")
    categoria: Mapped[str] = mapped_column(
        nullable=False, server_default="servicio", comment="servicio, utilidad, marketing o autenticacion"
    )
    por_anuncio: Mapped[bool] = mapped_column(
        nullable=False, server_default="false", comment="Salió dentro de la ventana gratuita de un anuncio"
    )
    plantilla_id: Mapped[int | None] = mapped_column(comment="Plantilla con la que se envió")
    content_sid: Mapped[str | None] = mapped_column(comment="Plantilla en Twilio (HX…), fijada al escribirlo")
    variables: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="Valores de las variables de la plantilla")
    cita_sid: Mapped[str | None] = mapped_column(comment="MessageSid del mensaje al que responde")
    referido: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="Anuncio por el que llegó")
    reenviado: Mapped[bool] = mapped_column(nullable=False, server_default="false", comment="La persona lo reenvió de otro chat")
    intencion: Mapped[str | None] = mapped_column(comment="baja, alta o baja_repetida, si el mensaje lo pide")
    sids_anteriores: Mapped[list[str]] = mapped_column(
        ARRAY(Text), nullable=False, server_default="{}", comment="MessageSid de intentos que fallaron"
    )


def listar_mensajes(nombre_nora: str, conversacion_id: int, *, antes_de: int | None = None, limite: int = 40) -> list[Mensaje]:
    """Los últimos mensajes de un hilo (o los anteriores a `antes_de`), del más viejo al más nuevo."""
    orden = select(Mensaje).where(Mensaje.nombre_nora == nombre_nora, Mensaje.conversacion_id == conversacion_id)
    if antes_de is not None:
        orden = orden.where(Mensaje.id < antes_de)
    with transaccion(nombre_nora) as sesion:
        return list(reversed(list(sesion.scalars(orden.order_by(Mensaje.id.desc()).limit(limite)))))


def listar_mensajes_desde(nombre_nora: str, conversacion_id: int, despues_de: int, *, limite: int = 200) -> list[Mensaje]:
    """Los mensajes de un hilo posteriores a `despues_de`: lo que pide un navegador que vuelve."""
    with transaccion(nombre_nora) as sesion:
        return list(
            sesion.scalars(
                select(Mensaje)
                .where(Mensaje.nombre_nora == nombre_nora, Mensaje.conversacion_id == conversacion_id, Mensaje.id > despues_de)
                .order_by(Mensaje.id)
                .limit(limite)
            )
        )


def listar_entrantes_pendientes(nombre_nora: str, conversacion_id: int, despues_de: int, *, limite: int = 30) -> list[Mensaje]:
    """Lo que la persona escribió después de `despues_de`, en orden."""
    with transaccion(nombre_nora) as sesion:
        return list(
            sesion.scalars(
                select(Mensaje)
                .where(
                    Mensaje.nombre_nora == nombre_nora,
                    Mensaje.conversacion_id == conversacion_id,
                    Mensaje.id > despues_de,
                    Mensaje.tipo == "usuario",
                )
                .order_by(Mensaje.id)
                .limit(limite)
            )
        )


def obtener_mensaje(nombre_nora: str, mensaje_id: int) -> Mensaje:
    """Un mensaje de esa Nora.

    Raises:
        NoEncontrado: si no existe o es de otra Nora.
    """
    with transaccion(nombre_nora) as sesion:
        mensaje = sesion.scalar(select(Mensaje).where(Mensaje.nombre_nora == nombre_nora, Mensaje.id == mensaje_id))
    if mensaje is None:
        raise NoEncontrado(f"No existe el mensaje {mensaje_id}")
    return mensaje


def hay_respuestas(nombre_nora: str, conversacion_id: int) -> bool:
    """Si alguna vez se le respondió algo a esa persona; lo que no salió no cuenta."""
    with transaccion(nombre_nora) as sesion:
        return (
            sesion.scalar(
                select(Mensaje.id)
                .where(
                    Mensaje.nombre_nora == nombre_nora,
                    Mensaje.conversacion_id == conversacion_id,
                    Mensaje.tipo == "respuesta",
                    Mensaje.estado.not_in(("fallido", "cancelado")),
                )
                .limit(1)
            )
            is not None
        )


def crear_saliente(
    nombre_nora: str,
    conversacion_id: int,
    texto: str,
    *,
    origen: str,
    telefono: str | None,
    autor_id: int | None = None,
    clave_cliente: str | None = None,
    responde_a: int | None = None,
    **campos: Any,
) -> tuple[int, bool]:
    """Deja escrita la intención de enviar y la refleja en la lista de chats. Devuelve (id, si es nueva).

    La misma `clave_cliente`, o una segunda respuesta al mismo mensaje, devuelve la fila que ya estaba.
    `campos`: clase, categoria, plantilla_id, content_sid, variables.
    """
    with transaccion(nombre_nora) as sesion:
        nuevo = sesion.scalar(
            insert(Mensaje)
            .values(
                nombre_nora=nombre_nora,
                conversacion_id=conversacion_id,
                mensaje=texto,
                tipo="respuesta",
                origen=origen,
                telefono=telefono,
                autor_id=autor_id,
                clave_cliente=clave_cliente,
                responde_a=responde_a,
                estado="listo",
                **campos,
            )
            .on_conflict_do_nothing()
            .returning(Mensaje.id)
        )
        if nuevo is None:
            igual = Mensaje.clave_cliente == clave_cliente if clave_cliente else Mensaje.responde_a == responde_a
            return sesion.scalars(select(Mensaje.id).where(Mensaje.nombre_nora == nombre_nora, igual)).one(), False
        sesion.execute(
            text(
                "update contactos p set mensaje_reciente = :texto, ultimo_mensaje = clock_timestamp(), updated_at = now()"
                " from conversaciones c"
                " where c.id = :conversacion and c.nombre_nora = :nora and p.id = c.contacto_id and p.nombre_nora = :nora"
            ),
            {"texto": texto[:200] or ETIQUETAS.get(campos.get("clase", ""), ""), "conversacion": conversacion_id, "nora": nombre_nora},
        )
        return nuevo, True
