"""Cuánto puede pesar lo que se manda: poco en general, y más sólo en la ruta que lo dice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

Vista = TypeVar("Vista", bound=Callable[..., Any])


def admite(bytes_maximos: int) -> Callable[[Vista], Vista]:
    """Deja que esa ruta, y sólo ella, reciba un cuerpo de hasta esos bytes."""

    def marcar(vista: Vista) -> Vista:
        vista.__cuerpo_maximo__ = bytes_maximos  # type: ignore[attr-defined]
        return vista

    return marcar


def medir(app: Flask) -> None:
    """Pone el límite de cada ruta. Va antes que la comprobación CSRF, que ya lee el cuerpo."""

    @app.before_request
    def _medir() -> None:
        maximo = getattr(current_app.view_functions.get(request.endpoint or ""), "__cuerpo_maximo__", None)
        if maximo is not None:
            request.max_content_length = maximo
