"""La bitácora: un renglón por suceso y sin secretos, y errores que llegan a la tabla aunque la base falte un rato."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from registro import bitacora
from registro.buzon import Buzon
from sql import conexion
from sql.modelos.errores import DIAS_DE_RETENCION
from tests.base import Base

BASE_MUERTA = "postgresql://nadie:clave-canaria@127.0.0.1:1/nada"
PLAZO = 20.0


@pytest.fixture
def buzon(base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Buzon]:
    """Un buzón propio de la prueba, impaciente."""
    monkeypatch.setattr("registro.buzon._ESPERA_SIN_BASE", 0.05)
    nuevo = Buzon(bitacora._a_la_base, cada=0.05)
    nuevo.configurar(tmp_path, "prueba")
    monkeypatch.setattr(bitacora, "_buzon", nuevo)
    yield nuevo
    base.apuntar()


@pytest.fixture
def salida(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Lo que este proceso escribe en sus registros, configurados como en producción (JSON)."""
    escrito = io.StringIO()
    monkeypatch.setattr(sys, "stderr", escrito)
    bitacora.configurar_registros(en_colores=False)
    yield escrito
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    raiz = logging.getLogger()
    for manejador in [m for m in raiz.handlers if isinstance(m, bitacora._Bibliotecas)]:
        raiz.removeHandler(manejador)


def reconfigurar(salida: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, en_colores: bool) -> None:
    # pytest pone su propia salida al pasar de la preparación a la prueba.
    monkeypatch.setattr(sys, "stderr", salida)
    bitacora.configurar_registros(en_colores=en_colores)


def renglones(salida: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(renglon) for renglon in salida.getvalue().splitlines()]


def errores(base: Base) -> list[tuple[object, ...]]:
    assert bitacora._buzon.vaciar(PLAZO)
    return base.filas("select tipo, descripcion, nombre_nora, origen, veces from logs_errores order by id")


def test_un_error_llega_a_la_tabla_con_sus_secretos_tachados(buzon: Buzon, base: Base) -> None:
    bitacora.registrar_error("Twilio", "No salió a +5215512345678 con token=canario-secreto", "aura", "webhook.canal")
    assert errores(base) == [("Twilio", "No salió a +5215****78 con token=«tachado»", "aura", "webhook.canal", 1)]


def test_el_mismo_fallo_suma_y_uno_distinto_es_otra_fila(buzon: Buzon, base: Base) -> None:
    for n in range(5):
        bitacora.registrar_error("IA", f"Tardó {n} s en el mensaje {1000 + n} (ref {n:08x})", "aura", "ia")
    bitacora.registrar_error("IA", "Tardó 1 s en el mensaje 1000 (ref 00000000)", "otra", "ia")
    bitacora.registrar_error("IA", "Otra cosa", "aura", "ia")
    assert [(fila[2], fila[4]) for fila in errores(base)] == [("aura", 5), ("otra", 1), ("aura", 1)]


def test_lo_resuelto_que_vuelve_a_pasar_abre_otra_fila(buzon: Buzon, base: Base) -> None:
    bitacora.registrar_error("IA", "Falló", "aura")
    assert len(errores(base)) == 1
    base.filas("update logs_errores set resuelto = true returning id")
    bitacora.registrar_error("IA", "Falló", "aura")
    assert len(errores(base)) == 2


