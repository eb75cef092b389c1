"""El único lector del entorno: un objeto congelado y validado que se niega a nacer si algo falta o está mal."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from cryptography.fernet import Fernet
from dotenv import dotenv_values
from pydantic import Field, PrivateAttr, SecretStr, StringConstraints, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

RAIZ = Path(__file__).resolve().parent.parent
ARCHIVO_ENV = RAIZ / ".env"

CuentaDeTwilio = Annotated[str, StringConstraints(pattern=r"^AC[0-9a-f]{32}$")]
_DE_TODAS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # nosec B104 - se compara, no se escucha
"""Direcciones que significan «todas las de esta máquina» y con cuál se llega a ella desde dentro."""
_OTRA_VARIABLE = "otra_variable"
"""Tipo de fallo cuyo mensaje ya nombra la variable que falta, porque no es la que se estaba mirando."""


class AjustesInvalidos(RuntimeError):
    """Uno o más ajustes faltan o están mal; el mensaje los nombra todos."""


class Ajustes(BaseSettings):
    """Lo que se puede cambiar desde fuera. Los nombres en mayúsculas son el contrato de `.env.example`."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True)

    puerto: int = Field(5000, validation_alias="PORT", ge=1, le=65535)
    direccion: str = Field("127.0.0.1", validation_alias="HOST")
    base_url: SecretStr | None = Field(None, validation_alias="DATABASE_URL")
    carpeta_de_datos: Path = Field(Path("datos"), validation_alias="DATOS_DIR")
    url_publica: str | None = Field(None, validation_alias="PUBLIC_URL")
    clave_secreta: SecretStr = Field(validation_alias="SECRET_KEY", min_length=16)
    claves_de_cifrado: SecretStr = Field(validation_alias="CLAVES_CIFRADO")
    demo: bool = Field(False, validation_alias="DEMO")
    demo_clave: SecretStr | None = Field(None, validation_alias="DEMO_CLAVE", min_length=8)
    twilio_cuenta: CuentaDeTwilio | None = Field(None, validation_alias="TWILIO_ACCOUNT_SID")
    twilio_ficha: SecretStr | None = Field(None, validation_alias="TWILIO_AUTH_TOKEN", validate_default=True)
    twilio_url: str | None = Field(None, validation_alias="TWILIO_API_URL")
    openai_clave: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL")
    openai_modelo: str = Field("gpt-6-luna", validation_alias="OPENAI_MODEL")
    meta_url: str = Field("https://graph.facebook.com/v26.0", validation_alias="META_GRAPH_URL")
    supabase_url: str | None = Field(None, validation_alias="SUPABASE_URL")
    supabase_clave: SecretStr | None = Field(None, validation_alias="SUPABASE_KEY", validate_default=True)
    correo_url: SecretStr | None = Field(None, validation_alias="SMTP_URL")

    _base_embebida: bool = PrivateAttr(False)

    @field_validator("direccion")
    @classmethod
    def _donde_escuchar(cls, valor: str) -> str:
        limpia = valor.strip().strip("[]")
        if not re.fullmatch(r"[A-Za-z0-9:._%-]{1,253}", limpia):
            raise ValueError("debe ser una dirección o un nombre de esta máquina, sin http:// ni puerto")
        return limpia

    @field_validator("carpeta_de_datos")
    @classmethod
    def _carpeta_absoluta(cls, valor: Path) -> Path:
        # Relativa a este proyecto y no a donde se esté: la base, los correos y los errores en espera van juntos.
        return RAIZ / valor

    @field_validator("base_url")
    @classmethod
    def _base_de_postgres(cls, valor: SecretStr | None) -> SecretStr | None:
        if valor is None:
            return None
        partes = _partir(valor.get_secret_value())
        if partes.scheme.split("+")[0] not in {"postgres", "postgresql"}:
            raise ValueError("debe empezar por postgresql://")
        if partes.port == 6543:
            raise ValueError(
                "usa el puerto 6543 (pooler de transacciones): hace falta la conexión directa o el pooler de sesión, puerto 5432"
            )
        return valor

    @field_validator("url_publica", "twilio_url", "openai_url", "meta_url", "supabase_url")
    @classmethod
    def _direccion_web(cls, valor: str | None) -> str | None:
        if valor is None:
            return None
        partes = _partir(valor.strip())
        if partes.scheme not in {"http", "https"} or not partes.hostname:
            raise ValueError("debe ser una dirección http:// o https:// completa")
        if "_" in partes.hostname:
            raise ValueError("el nombre del servidor no puede llevar guion bajo: Twilio no avisa a direcciones así")
        return valor.strip().rstrip("/")

    @field_validator("correo_url")
    @classmethod
    def _servidor_de_correo(cls, valor: SecretStr | None) -> SecretStr | None:
        if valor is None:
            return None
        partes = _partir(valor.get_secret_value())
        if partes.scheme not in {"smtp", "smtps"} or not partes.hostname:
            raise ValueError("debe ser smtp://usuario:clave@servidor:puerto (o smtps://)")
        return valor

    @field_validator("claves_de_cifrado")
    @classmethod
    def _claves_fernet(cls, valor: SecretStr) -> SecretStr:
        try:
            claves = [Fernet(parte.strip()) for parte in valor.get_secret_value().split(",") if parte.strip()]
        except ValueError as motivo:
            raise ValueError("cada clave debe ser de Fernet (32 bytes en base64), separadas por comas, la más nueva primero") from motivo
        if not claves:
            raise ValueError("falta al menos una clave de Fernet")
        return valor

    @field_validator("twilio_ficha")
    @classmethod
    def _twilio_completo(cls, valor: SecretStr | None, dichos: ValidationInfo) -> SecretStr | None:
        # Lo que está mal escrito no figura en `dichos`, pero alguien lo puso: cuenta como dado.
        cuenta = dichos.data.get("twilio_cuenta", "mal escrita")
        if cuenta and not valor:
            raise ValueError("falta; está TWILIO_ACCOUNT_SID pero sin su token no se puede comprobar ni enviar nada")
        if valor and not cuenta and not dichos.data.get("demo", True):
            raise PydanticCustomError(
                _OTRA_VARIABLE, "TWILIO_ACCOUNT_SID: falta; está TWILIO_AUTH_TOKEN pero sin la cuenta no se puede enviar"
            )
        return valor

    @field_validator("supabase_clave")
    @classmethod
    def _supabase_completo(cls, valor: SecretStr | None, dichos: ValidationInfo) -> SecretStr | None:
        proyecto = dichos.data.get("supabase_url", "mal escrito")
        if proyecto and not valor:
            raise ValueError("falta; SUPABASE_URL y SUPABASE_KEY van juntas")
        if valor and not proyecto:
            raise PydanticCustomError(_OTRA_VARIABLE, "SUPABASE_URL: falta; SUPABASE_URL y SUPABASE_KEY van juntas")
        return valor

    def con_base_embebida(self, url: str) -> Ajustes:
        """Los mismos ajustes apuntando a la base embebida, ya encendida."""
        copia = self.model_copy(update={"base_url": SecretStr(url)})
        copia._base_embebida = True
        return copia

    @property
    def base_embebida(self) -> bool:
        """Si la base es la que trae el proyecto, porque no se dio DATABASE_URL."""
        return self.base_url is None or self._base_embebida

    @property
    def enlace(self) -> str:
        """«dirección:puerto» donde se escucha, con corchetes si es IPv6."""
        return f"{_entre_corchetes(self.direccion)}:{self.puerto}"

    @property
    def url_interna(self) -> str:
        """Dirección de la web vista desde esta misma máquina."""
        return f"http://{_entre_corchetes(_DE_TODAS.get(self.direccion, self.direccion))}:{self.puerto}"

    @property
    def url_base(self) -> str:
        """Dirección con la que Twilio nos alcanza: la pública o, sin ella, la de esta máquina."""
        return self.url_publica or self.url_interna

    @property
    def es_local(self) -> bool:
        """Si sólo se atiende a esta máquina; la entrada de un clic de la demo depende de ello.

        Con PUBLIC_URL no, aunque se escuche en 127.0.0.1: un túnel trae hasta aquí a cualquiera.
        """
        return self.direccion in {"127.0.0.1", "localhost", "::1"} and self.url_publica is None

    @property
    def twilio_conectado(self) -> bool:
        """Si hay credenciales para enviar de verdad."""
        return bool(self.twilio_cuenta and self.twilio_ficha)

    @cached_property
    def cuenta_demo(self) -> str:
        """AccountSid del WhatsApp simulado: propio de esta instalación y con la forma de Twilio."""
        return "AC" + self._derivar("cuenta-demo")[:32]

    @cached_property
    def ficha_demo(self) -> str:
        """Token con el que firma el WhatsApp simulado; nadie lo escribe y no sale de aquí."""
        return self._derivar("ficha-demo")[:32]

    def _derivar(self, para: str) -> str:
        return hmac.new(self.clave_secreta.get_secret_value().encode(), para.encode(), hashlib.sha256).hexdigest()


