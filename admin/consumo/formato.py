"""Cómo se escriben en pantalla el dinero y las categorías. Puro."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CATEGORIAS = {
    "entra": "Escribió la persona",
    "servicio": "Servicio (respuestas)",
    "utilidad": "Utilidad",
    "marketing": "Marketing",
    "autenticacion": "Autenticación",
}
_CENTAVO = Decimal("0.01")


def en_dolares(cantidad: Decimal) -> str:
    """«US$1,234.57»; lo que no llega a un centavo no se redondea a nada: «<US$0.01»."""
    if 0 < cantidad < _CENTAVO:
        return "<US$0.01"
    return f"US${cantidad.quantize(_CENTAVO, ROUND_HALF_UP):,}"


def nombre_de_categoria(categoria: str) -> str:
    """El nombre que entiende una persona; una categoría que no se conoce, tal cual."""
    return CATEGORIAS.get(categoria, categoria)
