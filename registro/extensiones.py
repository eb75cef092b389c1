"""Los objetos de extensión de Flask: nacen aquí sin aplicación y se atan en `crear_app`."""

from __future__ import annotations

from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import Security
from flask_socketio import SocketIO
from flask_wtf.csrf import CSRFProtect

from registro.correo import CorreoDelPanel

csrf = CSRFProtect()
seguridad = Security(mail_util_cls=CorreoDelPanel)
idiomas = Babel()
compresor = Compress()
limitador = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)
enchufes = SocketIO()
