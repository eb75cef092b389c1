"""Reconocer a una persona: las mismas señas son siempre la misma, y señas distintas nunca se juntan solas."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from registro.telefonos import leer_direccion
from sql.conexion import transaccion
from sql.migrar import CARPETA
from sql.modelos.contactos import listar_contactos, obtener_contacto
from sql.modelos.identidades import listar_identidades
from sql.modelos.uniones import listar_sugerencias
from tests import fabricas
from tests.base import Base
from tests.personas import AURA, OTRA

pytestmark = pytest.mark.usefixtures("base")

TELEFONO, OTRO_TELEFONO = "whatsapp:+5215512345678", "whatsapp:+5215587654321"
BSUID, OTRO_BSUID = "whatsapp:MX.13491208655302741918", "whatsapp:MX.99991208655302749999"
PADRE = "whatsapp:MX.ENT.11815799212886844830"


def senna(direccion: str) -> dict[str, str]:
    if direccion.startswith("@"):
        return {"tipo": "usuario", "valor": direccion[1:], "direccion": direccion}
    leida = leer_direccion(direccion)
    assert leida is not None
    return {"tipo": leida.tipo, "valor": leida.valor, "direccion": direccion}


def resolver(*direcciones: str, nombre: str = "Persona", nora: str = AURA) -> int:
    """La persona de esas direcciones; la primera es la que escribió."""
    telefono = next((d.removeprefix("whatsapp:") for d in direcciones if d.startswith("whatsapp:+")), None)
    with transaccion(nora) as sesion:
        return int(
            sesion.execute(
                text("select public.resolver_persona(:nora, cast(:sennas as jsonb), :nombre, :telefono)"),
                {"nora": nora, "sennas": json.dumps([senna(d) for d in direcciones]), "nombre": nombre, "telefono": telefono},
            ).scalar_one()
        )


def callar_noventa_dias(base: Base, persona: int) -> None:
    base.filas(
        "update contactos set ultimo_mensaje = now() - interval '91 days', created_at = now() - interval '91 days'"
        " where id = %s returning id",
        persona,
    )


def test_la_misma_persona_con_y_sin_la_cifra_de_mas_y_por_su_bsuid() -> None:
    persona = resolver(TELEFONO, BSUID, PADRE)
    assert resolver("whatsapp:+525512345678") == persona
    assert resolver(BSUID) == persona
    assert resolver(PADRE, "whatsapp:AR.1349") == persona
    assert resolver("whatsapp:AR.1349") == persona
    assert listar_sugerencias(AURA, persona) == []


def test_la_direccion_que_escribio_queda_al_dia_y_la_otra_no() -> None:
    persona = resolver(TELEFONO, BSUID)
    resolver("whatsapp:+525512345678", BSUID)
    direcciones = {s.tipo: s.direccion for s in listar_identidades(AURA, [persona])[persona]}
    assert direcciones == {"telefono": "whatsapp:+525512345678", "bsuid": BSUID}


def test_quien_no_tenia_telefono_lo_recibe_cuando_lo_ensena() -> None:
    persona = resolver(BSUID)
    assert obtener_contacto(AURA, persona).telefono is None
    assert resolver(BSUID, TELEFONO) == persona
    assert obtener_contacto(AURA, persona).telefono == "+5215512345678"


def test_dos_fichas_que_se_delatan_no_se_juntan_solas_pero_se_sugiere_una_vez() -> None:
    una, otra = resolver(TELEFONO), resolver(BSUID)
    assert una != otra
    for _ in range(3):
        assert resolver(BSUID, TELEFONO) == otra
        assert resolver(TELEFONO, BSUID) == una
    [sugerencia] = listar_sugerencias(AURA, una)
    assert listar_sugerencias(AURA, otra) == [sugerencia]
    assert {sugerencia.principal_id, sugerencia.secundario_id} == {una, otra}
    assert "de la otra ficha" in sugerencia.motivo


def test_el_nombre_de_usuario_no_identifica_y_se_muda_con_quien_lo_tiene() -> None:
    una, otra = resolver(TELEFONO, "@lucia"), resolver(OTRO_TELEFONO)
    assert (obtener_contacto(AURA, una).usuario, obtener_contacto(AURA, otra).usuario) == ("lucia", None)
    assert resolver(OTRO_TELEFONO, "@lucia") == otra
    assert (obtener_contacto(AURA, una).usuario, obtener_contacto(AURA, otra).usuario) == (None, "lucia")
    assert [c.id for c in listar_contactos(AURA, texto="@LUC")] == [otra]
    assert listar_sugerencias(AURA, una) == []


def test_un_numero_que_cambio_de_manos_es_otra_persona(base: Base) -> None:
    antigua = resolver(TELEFONO, BSUID)
    hilo = fabricas.conversacion(obtener_contacto(AURA, antigua), direccion=TELEFONO)
    callar_noventa_dias(base, antigua)
    nueva = resolver(TELEFONO, OTRO_BSUID)
    assert nueva != antigua
    assert resolver("whatsapp:+525512345678") == nueva
    assert resolver(BSUID) == antigua
    assert obtener_contacto(AURA, antigua).telefono is None
    # A quien tenía antes ese número ya no se le escribe a él.
    assert base.filas("select direccion from conversaciones where id = %s", hilo.id) == [(BSUID,)]
    [sugerencia] = listar_sugerencias(AURA, nueva)
    assert "cambiado de dueño" in sugerencia.motivo


def test_otro_bsuid_sin_silencio_largo_o_con_el_mismo_padre_es_la_misma_persona(base: Base) -> None:
    persona = resolver(TELEFONO, BSUID, PADRE)
    assert resolver(TELEFONO, OTRO_BSUID) == persona
    callar_noventa_dias(base, persona)
    assert resolver(TELEFONO, "whatsapp:MX.555", PADRE) == persona
    assert resolver(TELEFONO) == persona


def test_el_numero_que_cambio_de_manos_va_a_quien_ya_se_conocia_por_su_bsuid(base: Base) -> None:
    antigua, conocida = resolver(TELEFONO, BSUID), resolver(OTRO_BSUID)
    callar_noventa_dias(base, antigua)
    assert resolver(TELEFONO, OTRO_BSUID) == conocida
    assert obtener_contacto(AURA, conocida).telefono == "+5215512345678"


def test_cada_nora_tiene_sus_personas() -> None:
    propia, ajena = resolver(TELEFONO), resolver(TELEFONO, nora=OTRA)
    assert propia != ajena
    assert listar_identidades(OTRA, [propia]) == {propia: []}


def test_quien_no_trae_ni_telefono_ni_bsuid_se_dice() -> None:
    with pytest.raises(Exception, match="al menos un teléfono o un BSUID"):
        resolver("@lucia")


@pytest.mark.parametrize("canonica_primero", [True, False])
def test_la_migracion_dice_las_claves_de_la_forma_nueva_y_sugiere_donde_chocan(base: Base, canonica_primero: bool) -> None:
    con_nueve, sin_nueve = "+5511987654321", "+551187654321"
    sola = fabricas.contacto(telefono="+5521999998888")
    antigua, reciente = (fabricas.contacto(telefono=t) for t in ((sin_nueve, con_nueve) if canonica_primero else (con_nueve, sin_nueve)))
    base.filas("update identidades set created_at = now() - interval '1 year' where contacto_id = %s returning id", antigua.id)
    fabricas.contacto(OTRA, telefono=con_nueve)
    orden = (CARPETA / "ordenes" / "0002_identidades.sql").read_text()
    for _ in range(2):
        with base.duena.transaction():
            base.duena.execute(orden)
    duenas = dict(base.filas("select valor, contacto_id from identidades where nombre_nora = 'aura'"))  # type: ignore[arg-type, var-annotated]
    assert duenas == {"+552199998888": sola.id, sin_nueve: antigua.id, con_nueve: reciente.id}
    assert resolver(f"whatsapp:{con_nueve}") == resolver(f"whatsapp:{sin_nueve}") == antigua.id
    [sugerencia] = listar_sugerencias(AURA, reciente.id)
    assert (sugerencia.principal_id, sugerencia.secundario_id) == (antigua.id, reciente.id)
    assert base.filas("select valor from identidades where nombre_nora = 'otra'") == [(sin_nueve,)]


def test_veinte_hilos_a_la_vez_con_las_señas_de_dos_personas_hacen_dos_fichas(base: Base) -> None:
    una, otra = [TELEFONO, BSUID, PADRE], [OTRO_TELEFONO, OTRO_BSUID, "whatsapp:MX.ENT.2"]
    azar = random.Random(7)
    for vuelta in range(5):
        base.vaciar()
        base.sembrar()
        # Cada mensaje trae todas las señas de su persona salvo la última, en desorden: siempre hay una en común.
        lotes = [
            (azar.sample(sennas, 3) if n % 3 else azar.sample(sennas[:2], 2), sennas is una) for n in range(10) for sennas in (una, otra)
        ]
        azar.shuffle(lotes)
        with ThreadPoolExecutor(20) as hilos:
            personas = list(hilos.map(lambda lote: (resolver(*lote[0]), lote[1]), lotes))
        assert len({clave for clave, es_una in personas if es_una}) == 1, vuelta
        assert len({clave for clave, es_una in personas if not es_una}) == 1, vuelta
        assert base.filas("select count(*) from contactos") == [(2,)]
        assert base.filas("select count(*) from uniones") == [(0,)]
