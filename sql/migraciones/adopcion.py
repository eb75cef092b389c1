"""Deja una base como dicen los datos de una migración: crea lo que falta y adopta lo que ya estaba, sin perder una fila."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, text

from sql.migraciones import catalogo
from sql.migraciones.adopcion_tablas import adoptar_tabla, apartar_incompletas, guardar_regla, hay, libre, retirar_reglas, se_puede
from sql.migraciones.catalogo import ClaveAjena
from sql.migraciones.esquema import Indice, Regla, Tabla, ejecutar, identificador, literal
from sql.migrar import NoSePuedeMigrar

_ORDENES = Path(__file__).parent / "ordenes"


class NoSePuedeAdoptar(NoSePuedeMigrar):
    """La base anterior tiene algo que impide adoptarla; el mensaje dice qué. No se ha cambiado nada."""


def adoptar(conexion: Connection, tablas: Sequence[Tabla], reglas: Sequence[Regla], indices: Sequence[Indice]) -> None:
    """Crea o adopta todas las tablas, en la transacción abierta.

    Raises:
        NoSePuedeAdoptar: si una tabla nuestra es otra cosa (una vista) o si al final no cuadran las cuentas.
    """
    ejecutar(conexion, "set local timezone = 'UTC'; set local datestyle = 'ISO, DMY'; set local work_mem = '64MB'")
    viejas = [tabla for tabla in tablas if _hay_que_adoptar(conexion, tabla)]
    antes = {tabla.nombre: catalogo.contar(conexion, tabla.nombre) for tabla in viejas}
    for tabla in tablas:
        if catalogo.clase_de(conexion, tabla.nombre) is None:
            _crear(conexion, tabla)
    ajenas = _adoptar_viejas(conexion, viejas, {regla.nombre for regla in reglas}) if viejas else []
    for regla in reglas:
        _poner_regla(conexion, regla)
    for indice in indices:
        ejecutar(conexion, indice.orden)
    if viejas:
        _enlazar(conexion, antes)
    for ajena in ajenas:
        _devolver(conexion, ajena, {tabla.nombre: tabla for tabla in viejas})
    for tabla in tablas:
        _comentar(conexion, tabla)


def _hay_que_adoptar(conexion: Connection, tabla: Tabla) -> bool:
    clase = catalogo.clase_de(conexion, tabla.nombre)
    if clase is None:
        return False
    if clase != "r":
        raise NoSePuedeAdoptar(f"«public.{tabla.nombre}» existe y no es una tabla: cámbiale el nombre y vuelve a empezar")
    if _ya_es_nuestra(conexion, tabla):
        return False
    if tabla.heredadas:
        return True
    # Se llama igual pero no es la nuestra: se aparta entera, con sus filas, y se crea la nueva.
    ejecutar(conexion, f"alter table public.{tabla.nombre} rename to {libre(conexion, tabla.nombre)}")
    return False


def _ya_es_nuestra(conexion: Connection, tabla: Tabla) -> bool:
    halladas = catalogo.columnas_de(conexion, tabla.nombre)
    clave = [regla.nombre for regla in catalogo.reglas_de(conexion, tabla.nombre) if regla.clase == "p"]
    return clave == [f"pk_{tabla.nombre}"] and all(
        columna.nombre in halladas and halladas[columna.nombre].tipo == columna.tipo_en_el_catalogo for columna in tabla.columnas
    )


def _adoptar_viejas(conexion: Connection, viejas: Sequence[Tabla], nuestras: set[str]) -> list[ClaveAjena]:
    """Columnas, datos y reglas de las tablas que ya estaban; devuelve las claves ajenas que hay que volver a poner."""
    ejecutar(conexion, (_ORDENES / "conversiones.sql").read_text())
    # Sin claves ajenas mientras tanto: apartar una fila no debe arrastrar otras ni quedar bloqueado por ellas.
    ajenas = catalogo.claves_ajenas(conexion, [tabla.nombre for tabla in viejas])
    for ajena in ajenas:
        ejecutar(conexion, f"alter table {ajena.de} drop constraint {identificador(ajena.nombre)}")
    for tabla in viejas:
        adoptar_tabla(conexion, tabla)
        apartar_incompletas(conexion, tabla)
    ejecutar(conexion, (_ORDENES / "0001_datos.sql").read_text())
    for tabla in viejas:
        retirar_reglas(conexion, tabla, nuestras)
    return ajenas


def _enlazar(conexion: Connection, antes: dict[str, int]) -> None:
    """Identidades, hilos y mensajes sueltos; al final, las cuentas: toda fila vieja está en su tabla o apartada."""
    contactos = catalogo.contar(conexion, "contactos")
    ejecutar(conexion, (_ORDENES / "enlazar.sql").read_text())
    nuevos = catalogo.contar(conexion, "contactos") - contactos
    for tabla, filas in antes.items():
        _cuadrar(conexion, tabla, filas + (nuevos if tabla == "contactos" else 0))


def _cuadrar(conexion: Connection, tabla: str, debe_haber: int) -> None:
    enteras = "select count(*) from public.filas_apartadas where tabla = :t and not fila ? 'regla' and motivo not like 'Copia:%'"
    apartadas = int(conexion.scalar(text(enteras), {"t": tabla}) or 0)
    hay = catalogo.contar(conexion, tabla)
    if hay + apartadas != debe_haber:
        raise NoSePuedeAdoptar(
            f"No cuadran las filas de «{tabla}»: había {debe_haber} y quedan {hay} más {apartadas} apartadas. No se cambia nada"
        )


def _devolver(conexion: Connection, ajena: ClaveAjena, viejas: dict[str, Tabla]) -> None:
    """Vuelve a poner una clave ajena vieja, salvo si obliga a columnas que ahora son nuestras; entonces queda anotada."""
    dueno = viejas.get(ajena.de)
    if dueno is not None and set(ajena.columnas) & {columna.nombre for columna in dueno.columnas}:
        guardar_regla(conexion, ajena.de, ajena.nombre, ajena.definicion)
        return
    desde = ", ".join(identificador(c) for c in catalogo.nombres_de_columnas(conexion, ajena.de, ajena.desde))
    hasta = ", ".join(identificador(c) for c in catalogo.nombres_de_columnas(conexion, ajena.hacia, ajena.hasta))
    orden = (
        f"alter table {ajena.de} add constraint {identificador(ajena.nombre)} foreign key ({desde}) references {ajena.hacia} ({hasta})"
        f" on update {ajena.al_cambiar} on delete {ajena.al_borrar}"
    )
    # Sin validar vale para lo nuevo y deja en paz a las filas huérfanas que pudiera haber.
    if not se_puede(conexion, orden) and not se_puede(conexion, f"{orden} not valid"):
        guardar_regla(conexion, ajena.de, ajena.nombre, ajena.definicion)


def _crear(conexion: Connection, tabla: Tabla) -> None:
    columnas = ",\n  ".join(columna.definicion for columna in tabla.columnas)
    clave = f"constraint pk_{tabla.nombre} primary key ({', '.join(tabla.clave)})"
    ejecutar(conexion, f"create table public.{tabla.nombre} (\n  {columnas},\n  {clave}\n)")


def _poner_regla(conexion: Connection, regla: Regla) -> None:
    if regla.nombre in {hallada.nombre for hallada in catalogo.reglas_de(conexion, regla.tabla)}:
        return
    poner = f"alter table public.{regla.tabla} add constraint {regla.nombre} {regla.definicion}"
    if not regla.es_comprobacion:
        ejecutar(conexion, poner)
        return
    # Las filas viejas que no la cumplen se quedan; se valida si ninguna la incumple.
    ejecutar(conexion, f"{poner} not valid")
    if not hay(conexion, f"select from public.{regla.tabla} where not ({regla.condicion})"):  # nosec B608 # nombres de las migraciones
        ejecutar(conexion, f"alter table public.{regla.tabla} validate constraint {regla.nombre}")


def _comentar(conexion: Connection, tabla: Tabla) -> None:
    ordenes = [f"comment on table public.{tabla.nombre} is {literal(tabla.comentario)}"]
    ordenes += [f'comment on column public.{tabla.nombre}."{c.nombre}" is {literal(c.comentario)}' for c in tabla.columnas]
    ejecutar(conexion, ";\n".join(ordenes))
