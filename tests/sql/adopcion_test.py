"""La base anterior de una agencia, adoptada: cada fila vieja está en su sitio o apartada, y nadie ajeno ve nada."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from sql import migrar
from tests.base import Base, base_aparte
from tests.sql.catalogo import diferencias, huella_de_todo, retrato, sin_validar

VOLCADO = Path(__file__).parent / "datos" / "base_anterior.sql"
Filas = list[dict[str, Any]]


class Adoptada:
    """La base adoptada, con sus cuentas de antes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.conexion = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        self.conexion.execute(VOLCADO.read_bytes())
        self.antes = self.contar()
        migrar.migrar(url)

    def contar(self) -> dict[str, int]:
        """Filas por tabla."""
        tablas = self.leer("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'")
        return {t["relname"]: self.leer(f'select count(*) as n from public."{t["relname"]}"')[0]["n"] for t in tablas}

    def leer(self, consulta: str, *valores: object) -> Filas:
        """Las filas de una consulta, por nombre de columna."""
        return self.conexion.execute(consulta.encode(), valores or None).fetchall()


@pytest.fixture(scope="module")
def adoptada(servidor: str) -> Iterator[Adoptada]:
    """Una base anterior recién adoptada; las pruebas sólo la miran."""
    with base_aparte(servidor) as url:
        hecha = Adoptada(url)
        yield hecha
        hecha.conexion.close()


def test_no_se_pierde_ninguna_fila(adoptada: Adoptada) -> None:
    ahora = adoptada.contar()
    apartadas = {
        fila["tabla"]: fila["n"]
        for fila in adoptada.leer(
            "select tabla, count(*) as n from filas_apartadas where not fila ? 'regla' and motivo not like 'Copia:%' group by 1"
        )
    }
    personas_nuevas = 1  # la que sólo figuraba en el historial
    for tabla, habia in adoptada.antes.items():
        queda = ahora[f"{tabla}_anterior"] if tabla == "usuarios" else ahora[tabla]
        assert queda + apartadas.get(tabla, 0) == habia + (personas_nuevas if tabla == "contactos" else 0), tabla
    assert apartadas == {
        "configuracion_bot": 2,
        "modulos_disponibles": 2,
        "contactos": 1,
        "historial_conversaciones": 1,
        "conocimiento_nora": 3,
        "meta_ads_cuentas": 1,
        "rutas_registradas": 2,
    }


def test_lo_apartado_va_entero_y_con_su_motivo(adoptada: Adoptada) -> None:
    repetida = adoptada.leer("select * from filas_apartadas where motivo like 'Nora repetida%%'")
    assert [fila["fila"]["mensaje_bienvenida"] for fila in repetida] == ["Repetida más vieja"]
    assert repetida[0]["fila"]["id_anterior"] == "00000000-0000-4000-8000-000000000002"
    assert repetida[0]["nombre_nora"] == "aura"


def test_las_noras_quedan_con_su_numero_legible_y_el_id_viejo_a_un_lado(adoptada: Adoptada) -> None:
    noras = {fila["nombre_nora"]: fila for fila in adoptada.leer("select * from configuracion_bot")}
    assert {nombre: nora["numero_nora"] for nombre, nora in noras.items()} == {
        "aura": "+14155238886",
        "otra": "+14155238887",
        "Nora Con Espacios": "+14155238889",
        "copiona": None,
        "sin_numero": "pendiente",
    }
    assert str(noras["aura"]["id_anterior"]) == "00000000-0000-4000-8000-000000000001"
    assert isinstance(noras["aura"]["id"], int)
    assert noras["aura"]["created_at"].isoformat() == "2023-01-01T10:00:00+00:00"
    assert noras["Nora Con Espacios"]["heredada"] is True
    assert adoptada.leer("select fila ->> 'numero_nora' as n from filas_apartadas where motivo like 'Copia:%%'") == [{"n": "+14155238887"}]


def test_una_nora_con_nombre_de_antes_se_puede_seguir_editando(adoptada: Adoptada) -> None:
    with adoptada.conexion.transaction(force_rollback=True):
        adoptada.conexion.execute("update configuracion_bot set personalidad = 'Nueva' where nombre_nora = 'Nora Con Espacios'")


