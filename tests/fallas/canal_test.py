"""El ensayo del cable, en pequeño: repetidos, revueltos, golpes y un Twilio que se porta mal, y ninguna promesa rota."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.base import base_aparte
from tests.fallas.canal import Encargo, contar, ensayar

LIMITE_SEGUNDOS = 150
SEMILLA = 25
"""Con ella muere una vez la web, otra el trabajador, y hay un mensaje que Twilio no entrega nunca."""


@pytest.mark.parametrize("semilla", [SEMILLA])
def test_con_dos_golpes_no_se_pierde_ni_se_repite_nada(servidor: str, tmp_path: Path, semilla: int) -> None:
    with base_aparte(servidor, "plantilla") as dsn:
        encargo = Encargo(
            mensajes=300,
            golpes=2,
            semilla=semilla,
            prisa=10,
            por_segundo=60,
            limite_segundos=LIMITE_SEGUNDOS,
            dsn=dsn,
            guardar_en=tmp_path,
        )
        informe = ensayar(encargo)
    assert informe.violaciones == [], contar(informe)
    assert len(informe.escena.historial) == encargo.mensajes
    assert informe.averias, "el doble no se portó mal ni una vez"
    assert 0 in informe.contestados, "ningún golpe dejó a Twilio sin respuesta"
