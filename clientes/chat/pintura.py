"""Los trozos que se pintan sueltos: un mensaje al llegar o cambiar, y quién atiende un hilo."""

from __future__ import annotations

import datetime as dt

from flask import g, render_template

from clientes.chat.lectura import leer_estado, leer_mensaje
from clientes.comun.peticion import nora_de


def pintar_mensaje(nombre_nora: str, conversacion_id: int, mensaje_id: int) -> str:
    """Su burbuja, igual que en el primer pintado.

    Raises:
        NoEncontrado: si no existe, o es de otro hilo o de otra Nora.
    """
    nora = nora_de(nombre_nora)
    burbuja = leer_mensaje(g.paso, conversacion_id, mensaje_id, zona=nora.zona_horaria, ahora=dt.datetime.now(dt.UTC))
    return render_template("clientes/chat/_burbujas.html", burbujas=[burbuja], nora=nora, conversacion_id=conversacion_id)


def pintar_estado(nombre_nora: str, conversacion_id: int, rechazo: str = "") -> str:
    """La cabeza del hilo y el aviso del cuadro de texto; `rechazo` dice por qué no se hizo lo pedido.

    Raises:
        NoEncontrado: si el hilo no existe o es de otra Nora.
    """
    estado = leer_estado(g.paso, conversacion_id, dt.datetime.now(dt.UTC))
    return render_template(
        "clientes/chat/_estado.html", estado=estado, rechazo=rechazo, nora=nora_de(nombre_nora), conversacion_id=conversacion_id
    )