def test_los_contactos_conservan_su_id_y_sus_valores_toman_el_tipo_nuevo(adoptada: Adoptada) -> None:
    filas = adoptada.leer("select id, telefono, etiquetas, ia_activa, notas, created_at from contactos where id <= 6 order by id")
    assert [fila["id"] for fila in filas] == [1, 2, 3, 4, 5, 6]
    assert [fila["etiquetas"] for fila in filas] == [["vip", "frecuente"], ["nuevo"], ["vip", "de paso"], [], [], ["una sola"]]
    assert [fila["ia_activa"] for fila in filas] == [True, False, True, True, False, True]
    assert [fila["telefono"] for fila in filas][2:5] == ["+5215522222222", "5533333333", "sin teléfono"]
    assert filas[0]["created_at"].isoformat() == "2023-05-01T10:00:00+00:00"


def test_lo_que_no_se_pudo_leer_sigue_en_la_columna_anterior(adoptada: Adoptada) -> None:
    assert adoptada.leer("select created_at_anterior from contactos where id = 4") == [{"created_at_anterior": "ayer"}]
    assert adoptada.leer("select fecha_hora_anterior from logs_errores where id = 11") == [{"fecha_hora_anterior": "hace un rato"}]
    assert adoptada.leer("select fecha_hora from logs_errores where id = 9")[0]["fecha_hora"].isoformat() == "2024-03-02T15:30:00+00:00"


def test_de_dos_fichas_del_mismo_telefono_la_mas_reciente_es_la_persona(adoptada: Adoptada) -> None:
    filas = adoptada.leer("select contacto_id, valor, direccion from identidades where nombre_nora = 'aura' order by contacto_id")
    assert filas[0] == {"contacto_id": 1, "valor": "+525511111111", "direccion": "whatsapp:+5215511111111"}
    assert 2 not in [fila["contacto_id"] for fila in filas]
    assert [fila["valor"] for fila in filas[1:]] == ["+525522222222", "+525577777777"]


def test_el_historial_cuelga_de_su_hilo_en_orden_y_nada_queda_por_contestar(adoptada: Adoptada) -> None:
    lucia = adoptada.leer(
        "select h.mensaje, h.tipo, h.estado, h.origen from historial_conversaciones h join conversaciones c on c.id = h.conversacion_id"
        " where c.contacto_id = 1 order by h.id"
    )
    assert [tuple(fila.values()) for fila in lucia] == [
        ("¿Abren hoy?", "usuario", "recibido", "whatsapp"),
        ("Sí, hasta las 6", "respuesta", "enviado", "ia"),
        ("Gracias 🙏", "usuario", "recibido", "whatsapp"),
    ]
    hilos = adoptada.leer("select * from conversaciones")
    assert all(hilo["atender_en"] is None and hilo["sin_leer"] == 0 for hilo in hilos)
    assert all(hilo["atendido_hasta_id"] == (hilo["ultimo_entrante_id"] or 0) for hilo in hilos)


def test_un_estado_viejo_no_hace_que_se_envie_nada(adoptada: Adoptada) -> None:
    """La tabla anterior tenía su propia columna «estado», con filas en «listo»: aquí eso significaría enviarlas."""
    assert adoptada.leer("select distinct estado_anterior from historial_conversaciones") == [{"estado_anterior": "listo"}]
    assert adoptada.leer("select count(*) as n from historial_conversaciones where estado not in ('recibido', 'enviado')") == [{"n": 0}]


def test_quien_solo_estaba_en_el_historial_tiene_ficha(adoptada: Adoptada) -> None:
    filas = adoptada.leer("select p.telefono, p.mensaje_reciente, p.ultimo_mensaje from contactos p where p.telefono = '+525577777777'")
    assert [(fila["telefono"], fila["mensaje_reciente"]) for fila in filas] == [("+525577777777", "Bienvenida")]


def test_el_mensaje_sin_telefono_legible_se_queda_suelto(adoptada: Adoptada) -> None:
    assert adoptada.leer("select conversacion_id, tipo from historial_conversaciones where telefono = '???'") == [
        {"conversacion_id": None, "tipo": "nota"}
    ]


def test_el_conocimiento_queda_sin_vacios_ni_repetidos_y_se_puede_buscar(adoptada: Adoptada) -> None:
    filas = adoptada.leer(
        "select contenido, huella = public.huella_de_texto(contenido) as firme from conocimiento_nora where nombre_nora = 'aura'"
    )
    assert all(fila["firme"] for fila in filas)
    assert sorted(fila["contenido"][:8] for fila in filas) == ["Abrimos ", "Texto de", "¡¿?!", "🎉🎉"]
    assert adoptada.leer("select count(*) as n from conocimiento_nora where busqueda @@ 'lun'::tsquery") == [{"n": 2}]


