"""El único lector del entorno: un objeto congelado y validado que se niega a nacer si algo falta o está mal."""

from __future__ import annotations

import hashlib
import hmac
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, StringConstraints, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

RAIZ = Path(__file__).resolve().parent.parent

CuentaDeTwilio = Annotated[str, StringConstraints(pattern=r"^AC[0-9a-f]{32}$")]


class AjustesInvalidos(RuntimeError):
    """Uno o más ajustes faltan o están mal; el mensaje los nombra todos."""


class Ajustes(BaseSettings):
    """Lo que se puede cambiar desde fuera. Los nombres en mayúsculas son el contrato de `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=RAIZ / ".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

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
    twilio_ficha: SecretStr | None = Field(None, validation_alias="TWILIO_AUTH_TOKEN")
    twilio_url: str | None = Field(None, validation_alias="TWILIO_API_URL")
    openai_clave: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL")
    openai_modelo: str = Field("gpt-6-luna", validation_alias="OPENAI_MODEL")
    meta_url: str = Field("https://graph.facebook.com/v26.0", validation_alias="META_GRAPH_URL")
    supabase_url: str | None = Field(None, validation_alias="SUPABASE_URL")
    supabase_clave: SecretStr | None = Field(None, validation_alias="SUPABASE_KEY")
    correo_url: SecretStr | None = Field(None, validation_alias="SMTP_URL")

    @field_validator("base_url")
    @classmethod
    def _base_de_postgres(cls, valor: SecretStr | None) -> SecretStr | None:
        if valor is None:
            return None
        partes = urlsplit(valor.get_secret_value())
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
        partes = urlsplit(valor)
        if partes.scheme not in {"http", "https"} or not partes.hostname:
            raise ValueError("debe ser una dirección http:// o https:// completa")
        if "_" in partes.hostname:
            raise ValueError("el nombre del servidor no puede llevar guion bajo: Twilio no avisa a direcciones así")
        return valor.rstrip("/")

    @field_validator("correo_url")
    @classmethod
    def _servidor_de_correo(cls, valor: SecretStr | None) -> SecretStr | None:
        if valor is not None and urlsplit(valor.get_secret_value()).scheme not in {"smtp", "smtps"}:
            raise ValueError("debe empezar por smtp:// o smtps://")
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

    @model_validator(mode="after")
    def _twilio_completo(self) -> Ajustes:
        if self.twilio_cuenta and not self.twilio_ficha:
            raise ValueError("TWILIO_AUTH_TOKEN: falta; está TWILIO_ACCOUNT_SID pero sin su token no se puede comprobar ni enviar nada")
        if self.twilio_ficha and not self.twilio_cuenta and not self.demo:
            raise ValueError("TWILIO_ACCOUNT_SID: falta; está TWILIO_AUTH_TOKEN pero sin la cuenta no se puede enviar")
        if bool(self.supabase_url) != bool(self.supabase_clave):
            falta = "SUPABASE_KEY" if self.supabase_url else "SUPABASE_URL"
            raise ValueError(f"{falta}: falta; SUPABASE_URL y SUPABASE_KEY van juntas")
        return self

    @property
    def url_interna(self) -> str:
        """Dirección de la web vista desde esta misma máquina."""
        servidor = "127.0.0.1" if self.direccion in {"0.0.0.0", "::", ""} else self.direccion  # noqa: S104 - se compara, no se escucha
        return f"http://{servidor}:{self.puerto}"

    @property
    def url_base(self) -> str:
        """Dirección con la que Twilio nos alcanza: la pública o, sin ella, la de esta máquina."""
        return self.url_publica or self.url_interna

    @property
    def es_local(self) -> bool:
        """Si sólo se atiende a esta máquina; la entrada de un clic de la demo depende de ello."""
        return self.direccion in {"127.0.0.1", "localhost", "::1"}

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


def cargar(**valores: Any) -> Ajustes:
    """Lee el entorno (y `.env`) y devuelve los ajustes.

    Raises:
        AjustesInvalidos: nombra de una vez todas las variables que faltan o están mal, sin enseñar sus valores.
    """
    try:
        return Ajustes(**valores)
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
    mensaje = str(detalle["msg"]).removeprefix("Value error, ")
    if not detalle["loc"]:
        return mensaje
    variable = str(detalle["loc"][0])
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
