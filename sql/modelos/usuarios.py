"""Quién puede entrar (`usuarios`, `roles`) y a qué Noras pertenece (`membresias`)."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sql.conexion import transaccion, transaccion_de_todas_las_noras
from sql.modelos.base import Base, Creado, Id, NombreNora
from sql.modelos.modulos import ModuloDisponible

ROL_ADMIN = "admin"
"""La agencia: entra a /admin y a todas las Noras."""

ROLES_DE_NORA = ("dueno", "administrador", "agente", "lectura")

roles_usuarios = Table(
    "roles_usuarios",
    Base.metadata,
    Column("usuario_id", ForeignKey("usuarios.id", ondelete="CASCADE"), primary_key=True, comment="Usuario"),
    Column("rol_id", ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True, index=True, comment="Rol"),
    comment="Qué roles tiene cada usuario",
)


class Rol(Base):
    """Un rol fuera de las Noras; hoy sólo «admin»."""

    __tablename__ = "roles"
    __table_args__ = ({"comment": "Roles que valen fuera de una Nora"},)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(Text, unique=True, nullable=False, comment="Nombre del rol (Flask-Security lo lee en inglés)")
    description: Mapped[str | None] = mapped_column(comment="Para qué sirve")
    permissions: Mapped[str | None] = mapped_column(comment="Permisos, separados por comas (sin uso hoy; lo exige Flask-Security)")
    update_datetime: Mapped[dt.datetime | None] = mapped_column(comment="Último cambio (lo exige Flask-Security)")


class Usuario(Base):
    """Una persona que entra al panel. Los nombres en inglés los exige Flask-Security."""

    __tablename__ = "usuarios"
    __table_args__ = ({"comment": "Personas que entran al panel"},)

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(Text, unique=True, nullable=False, comment="Correo, en minúsculas")
    nombre: Mapped[str] = mapped_column(nullable=False, server_default="", comment="Cómo se muestra")
    password: Mapped[str | None] = mapped_column(comment="Clave con argon2id; nunca en claro")
    active: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default="true", comment="Si puede entrar")
    fs_uniquifier: Mapped[str] = mapped_column(
        Text, unique=True, nullable=False, comment="Sello de sus sesiones: al cambiarlo se cierran todas"
    )
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(comment="Cuándo confirmó su correo")
    last_login_at: Mapped[dt.datetime | None] = mapped_column(comment="Entrada anterior")
    current_login_at: Mapped[dt.datetime | None] = mapped_column(comment="Última entrada")
    last_login_ip: Mapped[str | None] = mapped_column(comment="Dirección de la entrada anterior")
    current_login_ip: Mapped[str | None] = mapped_column(comment="Dirección de la última entrada")
    login_count: Mapped[int | None] = mapped_column(Integer, comment="Veces que entró")
    es_ejemplo: Mapped[bool] = mapped_column(nullable=False, server_default="false", comment="Creado por el modo demo")
    created_at: Mapped[Creado]

    roles: Mapped[list[Rol]] = relationship(secondary=roles_usuarios, lazy="selectin")


class Membresia(Base):
    """A qué Nora pertenece un usuario y con qué rol."""

    __tablename__ = "membresias"
    __table_args__ = (
        UniqueConstraint("nombre_nora", "usuario_id"),
        Index("ix_membresias_usuario_id", "usuario_id"),
        CheckConstraint(f"rol in {ROLES_DE_NORA}", name="rol_valido"),
        {"comment": "A qué Noras entra cada usuario y con qué rol"},
    )

    id: Mapped[Id]
    nombre_nora: Mapped[NombreNora]
    usuario_id: Mapped[int] = mapped_column(ForeignKey("usuarios.id", ondelete="CASCADE"), nullable=False, comment="Usuario")
    rol: Mapped[str] = mapped_column(nullable=False, server_default="agente", comment="dueno, administrador, agente o lectura")
    created_at: Mapped[Creado]


def listar_nombres_de_equipo(nombre_nora: str) -> dict[int, str]:
    """Nombre visible de cada miembro de esa Nora, por id de usuario."""
    with transaccion(nombre_nora) as sesion:
        ids = list(sesion.scalars(select(Membresia.usuario_id).where(Membresia.nombre_nora == nombre_nora)))
    return todas_las_noras_nombres_de_usuarios(ids)


def todas_las_noras_nombres_de_usuarios(ids: list[int]) -> dict[int, str]:
    """Nombre visible de esos usuarios; los usuarios no son de ninguna Nora."""
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(select(Usuario.id, Usuario.nombre, Usuario.email).where(Usuario.id.in_(ids)))
        return {f.id: f.nombre or f.email for f in filas}


def todas_las_noras_guardar_admin(correo: str, cifrada: str) -> bool:
    """Crea un usuario de la agencia o, si ya existe, le da ese rol y esa clave y cierra sus sesiones. Dice si es nuevo."""
    with transaccion_de_todas_las_noras() as sesion:
        usuario = sesion.scalar(select(Usuario).where(Usuario.email == correo))
        es_nuevo = usuario is None
        if usuario is None:
            usuario = Usuario(email=correo)
            sesion.add(usuario)
        usuario.password, usuario.active, usuario.fs_uniquifier = cifrada, True, secrets.token_hex(16)
        rol = sesion.scalar(select(Rol).where(Rol.name == ROL_ADMIN)) or Rol(name=ROL_ADMIN, description="La agencia")
        if rol not in usuario.roles:
            usuario.roles.append(rol)
        return es_nuevo


def guardar_membresia(nombre_nora: str, usuario_id: int, rol: str) -> None:
    """Da o cambia el rol de un usuario en esa Nora."""
    with transaccion(nombre_nora) as sesion:
        sesion.execute(
            insert(Membresia)
            .values(nombre_nora=nombre_nora, usuario_id=usuario_id, rol=rol)
            .on_conflict_do_update(index_elements=["nombre_nora", "usuario_id"], set_={"rol": rol})
        )


def todas_las_noras_de_usuario(usuario_id: int) -> list[tuple[str, str, frozenset[str]]]:
    """(nombre_nora, rol, módulos activos) de cada Nora a la que entra ese usuario, por nombre."""
    with transaccion_de_todas_las_noras() as sesion:
        filas = sesion.execute(
            select(Membresia.nombre_nora, Membresia.rol, ModuloDisponible.modulo)
            .outerjoin(ModuloDisponible, (ModuloDisponible.nombre_nora == Membresia.nombre_nora) & ModuloDisponible.activo.is_(True))
            .where(Membresia.usuario_id == usuario_id)
            .order_by(Membresia.nombre_nora)
        )
        noras: dict[str, tuple[str, set[str]]] = {}
        for nora, rol, modulo in filas:
            noras.setdefault(nora, (rol, set()))[1].update({modulo} if modulo else set())
    return [(nora, rol, frozenset(modulos)) for nora, (rol, modulos) in noras.items()]
