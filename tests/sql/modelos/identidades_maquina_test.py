"""Mensajes, uniones y separaciones en cualquier orden: una persona nunca es dos sin motivo y dos nunca son una."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from registro.telefonos import leer_direccion
from sql.modelos.fusion import unir
from sql.modelos.separacion import deshacer
from sql.modelos.uniones import descartar_sugerencia, listar_sugerencias
from sql.modelos.webhooks import todas_las_noras_recibir
from tests import fabricas
from tests.base import Base
from tests.personas import ALICIA, AURA, NUMEROS

SENNAS = {
    "lucia": (("+5215512345678", "+525512345678"), ("MX.11",), ("MX.ENT.11",), ("@lucia", "@flores")),
    "joao": (("+5511987654321", "+551187654321"), ("BR.22",), ("BR.ENT.22",), ("@joao", "@flores")),
    "mora": (("+5491155550103", "+541155550103"), ("AR.33",), ("AR.ENT.33",), ("@mora", "@flores")),
}
"""De cada persona, sus formas de escribir cada seña; el usuario «flores» pasa de unas a otras, y no identifica a nadie."""


def senna(escrita: str) -> dict[str, str]:
    if escrita.startswith("@"):
        return {"tipo": "usuario", "valor": escrita[1:], "direccion": escrita}
    leida = leer_direccion(f"whatsapp:{escrita}")
    assert leida is not None
    return {"tipo": leida.tipo, "valor": leida.valor, "direccion": f"whatsapp:{escrita}"}


@st.composite
def mensajes(draw: st.DrawFn) -> tuple[str, list[dict[str, str]]]:
    """Alguien escribe con algunas de sus señas; la primera es la que escribió."""
    quien = draw(st.sampled_from(sorted(SENNAS)))
    fuertes = draw(st.lists(st.sampled_from(SENNAS[quien][:3]), min_size=1, max_size=3, unique=True))
    elegidas = [draw(st.sampled_from(formas)) for formas in fuertes]
    usuario = draw(st.none() | st.sampled_from(SENNAS[quien][3]))
    return quien, [senna(escrita) for escrita in [*elegidas, *([usuario] if usuario else [])]]


class Identidades(RuleBasedStateMachine):
    """La base de verdad, con todo lo que puede pasarle a quién es quién."""

    base: Base

    @initialize()
    def empezar(self) -> None:
        self.base.vaciar()
        self.base.sembrar()
        self.de_quien: dict[tuple[str, str], str] = {}
        self.nacidas: dict[str, int] = dict.fromkeys(SENNAS, 0)
        self.unidas: list[int] = []

    @rule(mensaje=mensajes())
    def escribe(self, mensaje: tuple[str, list[dict[str, str]]]) -> None:
        quien, sennas = mensaje
        fuertes = [(s["tipo"], s["valor"]) for s in sennas if s["tipo"] != "usuario"]
        if not any(clave in self.de_quien for clave in fuertes):
            self.nacidas[quien] += 1
        self.de_quien |= dict.fromkeys(fuertes, quien)
        campos: dict[str, Any] = {"identidades": sennas, "direccion": sennas[0]["direccion"], "telefono": None}
        recibido = todas_las_noras_recibir(fabricas.entrante(NUMEROS[AURA], **campos))
        assert recibido.mensaje_id is not None
        # Se responde a la dirección exacta que acaba de escribir.
        [(direccion,)] = self.base.filas("select direccion from conversaciones where id = %s", recibido.conversacion_id)
        assert direccion == sennas[0]["direccion"]
        self.base.filas("update conversaciones set atender_en = null, atendido_hasta_id = ultimo_entrante_id returning id")

    def sugeridas(self) -> list[Any]:
        personas = self.base.filas("select id from contactos where unido_a is null order by id")
        return list(itertools.chain.from_iterable(listar_sugerencias(AURA, int(str(clave))) for (clave,) in personas))

    @precondition(lambda self: self.sugeridas())
    @rule(al_reves=st.booleans())
    def unen(self, al_reves: bool) -> None:
        sugerida = self.sugeridas()[0]
        par = (sugerida.principal_id, sugerida.secundario_id)
        self.unidas.append(unir(AURA, *(reversed(par) if al_reves else par), hecha_por=ALICIA.id))

    @precondition(lambda self: self.unidas)
    @rule()
    def deshacen(self) -> None:
        deshacer(AURA, self.unidas.pop())

    @precondition(lambda self: self.sugeridas())
    @rule()
    def descartan(self) -> None:
        descartar_sugerencia(AURA, self.sugeridas()[0].id)

    @invariant()
    def cada_senna_es_de_una_persona_viva_y_de_nadie_mas(self) -> None:
        filas = self.base.filas(
            "select i.tipo, i.valor, i.contacto_id, c.unido_a from identidades i join contactos c on c.id = i.contacto_id"
            " where i.tipo <> 'usuario'"
        )
        assert {(tipo, valor) for tipo, valor, _, _ in filas} == set(self.de_quien)
        duenas: dict[object, set[str]] = {}
        for tipo, valor, contacto, unido_a in filas:
            assert unido_a is None
            duenas.setdefault(contacto, set()).add(self.de_quien[str(tipo), str(valor)])
        assert all(len(personas) == 1 for personas in duenas.values())

    @invariant()
    def nadie_se_parte_sin_motivo(self) -> None:
        # Sólo nace una ficha cuando un mensaje no trae ninguna seña conocida.
        assert self.base.filas("select count(*) from contactos") == [(sum(self.nacidas.values()),)]

    @invariant()
    def cada_mensaje_esta_con_quien_lo_escribio_y_se_responde_al_ultimo(self) -> None:
        perdidos = self.base.filas(
            "select m.id from historial_conversaciones m join conversaciones c on c.id = m.conversacion_id"
            " where not exists (select from identidades i where i.contacto_id = c.contacto_id"
            " and i.valor = case when m.direccion like 'whatsapp:+%%' then telefono_canonico(m.direccion) else substr(m.direccion, 10) end)"
        )
        assert perdidos == []
        otras = self.base.filas(
            "select c.id, c.direccion, u.direccion from conversaciones c cross join lateral"
            " (select m.direccion from historial_conversaciones m where m.conversacion_id = c.id order by m.id desc limit 1) u"
            " where u.direccion <> c.direccion"
        )
        assert otras == []


def test_en_cualquier_orden(base: Base) -> None:
    class Maquina(Identidades):
        pass

    Maquina.base = base
    run_state_machine_as_test(
        Maquina, settings=settings(max_examples=10, stateful_step_count=20, suppress_health_check=list(HealthCheck), deadline=None)
    )
