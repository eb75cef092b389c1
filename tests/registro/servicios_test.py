"""La tabla de servicios del arranque: qué está conectado, qué se simula y qué le falta a cada uno, sin un solo valor."""

from __future__ import annotations

import pytest

from registro.config import cargar
from registro.servicios import describir

SECRETOS = {
    "SECRET_KEY": "canario-de-la-clave-secreta",
    "CLAVES_CIFRADO": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "DATABASE_URL": "postgresql://canario:canario@localhost/x",
    "TWILIO_AUTH_TOKEN": "canario-de-twilio",
    "OPENAI_API_KEY": "sk-canario-de-openai",
    "SUPABASE_KEY": "canario-de-supabase",
    "SMTP_URL": "smtp://canario:canario@localhost:587",
}
CUENTA = "AC" + "0" * 32


def tabla(**variables: str) -> dict[str, tuple[str, str]]:
    basicas = {"SECRET_KEY": SECRETOS["SECRET_KEY"], "CLAVES_CIFRADO": SECRETOS["CLAVES_CIFRADO"]}
    return {s.nombre: (s.estado, s.detalle) for s in describir(cargar(None, **(basicas | variables)))}


def test_con_todo_conectado_no_se_enseña_ningún_valor() -> None:
    servicios = tabla(**SECRETOS, TWILIO_ACCOUNT_SID=CUENTA, SUPABASE_URL="https://x.supabase.co", PUBLIC_URL="https://panel.ejemplo.com")
    assert {estado for nombre, (estado, _) in servicios.items() if nombre != "Meta Ads"} == {"conectado"}
    assert servicios["Archivos"][1] == "se guardan en Supabase Storage"
    assert "canario" not in str(servicios)
    assert servicios["Base de datos"][1] == "por DATABASE_URL"


def test_sin_nada_en_demo_todo_se_simula_y_dice_qué_poner() -> None:
    servicios = tabla(DEMO="1")
    assert servicios["WhatsApp (Twilio)"] == (
        "simulado",
        "usa el simulador del panel; para conectarlo pon TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN",
    )
    assert servicios["IA (OpenAI)"][0] == servicios["Correo"][0] == "simulado"
    assert "OPENAI_API_KEY" in servicios["IA (OpenAI)"][1]
    assert "SMTP_URL" in servicios["Correo"][1]
    assert servicios["Base de datos"][1].startswith("embebida, en ")
    estado, detalle = servicios["Archivos"]
    assert estado == "conectado"
    assert detalle.startswith("se guardan en ")
    assert "SUPABASE_URL" in detalle


@pytest.mark.parametrize(
    ("variables", "estado", "motivo"),
    [
        ({}, "mal configurado", "TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN"),
        ({"TWILIO_ACCOUNT_SID": CUENTA, "TWILIO_AUTH_TOKEN": "x"}, "mal configurado", "PUBLIC_URL"),
        ({"TWILIO_ACCOUNT_SID": CUENTA, "TWILIO_AUTH_TOKEN": "x", "TWILIO_API_URL": "http://localhost:1"}, "conectado", "Twilio"),
        ({"TWILIO_AUTH_TOKEN": "x", "DEMO": "1"}, "simulado", "TWILIO_ACCOUNT_SID"),
    ],
)
def test_lo_que_está_a_medias_se_dice_con_su_motivo(variables: dict[str, str], estado: str, motivo: str) -> None:
    hallado, detalle = tabla(**variables)["WhatsApp (Twilio)"]
    assert hallado == estado
    assert motivo in detalle


def test_la_base_embebida_ya_encendida_sigue_diciéndose_embebida() -> None:
    ajustes = cargar(None, SECRET_KEY=SECRETOS["SECRET_KEY"], CLAVES_CIFRADO=SECRETOS["CLAVES_CIFRADO"])
    [base] = [s for s in describir(ajustes.con_base_embebida("postgresql://postgres@/aura?host=/x")) if s.nombre == "Base de datos"]
    assert base.detalle == f"embebida, en {ajustes.carpeta_de_datos}"
