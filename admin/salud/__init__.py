"""Cómo está la casa ahora mismo, de un vistazo."""
