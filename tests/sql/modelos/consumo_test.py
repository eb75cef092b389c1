"""El medidor: cada mensaje se cuenta una vez, y los primeros de servicio del mes son los gratis."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sql.modelos.consumo import Recuento, contar_consumo, todas_las_noras_contar_consumo
from tests.base import Base
from tests.fabricas import conversacion, mensaje
from tests.personas import AURA, OTRA

NOVIEMBRE = dt.date(2026, 11, 1)
EMPIEZA = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
TERMINA = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
DIRECCIONES = ("whatsapp:+5215512345678", "whatsapp:+573001234567", "whatsapp:MX.13491208655302741918", "whatsapp:+18095550100", None)
PREFIJOS = {
    "whatsapp:+5215512345678": "+5215",
    "whatsapp:+573001234567": "+5730",
    "whatsapp:MX.13491208655302741918": "MX",
    "whatsapp:+18095550100": "+1809",
    None: "",
}
COLUMNAS = ("tipo", "categoria", "estado", "con_sid", "por_anuncio", "direccion", "enviado_desde", "fecha_hora")

_MENSAJES = st.lists(
    st.fixed_dictionaries(
        {
            "tipo": st.sampled_from(["usuario", "respuesta"]),
            "categoria": st.sampled_from(["servicio", "servicio", "utilidad", "marketing", "autenticacion"]),
            "estado": st.sampled_from(["listo", "enviando", "por_confirmar", "enviado", "entregado", "leido", "fallido", "cancelado"]),
            "con_sid": st.booleans(),
            "por_anuncio": st.booleans(),
            "direccion": st.sampled_from(DIRECCIONES),
            "enviado_desde": st.sampled_from(["whatsapp:+5215500000001", "whatsapp:+5215500000002", None]),
            "fecha_hora": st.sampled_from(
                [EMPIEZA - dt.timedelta(seconds=1), EMPIEZA, EMPIEZA + dt.timedelta(days=9), TERMINA - dt.timedelta(seconds=1), TERMINA]
            ),
        }
    ),
    max_size=25,
)


def _a_mano(filas: list[dict[str, Any]], gratis: int) -> Counter[tuple[str, str, str]]:
    """La misma cuenta, uno por uno y en orden."""
    cuenta: Counter[tuple[str, str, str]] = Counter()
    gastado: Counter[str] = Counter()
    del_mes = [f for f in filas if EMPIEZA <= f["fecha_hora"] < TERMINA]
    sin_decir = min((f["enviado_desde"] for f in del_mes if f["enviado_desde"]), default="")
    for fila in sorted(del_mes, key=lambda f: (f["fecha_hora"], f["id"])):
        categoria, prefijo = fila["categoria"], PREFIJOS[fila["direccion"]]
        if fila["tipo"] == "usuario":
            categoria, resultado = "entra", "entra"
        elif fila["estado"] == "fallido":
            resultado = "fallido" if fila["con_sid"] else "rechazado"
        elif fila["estado"] not in {"enviado", "entregado", "leido"}:
            resultado = "sin_salir"
        elif fila["por_anuncio"]:
            resultado = "anuncio"
        elif categoria == "servicio" and gastado[fila["enviado_desde"] or sin_decir] < gratis:
            gastado[fila["enviado_desde"] or sin_decir] += 1
            resultado = "cupo"
        else:
            resultado = "cobrable"
        cuenta[(categoria, prefijo, resultado)] += 1
    return cuenta


def _como_cuenta(recuentos: list[Recuento]) -> Counter[tuple[str, str, str]]:
    return Counter({(r.categoria, r.prefijo, r.resultado): r.cuantos for r in recuentos})


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(filas=_MENSAJES, gratis=st.integers(0, 5))
def test_cuenta_lo_mismo_que_a_mano(base: Base, filas: list[dict[str, Any]], gratis: int) -> None:
    base.duena.execute("delete from historial_conversaciones")
    for fila in filas:
        # Sin hilo: dos en duda en el mismo no caben, y aquí da igual.
        (clave,) = base.duena.execute(
            "insert into historial_conversaciones"
            " (nombre_nora, tipo, categoria, estado, message_sid, por_anuncio, direccion, enviado_desde, fecha_hora)"
            " values (%s, %s, %s, %s, case when %s then 'SM' || gen_random_uuid() end, %s, %s, %s, %s) returning id",
            (
                AURA,
                *(fila[c] for c in ("tipo", "categoria", "estado", "con_sid", "por_anuncio", "direccion", "enviado_desde", "fecha_hora")),
            ),
        ).fetchone() or (0,)
        fila["id"] = clave
    esperado = _a_mano(filas, gratis)
    assert _como_cuenta(contar_consumo(AURA, NOVIEMBRE, gratis=gratis)) == esperado
    de_todas = todas_las_noras_contar_consumo(NOVIEMBRE, gratis=gratis)
    assert _como_cuenta(de_todas.get(AURA, [])) == esperado
    assert OTRA not in de_todas


def test_una_nora_no_ve_lo_de_otra(base: Base) -> None:
    mensaje(conversacion(nombre_nora=OTRA), fecha_hora=EMPIEZA)
    assert contar_consumo(AURA, NOVIEMBRE, gratis=1000) == []
    assert sum(r.cuantos for r in contar_consumo(OTRA, NOVIEMBRE, gratis=1000)) == 1


def test_sin_direccion_vale_el_telefono_de_antes(base: Base) -> None:
    mensaje(conversacion(), fecha_hora=EMPIEZA, direccion=None, telefono="+56912345678")
    assert [r.prefijo for r in contar_consumo(AURA, NOVIEMBRE, gratis=1000)] == ["+5691"]


@pytest.mark.parametrize("cuantos", [45_000])
def test_con_decenas_de_miles_de_mensajes_no_tarda(base: Base, cuantos: int) -> None:
    base.duena.execute(
        "insert into historial_conversaciones (nombre_nora, tipo, categoria, estado, direccion, enviado_desde, fecha_hora)"
        " select case when i %% 3 = 0 then %s else %s end, case when i %% 2 = 0 then 'usuario' else 'respuesta' end, 'servicio', 'leido',"
        " 'whatsapp:+52155' || lpad((i %% 997)::text, 8, '0'), 'whatsapp:+5215500000001', %s::timestamptz + i * interval '60 seconds'"
        " from generate_series(1, %s) i",
        (OTRA, AURA, EMPIEZA, cuantos),
    )
    base.duena.execute("analyze historial_conversaciones")
    empieza = time.perf_counter()
    recuentos = contar_consumo(AURA, NOVIEMBRE, gratis=1000)
    tardo = time.perf_counter() - empieza
    assert sum(r.cuantos for r in recuentos if r.resultado == "cupo") == 1000
    assert tardo < 5, f"tardó {tardo:.2f} s"
