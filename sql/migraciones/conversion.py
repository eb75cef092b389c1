"""Cómo se lee una columna vieja con el tipo nuevo: texto de SQL, sin tocar la base."""

from __future__ import annotations

_LECTORES = {
    "bigint": "pg_temp.a_entero({c}::text)",
    "boolean": "pg_temp.a_booleano({c}::text)",
    "timestamp with time zone": "pg_temp.a_fecha({c}::text)",
    "date": "pg_temp.a_fecha({c}::text)::date",
    "text[]": "pg_temp.a_lista({c}::text)",
    "jsonb": "pg_temp.a_json({c}::text)",
}


def expresion(viejo: str, nuevo: str, columna: str) -> str | None:
    """La expresión que convierte esa columna, o None si esos tipos no se entienden. Los tipos, como los nombra el catálogo."""
    if nuevo == "text":
        return f"{columna} #>> '{{}}'" if viejo in {"json", "jsonb"} else f"{columna}::text"
    if viejo == "timestamp without time zone" and nuevo == "timestamp with time zone":
        return f"{columna} at time zone 'UTC'"
    if viejo.endswith("[]"):
        return {"text[]": f"{columna}::text[]", "jsonb": f"to_jsonb({columna})"}.get(nuevo)
    lector = _LECTORES.get(nuevo)
    return lector.format(c=columna) if lector else None


def pierde(expresion_nueva: str, columna: str) -> str:
    """Condición que cumplen las filas cuyo valor se perdería al convertir."""
    return f"{columna} is not null and btrim({columna}::text) <> '' and ({expresion_nueva}) is null"
