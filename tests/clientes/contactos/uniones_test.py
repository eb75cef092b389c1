"""Unir a dos personas desde la ficha, deshacerlo y decir que no son la misma: quién puede, qué ve y qué pasa con lo ajeno."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from clientes.contactos.parecidos import Senna, en_palabras
from sql.conexion import transaccion
from sql.modelos.contactos import Contacto, Identidad, obtener_contacto
from sql.modelos.conversaciones import buscar_hilo_de_contacto
from sql.modelos.uniones import Union
from sql.modelos.usuarios import guardar_membresia
from tests import fabricas
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import AURA, BETO, OTRA

Entrar = Callable[[str], ClienteDePanel]
LISTA = f"/panel_cliente/{AURA}/contactos/"


def ficha(persona: Contacto) -> str:
    return f"{LISTA}{persona.id}/"


def pareja(nora: str = AURA) -> tuple[Contacto, Contacto, int]:
    """Dos personas que parecen la misma: una con teléfono y otra que sólo enseña su usuario."""
    una = fabricas.contacto(nora, nombre="María Peña", telefono="+525587654321")
    otra = fabricas.contacto(nora, nombre="mari", telefono=None)
    for tipo, valor in (("bsuid", "MX.1349"), ("usuario", "mari.flores")):
        fabricas.guardar(Identidad(nombre_nora=nora, contacto_id=otra.id, tipo=tipo, valor=valor, direccion=valor), nora)
    for persona, texto in ((una, "Quiero un ramo"), (otra, "¿Sigue disponible?")):
        fabricas.mensaje(fabricas.conversacion(persona, direccion="whatsapp:x"), texto=texto)
    with transaccion(nora) as sesion:
        union = Union(nombre_nora=nora, principal_id=una.id, secundario_id=otra.id, motivo="Un mensaje suyo llegó también con el teléfono.")
        sesion.add(union)
        sesion.flush()
        return una, otra, union.id


def test_las_dos_se_ven_lado_a_lado_desde_cualquiera_de_las_dos(cliente_de: Entrar) -> None:
    una, otra, _ = pareja()
    cliente = cliente_de("alicia")
    for persona in (una, otra):
        texto = cliente.get(ficha(persona)).text
        for dicho in ("Puede ser la misma persona", "María Peña", "+52 55 8765 4321", "@mari.flores", "MX.1349", "Un mensaje suyo llegó"):
            assert dicho in texto
    lista = cliente.get(LISTA).text
    assert lista.count("Puede estar repetida") == 2


def test_unir_lleva_a_la_que_queda_y_deshacer_las_devuelve(cliente_de: Entrar) -> None:
    una, otra, union = pareja()
    cliente = cliente_de("beto")
    respuesta = cliente.post(f"{ficha(otra)}uniones/{union}/unir")
    assert (respuesta.status_code, respuesta.location) == (303, ficha(una))
    texto = cliente.get(ficha(una)).text
    assert re.search(r"Listo: unido con\s+<bdi>mari</bdi>", texto)
    assert "Puede ser la misma persona" not in texto
    assert "@mari.flores" in texto
    # La que se unió ya no sale en ningún sitio, y su ficha es la de la que queda.
    assert 'href="' + ficha(otra) not in cliente.get(LISTA).text
    assert cliente.get(LISTA, query_string={"q": "@mari"}).text.count('class="persona"') == 1
    assert cliente.get(ficha(otra)).location == ficha(una)
    chats = f"/panel_cliente/{AURA}/chat/"
    assert "mari" not in cliente.get(chats).text.replace("María", "")
    hilos = [hilo.conversacion.id for hilo in (buscar_hilo_de_contacto(AURA, p.id) for p in (una, otra)) if hilo]
    assert cliente.get(f"{chats}{hilos[1]}").location == f"{chats}{hilos[0]}"
    assert "¿Sigue disponible?" in cliente.get(f"{chats}{hilos[0]}").text

    respuesta = cliente.post(f"{ficha(una)}uniones/{union}/deshacer")
    assert respuesta.status_code == 303
    assert obtener_contacto(AURA, otra.id).unido_a is None
    assert "Listo: unido" not in cliente.get(ficha(una)).text


def test_pasados_diez_minutos_se_ve_mas_discreto_y_al_dia_ya_no(cliente_de: Entrar, base: Base) -> None:
    una, _, union = pareja()
    cliente = cliente_de("alicia")
    cliente.post(f"{ficha(una)}uniones/{union}/unir")
    base.filas("update uniones set hecha_en = now() - interval '11 minutes' returning id")
    texto = cliente.get(ficha(una)).text
    assert "Listo: unido" not in texto
    assert "Unido con" in texto
    assert "Deshacer" in texto
    base.filas("update uniones set hecha_en = now() - interval '25 hours' returning id")
    assert "Unido con" not in cliente.get(ficha(una)).text
    respuesta = cliente.post(f"{ficha(una)}uniones/{union}/deshacer")
    assert respuesta.status_code == 409
    assert "Pasaron más de 24 horas" in respuesta.text


def test_lo_que_ahora_no_se_puede_se_dice_y_no_cambia_nada(cliente_de: Entrar, base: Base) -> None:
    una, otra, union = pareja()
    base.filas("update conversaciones set arriendo_hasta = now() + interval '1 minute' returning id")
    respuesta = cliente_de("alicia").post(f"{ficha(una)}uniones/{union}/unir")
    assert respuesta.status_code == 409
    assert "La IA está contestando ahora mismo" in respuesta.text
    assert obtener_contacto(AURA, otra.id).unido_a is None


def test_decir_que_no_es_la_misma_quita_la_sugerencia_para_siempre(cliente_de: Entrar, base: Base) -> None:
    una, otra, union = pareja()
    cliente = cliente_de("alicia")
    assert cliente.post(f"{ficha(una)}uniones/{union}/descartar").status_code == 303
    assert "Puede ser la misma persona" not in cliente.get(ficha(una)).text
    base.filas("select public.sugerir_union(%s, %s, %s, 'otra vez')", AURA, otra.id, una.id)
    assert "Puede ser la misma persona" not in cliente.get(ficha(una)).text
    assert cliente.post(f"{ficha(una)}uniones/{union}/unir").status_code == 404


def test_con_rol_de_lectura_se_ve_y_no_se_toca(cliente_de: Entrar) -> None:
    una, otra, union = pareja()
    guardar_membresia(AURA, BETO.id, "lectura")
    cliente = cliente_de("beto")
    texto = cliente.get(ficha(una)).text
    assert "Puede ser la misma persona" in texto
    assert "No es la misma" not in texto
    assert cliente.post(f"{ficha(una)}uniones/{union}/unir").status_code == 403
    assert obtener_contacto(AURA, otra.id).unido_a is None


@pytest.mark.parametrize("accion", ["unir", "deshacer", "descartar"])
def test_lo_ajeno_y_lo_inventado_es_un_404(cliente_de: Entrar, accion: str) -> None:
    una, _, union = pareja()
    ajena, _, union_ajena = pareja(OTRA)
    sin_nada = fabricas.contacto()
    cliente = cliente_de("alicia")
    for persona, clave in ((una, union_ajena), (ajena, union_ajena), (ajena, union), (sin_nada, union), (una, 999_999)):
        assert cliente.post(f"{ficha(persona)}uniones/{clave}/{accion}").status_code == 404
    assert cliente_de("carla").post(f"{ficha(una)}uniones/{union}/{accion}").status_code == 404
    assert obtener_contacto(AURA, una.id).unido_a is None


def test_quien_no_tiene_telefono_se_ve_con_su_usuario_o_se_dice(cliente_de: Entrar) -> None:
    _, otra, _ = pareja()
    nadie = fabricas.contacto(nombre=None, telefono=None)
    hilo = fabricas.conversacion(nadie)
    cliente = cliente_de("alicia")
    assert re.search(r'ficha-telefono">@mari.flores', cliente.get(ficha(otra)).text)
    assert "<bdi>Sin teléfono</bdi>" in cliente.get(LISTA).text
    assert "Sin teléfono" in cliente.get(f"/panel_cliente/{AURA}/chat/{hilo.id}").text


def test_las_señas_se_leen_sin_repetir_y_con_un_solo_usuario() -> None:
    def senna(tipo: str, valor: str, direccion: str) -> Identidad:
        return Identidad(tipo=tipo, valor=valor, direccion=direccion)

    identidades = [
        senna("usuario", "nuevo", "@nuevo"),
        senna("bsuid_padre", "MX.ENT.1", "whatsapp:MX.ENT.1"),
        senna("usuario", "viejo", "@viejo"),
        senna("telefono", "+551187654321", "whatsapp:+5511987654321"),
        senna("telefono", "+525512345678", "whatsapp:+5215512345678"),
    ]
    assert en_palabras(identidades) == [
        Senna("Teléfono", "+55 11 98765-4321"),
        Senna("Teléfono", "+52 55 1234 5678"),
        Senna("Usuario de WhatsApp", "@nuevo"),
        Senna("Identificador de WhatsApp de la empresa", "MX.ENT.1"),
    ]
