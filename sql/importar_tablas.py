"""Qué se importa de cada tabla y cómo se sabe que una fila ya estaba. Datos, sin tocar la base."""

from __future__ import annotations

from dataclasses import dataclass, field

from sql.migraciones.conversion import expresion


@dataclass(frozen=True, slots=True)
class TablaImportable:
    """Una tabla que se importa.

    `clave` es lo que hace que dos filas sean la misma (expresiones sobre las columnas); si es `unica`, la base no admite dos.
    Una fecha que forma parte de la clave es obligatoria: sin ella no se sabría, otra vez, si la fila ya estaba.
    `arreglos` cambia una columna ya leída por la misma forma que da la adopción; `anadidos` llena columnas que el archivo no trae.
    """

    nombre: str
    columnas: dict[str, str]
    clave: tuple[str, ...]
    unica: bool = False
    obligatorias: tuple[str, ...] = ("nombre_nora",)
    arreglos: dict[str, str] = field(default_factory=dict)
    anadidos: dict[str, str] = field(default_factory=dict)
    defectos: dict[str, str] = field(default_factory=dict)
    rechazos: dict[str, str] = field(default_factory=dict)
    orden: str = "created_at"


def _textos(*nombres: str) -> dict[str, str]:
    return dict.fromkeys(nombres, "text")


_FECHA = "timestamp with time zone"
_CREADO = {"created_at": "now()", "updated_at": "now()"}
_TELEFONO = "pg_temp.telefono_como_se_muestra({c})"
_TIPO = "pg_temp.tipo_de_mensaje(tipo)"

TABLAS = (
    TablaImportable(
        "configuracion_bot",
        _textos("nombre_nora", "numero_nora", "mensaje_bienvenida", "personalidad", "instrucciones", "foto_perfil")
        | {"created_at": _FECHA, "updated_at": _FECHA},
        clave=("nombre_nora",),
        unica=True,
        arreglos={"numero_nora": _TELEFONO},
        anadidos={"heredada": "nombre_nora !~ '^[a-z0-9][a-z0-9_-]{0,62}$'"},
        defectos=_CREADO,
    ),
    TablaImportable(
        "modulos_disponibles",
        _textos("nombre_nora", "modulo") | {"activo": "boolean"},
        clave=("nombre_nora", "modulo"),
        unica=True,
        obligatorias=("nombre_nora", "modulo"),
        arreglos={"modulo": "lower(btrim({c}))"},
        defectos={"activo": "false"},
        orden="n",
    ),
    TablaImportable(
        "contactos",
        _textos("telefono", "nombre", "nombre_nora", "mensaje_reciente", "imagen_perfil", "notas")
        | {"ultimo_mensaje": _FECHA, "etiquetas": "text[]", "ia_activa": "boolean", "created_at": _FECHA, "updated_at": _FECHA},
        clave=("nombre_nora", "coalesce(pg_temp.clave_de_telefono(telefono), telefono, 'sin teléfono: ' || coalesce(nombre, ''))"),
        arreglos={"telefono": _TELEFONO},
        defectos={"etiquetas": "'{}'", "ia_activa": "true"} | _CREADO,
    ),
    TablaImportable(
        "historial_conversaciones",
        _textos("telefono", "mensaje", "tipo", "origen", "nombre_nora") | {"fecha_hora": _FECHA},
        clave=("nombre_nora", "telefono", "fecha_hora", "tipo", "mensaje"),
        obligatorias=("nombre_nora", "fecha_hora"),
        arreglos={
            "telefono": _TELEFONO,
            "mensaje": "coalesce({c}, '')",
            "tipo": "coalesce(pg_temp.tipo_de_mensaje({c}), 'usuario')",
        },
        anadidos={
            "estado": f"case when {_TIPO} = 'respuesta' then 'enviado' else 'recibido' end",
            "rango": f"case when {_TIPO} = 'respuesta' then 2 else 0 end",
            "cambiado_en": "fecha_hora",
        },
        defectos={"origen": f"case when {_TIPO} = 'respuesta' then 'ia' else 'whatsapp' end"},
        orden="fecha_hora",
    ),
    TablaImportable(
        "conocimiento_nora",
        _textos("nombre_nora", "contenido") | {"created_at": _FECHA, "updated_at": _FECHA},
        clave=("nombre_nora", "public.huella_de_texto(contenido)"),
        unica=True,
        obligatorias=("nombre_nora", "contenido"),
        anadidos={"huella": "public.huella_de_texto(contenido)"},
        defectos=_CREADO,
        rechazos={
            "contenido !~ '[^[:space:]]'": "Bloque vacío",
            "char_length(contenido) > 1000": "Bloque de más de 1000 caracteres: divídelo",
        },
    ),
    TablaImportable(
        "meta_ads_cuentas",
        _textos("nombre_nora", "cliente_id", "access_token", "page_id", "ad_account_id")
        | {"activo": "boolean", "created_at": _FECHA, "updated_at": _FECHA},
        clave=("nombre_nora", "ad_account_id", "page_id", "cliente_id"),
        defectos={"activo": "true"} | _CREADO,
    ),
    TablaImportable(
        "meta_ads_logs_cambios",
        _textos("nombre_nora", "ad_account_id", "objeto_id", "objeto_tipo", "tipo_cambio", "hecho_por")
        | {"valor_antes": "jsonb", "valor_despues": "jsonb", "fecha_hora": _FECHA},
        clave=("nombre_nora", "ad_account_id", "objeto_id", "tipo_cambio", "hecho_por", "fecha_hora", "valor_antes", "valor_despues"),
        obligatorias=("nombre_nora", "fecha_hora"),
        orden="fecha_hora",
    ),
    TablaImportable(
        "meta_ads_receptores",
        _textos("nombre_nora", "nombre", "destino", "medio", "direccion") | {"activo": "boolean", "created_at": _FECHA},
        clave=("nombre_nora", "nombre", "destino", "medio", "direccion"),
        defectos={"activo": "true", "created_at": "now()"},
    ),
    TablaImportable(
        "meta_ads_reportes",
        _textos("nombre_nora", "ad_account_id", "estado")
        | {"desde": "date", "hasta": "date", "contenido": "jsonb", "generado_en": _FECHA, "enviado_en": _FECHA},
        clave=("nombre_nora", "ad_account_id", "desde", "hasta", "contenido", "estado"),
        arreglos={"estado": "coalesce({c}, 'generado')"},
        defectos={"generado_en": "now()"},
        orden="generado_en",
    ),
    TablaImportable(
        "logs_errores",
        _textos("tipo", "descripcion", "origen", "nombre_nora") | {"fecha_hora": _FECHA, "resuelto": "boolean"},
        clave=("tipo", "descripcion", "origen", "nombre_nora", "fecha_hora"),
        obligatorias=("fecha_hora",),
        arreglos={"tipo": "coalesce({c}, 'Otro')", "descripcion": "coalesce({c}, '')"},
        anadidos={"primera_vez": "fecha_hora"},
        defectos={"resuelto": "false"},
        orden="fecha_hora",
    ),
)
"""En este orden: los contactos antes que sus mensajes."""

SE_REESCRIBE_SOLA = "rutas_registradas"


def lectura(columna: str, tipo: str) -> str:
    """La expresión que lee una columna de la fila del archivo (todo texto) con su tipo."""
    leida = expresion("text", tipo, f"(e.fila ->> '{columna}')")
    if leida is None:
        raise ValueError(f"No se sabe leer {tipo}")
    return leida
