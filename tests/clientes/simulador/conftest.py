"""Las pruebas del simulador hablan por HTTP con la aplicación servida de verdad."""

from __future__ import annotations

from tests.servida import servida  # noqa: F401 - es una fixture