class Roto:
    """Un objeto que ni sabe describirse ni compararse."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    def __bool__(self) -> bool:
        raise RuntimeError("tampoco")


@pytest.mark.parametrize(
    "argumentos",
    [
        (None, None, None, None),
        ("", "", "", ""),
        (Roto(), Roto(), Roto(), Roto()),
        (1, {"a": object()}, 3.5, b"bytes"),
        ("x\x00y", "NUL \x00 y suelto \ud800", "nora\x00", "origen\ud800"),
        ("T" * 500, "d" * 100_000, "n" * 5000, "o" * 5000),
        ("'; drop table logs_errores; --", "%s %(x)s {0} \\", "*", None),
    ],
)
def test_registrar_error_nunca_levanta_con_nada(buzon: Buzon, base: Base, argumentos: tuple[Any, ...]) -> None:
    bitacora.registrar_error(*argumentos)
    bitacora.registrar_error("Servidor", "el siguiente", "aura")
    filas = errores(base)
    assert filas[-1][:3] == ("Servidor", "el siguiente", "aura")
    assert all(len(str(fila[1])) <= 4000 for fila in filas)


def test_registrar_error_llega_aunque_la_salida_este_cerrada(buzon: Buzon, base: Base, salida: io.StringIO) -> None:
    salida.close()
    bitacora.registrar_error("Servidor", "sin terminal", "aura")
    assert [fila[1] for fila in errores(base)] == ["sin terminal"]


def test_dentro_de_una_transaccion_que_se_deshace_el_error_queda(buzon: Buzon, base: Base) -> None:
    def fallar() -> None:
        with conexion.transaccion("aura"):
            bitacora.registrar_error("Servidor", "pasó justo antes de deshacer", "otra")
            raise ValueError("se deshace")

    with pytest.raises(ValueError, match="se deshace"):
        fallar()
    assert [fila[1:3] for fila in errores(base)] == [("pasó justo antes de deshacer", "otra")]


def test_quinientos_errores_desde_ocho_hilos_con_la_base_lejos_llegan_todos(buzon: Buzon, base: Base, tmp_path: Path) -> None:
    conexion.configurar(BASE_MUERTA)

    def fallar(hilo: int) -> None:
        for n in range(63):
            bitacora.registrar_error("Servidor", "Se rompió algo", "aura", f"hilo-{'abcdefgh'[hilo]}" if n % 2 else "todos")

    hilos = [threading.Thread(target=fallar, args=(n,)) for n in range(8)]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join(PLAZO)
    assert buzon.vaciar(PLAZO)
    [espera] = tmp_path.glob("*.jsonl")
    assert len(espera.read_text("utf-8").splitlines()) == 504
    assert "clave-canaria" not in espera.read_text("utf-8")
    base.apuntar()
    assert esperar_a(lambda: base.filas("select coalesce(sum(veces), 0) from logs_errores") == [(504,)])
    assert dict(base.filas("select origen, veces from logs_errores"))["todos"] == 8 * 32
    assert not list(tmp_path.glob("*.jsonl"))


def esperar_a(condicion: Any) -> bool:
    vez = threading.Event()
    for _ in range(int(PLAZO / 0.05)):
        if condicion():
            return True
        vez.wait(0.05)
    return False


def test_la_hora_es_la_de_cuando_paso_y_no_la_de_cuando_entro(buzon: Buzon, base: Base) -> None:
    conexion.configurar(BASE_MUERTA)
    bitacora.registrar_error("Servidor", "antes", "aura")
    despues = dt.datetime.now(dt.UTC)
    assert buzon.vaciar(PLAZO)
    base.apuntar()
    assert esperar_a(lambda: base.filas("select 1 from logs_errores where primera_vez <= %s", despues) == [(1,)])


def test_a_los_noventa_dias_se_borran_y_antes_no(base: Base) -> None:
    base.filas(
        "insert into logs_errores (tipo, descripcion, fecha_hora) values "
        "('IA', 'viejo', now() - make_interval(days => %s, mins => 1)), ('IA', 'casi', now() - make_interval(days => %s, mins => -1)), "
        "('IA', 'nuevo', now()) returning id",
        DIAS_DE_RETENCION,
        DIAS_DE_RETENCION,
    )
    assert DIAS_DE_RETENCION == 90
    assert bitacora.limpiar() == 1
    assert base.filas("select descripcion from logs_errores order by 1") == [("casi",), ("nuevo",)]
    assert bitacora.limpiar() == 0


def test_un_renglon_lleva_su_contexto_y_ningun_secreto(salida: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(peticion="abc", nombre_nora="aura", usuario=7)
    bitacora.registro.warning(
        "llamó +5215512345678", token="canario", cuerpo="canario", datos={"password": "canario"}, url="postgresql://canario:canario@h/x"
    )
    [renglon] = renglones(salida)
    assert (renglon["peticion"], renglon["nombre_nora"], renglon["usuario"], renglon["level"]) == ("abc", "aura", 7, "warning")
    assert renglon["event"] == "llamó +5215****78"
    assert "canario" not in salida.getvalue()


def test_un_dato_con_saltos_no_fabrica_renglones_ni_en_json_ni_en_la_terminal(salida: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    malicia = "hola\n2026-11-23 [error] falso\r\n\x1b[2J\u2028otro"
    bitacora.registro.info(malicia, nombre=malicia)
    assert len(salida.getvalue().splitlines()) == 1
    reconfigurar(salida, monkeypatch, en_colores=True)
    bitacora.registro.info(malicia, nombre=malicia)
    assert len(salida.getvalue().splitlines()) == 2
    assert "\x1b[2J" not in salida.getvalue()


def test_una_excepcion_se_cuenta_sin_sus_variables(salida: io.StringIO) -> None:
    secreto = "canario-en-variable"
    try:
        raise ValueError(f"mal\n[parameters: {secreto}] +5215512345678")
    except ValueError:
        bitacora.registro.exception("falló")
    [renglon] = renglones(salida)
    assert renglon["exception"].startswith("ValueError: mal\n")
    assert "bitacora_test.py" in renglon["exception"]
    assert "canario" not in salida.getvalue()


def test_lo_que_cuentan_las_bibliotecas_sale_igual_de_tachado(salida: io.StringIO) -> None:
    logging.getLogger("una.biblioteca").warning("conecté a postgresql://canario:canario@h/x\nfalso por %s", "+5215512345678")
    try:
        raise KeyError("canario +5215512345678")
    except KeyError:
        logging.getLogger("otra").exception("reventó")
    logging.getLogger("otra").info("esto no se enseña")
    primero, segundo = renglones(salida)
    assert primero["level"] == "warning"
    assert "canario" not in primero["event"]
    assert "5512345678" not in salida.getvalue()
    assert segundo["exception"].startswith("KeyError:")


def test_configurar_dos_veces_no_repite_renglones(salida: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    reconfigurar(salida, monkeypatch, en_colores=False)
    logging.getLogger("una").warning("una sola vez")
    assert len(renglones(salida)) == 1
