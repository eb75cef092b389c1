"""Las puertas del cliente: /panel_cliente/<nombre_nora>/…"""

from __future__ import annotations

from registro.modulos import Puerta

_PANEL = "/panel_cliente/<nombre_nora>"

PUERTAS: tuple[Puerta, ...] = (
    Puerta("acceso", "Entrar", "login", "clientes.acceso.rutas:acceso_bp", "", opcional=False, en_menu=False),
    Puerta("chat", "Chats", "messages", "clientes.chat.rutas:panel_chat_bp", f"{_PANEL}/chat", "chat"),
    Puerta("contactos", "Contactos", "users", "clientes.contactos.rutas:panel_cliente_contactos_bp", f"{_PANEL}/contactos", "contactos"),
    Puerta(
        "conocimiento",
        "Conocimiento",
        "book-2",
        "clientes.conocimiento.rutas:panel_cliente_conocimiento_bp",
        f"{_PANEL}/conocimiento",
        "conocimiento",
    ),
    Puerta(
        "plantillas",
        "Plantillas",
        "template",
        "clientes.plantillas.rutas:panel_cliente_plantillas_bp",
        f"{_PANEL}/plantillas",
        "envios",
    ),
    Puerta(
        "simulador",
        "Simulador",
        "device-mobile-message",
        "clientes.simulador.rutas:simulador_bp",
        f"{_PANEL}/simulador",
        "chat",
        solo_demo=True,
    ),
)
