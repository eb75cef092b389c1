"""Lo que la bandeja lee de una vez: el último mensaje de cada hilo, las cuentas y la clave ya usada; siempre de su Nora."""

from __future__ import annotations

from sql.modelos.bandeja import buscar_por_clave, contar_por_filtro, listar_ultimos_mensajes
from tests import fabricas
from tests.personas import AURA, OTRA


def test_el_ultimo_mensaje_de_cada_hilo(base):
    uno, otro, callado = (fabricas.conversacion() for _ in range(3))
    for texto in ("primero", "segundo", "tercero"):
        fabricas.mensaje(uno, texto)
    fabricas.mensaje(otro, "único")
    ultimos = listar_ultimos_mensajes(AURA, [uno.id, otro.id, callado.id])
    assert {clave: m.mensaje for clave, m in ultimos.items()} == {uno.id: "tercero", otro.id: "único"}
    assert listar_ultimos_mensajes(AURA, []) == {}


def test_no_se_ven_los_mensajes_de_otra_nora(base):
    ajeno = fabricas.conversacion(nombre_nora=OTRA)
    fabricas.mensaje(ajeno, "secreto", clave_cliente="clave-ajena-1")
    assert listar_ultimos_mensajes(AURA, [ajeno.id]) == {}
    assert buscar_por_clave(AURA, "clave-ajena-1") is None


def test_las_cuentas_de_cada_filtro(base):
    fabricas.conversacion(fabricas.contacto(nombre="María Peña"), sin_leer=3)
    fabricas.conversacion(fabricas.contacto(nombre="Mario"), modo="persona", necesita_persona=True, sin_leer=1)
    fabricas.conversacion(fabricas.contacto(nombre="Luis"))
    fabricas.conversacion(nombre_nora=OTRA, sin_leer=9)
    assert contar_por_filtro(AURA) == {"": 3, "sin_leer": 2, "necesita_persona": 1, "ia": 2, "persona": 1}
    assert contar_por_filtro(AURA, "mari") == {"": 2, "sin_leer": 2, "necesita_persona": 1, "ia": 1, "persona": 1}
    assert contar_por_filtro(AURA, "PENA")[""] == 1


def test_se_encuentra_lo_escrito_con_una_clave(base):
    guardado = fabricas.mensaje(texto="hola", tipo="respuesta", clave_cliente="clave-de-prueba-1")
    hallado = buscar_por_clave(AURA, "clave-de-prueba-1")
    assert hallado is not None
    assert hallado.id == guardado.id
    assert buscar_por_clave(AURA, "otra-clave-1") is None
