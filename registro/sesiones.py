"""Quién es quien entra: Flask-Security sobre las tablas `usuarios` y `roles`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Flask, Response, redirect, request, url_for
from flask_security import RoleMixin, SQLAlchemySessionUserDatastore, UserMixin
from sqlalchemy import event, text
from sqlalchemy.orm import Mapped, Session, relationship, scoped_session, sessionmaker

from registro.bitacora import registrar_error
from registro.config import Ajustes
from registro.correo import remitente
from registro.errores import responder_error
from registro.extensiones import seguridad
from sql.conexion import TODAS, motor
from sql.modelos.usuarios import Rol, Usuario, roles_usuarios


class RolDePanel(RoleMixin, Rol):  # type: ignore[misc]
    """El rol tal como lo espera Flask-Security: misma tabla y mismas filas."""


class UsuarioDePanel(UserMixin, Usuario):  # type: ignore[misc]
    """El usuario tal como lo espera Flask-Security: misma tabla y mismas filas."""

    roles: Mapped[list[RolDePanel]] = relationship(secondary=roles_usuarios, lazy="selectin", overlaps="roles")  # type: ignore[assignment]

    def verify_and_update_password(self, password: str) -> bool:
        """Si esa es su clave. Una guardada que no es de argon2 no abre nada; se avisa a la agencia y quien prueba no nota la diferencia."""
        try:
            return bool(super().verify_and_update_password(password))
        except ValueError:
            que = f"La clave guardada del usuario {self.id} no es de argon2: que la recupere."
            registrar_error("Servidor", que, origen="registro.sesiones")
            return False


class _SesionDeUsuarios(Session):
    """Los usuarios no son de ninguna Nora: esta sesión corre en el contexto de todas y sólo toca sus tablas."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Any:
        return motor()


@event.listens_for(_SesionDeUsuarios, "after_begin")
def _sin_nora(_sesion: Session, _transaccion: Any, conexion: Any) -> None:
    conexion.execute(text("select set_config('app.nora', :todas, true)"), {"todas": TODAS})


sesion_de_usuarios = scoped_session(sessionmaker(class_=_SesionDeUsuarios, expire_on_commit=False))
usuarios = SQLAlchemySessionUserDatastore(sesion_de_usuarios, UsuarioDePanel, RolDePanel)


def preparar_sesiones(app: Flask, ajustes: Ajustes) -> None:
    """Configura entrada, salida, recuperación y cookies. Los límites de intentos están en la puerta de acceso."""
    clave = ajustes.clave_secreta.get_secret_value()
    con_https = ajustes.url_base.startswith("https://")
    app.config.update(
        SECRET_KEY=clave,
        SECURITY_PASSWORD_SALT=clave,
        SECURITY_PASSWORD_HASH="argon2",  # nosec B106 - nombre del algoritmo
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_TRACKABLE=True,
        SECURITY_PASSWORD_LENGTH_MIN=10,
        SECURITY_LOGIN_URL="/entrar",
        SECURITY_LOGOUT_URL="/salir",
        SECURITY_RESET_URL="/recuperar",
        SECURITY_CHANGE_URL="/cambiar-clave",
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/entrar",
        SECURITY_RESET_PASSWORD_WITHIN=dt.timedelta(hours=2),
        SECURITY_EMAIL_SENDER=remitente(ajustes),
        SECURITY_EMAIL_SUBJECT_PASSWORD_RESET="Recupera tu contraseña",
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
        # Puertas de la librería que esta casa no usa: ni sus archivos ni su «vuelve a escribir tu clave».
        SECURITY_STATIC_FOLDER=None,
        SECURITY_FRESHNESS=dt.timedelta(seconds=-1),
        SESSION_COOKIE_NAME="__Host-aura" if con_https else "aura",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=con_https,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=con_https,
        REMEMBER_COOKIE_DURATION=dt.timedelta(days=7),
        REMEMBER_COOKIE_NAME="__Host-aura-recuerda" if con_https else "aura-recuerda",
        PERMANENT_SESSION_LIFETIME=dt.timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        BABEL_DEFAULT_LOCALE="es",
    )
    seguridad.init_app(app, usuarios)
    # Flask-Principal buscaría al usuario en la base antes de cada petición, hasta la de un icono; aquí pregunta el portero.
    seguridad.principal.identity_loaders.clear()
    app.login_manager.unauthorized_handler(_pedir_entrada)  # type: ignore[attr-defined]
    app.teardown_appcontext(lambda _fallo: sesion_de_usuarios.remove())


def _pedir_entrada() -> Response:
    """Un navegador va a la entrada y vuelve; un fragmento o un JSON reciben 401 para no tragarse una página entera."""
    acepta = request.accept_mimetypes
    if request.headers.get("HX-Request") == "true" or (acepta and acepta.best_match(["text/html", "application/json"]) != "text/html"):
        return responder_error(401)
    volver = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("security.login", next=volver))  # type: ignore[return-value]
