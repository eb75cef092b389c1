"""El juez de un ensayo: compara lo que Twilio tiene con lo que quedó en la base y dice cada promesa rota. Puro."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

PENDIENTES = frozenset({"listo", "enviando", "por_confirmar"})
RANGO = {"enviado": 3, "fallido": 4, "cancelado": 4, "entregado": 5, "leido": 6}
NUESTRO = {
    "sent": "enviado",
    "delivered": "entregado",
    "read": "leido",
    "failed": "fallido",
    "undelivered": "fallido",
    "canceled": "cancelado",
}
SIN_RECIBIR = frozenset({"failed", "undelivered", "canceled"})


@dataclass(frozen=True, slots=True)
class Entrante:
    """Un mensaje de una persona: en el libro de Twilio, o su fila en el historial (entonces con `hilo` e `id`)."""

    sid: str
    de: str
    para: str
    texto: str
    hilo: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Respuesta:
    """Una fila nuestra que sale."""

    id: int
    hilo: int
    estado: str
    sid: str | None
    responde_a: int | None
    texto: str
    sids_anteriores: tuple[str, ...] = ()
    codigo: str | None = None


@dataclass(frozen=True, slots=True)
class Aceptado:
    """Un envío que Twilio aceptó. `referencia` es la intención que iba en su StatusCallback; `avisados`, los estados que nos llegaron."""

    sid: str
    referencia: int | None
    para: str
    texto: str
    estado: str
    avisados: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hilo:
    """Cómo quedó una conversación."""

    id: int
    modo: str
    ultimo_entrante: int
    atendido_hasta: int


@dataclass
class Escena:
    """Las dos versiones de lo que pasó."""

    en_twilio: list[Entrante] = field(default_factory=list)
    historial: list[Entrante] = field(default_factory=list)
    respuestas: list[Respuesta] = field(default_factory=list)
    aceptados: list[Aceptado] = field(default_factory=list)
    hilos: list[Hilo] = field(default_factory=list)


def juzgar(escena: Escena) -> list[str]:
    """Todas las promesas rotas, una por renglón; vacío si se cumplieron."""
    return [
        *_entrantes(escena),
        *_hilos_y_personas(escena),
        *_nada_pendiente(escena),
        *_una_respuesta_por_rafaga(escena),
        *_recibidas_una_vez(escena),
        *_en_orden(escena),
        *_sin_mentiras(escena),
        *_estados(escena),
    ]


def recibidos_dos_veces(escena: Escena) -> list[int]:
    """Las intenciones de las que la persona recibió más de un mensaje (lo que Twilio no pudo entregar no se recibió)."""
    cuenta = Counter(a.referencia for a in escena.aceptados if a.estado not in SIN_RECIBIR)
    return sorted(r for r, veces in cuenta.items() if r is not None and veces > 1)


def _entrantes(escena: Escena) -> Iterable[str]:
    libro = {e.sid: e for e in escena.en_twilio}
    filas = Counter(f.sid for f in escena.historial)
    yield from (f"perdido: {sid} está en Twilio y no en el historial" for sid in libro.keys() - filas.keys())
    yield from (f"inventado: {sid} está en el historial y no en Twilio" for sid in filas.keys() - libro.keys())
    yield from (f"repetido: {sid} tiene {veces} filas" for sid, veces in filas.items() if veces > 1)
    for fila in escena.historial:
        original = libro.get(fila.sid)
        if original and (original.de, original.para, original.texto) != (fila.de, fila.para, fila.texto):
            yield f"cambiado: {fila.sid} no guarda quién, a quién y qué se escribió"


def _hilos_y_personas(escena: Escena) -> Iterable[str]:
    personas, hilos = defaultdict(set), defaultdict(set)
    for fila in escena.historial:
        personas[fila.hilo].add((fila.de, fila.para))
        hilos[fila.de, fila.para].add(fila.hilo)
    yield from (f"mezclado: el hilo {hilo} tiene {len(quienes)} personas" for hilo, quienes in personas.items() if len(quienes) > 1)
    yield from (f"partido: {de} quedó en {len(suyos)} hilos" for (de, _), suyos in hilos.items() if len(suyos) > 1)


def _nada_pendiente(escena: Escena) -> Iterable[str]:
    yield from (f"sin aclarar: la respuesta {r.id} sigue «{r.estado}»" for r in escena.respuestas if r.estado in PENDIENTES)
    yield from (f"sin salir: de la respuesta {r.id} no se supo nada" for r in escena.respuestas if r.codigo == "sin_confirmar")


def _una_respuesta_por_rafaga(escena: Escena) -> Iterable[str]:
    cortes: defaultdict[int, list[int]] = defaultdict(list)
    for r in sorted(escena.respuestas, key=lambda r: r.id):
        if r.responde_a is not None:
            cortes[r.hilo].append(r.responde_a)
    entrantes: defaultdict[int, set[int]] = defaultdict(set)
    for fila in escena.historial:
        entrantes[fila.hilo].add(fila.id)
    for hilo in escena.hilos:
        suyos = cortes[hilo.id]
        if hilo.modo != "ia":
            yield f"soltado: el hilo {hilo.id} pasó a una persona"
        elif any(b <= a for a, b in pairwise(suyos)):
            yield f"ráfaga repetida: el hilo {hilo.id} respondió dos veces a lo mismo"
        elif not suyos or suyos[-1] != max(entrantes[hilo.id], default=0) or hilo.atendido_hasta < hilo.ultimo_entrante:
            yield f"ráfaga sin respuesta: al hilo {hilo.id} le falta responder a lo último"
        elif not set(suyos) <= entrantes[hilo.id]:
            yield f"respuesta a nada: el hilo {hilo.id} responde a algo que no entró"


def _recibidas_una_vez(escena: Escena) -> Iterable[str]:
    yield from (f"doble: la persona recibió dos veces la respuesta {r}" for r in recibidos_dos_veces(escena))
    yield from (f"anónimo: Twilio aceptó {a.sid} sin intención nuestra" for a in escena.aceptados if a.referencia is None)


def _en_orden(escena: Escena) -> Iterable[str]:
    ultima: dict[int, int] = {}
    vistas: set[int] = set()
    de_hilo = {r.id: r.hilo for r in escena.respuestas}
    for aceptado in escena.aceptados:
        hilo = de_hilo.get(aceptado.referencia or 0)
        if hilo is None or aceptado.referencia is None or aceptado.referencia in vistas:
            continue
        vistas.add(aceptado.referencia)
        if aceptado.referencia < ultima.get(hilo, 0):
            yield f"desorden: en el hilo {hilo} salió la {aceptado.referencia} después de la {ultima[hilo]}"
        ultima[hilo] = max(aceptado.referencia, ultima.get(hilo, 0))


def _sin_mentiras(escena: Escena) -> Iterable[str]:
    aceptados = {a.sid: a for a in escena.aceptados}
    duenas: Counter[str] = Counter()
    for r in escena.respuestas:
        duenas.update(sid for sid in (r.sid, *r.sids_anteriores) if sid)
        if r.estado in {"enviado", "entregado", "leido"} and r.sid not in aceptados:
            yield f"mentira: la respuesta {r.id} dice «{r.estado}» y Twilio no la tiene"
        suyo = aceptados.get(r.sid or "")
        if suyo and (suyo.referencia != r.id or suyo.texto != r.texto):
            yield f"cruzado: la respuesta {r.id} lleva el SID de otra"
    yield from (f"sin dueño: Twilio aceptó {sid} y ninguna fila lo sabe" for sid in aceptados.keys() - duenas.keys())
    yield from (f"compartido: {sid} está en {veces} filas" for sid, veces in duenas.items() if veces > 1)


def _estados(escena: Escena) -> Iterable[str]:
    """Cada fila dice al menos lo más avanzado que se nos avisó, y nunca más de lo que de verdad pasó."""
    aceptados = {a.sid: a for a in escena.aceptados}
    for r in escena.respuestas:
        suyo = aceptados.get(r.sid or "")
        if suyo is None or r.estado in PENDIENTES:
            continue
        avisado = max((RANGO[NUESTRO[e]] for e in suyo.avisados if e in NUESTRO), default=RANGO["enviado"])
        cierto = RANGO.get(NUESTRO.get(suyo.estado, "enviado"), 3)
        if not avisado <= RANGO.get(r.estado, 0) <= max(avisado, cierto):
            yield f"estado: la respuesta {r.id} dice «{r.estado}» y lo avisado era {sorted(set(suyo.avisados))}"
