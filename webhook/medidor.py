"""El consumo de un mes: lo que la base cuenta, con las tarifas puestas."""

from __future__ import annotations

import datetime as dt

from sql.modelos.consumo import contar_consumo, todas_las_noras_contar_consumo
from webhook.tarifas import GRATIS_AL_MES, Consumo, estimar


def medir_consumo(nombre_nora: str, mes: dt.date) -> Consumo:
    """Lo que una Nora lleva gastado en el mes (UTC) que empieza en `mes`, estimado en dólares."""
    return estimar(contar_consumo(nombre_nora, mes, gratis=GRATIS_AL_MES), mes)


def todas_las_noras_medir_consumo(mes: dt.date) -> dict[str, Consumo]:
    """Lo mismo de cada Nora con algún mensaje ese mes."""
    contados = todas_las_noras_contar_consumo(mes, gratis=GRATIS_AL_MES)
    return {nombre_nora: estimar(recuentos, mes) for nombre_nora, recuentos in contados.items()}