def _partir(direccion: str) -> SplitResult:
    """Las partes de una dirección. Los motivos de `urlsplit` enseñan pedazos del valor (de la clave, si lleva «/» o «#»): se cambian."""
    try:
        partes = urlsplit(direccion)
        _ = partes.port, partes.hostname
    except ValueError:
        raise ValueError("no es una dirección válida; si la clave lleva signos como / # @ : escríbelos como %2F %23 %40 %3A") from None
    return partes


def _entre_corchetes(direccion: str) -> str:
    return f"[{direccion}]" if ":" in direccion else direccion


def cargar(archivo: Path | None = ARCHIVO_ENV, **valores: Any) -> Ajustes:
    """Lee el entorno y después `archivo` (`.env`), y devuelve los ajustes. `valores` gana a los dos.

    Raises:
        AjustesInvalidos: nombra de una vez todas las variables que faltan o están mal, sin enseñar sus valores.
    """
    # Lo dicho en el entorno gana al archivo aunque esté vacío: «OPENAI_API_KEY= make run» es «sin clave», no «la del archivo».
    del_archivo = {clave: valor for clave, valor in dotenv_values(archivo).items() if valor and clave not in os.environ} if archivo else {}
    try:
        return Ajustes(**{**del_archivo, **valores})
    except ValidationError as fallo:
        renglones = [_renglon(detalle) for detalle in fallo.errors(include_input=False, include_url=False)]
        raise AjustesInvalidos(
            "No se puede arrancar: revisa estas variables (en .env o en el entorno)\n" + "\n".join(f"  · {r}" for r in renglones)
        ) from None


