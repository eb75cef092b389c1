"""Cómo queda cada fila al unir dos personas y al separarlas otra vez. Puro: filas como diccionarios, momentos como texto ISO en UTC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Fila = dict[str, Any]

_DE_QUIEN_ESCRIBIO_AL_FINAL = (
    "direccion",
    "remitente",
    "cuenta",
    "ultimo_entrante_id",
    "ultimo_entrante_en",
    # La ventana es de la dirección a la que se responde, no de la persona.
    "ventana_hasta",
    "anuncio_en",
    "caso_desde",
)
_DEL_CASO = ("modo", "atendida_por", "necesita_persona", "motivo_persona", "atendido_hasta_id")
_DE_LA_ESPERA = ("atender_en", "pendiente_desde", "intentos", "arriendo_hasta")


@dataclass(frozen=True, slots=True)
class Llegado:
    """Lo que una de las dos personas escribió mientras estaban unidas."""

    cuantos: int
    """Mensajes suyos; 0 si sólo le escribimos nosotros."""
    ultimo_id: int | None
    ultimo_en: str | None
    direccion: str | None
    hablado_en: str
    """Último mensaje en cualquier sentido, con su texto."""
    resumen: str | None


def unir_hilos(principal: Fila, secundario: Fila) -> tuple[Fila, Fila]:
    """Los campos que cambian en el hilo que queda y en el que se vacía."""
    reciente = max(principal, secundario, key=lambda hilo: (hilo["ultimo_entrante_en"] or "", hilo is principal))
    queda = {campo: reciente[campo] for campo in _DE_QUIEN_ESCRIBIO_AL_FINAL}
    queda |= {
        "sin_leer": principal["sin_leer"] + secundario["sin_leer"],
        "atendido_hasta_id": max(principal["atendido_hasta_id"], secundario["atendido_hasta_id"]),
        "atender_en": _el(min, principal["atender_en"], secundario["atender_en"]),
        "pendiente_desde": _el(min, principal["pendiente_desde"], secundario["pendiente_desde"]),
        "intentos": max(principal["intentos"], secundario["intentos"]),
        # Si una persona del equipo lleva cualquiera de los dos, la IA no le habla por encima.
        "modo": "persona" if "persona" in (principal["modo"], secundario["modo"]) else "ia",
        "atendida_por": principal["atendida_por"] or secundario["atendida_por"],
        "necesita_persona": principal["necesita_persona"] or secundario["necesita_persona"],
        "motivo_persona": principal["motivo_persona"] or secundario["motivo_persona"],
    }
    vacio = {"sin_leer": 0, "atender_en": None, "pendiente_desde": None, "arriendo_hasta": None, "necesita_persona": False}
    return _lo_distinto(principal, queda), _lo_distinto(secundario, vacio)


def unir_fichas(principal: Fila, secundario: Fila) -> Fila:
    """Los campos que cambian en la ficha que queda: lo que le falta lo pone la otra y nada se pierde."""
    queda = {campo: principal[campo] or secundario[campo] for campo in ("telefono", "nombre", "imagen_perfil")}
    if secundario["nombre_editado"] and not principal["nombre_editado"]:
        queda |= {"nombre": secundario["nombre"], "nombre_editado": True}
    if (secundario["ultimo_mensaje"] or "") > (principal["ultimo_mensaje"] or ""):
        queda |= {campo: secundario[campo] for campo in ("ultimo_mensaje", "mensaje_reciente")}
    if secundario["baja_en"] and not principal["baja_en"]:
        queda |= {campo: secundario[campo] for campo in ("baja_en", "baja_origen", "baja_texto")}
    notas = [texto for texto in (principal["notas"], secundario["notas"]) if texto]
    queda |= {
        "etiquetas": list(dict.fromkeys([*principal["etiquetas"], *secundario["etiquetas"]])),
        "notas": "\n\n".join(dict.fromkeys(notas)) or None,
        "ia_activa": principal["ia_activa"] and secundario["ia_activa"],
    }
    return _lo_distinto(principal, queda)


def separar_hilos(
    antes: tuple[Fila, Fila], despues: Fila, actual: Fila, llegado: tuple[Llegado | None, Llegado | None]
) -> tuple[Fila, Fila]:
    """Los dos hilos como deben quedar al separarlos.

    `antes` son los dos antes de unirlos, `despues` el que quedó recién unido y `actual` el de ahora. Lo que nadie tocó desde
    entonces vuelve exactamente; lo que cambió se reparte según quién escribió (`llegado`).
    """
    sueltos = (dict(antes[0]), dict(antes[1]))
    escrito = tuple(nuevo if nuevo and nuevo.cuantos else None for nuevo in llegado)
    for suelto, nuevo in zip(sueltos, escrito, strict=True):
        for campo in actual:
            if actual[campo] != despues[campo] and (campo in _DEL_CASO or (nuevo and campo in (*_DE_LA_ESPERA, "caso_desde"))):
                suelto[campo] = actual[campo]
        if nuevo:
            suelto |= {"ultimo_entrante_id": nuevo.ultimo_id, "ultimo_entrante_en": nuevo.ultimo_en}
            suelto |= {"direccion": nuevo.direccion or suelto["direccion"], "remitente": actual["remitente"], "cuenta": actual["cuenta"]}
            suelto |= {"ventana_hasta": actual["ventana_hasta"], "anuncio_en": actual["anuncio_en"]}
        elif actual["atender_en"] != despues["atender_en"]:
            # Lo que esperaba al unirlas ya se atendió.
            suelto |= {"atender_en": None, "pendiente_desde": None, "intentos": 0, "arriendo_hasta": None}
    _repartir_sin_leer(sueltos, despues["sin_leer"], actual["sin_leer"], [nuevo.cuantos if nuevo else 0 for nuevo in escrito])
    if not any(escrito) and actual["ventana_hasta"] != despues["ventana_hasta"]:
        _el_mas_reciente(sueltos)["ventana_hasta"] = actual["ventana_hasta"]
    return sueltos


def separar_fichas(
    antes: tuple[Fila, Fila], despues: Fila, actual: Fila, llegado: tuple[Llegado | None, Llegado | None]
) -> tuple[Fila, Fila]:
    """Las dos fichas como deben quedar al separarlas: lo que el equipo cambió mientras tanto se queda en la principal."""
    principal, secundario = dict(antes[0]), dict(antes[1])
    for campo in actual:
        if actual[campo] != despues[campo] and campo not in ("mensaje_reciente", "ultimo_mensaje", "updated_at"):
            principal[campo] = actual[campo]
    if actual["baja_en"] and actual["baja_en"] != despues["baja_en"]:
        # Quien pidió no recibir promociones lo pidió por las dos: de más no se le escribe a nadie.
        secundario |= {campo: actual[campo] for campo in ("baja_en", "baja_origen", "baja_texto")}
    for ficha, nuevo in zip((principal, secundario), llegado, strict=True):
        if nuevo and nuevo.hablado_en > (ficha["ultimo_mensaje"] or ""):
            ficha |= {"ultimo_mensaje": nuevo.hablado_en, "mensaje_reciente": nuevo.resumen}
    if not any(llegado) and actual["ultimo_mensaje"] != despues["ultimo_mensaje"]:
        principal |= {campo: actual[campo] for campo in ("ultimo_mensaje", "mensaje_reciente")}
    return principal, secundario


def _repartir_sin_leer(sueltos: tuple[Fila, Fila], despues: int, actual: int, nuevos: list[int]) -> None:
    nadie_leyo = actual == despues + sum(nuevos)
    for suelto, cuantos in zip(sueltos, nuevos, strict=True):
        suelto["sin_leer"] = suelto["sin_leer"] + cuantos if nadie_leyo else min(cuantos, actual)


def _el_mas_reciente(hilos: tuple[Fila, Fila]) -> Fila:
    return max(hilos, key=lambda hilo: hilo["ultimo_entrante_en"] or "")


def _lo_distinto(fila: Fila, nueva: Fila) -> Fila:
    return {campo: valor for campo, valor in nueva.items() if fila[campo] != valor}


def _el(elegir: Callable[..., str], *momentos: str | None) -> str | None:
    dichos = [momento for momento in momentos if momento]
    return elegir(dichos) if dichos else None