def test_las_tablas_ajenas_siguen_igual_y_siguen_apuntando_a_lo_mismo(adoptada: Adoptada) -> None:
    assert adoptada.leer("select correo, clave from usuarios_anterior") == [{"correo": "alguien@example.com", "clave": "en claro"}]
    assert adoptada.leer("select p.id from pedidos p join contactos c on c.id = p.contacto_id") == [{"id": 1}]
    assert adoptada.leer("select p.id from pedidos p join configuracion_bot n on n.id_anterior = p.nora") == [{"id": 1}]
    ajenas = adoptada.leer("select conname from pg_constraint where conrelid = 'pedidos'::regclass and contype = 'f' order by 1")
    assert [fila["conname"] for fila in ajenas] == ["pedidos_contacto_id_fkey", "pedidos_nora_fkey"]
    assert len(adoptada.leer("select * from clientes_activos")) == 2


def test_las_reglas_viejas_que_estorbarian_se_retiran_y_quedan_escritas(adoptada: Adoptada) -> None:
    retiradas = {fila["r"] for fila in adoptada.leer("select fila ->> 'regla' as r from filas_apartadas where fila ? 'regla'")}
    assert retiradas == {
        "Enable read access for all users",
        "Todo para todos",
        "contactos_telefono_por_nora",
        "historial_conversaciones_tipo_check",
        "historial_conversaciones_responde_a_fkey",
    }


def test_se_puede_guardar_lo_nuevo_aunque_lo_viejo_fuera_obligatorio(adoptada: Adoptada) -> None:
    with adoptada.conexion.transaction(force_rollback=True):
        adoptada.conexion.execute("set local role aura_app")
        adoptada.conexion.execute("select set_config('app.nora', 'aura', true)")
        nuevos = adoptada.leer("insert into contactos (nombre_nora) values ('aura') returning id")
        adoptada.conexion.execute("insert into historial_conversaciones (nombre_nora, mensaje) values ('aura', 'Hola')")
        adoptada.conexion.execute("insert into conocimiento_nora (nombre_nora, contenido) values ('aura', 'Nuevo')")
    assert nuevos[0]["id"] > 8


@pytest.mark.parametrize("rol", ["anon", "authenticated"])
def test_los_roles_de_la_api_ya_no_ven_ninguna_tabla_nuestra(adoptada: Adoptada, rol: str) -> None:
    visibles = adoptada.leer(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'S')"
        " and relname not in ('pedidos', 'pedidos_id_seq', 'usuarios_anterior')"
        " and has_table_privilege(%s, oid, 'select, insert, update, delete, truncate')",
        rol,
    )
    assert visibles == []
    assert (
        adoptada.leer(
            "select proname from pg_proc where pronamespace = 'public'::regnamespace and has_function_privilege(%s, oid, 'execute')", rol
        )
        == []
    )


def test_la_aplicacion_solo_ve_las_filas_de_su_nora(adoptada: Adoptada) -> None:
    with adoptada.conexion.transaction(force_rollback=True):
        adoptada.conexion.execute("set local role aura_app")
        adoptada.conexion.execute("select set_config('app.nora', 'otra', true)")
        assert {fila["nombre_nora"] for fila in adoptada.leer("select nombre_nora from contactos")} == {"otra"}
        adoptada.conexion.execute("select set_config('app.nora', '', true)")
        assert adoptada.leer("select id from contactos") == []


def test_los_modelos_y_la_base_adoptada_no_se_apartan(adoptada: Adoptada, base: Base) -> None:
    assert diferencias(adoptada.url) == []
    faltan = retrato(base.url) - sin_validar(retrato(adoptada.url))
    assert faltan == set()


def test_otra_vez_no_cambia_nada(adoptada: Adoptada) -> None:
    antes = huella_de_todo(adoptada.url)
    assert migrar.migrar(adoptada.url) is False
    assert huella_de_todo(adoptada.url) == antes


def test_ni_aunque_se_pierda_la_marca_de_la_migracion(servidor: str) -> None:
    with base_aparte(servidor) as url:
        una = Adoptada(url)
        antes = huella_de_todo(url)
        una.conexion.execute("drop table alembic_version")
        assert migrar.migrar(url) is True
        assert huella_de_todo(url) == antes
        una.conexion.close()


def test_si_una_tabla_nuestra_es_una_vista_no_se_toca_nada(servidor: str) -> None:
    with base_aparte(servidor) as url:
        with psycopg.connect(url, autocommit=True) as duena:
            duena.execute("create table personas (id int); create view contactos as select * from personas")
        with pytest.raises(migrar.NoSePuedeMigrar, match="contactos"):
            migrar.migrar(url)
        with psycopg.connect(url, autocommit=True) as duena:
            tablas = duena.execute("select relname from pg_class where relnamespace = 'public'::regnamespace order by 1").fetchall()
        assert tablas == [("contactos",), ("personas",)]
