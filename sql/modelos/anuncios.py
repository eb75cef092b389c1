"""Las tablas de Meta Ads: cuentas conectadas, cambios de campañas, quién recibe los informes y los informes hechos."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sql.modelos.base import Base, Cambiado, Creado, Id, NombreNora


class CuentaDeAnuncios(Base):
    """Una cuenta publicitaria conectada a una Nora."""

    __tablename__ = "meta_ads_cuentas"
    __table_args__ = (
        Index("ix_meta_ads_cuentas_nombre_nora", "nombre_nora"),
        {"comment": "Cuentas de Meta Ads de cada Nora"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    cliente_id: Mapped[str | None] = mapped_column(comment="Cliente de la agencia al que pertenece la cuenta")
    access_token: Mapped[str | None] = mapped_column(comment="Token de Meta, cifrado")
    page_id: Mapped[str | None] = mapped_column(comment="Página de Facebook")
    ad_account_id: Mapped[str | None] = mapped_column(comment="Cuenta publicitaria (act_…)")
    activo: Mapped[bool] = mapped_column(nullable=False, server_default="true", comment="Si la cuenta está en uso")
    created_at: Mapped[Creado]
    updated_at: Mapped[Cambiado]


class CambioDeCampana(Base):
    """Un cambio en una campaña: qué, quién, cuándo, antes y después."""

    __tablename__ = "meta_ads_logs_cambios"
    __table_args__ = (
        Index("ix_meta_ads_logs_cambios_nombre_nora_fecha_hora", "nombre_nora", "fecha_hora"),
        {"comment": "Cambios de campañas: presupuesto, fecha o segmentación, con antes y después"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    ad_account_id: Mapped[str | None] = mapped_column(comment="Cuenta publicitaria")
    objeto_id: Mapped[str | None] = mapped_column(comment="Campaña, conjunto o anuncio")
    objeto_tipo: Mapped[str | None] = mapped_column(comment="campana, conjunto o anuncio")
    tipo_cambio: Mapped[str | None] = mapped_column(comment="presupuesto, fecha, segmentacion, estado…")
    valor_antes: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="Cómo estaba")
    valor_despues: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="Cómo quedó")
    hecho_por: Mapped[str | None] = mapped_column(comment="Quién lo cambió")
    fecha_hora: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Cuándo se cambió")


class ReceptorDeInformes(Base):
    """Quién recibe los informes de una Nora y por qué medio."""

    __tablename__ = "meta_ads_receptores"
    __table_args__ = (
        Index("ix_meta_ads_receptores_nombre_nora", "nombre_nora"),
        {"comment": "Quién recibe cada informe de anuncios y por qué medio"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    nombre: Mapped[str | None] = mapped_column(comment="Nombre de quien recibe")
    destino: Mapped[str | None] = mapped_column(comment="cliente, cliente_final o ambos")
    medio: Mapped[str | None] = mapped_column(comment="correo o whatsapp")
    direccion: Mapped[str | None] = mapped_column(comment="Correo o teléfono")
    activo: Mapped[bool] = mapped_column(nullable=False, server_default="true", comment="Si sigue recibiendo")
    created_at: Mapped[Creado]


class InformeDeAnuncios(Base):
    """Un informe generado y, si se envió, cuándo."""

    __tablename__ = "meta_ads_reportes"
    __table_args__ = (
        Index("ix_meta_ads_reportes_nombre_nora_generado_en", "nombre_nora", "generado_en"),
        {"comment": "Informes de anuncios generados y enviados"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    ad_account_id: Mapped[str | None] = mapped_column(comment="Cuenta publicitaria")
    desde: Mapped[dt.date | None] = mapped_column(comment="Primer día del periodo")
    hasta: Mapped[dt.date | None] = mapped_column(comment="Último día del periodo")
    contenido: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="Cifras del informe")
    estado: Mapped[str] = mapped_column(nullable=False, server_default="generado", comment="generado, enviado o fallido")
    generado_en: Mapped[dt.datetime] = mapped_column(nullable=False, server_default=func.now(), comment="Cuándo se hizo")
    enviado_en: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo se envió")
