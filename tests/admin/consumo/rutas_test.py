"""El consumo en pantalla: cada Nora con lo suyo, su detalle y la hoja de cálculo."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable

import pytest

from sql.modelos.noras import guardar_nora
from tests.base import Base
from tests.fabricas import conversacion, mensaje
from tests.panel import ClienteDePanel
from tests.personas import AURA, OTRA

Entrar = Callable[[str], ClienteDePanel]
OCTUBRE = dt.datetime(2026, 10, 5, tzinfo=dt.UTC)


def _octubre_de_aura() -> None:
    hilo = conversacion()
    chile = "whatsapp:+56912345678"
    mensaje(hilo, fecha_hora=OCTUBRE, direccion=chile)
    mensaje(hilo, tipo="respuesta", estado="leido", fecha_hora=OCTUBRE, direccion=chile)
    for _ in range(30):
        mensaje(hilo, tipo="respuesta", estado="entregado", categoria="marketing", fecha_hora=OCTUBRE, direccion=chile)
    mensaje(hilo, tipo="respuesta", estado="fallido", fecha_hora=OCTUBRE, direccion=chile)


def test_la_tabla_suma_y_el_detalle_desglosa(cliente_de: Entrar, base: Base) -> None:
    _octubre_de_aura()
    tabla = cliente_de("diego").get("/admin/consumo/?mes=2026-10").text
    # 32 mensajes de Twilio a 0.005 más un fallido a 0.001; 30 de marketing a Chile a 0.0889.
    assert "US$0.16" in tabla
    assert "US$2.67" in tabla
    assert "US$2.83" in tabla
    assert "1 de 1,000" in tabla
    assert 'href="/admin/consumo/aura?mes=2026-10"' in tabla
    detalle = cliente_de("diego").get(f"/admin/consumo/{AURA}?mes=2026-10").text
    for esperado in ("Chile", "Marketing", "Servicio (respuestas)", "Escribió la persona", "US$2.83", "la factura manda"):
        assert esperado in detalle
    assert "≈" not in detalle


def test_una_tarifa_sin_comprobar_se_dice(cliente_de: Entrar, base: Base) -> None:
    mensaje(
        conversacion(), tipo="respuesta", estado="leido", categoria="marketing", fecha_hora=OCTUBRE, direccion="whatsapp:+4915112345678"
    )
    texto = cliente_de("diego").get("/admin/consumo/?mes=2026-10").text
    assert "≈" in texto
    assert "tarifa aproximada" in texto


def test_la_hoja_de_calculo_trae_los_numeros_sin_adornos(cliente_de: Entrar, base: Base) -> None:
    _octubre_de_aura()
    guardar_nora(OTRA, nombre_visible="=SUMA(A1)")
    respuesta = cliente_de("diego").get("/admin/consumo/consumo.csv?mes=2026-10")
    assert respuesta.headers["Content-Disposition"] == "attachment; filename=consumo-2026-10.csv"
    aura, otra = csv.DictReader(io.StringIO(respuesta.text.removeprefix("\ufeff")))
    assert (aura["nora"], aura["entrantes"], aura["salientes"], aura["fallidos"]) == (AURA, "1", "31", "1")
    assert (aura["twilio_usd"], aura["meta_usd"], aura["total_usd"]) == ("0.161", "2.6670", "2.8280")
    assert otra["nombre"] == "'=SUMA(A1)"


@pytest.mark.parametrize("mes", ["", "2026-13", "hola", "2999-01", "0000-01", "1999-12", "２０２６-１０"])
def test_un_mes_imposible_es_el_de_hoy(cliente_de: Entrar, mes: str) -> None:
    actual = dt.datetime.now(dt.UTC)
    texto = cliente_de("diego").get("/admin/consumo/", query_string={"mes": mes}).text
    assert f"consumo.csv?mes={actual:%Y-%m}" in texto
    assert "Mes siguiente" not in texto


def test_la_nora_de_ejemplo_no_suma(cliente_de: Entrar, base: Base) -> None:
    _octubre_de_aura()
    base.duena.execute("update configuracion_bot set es_ejemplo = true where nombre_nora = %s", (AURA,))
    texto = cliente_de("diego").get("/admin/consumo/?mes=2026-10").text
    assert "ejemplo: no se cobra" in texto
    assert texto.count("US$2.83") == 1, "está en su fila y no en la suma"
    assert "sin contar la Nora de ejemplo" in texto
    assert "sin contar la Nora de ejemplo" not in cliente_de("diego").get("/admin/consumo/?mes=2026-09").text


@pytest.mark.parametrize("ruta", ["/admin/consumo/", "/admin/consumo/aura", "/admin/consumo/consumo.csv"])
def test_solo_la_agencia_lo_ve(cliente_de: Entrar, ruta: str) -> None:
    assert cliente_de("alicia").get(ruta).status_code in {403, 404}
    assert cliente_de("diego").get(ruta).status_code == 200


def test_una_nora_que_no_existe_es_404(cliente_de: Entrar) -> None:
    assert cliente_de("diego").get("/admin/consumo/nadie").status_code == 404
