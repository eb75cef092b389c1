"""Cuántas veces se puede probar una contraseña: pocas por cuenta, algunas más por dirección, y se dice cuánto esperar."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from flask import Flask, g, request
from limits import RateLimitItem, parse
from werkzeug.exceptions import TooManyRequests

from registro.extensiones import limitador

POR_CUENTA = parse("5/minute")
"""Intentos por dirección IP y cuenta."""
POR_DIRECCION = parse("30/minute")
"""Intentos por dirección IP con cualquier cuenta: frena a quien prueba una contraseña con muchas."""
PUERTAS_CON_LIMITE = frozenset({"security.login", "security.forgot_password", "security.reset_password"})


def poner_limites(app: Flask) -> None:
    """Cuenta cada intento de entrar o de recuperar la contraseña; mirar la página no cuenta."""
    app.before_request(_contar_intento)


def _contar_intento() -> None:
    if request.method != "POST" or request.endpoint not in PUERTAS_CON_LIMITE:
        return
    cuerpo = request.get_json(silent=True) if request.is_json else request.form
    correo = str(cuerpo.get("email", "")).strip().lower()[:254] if isinstance(cuerpo, Mapping) else ""
    direccion = request.remote_addr or ""
    _gastar(POR_DIRECCION, request.endpoint, direccion)
    _gastar(POR_CUENTA, request.endpoint, direccion, correo)


def _gastar(limite: RateLimitItem, *clave: str) -> None:
    if limitador.limiter.hit(limite, *clave):
        return
    espera = max(1, math.ceil(limitador.limiter.get_window_stats(limite, *clave).reset_time - time.time()))
    g.espera_segundos = espera
    raise TooManyRequests("Por seguridad, hay un máximo de intentos por minuto. Tu cuenta sigue bien.", retry_after=espera)
