"""La importación de `*_rows.sql`: cada fila tiene destino, repetirla no cambia nada y un archivo roto no deja nada a medias."""

from __future__ import annotations

from pathlib import Path

import pytest

from sql.importar import Informe, NoSePudoImportar, importar, importar_y_contar
from sql.modelos.conversaciones import listar_hilos
from sql.modelos.mensajes import listar_mensajes
from tests import fabricas
from tests.base import Base
from tests.personas import AURA, NUMEROS
from tests.sql.catalogo import huella_de_todo
from tests.sql.volcado_test import escribir

CONTACTO = ["id", "telefono", "nombre", "nombre_nora", "ultimo_mensaje", "etiquetas", "ia_activa", "notas", "created_at"]
MENSAJE = ["id", "telefono", "mensaje", "tipo", "origen", "nombre_nora", "fecha_hora"]


def archivo(carpeta: Path, tabla: str, columnas: list[str], *filas: list[str | None]) -> Path:
    """Un archivo como los que exporta Supabase Studio."""
    ruta = carpeta / f"{tabla}_rows.sql"
    ruta.write_bytes(escribir(tabla, columnas, list(filas), salto="\r\n").encode("utf-8-sig"))
    return ruta


def contacto(clave: str, telefono: str | None, nombre: str | None = None, **campos: str) -> list[str | None]:
    """La fila de un contacto de «aura»."""
    valores = {"id": clave, "telefono": telefono, "nombre": nombre, "nombre_nora": AURA} | campos
    return [valores.get(columna) for columna in CONTACTO]


def mensaje(clave: str | None, telefono: str, texto: str, tipo: str = "user", fecha: str = "2024-01-01 10:00:00") -> list[str | None]:
    """La fila de un mensaje de «aura»."""
    return [clave, telefono, texto, tipo, None, AURA, fecha]


def test_los_contactos_entran_con_su_id_sus_listas_y_su_hilo(base: Base, tmp_path: Path) -> None:
    ruta = archivo(
        tmp_path,
        "contactos",
        CONTACTO,
        contacto(
            "41",
            "+5215511111111",
            "L'Òscar 👋",
            etiquetas='{"vip","de paso"}',
            ia_activa="false",
            notas="uno\ndos",
            ultimo_mensaje="2024-01-01",
        ),
        contacto("42", "whatsapp:+52 55 2222 2222", etiquetas='["a","a"]', created_at="2023-05-01T10:00:00+02:00"),
        contacto("43", None, "Sin teléfono"),
    )
    informe = importar(base.url, ruta)
    assert (informe.tablas["contactos"].tomadas, informe.tablas["contactos"].apartadas) == (3, {})
    assert base.filas("select id, telefono, nombre, etiquetas, ia_activa, notas from contactos order by id") == [
        (41, "+5215511111111", "L'Òscar 👋", ["vip", "de paso"], False, "uno\ndos"),
        (42, "+525522222222", None, ["a"], True, None),
        (43, None, "Sin teléfono", [], True, None),
    ]
    assert base.filas("select created_at at time zone 'UTC' = '2023-05-01 08:00' from contactos where id = 42") == [(True,)]
    assert base.filas("select contacto_id, valor from identidades order by 1") == [(41, "+525511111111"), (42, "+525522222222")]
    assert [hilo.contacto.id for hilo in listar_hilos(AURA)] == [41]
    assert fabricas.contacto().id == 44


def test_el_historial_cuelga_de_su_persona_y_no_queda_nada_por_atender(base: Base, tmp_path: Path) -> None:
    personas = archivo(tmp_path, "contactos", CONTACTO, contacto("1", "+5215511111111", "Ana"))
    historial = archivo(
        tmp_path,
        "historial_conversaciones",
        MENSAJE,
        mensaje("9f1c2c4e-0000-4000-8000-000000000002", "+525511111111", "Sí, a las 9", "bot", "2024-01-01 10:01:00"),
        mensaje("9f1c2c4e-0000-4000-8000-000000000001", "+5215511111111", "¿Abren mañana?", "user", "2024-01-01 10:00:00"),
        mensaje("9f1c2c4e-0000-4000-8000-000000000003", "+5215577777777", "'); drop table contactos; --", "usuario"),
    )
    texto = importar_y_contar(base.url, [historial, personas])
    assert "historial_conversaciones: 3 leídas · 3 tomadas · 0 ya estaban · 0 apartadas" in texto
    assert "1 personas nuevas" in texto
    ana = next(hilo for hilo in listar_hilos(AURA) if hilo.contacto.nombre == "Ana")
    assert [(m.tipo, m.estado, m.mensaje) for m in listar_mensajes(AURA, ana.conversacion.id)] == [
        ("usuario", "recibido", "¿Abren mañana?"),
        ("respuesta", "enviado", "Sí, a las 9"),
    ]
    assert base.filas("select count(*) from conversaciones where atender_en is not null or sin_leer > 0") == [(0,)]
    assert base.filas("select mensaje from historial_conversaciones where telefono = '+5215577777777'") == [
        ("'); drop table contactos; --",)
    ]


