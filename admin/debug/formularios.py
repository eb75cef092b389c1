"""El filtro de errores que viaja en la dirección. Puro."""

from __future__ import annotations

from collections.abc import Mapping

from registro.textos import una_linea
from sql.modelos.errores import FiltroDeErrores

TIPOS = ("IA", "Meta", "Modulo", "OpenAI", "Servidor", "SocketIO", "Supabase", "Twilio", "Webhook")
"""Los que anota la casa; en la pantalla se suman los que haya en la tabla."""

PASO = 100
MAXIMO = 2000
"""Errores en pantalla como mucho; para más está el CSV."""


def leer_filtro(argumentos: Mapping[str, str]) -> FiltroDeErrores:
    """Tipo, Nora, texto y estado; lo que no se entiende es «todos»."""
    return FiltroDeErrores(
        tipo=una_linea(argumentos.get("tipo", ""))[:60],
        nombre_nora=una_linea(argumentos.get("nora", ""))[:63],
        resueltos=argumentos.get("estado") == "resueltos",
        texto=una_linea(argumentos.get("q", ""))[:200],
    )


def leer_cuantos(texto: str) -> int:
    """Cuántos errores enseñar: de 100 a 2000."""
    return min(max(int(texto), PASO), MAXIMO) if texto.isascii() and texto.isdigit() and len(texto) < 6 else PASO
