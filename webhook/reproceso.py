"""Volver a pasar un aviso del libro por el camino de siempre: lo ya guardado no cambia, lo que no tuvo sitio lo encuentra."""

from __future__ import annotations

import ast
import datetime as dt
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs

from registro.bitacora import registrar_error, resumir_fallo
from registro.config import vigentes
from registro.telefonos import clave_canonica
from sql.conexion import ERRORES_DE_CONEXION
from sql.modelos.base import NoEncontrado
from sql.modelos.libro import (
    DIAS_DE_RETENCION,
    FiltroDelLibro,
    todas_las_noras_buscar_en_libro,
    todas_las_noras_podar_libro,
    todas_las_noras_tomar_del_libro,
    todas_las_noras_ultimo_del_libro,
)
from sql.modelos.remitentes import todas_las_noras_listar_remitentes
from sql.modelos.webhooks import WebhookRecibido
from webhook import estados, process_message
from webhook.entrada import desaplanar

DE_UNA_VEZ = 1000
"""Avisos por pulsación: unos segundos de trabajo, para que la pantalla no espere más que eso."""
LOTE_DE_PODA = 1000

Final = Literal["guardado", "aplicado", "igual", "ajeno", "fallido"]


@dataclass(frozen=True, slots=True)
class Reproceso:
    """Qué pasó con un tramo. `sigue` es el id desde el que continuar, o None si no queda nada."""

    total: int
    guardados: int
    aplicados: int
    iguales: int
    ajenos: int
    fallidos: int
    sigue: int | None


def reprocesar_aviso(libro_id: int) -> Final:
    """Vuelve a procesar un aviso y dice cómo acabó.

    «guardado»: era un mensaje y ahora está en su conversación. «aplicado»: era un estado y el envío avanzó. «igual»: no cambió nada.
    «ajeno»: era para otra Nora, o llegó por la cuenta de otra, y no se entrega a ésta. «fallido»: no se pudo; queda anotado.

    Raises:
        NoEncontrado: si ese aviso ya no está en el libro.
    """
    fila = todas_las_noras_buscar_en_libro(libro_id)
    if fila is None:
        raise NoEncontrado(f"No existe el aviso {libro_id}")
    return _reprocesar(fila, _agenda())


def reprocesar_tramo(filtro: FiltroDelLibro, *, tras: int = 0, limite: int = DE_UNA_VEZ) -> Reproceso:
    """Vuelve a procesar, en su orden, hasta `limite` avisos del filtro con id mayor que `tras`."""
    # Con tope fijo: los avisos que lleguen mientras tanto no alargan el tramo.
    filas = todas_las_noras_tomar_del_libro(filtro, tras=tras, hasta_id=todas_las_noras_ultimo_del_libro(), limite=limite + 1)
    agenda = _agenda()
    finales = [_reprocesar(fila, agenda) for fila in filas[:limite]]
    return Reproceso(
        total=len(finales),
        guardados=finales.count("guardado"),
        aplicados=finales.count("aplicado"),
        iguales=finales.count("igual"),
        ajenos=finales.count("ajeno"),
        fallidos=finales.count("fallido"),
        sigue=filas[limite - 1].id if len(filas) > limite else None,
    )


def podar_libro() -> int:
    """Borra los avisos de más de 30 días, de mil en mil para no frenar a quien escribe; devuelve cuántos. La llama el reloj.

    Lo que Twilio repitiera después lo sigue parando el historial, donde cada MessageSid es único.
    """
    limite, borrados = dt.datetime.now(dt.UTC) - dt.timedelta(days=DIAS_DE_RETENCION), 0
    while lote := todas_las_noras_podar_libro(limite, lote=LOTE_DE_PODA):
        borrados += lote
        if lote < LOTE_DE_PODA:
            break
    return borrados


def _reprocesar(fila: WebhookRecibido, agenda: _Agenda) -> Final:
    try:
        return _de_estado(fila) if fila.tipo == "estado" else _de_mensaje(fila, agenda)
    except ERRORES_DE_CONEXION:
        raise
    except Exception as fallo:  # uno roto no impide reprocesar los demás
        registrar_error(
            "Webhook", f"No se pudo reprocesar el aviso {fila.id}: {resumir_fallo(fallo)}", fila.nombre_nora, "webhook.reproceso"
        )
        return "fallido"


def _de_mensaje(fila: WebhookRecibido, agenda: _Agenda) -> Final:
    parametros = _parametros_de(fila)
    if _es_ajeno(fila, parametros, agenda):
        return "ajeno"
    recibido = process_message.recibir(
        parametros,
        ficha_idempotencia=fila.ficha_idempotencia,
        firma=fila.firma,
        consulta=fila.consulta,
        via="reproceso",
        libro_id=fila.id,
    )
    return "guardado" if recibido.es_nuevo and recibido.mensaje_id else "igual"


def _de_estado(fila: WebhookRecibido) -> Final:
    intencion = parse_qs(fila.consulta or "").get("i", [""])[0]
    aplicado = estados.anotar(
        _parametros_de(fila), intencion, fila.ficha_idempotencia, firma=fila.firma, consulta=fila.consulta, via="reproceso"
    )
    return "aplicado" if aplicado is not None and not aplicado.doble else "igual"


def _parametros_de(fila: WebhookRecibido) -> dict[str, list[str]]:
    guardados = fila.parametros
    escapado = guardados.get("escapado")
    if set(guardados) == {"escapado"} and isinstance(escapado, str):
        # Lo que la base no supo guardar está escrito como un literal de Python; cortado o ajeno no se deja leer y queda como está.
        try:
            leido = ast.literal_eval(escapado)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            leido = guardados
        guardados = leido if isinstance(leido, dict) else guardados
    return desaplanar(guardados)


@dataclass(frozen=True, slots=True)
class _Agenda:
    """De quién es hoy cada número, y qué números usan cada cuenta propia de Twilio."""

    noras: dict[str, str]
    cuentas: dict[str, set[str]]


def _agenda() -> _Agenda:
    filas = todas_las_noras_listar_remitentes()
    cuentas: dict[str, set[str]] = {}
    for fila in filas:
        if fila.remitente is not None and fila.remitente.cuenta:
            cuentas.setdefault(fila.remitente.cuenta, set()).add(clave_canonica(fila.numero_nora or ""))
    return _Agenda({clave_canonica(f.numero_nora): f.nombre_nora for f in filas if f.numero_nora}, cuentas)


def _es_ajeno(fila: WebhookRecibido, parametros: dict[str, list[str]], agenda: _Agenda) -> bool:
    """Si hoy caería en una Nora que no es la suya: el número cambió de dueña, o se firmó con la cuenta propia de otra."""
    cuenta = (parametros.get("AccountSid") or [""])[0]
    numero = clave_canonica((parametros.get("To") or [""])[0].removeprefix("whatsapp:"))
    if fila.nombre_nora is not None and agenda.noras.get(numero) not in (None, fila.nombre_nora):
        return True
    return cuenta != vigentes().twilio_cuenta and cuenta in agenda.cuentas and numero not in agenda.cuentas[cuenta]