def test_importar_dos_veces_no_cambia_nada(base: Base, tmp_path: Path) -> None:
    rutas = [
        archivo(tmp_path, "contactos", CONTACTO, contacto("1", "+5215511111111", "Ana"), contacto("2", "+525511111111", "Ana otra vez")),
        archivo(
            tmp_path,
            "historial_conversaciones",
            MENSAJE,
            *[mensaje(None, "+5215511111111", "hola")] * 2,
            mensaje(None, "+5215511111111", "hola", "user", "ayer por la tarde"),
        ),
        archivo(
            tmp_path, "conocimiento_nora", ["nombre_nora", "contenido"], [AURA, "Abrimos a las 9"], [AURA, "abrimos a las 9!"], [AURA, " "]
        ),
        archivo(tmp_path, "configuracion_bot", ["nombre_nora", "numero_nora"], [AURA, "+1"], ["Nora Vieja", NUMEROS[AURA]]),
        archivo(tmp_path, "logs_errores", ["id", "tipo", "fecha_hora"], *[["5", "IA", "2024-01-01"]] * 2, ["6", "IA", None]),
    ]
    primero = importar_y_contar(base.url, rutas)
    antes = huella_de_todo(base.url)
    segundo = importar_y_contar(base.url, rutas)
    assert huella_de_todo(base.url) == antes
    assert "2 leídas · 2 tomadas" in primero
    assert " 0 ya estaban" in primero
    assert " 2 tomadas" not in segundo
    assert " 1 tomadas" not in segundo
    assert base.filas("select count(*) from historial_conversaciones") == [(2,)]
    assert base.filas("select nombre_nora, numero_nora, heredada from configuracion_bot where nombre_nora not in ('aura', 'otra')") == [
        ("Nora Vieja", None, True)
    ]
    assert sorted(motivo for (motivo,) in base.filas("select motivo from filas_apartadas")) == [  # type: ignore[type-var]
        "Bloque vacío",
        "Copia: su número ya lo tiene otra Nora; la Nora se queda sin número",
        "Falta fecha_hora",
        "No se entiende: fecha_hora",
        "Repetida en el archivo",
    ]


def test_una_persona_que_ya_escribe_no_se_repite_ni_se_cambia(base: Base, tmp_path: Path) -> None:
    viva = fabricas.contacto(telefono="+525511111111", nombre="Nombre de hoy")
    informe = importar(base.url, archivo(tmp_path, "contactos", CONTACTO, contacto("900", "+5215511111111", "Nombre de ayer")))
    assert informe.tablas["contactos"].ya_estaban == 1
    assert base.filas("select id, nombre from contactos") == [(viva.id, "Nombre de hoy")]


def test_los_contactos_importados_despues_completan_las_fichas_vacias(base: Base, tmp_path: Path) -> None:
    importar(base.url, archivo(tmp_path, "historial_conversaciones", MENSAJE, mensaje("1", "+5215511111111", "hola")))
    ruta = archivo(tmp_path, "contactos", CONTACTO, contacto("77", "+525511111111", "Ana", etiquetas="{vip}", ia_activa="false"))
    assert importar(base.url, ruta).tablas["contactos"].tomadas == 1
    assert base.filas("select nombre, etiquetas, ia_activa from contactos") == [("Ana", ["vip"], False)]
    assert importar(base.url, ruta).tablas["contactos"].ya_estaban == 1


def test_un_id_ocupado_repetido_o_descomunal_se_cambia_por_uno_nuevo(base: Base, tmp_path: Path) -> None:
    ocupado = fabricas.contacto().id
    ruta = archivo(
        tmp_path,
        "contactos",
        CONTACTO,
        contacto(str(ocupado), "+5215511111111"),
        contacto("50", "+5215522222222"),
        contacto("50", "+5215533333333"),
        contacto("9223372036854775807", "+5215544444444"),
        contacto("-3", "+5215555555555"),
    )
    assert importar(base.url, ruta).tablas["contactos"].tomadas == 5
    assert base.filas("select id from contactos order by id") == [(ocupado,), (50,), (51,), (52,), (53,), (54,)]
    assert fabricas.contacto().id == 55


