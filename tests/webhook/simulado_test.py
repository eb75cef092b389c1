"""El WhatsApp simulado llama a nuestra puerta como lo haría Twilio, y sus travesuras no la engañan."""

from __future__ import annotations

import pytest

from registro import config
from tests.base import Base
from tests.personas import AURA, NUMEROS, OTRA
from tests.servida import servida  # noqa: F401 - es una fixture
from webhook import canal

VISITA = "+12125550143"


def escribir(texto: str = "Hola", nora: str = AURA, **campos: str) -> int:
    return canal.escribir_como_persona(numero_nora=NUMEROS[nora], telefono=VISITA, nombre="Visita", texto=texto, extra=campos)


def textos(base: Base) -> list[object]:
    return [texto for (texto,) in base.filas("select mensaje from historial_conversaciones order by id")]


pytestmark = pytest.mark.usefixtures("servida")


def test_repite_el_ultimo_tal_como_fue(base):
    assert [escribir("uno"), escribir("dos"), canal.repetir_como_persona(AURA, VISITA)] == [200, 200, 200]
    assert textos(base) == ["uno", "dos"]
    assert base.filas("select parametros ->> 'Body', repeticiones from webhooks_recibidos order by id") == [("uno", 0), ("dos", 1)]


def test_repite_tambien_lo_que_no_es_texto(base):
    escribir("", Latitude="19.4", Longitude="-99.1", Label="Parque")
    assert canal.repetir_como_persona(AURA, VISITA) == 200
    assert base.filas("select repeticiones from webhooks_recibidos") == [(1,)]


def test_no_repite_lo_que_se_escribio_a_otra_nora(base):
    escribir(nora=OTRA)
    assert canal.repetir_como_persona(AURA, VISITA) is None
    assert base.filas("select repeticiones from webhooks_recibidos") == [(0,)]


def test_la_firma_falsa_no_pasa_ni_se_guarda(base):
    assert canal.escribir_con_firma_falsa(numero_nora=NUMEROS[AURA], telefono=VISITA, nombre="Visita", texto="no") == 403
    assert base.filas("select count(*) from webhooks_recibidos") == [(0,)]


def test_un_proxy_del_entorno_no_se_mete_en_medio(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    for excepcion in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(excepcion, raising=False)
    assert escribir() == 200


def test_si_nadie_contesta_se_levanta_lo_que_el_canal_anuncia():
    config.fijar(config.vigentes().model_copy(update={"puerto": 1}))
    with pytest.raises(canal.ERRORES_DEL_SIMULADO):
        escribir()