_EN_PALABRAS = {
    "missing": "falta",
    "int_parsing": "debe ser un número entero",
    "bool_parsing": "debe ser 1 o 0",
    "greater_than_equal": "es demasiado pequeño",
    "less_than_equal": "es demasiado grande",
    "too_short": "es demasiado corta",
    "string_pattern_mismatch": "no tiene la forma esperada (AC y 32 cifras hexadecimales)",
}


def _renglon(detalle: Any) -> str:
    if detalle["type"] == _OTRA_VARIABLE:
        return str(detalle["msg"])
    mensaje = str(detalle["msg"]).removeprefix("Value error, ") if detalle["type"] == "value_error" else "no es válida"
    campo = str(detalle["loc"][0])
    # Lo que falta se señala con el nombre del campo y lo que está mal, con el de la variable: aquí siempre el de la variable.
    variable = Ajustes.model_fields[campo].validation_alias if campo in Ajustes.model_fields else campo
    return f"{variable}: {_EN_PALABRAS.get(detalle['type'], mensaje)}"


_vigentes: Ajustes | None = None


def fijar(ajustes: Ajustes) -> Ajustes:
    """Deja estos ajustes como los de este proceso y los devuelve."""
    global _vigentes
    _vigentes = ajustes
    return ajustes


def vigentes() -> Ajustes:
    """Los ajustes de este proceso.

    Raises:
        RuntimeError: si nadie llamó a `fijar`.
    """
    if _vigentes is None:
        raise RuntimeError("Faltan los ajustes: quien arranca debe llamar a registro.config.fijar()")
    return _vigentes
