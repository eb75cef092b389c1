"""El proveedor con un OpenAI de mentira y HTTP de verdad: lo que pide, lo que entiende y cómo falla."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest

from ia import proveedor
from ia.proveedor import FalloDelProveedor, completar
from tests.dobles.openai import DobleDeOpenAI

MENSAJES = [{"role": "system", "content": "Eres la asistente."}, {"role": "user", "content": "¿A qué hora abren?"}]
ESQUEMA = {"name": "prueba", "strict": True, "schema": {"type": "object"}}


def fallar(plazo: float = 5.0) -> FalloDelProveedor:
    with pytest.raises(FalloDelProveedor) as fallo:
        completar(MENSAJES, plazo=plazo)
    assert fallo.value.salida.endswith(".")
    return fallo.value


def test_responde_y_cuenta_las_fichas(openai: DobleDeOpenAI) -> None:
    respuesta = completar(MENSAJES, esquema=ESQUEMA)
    assert (respuesta.texto, respuesta.modelo) == ("¡Hola! ¿En qué te ayudo?", "gpt-6-luna")
    assert (respuesta.fichas_entrada, respuesta.fichas_salida) == (1200, 60)
    assert openai.claves == ["sk-clave-de-prueba"]


def test_pide_con_los_parametros_del_modelo(openai: DobleDeOpenAI) -> None:
    completar(MENSAJES, esquema=ESQUEMA)
    pedido = openai.peticiones[0]
    assert pedido["model"] == "gpt-6-luna"
    assert pedido["messages"] == MENSAJES
    assert pedido["store"] is False
    assert pedido["reasoning_effort"] == "none"
    assert pedido["max_completion_tokens"] == proveedor.TOPE_DE_FICHAS
    assert "max_tokens" not in pedido
    assert pedido["response_format"]["json_schema"] == ESQUEMA


def test_a_un_servidor_compatible_le_pide_lo_comun(openai: DobleDeOpenAI) -> None:
    proveedor.configurar("x", openai.url, "llama-4")
    completar(MENSAJES)
    pedido = openai.peticiones[0]
    assert pedido["max_tokens"] == proveedor.TOPE_DE_FICHAS
    assert {"reasoning_effort", "max_completion_tokens", "response_format"}.isdisjoint(pedido)


def test_sin_contar_fichas_tambien_vale(openai: DobleDeOpenAI) -> None:
    openai.averias = ["sin_uso"]
    respuesta = completar(MENSAJES)
    assert (respuesta.modelo, respuesta.fichas_entrada, respuesta.fichas_salida) == ("gpt-6-luna", 0, 0)


@pytest.mark.parametrize(
    ("averia", "causa"),
    [
        ("401", "clave"),
        ("404", "modelo"),
        ("429_sin_saldo", "sin_saldo"),
        ("429_espera:60", "limite"),
        ("html", "ilegible"),
        ("html_json", "ilegible"),
        ("json_roto", "ilegible"),
        ("error_200", "ilegible"),
        ("sin_opciones", "ilegible"),
        ("vacia", "vacia"),
        ("rechazo", "rechazo"),
        ("filtro", "rechazo"),
        ("enorme", "grande"),
        ("400:messages", "peticion"),
    ],
)
def test_lo_que_no_mejora_reintentando_se_pide_una_vez(openai: DobleDeOpenAI, averia: str, causa: str) -> None:
    openai.averias = [averia]
    assert fallar().causa == causa
    assert len(openai.peticiones) == 1


@pytest.mark.parametrize(("averia", "causa"), [("429", "limite"), ("500", "servidor")])
def test_lo_pasajero_se_reintenta_una_vez(openai: DobleDeOpenAI, averia: str, causa: str) -> None:
    openai.averias = [averia]
    assert completar(MENSAJES).texto
    assert len(openai.peticiones) == 2
    openai.averias = [averia, averia, averia]
    fallo = fallar()
    assert (fallo.causa, fallo.se_puede_reintentar) == (causa, True)
    assert len(openai.peticiones) == 4


@pytest.mark.parametrize("averia", ["tarda", "gotea"])
def test_el_plazo_es_de_todo_aunque_conteste_con_cuentagotas(openai: DobleDeOpenAI, averia: str) -> None:
    openai.averias = [averia, averia]
    inicio = time.monotonic()
    assert fallar(plazo=0.4).causa == "tiempo"
    assert time.monotonic() - inicio < 5


def test_si_no_hay_nadie_al_otro_lado_se_dice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as libre:
        puerto = libre.getsockname()[1]
    proveedor.configurar("x", f"http://127.0.0.1:{puerto}/v1", "gpt-6-luna")
    assert fallar().causa == "conexion"


def test_sin_clave_no_hay_proveedor() -> None:
    proveedor.configurar(None, "http://127.0.0.1:1/v1", "gpt-6-luna")
    assert not proveedor.esta_configurado()
    assert fallar().causa == "sin_configurar"


def test_el_parametro_que_no_quiere_se_quita_y_se_recuerda(openai: DobleDeOpenAI) -> None:
    openai.averias = ["400:reasoning_effort", "400_sin_decir:response_format", "400:max_completion_tokens"]
    assert completar(MENSAJES, esquema=ESQUEMA).texto
    ultimo = openai.peticiones[-1]
    assert {"reasoning_effort", "response_format", "max_completion_tokens"}.isdisjoint(ultimo)
    assert ultimo["max_tokens"] == proveedor.TOPE_DE_FICHAS
    completar(MENSAJES, esquema=ESQUEMA)
    assert len(openai.peticiones) == 5
    assert openai.peticiones[-1].keys() == ultimo.keys()


def test_quitar_parametros_tiene_fin(openai: DobleDeOpenAI) -> None:
    openai.averias = ["400:max_completion_tokens", "400:max_tokens", "400:store", "400:reasoning_effort", "400:reasoning_effort"]
    assert fallar().causa == "peticion"
    assert len(openai.peticiones) == 5


def test_importar_la_sala_no_carga_la_biblioteca() -> None:
    orden = "import sys, ia.handle_ai; sys.exit('openai' in sys.modules or 'httpx2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", orden], check=False).returncode == 0
