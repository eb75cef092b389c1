"""La comparación de un rango entero con Twilio, en los dos sentidos: lo que faltaba entra, lo dudoso se aclara y el resto se cuenta."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from registro.bitacora import registrar_error
from sql.modelos import balance as aqui
from sql.modelos.balance import Dudoso, Saliente
from sql.modelos.conciliaciones import Conciliacion, guardar_avance
from webhook import estados
from webhook.listado_twilio import Libro, Visto, direcciones_de
from webhook.rangos import rango_de
from webhook.recuperacion import meter

PAGINA = 1000
VIA = "conciliacion"
"""Lo que se sabe al comparar es historia: se anota sin volver a enviar nada."""
DESFASE = dt.timedelta(minutes=10)
"""La hora de Twilio y la nuestra no son la misma: un envío del borde se busca un poco más allá antes de echarlo en falta."""
MUESTRA = 50
"""Cuántos SID de cada clase se guardan para poder mirarlos."""
PREGUNTAS_MAXIMAS = 200
"""Por cuántos envíos se pregunta de uno en uno antes de darlos por perdidos."""


@dataclass
class Cuentas:
    """Lo que va contado. Siempre: en_twilio = nuestros + entrantes_perdidos + salientes_ajenos."""

    en_twilio: int = 0
    nuestros: int = 0
    entrantes_perdidos: int = 0
    entrantes_recuperados: int = 0
    salientes_ajenos: int = 0
    salientes_sin_rastro: int = 0
    estados_corregidos: int = 0
    detalle: dict[str, list[str]] = field(default_factory=dict)

    def apuntar(self, clase: str, sids: Iterable[str]) -> None:
        """Guarda una muestra de los SID de esa clase."""
        lista = self.detalle.setdefault(clase, [])
        lista += [sid for sid in sids if sid not in lista][: MUESTRA - len(lista)]

    def como_columnas(self) -> dict[str, Any]:
        """Lo contado, con los nombres de la tabla."""
        return {nombre: getattr(self, nombre) for nombre in self.__dataclass_fields__}


def balancear(pedida: Conciliacion, libro: Libro) -> Cuentas:
    """Compara el rango pedido y repara lo que se puede; repetirlo no cambia nada más.

    Raises:
        NoAceptado, Rechazado, Incierto: si no se pudo leer entero el historial de Twilio.
    """
    cuentas, nora = Cuentas(), pedida.nombre_nora
    recibidos, salieron, sin_dueno = set[str](), set[str](), list[Visto]()
    propias = direcciones_de(nora, libro.cuenta)
    for direccion in propias:
        _entrantes(pedida, libro, direccion, recibidos, cuentas)
    usadas = aqui.listar_direcciones_de_salida(nora, libro.cuenta, pedida.desde, pedida.hasta)
    for direccion in dict.fromkeys([*propias, *usadas]):
        sin_dueno += _salientes(pedida, libro, direccion, salieron, cuentas)
    _repartir(pedida, libro, sin_dueno, cuentas)
    _sin_rastro(pedida, libro, salieron, cuentas)
    return cuentas


def en_rango(paginas: Iterator[list[Visto]], desde: dt.datetime, hasta: dt.datetime) -> Iterator[list[Visto]]:
    """Sólo lo de ese rango, de un listado que viene de nuevo a viejo; deja de pedir en cuanto lo pasa."""
    for pagina in paginas:
        dentro = [visto for visto in pagina if desde <= visto.creado_en <= hasta]
        if dentro:
            yield dentro
        if pagina and pagina[-1].creado_en < desde:
            return


def _entrantes(pedida: Conciliacion, libro: Libro, direccion: str, vistos: set[str], cuentas: Cuentas) -> None:
    faltan: list[Visto] = []
    for lote in en_rango(libro.entrantes(direccion, por_pagina=PAGINA), pedida.desde, pedida.hasta):
        nuevos = [visto for visto in lote if visto.sid not in vistos]
        vistos.update(visto.sid for visto in nuevos)
        conocidos = aqui.todas_las_noras_entrantes_conocidos([v.sid for v in nuevos]) if nuevos else frozenset()
        faltan += [visto for visto in nuevos if visto.sid not in conocidos]
        cuentas.en_twilio += len(nuevos)
        cuentas.nuestros += len(conocidos)
        guardar_avance(pedida.nombre_nora, pedida.id, en_twilio=cuentas.en_twilio, nuestros=cuentas.nuestros)
    if faltan:
        cuentas.entrantes_perdidos += len(faltan)
        cuentas.apuntar("entrantes_perdidos", (visto.sid for visto in faltan))
        meter(pedida.nombre_nora, libro, faltan)
        ahora_estan = _conocidos_por_lotes([visto.sid for visto in faltan])
        cuentas.entrantes_recuperados += len(ahora_estan)


def _conocidos_por_lotes(sids: list[str]) -> set[str]:
    conocidos: set[str] = set()
    for desde in range(0, len(sids), PAGINA):
        conocidos |= aqui.todas_las_noras_entrantes_conocidos(sids[desde : desde + PAGINA])
    return conocidos


def _salientes(pedida: Conciliacion, libro: Libro, direccion: str, salieron: set[str], cuentas: Cuentas) -> list[Visto]:
    """Cuenta lo que salió de esa dirección y pone al día sus estados; devuelve lo que aquí no tiene dueño."""
    nora, sin_dueno = pedida.nombre_nora, list[Visto]()
    # Se mira un poco más allá de los bordes para no echar en falta lo que cayó al otro lado; sólo se cuenta lo de dentro.
    for lote in en_rango(libro.salientes(direccion, por_pagina=PAGINA), pedida.desde - DESFASE, pedida.hasta + DESFASE):
        dentro = [v for v in lote if v.sid not in salieron and pedida.desde <= v.creado_en <= pedida.hasta]
        salieron.update(visto.sid for visto in lote)
        if not dentro:
            continue
        nuestros = aqui.listar_salientes_conocidos(nora, [visto.sid for visto in dentro])
        libres = [visto for visto in dentro if visto.sid not in nuestros]
        otros = aqui.listar_sids_de_otros_intentos(nora, [v.sid for v in libres], pedida.desde) if libres else frozenset()
        sin_dueno += [visto for visto in libres if visto.sid not in otros]
        cuentas.en_twilio += len(dentro)
        cuentas.nuestros += len(nuestros) + len(otros)
        cuentas.estados_corregidos += _corregir(libro, dentro, nuestros)
        guardar_avance(nora, pedida.id, **cuentas.como_columnas())
    return sin_dueno


def _repartir(pedida: Conciliacion, libro: Libro, sin_dueno: list[Visto], cuentas: Cuentas) -> None:
    """Prueba lo que no tiene dueño con los dudosos de aquí; lo que sobra se hizo fuera de este producto."""
    aclarados: set[str] = set()
    if sin_dueno:
        dudosos = aqui.listar_dudosos(pedida.nombre_nora, libro.cuenta, pedida.desde - DESFASE)
        for mensaje_id, visto in emparejar(dudosos, sin_dueno).items():
            if estados.anotar(como_aviso(visto, libro.cuenta), str(mensaje_id), None, via=VIA) is not None:
                aclarados.add(visto.sid)
    ajenos = [visto.sid for visto in sin_dueno if visto.sid not in aclarados]
    cuentas.nuestros += len(aclarados)
    cuentas.estados_corregidos += len(aclarados)
    cuentas.salientes_ajenos += len(ajenos)
    cuentas.apuntar("salientes_ajenos", ajenos)


def emparejar(dudosos: list[Dudoso], libres: list[Visto]) -> dict[int, Visto]:
    """A cada dudoso, el único envío sin dueño que puede ser él: misma dirección, mismo texto y hecho después de tomarlo. Puro.

    Si un dudoso puede ser dos envíos, o un envío dos dudosos, no se adivina.
    """
    posibles = {
        d.mensaje_id: [
            v
            for v in libres
            if v.para == d.para and v.de == d.de and v.cuerpo.strip() == d.texto.strip() and v.creado_en >= d.reclamado_en - DESFASE
        ]
        for d in dudosos
    }
    veces: dict[str, int] = {}
    for candidatos in posibles.values():
        for visto in candidatos:
            veces[visto.sid] = veces.get(visto.sid, 0) + 1
    return {mensaje_id: c[0] for mensaje_id, c in posibles.items() if len(c) == 1 and veces[c[0].sid] == 1}


def _corregir(libro: Libro, vistos: list[Visto], nuestros: dict[str, Saliente]) -> int:
    """Pone al día los estados atrasados por el mismo camino que un aviso; devuelve cuántos avanzaron."""
    return sum(
        estados.anotar(como_aviso(visto, libro.cuenta), "", None, via=VIA) is not None
        for visto in vistos
        if visto.sid in nuestros and esta_atrasado(nuestros[visto.sid], visto.estado)
    )


def esta_atrasado(nuestro: Saliente, estado: str) -> bool:
    """Si lo que dice Twilio va por delante de lo que hay aquí. Puro."""
    return rango_de(estado) > nuestro.rango


def como_aviso(visto: Visto, cuenta: str) -> dict[str, list[str]]:
    """Los parámetros del aviso de estado que Twilio habría mandado. Puro."""
    aviso = {
        "AccountSid": cuenta,
        "MessageSid": visto.sid,
        "SmsSid": visto.sid,
        "MessageStatus": visto.estado if rango_de(visto.estado) else "sent",
        "From": visto.de,
        "To": visto.para,
        "Origen": VIA,
    }
    if visto.codigo_error:
        aviso["ErrorCode"] = visto.codigo_error
    return {nombre: [valor] for nombre, valor in aviso.items()}


def _sin_rastro(pedida: Conciliacion, libro: Libro, salieron: set[str], cuentas: Cuentas) -> None:
    """Lo que aquí consta como enviado y no salió en el listado; antes de darlo por perdido se pregunta por él solo."""
    nora, ultimo, preguntas = pedida.nombre_nora, 0, 0
    perdidos: list[str] = []
    while lote := aqui.listar_enviados(nora, libro.cuenta, pedida.desde, pedida.hasta, despues_de=ultimo):
        ultimo = lote[-1].mensaje_id
        for nuestro in lote:
            if nuestro.sid in salieron:
                continue
            # Pasado el tope ya no se pregunta de uno en uno: algo grande pasa y el recuento basta.
            preguntas += 1
            if preguntas > PREGUNTAS_MAXIMAS or not libro.tiene(nuestro.sid):
                perdidos.append(nuestro.sid)
    cuentas.salientes_sin_rastro = len(perdidos)
    if perdidos:
        cuentas.apuntar("salientes_sin_rastro", perdidos)
        registrar_error(
            "Twilio",
            f"Twilio no tiene {len(perdidos)} de los envíos que aquí constan como enviados (el primero, {perdidos[0]}). "
            "Mira si se borraron en su consola o si el número cambió de cuenta; los SID están en la última conciliación.",
            nora,
            "webhook.balance",
        )
