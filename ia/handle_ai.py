"""Decide qué se responde a una persona. Lee y piensa; no envía ni escribe nada."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ia import conocimiento, cortesia, extractivo, instrucciones, intenciones, interpretacion, proveedor, salida
from ia.caso import Caso, leer_caso
from ia.decision import Accion, Decision, Motor, Recibo
from ia.extractivo import Hallazgo
from ia.precios import costo
from ia.proveedor import FalloDelProveedor
from registro.bitacora import registrar_error
from sql.modelos.conocimiento import Bloque

__all__ = ["Decision", "Recibo", "decidir"]

CONFIANZA_MINIMA = 0.35
"""Por debajo, el propio modelo dice que lo que respondió apenas está en los bloques: lo responde una persona."""
PREGUNTAS_MAXIMAS = 4
BLOQUES_POR_RELEVANCIA = 40


@dataclass(frozen=True, slots=True)
class _Pensado:
    """Lo decidido y de dónde salió, antes de ponerle el tiempo."""

    accion: Accion
    texto: str
    motivo: str
    motor: Motor = "extractivo"
    bloques: tuple[dict[str, Any], ...] = ()
    gasto: proveedor.Respuesta | None = None


def decidir(nombre_nora: str, conversacion_id: int, *, ahora: dt.datetime | None = None) -> Decision:
    """Qué hacer con lo que una persona escribió y aún no se atendió.

    No se llama dentro de una transacción: pensar puede tardar hasta 30 s. `ahora` lleva zona; sin él, la hora actual.

    Raises:
        NoEncontrado: si la Nora o el hilo no existen.
    """
    inicio = time.monotonic()
    caso = leer_caso(nombre_nora, conversacion_id)
    if not caso.textos and not caso.medios_sin_texto:
        return Decision("callar", "", "no hay nada pendiente")
    if not caso.puede_la_ia:
        return Decision("callar", "", "en este hilo no responde la IA")
    local = cortesia.hora_local(ahora or dt.datetime.now(dt.UTC), caso.zona_horaria)
    pensado = _sin_pensar(caso, local) or _con_modelo(caso, local) or _sin_modelo(caso, local)
    return _decision(pensado, round((time.monotonic() - inicio) * 1000))


def _decision(pensado: _Pensado, milisegundos: int) -> Decision:
    gasto = pensado.gasto
    recibo = Recibo(
        motor=pensado.motor,
        modelo=gasto.modelo if gasto else None,
        accion=pensado.accion,
        motivo=pensado.motivo,
        bloques=list(pensado.bloques),
        fichas_entrada=gasto.fichas_entrada if gasto else 0,
        fichas_salida=gasto.fichas_salida if gasto else 0,
        costo_usd=costo(gasto.modelo, gasto.fichas_entrada, gasto.fichas_salida) if gasto else None,
        milisegundos=milisegundos,
    )
    return Decision(pensado.accion, salida.limpiar(pensado.texto), pensado.motivo, recibo)


def _sin_pensar(caso: Caso, local: dt.datetime) -> _Pensado | None:
    """Lo que no necesita conocimiento: pidió una persona, o mandó algo que no se puede leer."""
    if any(intenciones.pide_persona(texto) for texto in caso.textos):
        return _Pensado("pasar_a_persona", cortesia.A_PETICION, "pidió hablar con una persona")
    ilegibles = [clase for clase in caso.medios_sin_texto if clase != "sticker"]
    if ilegibles:
        return _Pensado(
            "pasar_a_persona",
            cortesia.no_se_puede_leer(ilegibles),
            f"mandó {cortesia.enumerar(ilegibles)} que la IA no puede leer{_y_ademas(caso.textos)}",
        )
    if not caso.textos:
        return _Pensado("responder", cortesia.responder_a("acuerdo", local), "sólo mandó un sticker")
    return None


def _y_ademas(textos: Sequence[str]) -> str:
    """Lo que escribió junto a los archivos, para que quien lo atienda no lo pase por alto."""
    return f", y escribió «{' · '.join(textos)[:120]}»" if textos else ""


def _con_modelo(caso: Caso, local: dt.datetime) -> _Pensado | None:
    """La respuesta del modelo si hay cuenta y lo que dice sirve; None para que respondan los bloques."""
    if not proveedor.esta_configurado():
        return None
    bloques = _bloques_para(caso)
    encargo = instrucciones.armar(
        caso.negocio, [instrucciones.Dato(b.id, b.contenido) for b in bloques], caso.historial, caso.textos, local
    )
    try:
        dicho = proveedor.completar(encargo.mensajes, esquema=interpretacion.ESQUEMA)
    except FalloDelProveedor as fallo:
        _avisar(caso, f"{fallo.salida} ({fallo})")
        return None
    try:
        leida = interpretacion.interpretar(dicho.texto)
    except interpretacion.Ilegible as fallo:
        _avisar(caso, f"El modelo {dicho.modelo} no respondió como se le pidió ({fallo}); si se repite, cambia OPENAI_MODEL.")
        return _sin_modelo(caso, local, gasto=dicho)
    return _revisar(caso, local, encargo, {b.id: b.contenido for b in bloques}, dicho, leida)


def _revisar(
    caso: Caso,
    local: dt.datetime,
    encargo: instrucciones.Encargo,
    contenidos: dict[int, str],
    dicho: proveedor.Respuesta,
    leida: interpretacion.Interpretada,
) -> _Pensado:
    """Lo que el modelo dijo, si se puede decir: el modelo propone y este código dispone."""
    texto = salida.limpiar(leida.respuesta)
    if salida.filtra(texto, encargo.fijo, encargo.propio, encargo.marca):
        _avisar(caso, "El modelo quiso enseñar sus instrucciones y no se le dejó; mira qué escribió la persona.")
        return _Pensado("pasar_a_persona", cortesia.SIN_DATO, "el modelo quiso enseñar sus instrucciones", "openai", gasto=dicho)
    citados = tuple({"id": clave, "texto": contenidos[clave], "cobertura": None} for clave in leida.bloques if clave in encargo.bloques)
    fuentes = [encargo.propio, *(contenidos[clave] for clave in encargo.bloques), *(t.texto for t in caso.historial), *caso.textos]
    inventado = salida.ajenos(texto, fuentes)
    if inventado:
        _avisar(caso, f"El modelo dio un dato que no está en los bloques y no se envió: {inventado[0]}")
    if inventado or not (texto or leida.pasar_a_persona):
        return _sin_modelo(caso, local, gasto=dicho)
    if leida.confianza < CONFIANZA_MINIMA and not leida.pasar_a_persona:
        motivo = f"el modelo no está seguro (confianza {leida.confianza:.2f})"
        return _Pensado("pasar_a_persona", cortesia.SIN_DATO, motivo, "openai", citados, dicho)
    if leida.pasar_a_persona:
        return _Pensado(
            "pasar_a_persona", texto or cortesia.SIN_DATO, leida.motivo or "el modelo pidió una persona", "openai", citados, dicho
        )
    return _Pensado("responder", texto, leida.motivo or "respondió el modelo", "openai", citados, dicho)


def _bloques_para(caso: Caso) -> Sequence[Bloque]:
    """La base del negocio por orden de importancia: entera si cabe; si no, primero lo que tiene que ver con la pregunta."""
    nora = caso.negocio.nombre_nora
    base = conocimiento.obtener_base_conocimiento(nora)
    if sum(instrucciones.fichas(b.contenido) + 10 for b in base) <= instrucciones.PRESUPUESTO // 2:
        return base
    hallados = conocimiento.buscar(nora, "\n".join(caso.textos), limite=BLOQUES_POR_RELEVANCIA)
    puesto = {hallado.id: lugar for lugar, hallado in enumerate(hallados)}
    return sorted(base, key=lambda b: puesto.get(b.id, len(puesto)))


def _sin_modelo(caso: Caso, local: dt.datetime, *, gasto: proveedor.Respuesta | None = None) -> _Pensado:
    """La respuesta con las palabras de los bloques, o el paso honrado a una persona."""
    cortes = [intenciones.cortesia(texto) for texto in caso.textos]
    ultima = next((c for c in reversed(cortes) if c), None)
    if ultima and all(cortes):
        return _Pensado("responder", cortesia.responder_a(ultima, local), "sólo cortesía", gasto=gasto)
    preguntas = intenciones.preguntas(caso.textos)
    if not preguntas:
        return _sin_tema(caso, gasto)
    nora = caso.negocio.nombre_nora
    # Cada pregunta es una ida a la base; quien hace más de las que caben sigue con una persona, no se queda a medias.
    consultas = [(p, conocimiento.buscar(nora, p) if i < PREGUNTAS_MAXIMAS else []) for i, p in enumerate(preguntas)]
    respuesta = extractivo.responder(consultas, local if caso.hay_que_saludar else None)
    bloques = tuple(_de_recibo(hallazgo) for hallazgo in respuesta.hallazgos)
    if not respuesta.texto:
        return _Pensado("pasar_a_persona", cortesia.SIN_DATO, f"ningún bloque responde a «{preguntas[0][:120]}»", gasto=gasto)
    if respuesta.sin_respuesta:
        motivo = f"ningún bloque responde a «{respuesta.sin_respuesta[0][:120]}»"
        return _Pensado("pasar_a_persona", f"{respuesta.texto}\n\n{cortesia.SIN_EL_RESTO}", motivo, bloques=bloques, gasto=gasto)
    return _Pensado("responder", respuesta.texto, "respondió con los bloques", bloques=bloques, gasto=gasto)


def _sin_tema(caso: Caso, gasto: proveedor.Respuesta | None) -> _Pensado:
    """«Info, por favor»: se pregunta qué quiere saber, una vez; a la segunda sigue una persona."""
    ya_se_pregunto = any(t.quien == "negocio" and cortesia.QUE_TE_GUSTARIA_SABER in t.texto for t in caso.historial)
    if ya_se_pregunto:
        return _Pensado("pasar_a_persona", cortesia.SIN_DATO, "no se entiende qué pregunta", gasto=gasto)
    return _Pensado("responder", cortesia.QUE_TE_GUSTARIA_SABER, "no dijo qué quiere saber", gasto=gasto)


def _de_recibo(hallazgo: Hallazgo) -> dict[str, Any]:
    return {"id": hallazgo.bloque.id, "texto": hallazgo.bloque.contenido, "cobertura": round(hallazgo.cobertura, 3)}


def _avisar(caso: Caso, descripcion: str) -> None:
    registrar_error("OpenAI", descripcion, caso.negocio.nombre_nora, "ia.handle_ai")