def test_lo_que_no_cabe_se_aparta_entero_con_su_motivo(base: Base, tmp_path: Path) -> None:
    ruta = archivo(
        tmp_path,
        "contactos",
        CONTACTO,
        contacto("1", "+5215511111111", nombre_nora=""),
        contacto("2", "+5215522222222", ultimo_mensaje="ayer", ia_activa="quizá"),
    )
    informe = importar(base.url, ruta)
    assert informe.tablas["contactos"].apartadas == {"Falta nombre_nora": 1, "No se entiende: ultimo_mensaje, ia_activa": 1}
    filas = base.filas("select fila ->> 'id', fila ->> 'ultimo_mensaje', fila ->> 'ia_activa', nombre_nora from filas_apartadas order by 1")
    assert filas == [("1", None, None, ""), ("2", "ayer", "quizá", AURA)]


def test_lo_desconocido_se_dice_y_no_estorba(base: Base, tmp_path: Path) -> None:
    ruta = tmp_path / "todo.sql"
    ruta.write_text(
        escribir("clientes", ["id"], [["1"], ["2"]])
        + escribir("rutas_registradas", ["id"], [["1"]])
        + escribir("modulos_disponibles", ["nombre_nora", "modulo", "activo", "precio"], [["nueva", "Chat", "true", "9"]])
    )
    informe = importar(base.url, ruta)
    assert informe.texto().splitlines() == [
        "todo.sql:",
        "  modulos_disponibles: 1 leídas · 1 tomadas · 0 ya estaban · 0 apartadas",
        "    columnas que no se toman: precio",
        "  clientes: 2 filas sin tomar (no es una tabla de este proyecto)",
        "  rutas_registradas: 1 filas sin tomar (la aplicación la reescribe al arrancar)",
    ]
    assert base.filas("select modulo, activo from modulos_disponibles where nombre_nora = 'nueva'") == [("chat", True)]


def test_las_tablas_de_anuncios_tambien_se_importan(base: Base, tmp_path: Path) -> None:
    ruta = tmp_path / "ads.sql"
    ruta.write_text(
        escribir("meta_ads_cuentas", ["nombre_nora", "ad_account_id", "activo"], [[AURA, "act_1", None]])
        + escribir("meta_ads_logs_cambios", ["nombre_nora", "valor_antes", "fecha_hora"], [[AURA, '{"gasto": 1}', "2024-01-01"]])
        + escribir("meta_ads_receptores", ["nombre_nora", "medio"], [[AURA, "correo"]])
        + escribir("meta_ads_reportes", ["nombre_nora", "desde", "contenido"], [[AURA, "2024-01-01", "[1]"]])
    )
    assert [cuenta.tomadas for cuenta in importar(base.url, ruta).tablas.values()] == [1, 1, 1, 1]
    assert [cuenta.ya_estaban for cuenta in importar(base.url, ruta).tablas.values()] == [1, 1, 1, 1]
    assert base.filas("select valor_antes from meta_ads_logs_cambios") == [({"gasto": 1},)]


def test_un_archivo_cortado_no_deja_nada_a_medias(base: Base, tmp_path: Path) -> None:
    buena = escribir("contactos", CONTACTO, [contacto("1", "+5215511111111")], salto="\n")
    ruta = tmp_path / "contactos_rows.sql"
    ruta.write_text(buena + "INSERT INTO contactos (id) VALUES ('2")
    antes = huella_de_todo(base.url)
    informe = importar(base.url, ruta)
    assert informe.texto() == (
        "contactos_rows.sql: no se importó nada. Línea 2: un texto entre comillas no se cierra: el archivo está cortado."
    )
    assert huella_de_todo(base.url) == antes


def test_un_archivo_malo_no_impide_los_buenos_pero_se_avisa(base: Base, tmp_path: Path) -> None:
    bueno = archivo(tmp_path, "contactos", CONTACTO, contacto("1", "+5215511111111"))
    malo = tmp_path / "foto.sql"
    malo.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    with pytest.raises(NoSePudoImportar) as error:
        importar_y_contar(base.url, [malo, bueno, tmp_path / "no_existe.sql"])
    assert "contactos: 1 leídas · 1 tomadas" in str(error.value)
    assert "foto.sql: no se importó nada. Línea 1: el archivo no es texto UTF-8" in str(error.value)
    assert "no_existe.sql: no se importó nada. No se puede leer el archivo" in str(error.value)
    assert base.filas("select count(*) from contactos") == [(1,)]


def test_un_informe_vacio_tambien_se_puede_leer() -> None:
    assert Informe("a.sql").texto() == "a.sql:"
