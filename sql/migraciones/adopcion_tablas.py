"""Adopta una tabla de la base anterior: su clave, sus columnas y las reglas viejas que estorbarían."""

from __future__ import annotations

import json

from psycopg import Error as ErrorDePostgres
from sqlalchemy import Connection, text

from sql.migraciones import catalogo
from sql.migraciones.catalogo import ColumnaHallada
from sql.migraciones.conversion import expresion, pierde
from sql.migraciones.esquema import Columna, Tabla, ejecutar, identificador

_ENTEROS = {"smallint", "integer", "bigint"}
_RELLENOS = {
    ("historial_conversaciones", "origen"): "case when pg_temp.tipo_de_mensaje(tipo) = 'respuesta' then 'ia' else 'whatsapp' end",
}
"""Qué poner donde la base anterior no decía nada y el valor por omisión sería falso."""


def adoptar_tabla(conexion: Connection, tabla: Tabla) -> None:
    """Deja las columnas y la clave como dice `tabla`; los valores viejos se convierten o se quedan en `<columna>_anterior`."""
    nombre = tabla.nombre
    for politica, condicion in catalogo.politicas_de(conexion, nombre):
        # Una política vieja para todo el mundo se sumaría a la nuestra y enseñaría las filas de las demás Noras.
        ejecutar(conexion, f"drop policy {identificador(politica)} on public.{nombre}")
        guardar_regla(conexion, nombre, politica, f"policy using ({condicion})")
    _soltar_clave(conexion, tabla)
    for columna in tabla.columnas:
        if columna.nombre != "id":
            _adoptar_columna(conexion, tabla, columna)
    _poner_clave(conexion, tabla)
    _soltar_columnas_ajenas(conexion, tabla)


def libre(conexion: Connection, nombre: str, tabla: str | None = None) -> str:
    """Un nombre sin usar para lo que se deja a un lado: `<nombre>_anterior`, `<nombre>_anterior_2`…"""
    usados = set(catalogo.columnas_de(conexion, tabla)) if tabla else None
    candidato, vez = f"{nombre}_anterior", 2
    while (candidato in usados) if usados is not None else catalogo.clase_de(conexion, candidato):
        candidato, vez = f"{nombre}_anterior_{vez}", vez + 1
    return candidato


def guardar_regla(conexion: Connection, tabla: str, regla: str, definicion: str) -> None:
    """Anota una regla vieja que se retira, para poder volver a escribirla."""
    conexion.execute(
        text("insert into public.filas_apartadas (tabla, fila, motivo) values (:tabla, cast(:fila as jsonb), :motivo)"),
        {
            "tabla": tabla,
            "fila": json.dumps({"regla": regla, "definicion": definicion}, ensure_ascii=False),
            "motivo": "Regla de la base anterior retirada: impediría guardar lo nuevo o lo enseñaría a quien no debe",
        },
    )


def apartar_incompletas(conexion: Connection, tabla: Tabla) -> None:
    """Aparta las filas sin un dato imprescindible y hace obligatorias esas columnas."""
    for columna in tabla.columnas:
        if not columna.obligatoria or columna.defecto is not None or columna.calculo is not None:
            continue
        falta = f'"{columna.nombre}" is null'
        if columna.nombre == "nombre_nora":
            falta += " or btrim(nombre_nora) in ('', '*')"
        ejecutar(
            conexion,
            f"""
            with fuera as (delete from public.{tabla.nombre} t where {falta} returning to_jsonb(t) as fila)
            insert into public.filas_apartadas (tabla, fila, motivo) select '{tabla.nombre}', fila, 'Falta {columna.nombre}' from fuera;
            alter table public.{tabla.nombre} alter column "{columna.nombre}" set not null
            """,  # nosec B608 # nombres de las migraciones
        )


def retirar_reglas(conexion: Connection, tabla: Tabla, nuestras: set[str]) -> None:
    """Quita las restricciones viejas sobre nuestras columnas; quedan anotadas."""
    propias = {columna.nombre for columna in tabla.columnas}
    for regla in catalogo.reglas_de(conexion, tabla.nombre):
        unica_de_otras = regla.clase in "uxi" and regla.columnas and not set(regla.columnas) & propias
        if regla.nombre in nuestras or regla.clase == "p" or unica_de_otras:
            continue
        quitar = "drop index public." if regla.clase == "i" else f"alter table public.{tabla.nombre} drop constraint "
        ejecutar(conexion, f"{quitar}{identificador(regla.nombre)}")
        guardar_regla(conexion, tabla.nombre, regla.nombre, regla.definicion)


def _soltar_clave(conexion: Connection, tabla: Tabla) -> None:
    """Una clave vieja que no sirve (uuid, texto, repetida) cede el nombre `id` y sigue siendo única si lo era."""
    nombre = tabla.nombre
    tenia_id = "id" in catalogo.columnas_de(conexion, nombre)
    sirve = tenia_id and _el_id_sirve(conexion, nombre)
    clave = next((regla for regla in catalogo.reglas_de(conexion, nombre) if regla.clase == "p"), None)
    if clave is not None and (not sirve or clave.columnas != ("id",)):
        ejecutar(conexion, f"alter table public.{nombre} drop constraint {identificador(clave.nombre)}")
    else:
        clave = None
    cedido = _renombrar(conexion, nombre, "id") if tenia_id and not sirve else "id"
    if clave is not None:
        lista = ", ".join(identificador(cedido if columna == "id" else columna) for columna in clave.columnas)
        ejecutar(conexion, f"alter table public.{nombre} add constraint uq_{nombre}_clave_anterior unique ({lista})")


def _el_id_sirve(conexion: Connection, tabla: str) -> bool:
    """Si el `id` viejo es un número sin huecos ni repetidos; de paso lo ensancha a bigint."""
    tipo = catalogo.columnas_de(conexion, tabla)["id"].tipo
    if tipo not in _ENTEROS or hay(conexion, f"select from public.{tabla} group by id having count(*) > 1 or id is null"):  # nosec B608 # nombres de las migraciones
        return False
    if tipo == "bigint":
        return True
    return se_puede(conexion, f"alter table public.{tabla} alter column id type bigint")


def _adoptar_columna(conexion: Connection, tabla: Tabla, columna: Columna) -> None:
    nombre, halladas = tabla.nombre, catalogo.columnas_de(conexion, tabla.nombre)
    hallada = halladas.get(columna.nombre)
    if hallada is not None and (columna.nombre not in tabla.heredadas or hallada.calculada):
        # Se llama como una columna nuestra de ahora, pero es otra cosa.
        _renombrar(conexion, nombre, columna.nombre)
        hallada = None
    if hallada is None:
        _anadir(conexion, nombre, columna)
    elif hallada.tipo != columna.tipo_en_el_catalogo:
        _convertir(conexion, nombre, columna, hallada)
    _ajustar(conexion, nombre, columna)


def _renombrar(conexion: Connection, tabla: str, columna: str) -> str:
    nuevo = libre(conexion, columna, tabla)
    ejecutar(conexion, f'alter table public.{tabla} rename column "{columna}" to "{nuevo}"')
    # Su valor por omisión ya no dice nada de las filas nuevas.
    se_puede(conexion, f'alter table public.{tabla} alter column "{nuevo}" drop default')
    return nuevo


def _anadir(conexion: Connection, tabla: str, columna: Columna) -> None:
    # Sin «not null» todavía: lo que no tenga valor se aparta después.
    definicion = columna.definicion if columna.calculo else columna.definicion.removesuffix(" not null")
    ejecutar(conexion, f"alter table public.{tabla} add column {definicion}")


def _convertir(conexion: Connection, tabla: str, columna: Columna, hallada: ColumnaHallada) -> None:
    nueva = expresion(hallada.tipo, columna.tipo_en_el_catalogo, f'"{columna.nombre}"')
    if nueva is not None and not hay(conexion, f"select from public.{tabla} where {pierde(nueva, chr(34) + columna.nombre + chr(34))}"):  # nosec B608 # nombres de las migraciones
        cambio = f'alter table public.{tabla} alter column "{columna.nombre}"'
        if se_puede(conexion, f"{cambio} drop default; {cambio} drop not null; {cambio} type {columna.tipo} using ({nueva})"):
            return
    vieja = _renombrar(conexion, tabla, columna.nombre)
    _anadir(conexion, tabla, columna)
    copia = expresion(hallada.tipo, columna.tipo_en_el_catalogo, f'"{vieja}"')
    if copia is not None:
        ejecutar(conexion, f'update public.{tabla} set "{columna.nombre}" = {copia} where ({copia}) is not null')  # nosec B608 # nombres de las migraciones


def _ajustar(conexion: Connection, tabla: str, columna: Columna) -> None:
    """Valor por omisión y obligatoriedad, como deben quedar."""
    if columna.calculo is not None:
        return
    donde = f'alter table public.{tabla} alter column "{columna.nombre}"'
    if columna.defecto is None:
        ejecutar(conexion, f"{donde} drop default; {donde} drop not null")
        return
    relleno = _RELLENOS.get((tabla, columna.nombre), columna.defecto)
    ejecutar(conexion, f"{donde} set default {columna.defecto}")
    ejecutar(conexion, f'update public.{tabla} set "{columna.nombre}" = {relleno} where "{columna.nombre}" is null')  # nosec B608 # nombres de las migraciones
    ejecutar(conexion, f"{donde} {'set' if columna.obligatoria else 'drop'} not null")


def _poner_clave(conexion: Connection, tabla: Tabla) -> None:
    nombre = tabla.nombre
    halladas = catalogo.columnas_de(conexion, nombre)
    if "id" not in halladas:
        _numerar(conexion, tabla, conserva=halladas["id_anterior"].tipo in _ENTEROS if "id_anterior" in halladas else False)
    secuencia = conexion.scalar(text("select pg_get_serial_sequence(:t, 'id')"), {"t": f"public.{nombre}"})
    identidad = conexion.scalar(
        text("select attidentity::text from pg_attribute where attrelid = cast(:t as regclass) and attname = 'id'"),
        {"t": f"public.{nombre}"},
    )
    siguiente = conexion.exec_driver_sql(f"select coalesce(max(id), 0) + 1 from public.{nombre}").scalar_one()  # nosec B608 # nombres de las migraciones
    if secuencia is not None:
        siguiente = max(siguiente, conexion.exec_driver_sql(f"select last_value + is_called::int from {secuencia}").scalar_one())  # nosec B608 # nombres de las migraciones
    donde = f"alter table public.{nombre} alter column id"
    ordenes = [f"{donde} set not null"]
    if identidad:
        ordenes.append(f"{donde} set generated by default restart with {siguiente}")
    else:
        ordenes.append(f"{donde} drop default")
        if secuencia is not None:
            ordenes.append(f"drop sequence {secuencia}")
        ordenes.append(f"{donde} add generated by default as identity (start with {siguiente})")
    clave = next((regla for regla in catalogo.reglas_de(conexion, nombre) if regla.clase == "p"), None)
    if clave is None:
        ordenes.append(f"alter table public.{nombre} add constraint pk_{nombre} primary key (id)")
    elif clave.nombre != f"pk_{nombre}":
        ordenes.append(f"alter table public.{nombre} rename constraint {identificador(clave.nombre)} to pk_{nombre}")
    ejecutar(conexion, ";\n".join(ordenes))


def _numerar(conexion: Connection, tabla: Tabla, *, conserva: bool) -> None:
    """Da a cada fila un `id` nuevo: el suyo si era un número, o su turno por fecha."""
    orden = tabla.orden if tabla.tiene(tabla.orden) else "ctid"
    ejecutar(
        conexion,
        f"""
        alter table public.{tabla.nombre} add column id bigint;
        update public.{tabla.nombre} t set id = {"t.id_anterior" if conserva else "o.n"}
        from (select ctid as lugar, row_number() over (order by {orden}, ctid) as n from public.{tabla.nombre}) o
        where t.ctid = o.lugar
        """,  # nosec B608 # nombres de las migraciones
    )


def _soltar_columnas_ajenas(conexion: Connection, tabla: Tabla) -> None:
    """Una columna vieja obligatoria y sin valor por omisión impediría guardar filas nuevas, que no la conocen."""
    propias = {columna.nombre for columna in tabla.columnas}
    for nombre, hallada in catalogo.columnas_de(conexion, tabla.nombre).items():
        if nombre not in propias and hallada.obligatoria and not hallada.con_defecto:
            ejecutar(conexion, f"alter table public.{tabla.nombre} alter column {identificador(nombre)} drop not null")


def se_puede(conexion: Connection, ordenes: str) -> bool:
    """Ejecuta las órdenes; si algo depende de lo viejo y Postgres se niega (una vista, un índice), no queda rastro."""
    try:
        with conexion.begin_nested():
            ejecutar(conexion, ordenes)
    except ErrorDePostgres:
        return False
    return True


def hay(conexion: Connection, consulta: str) -> bool:
    """Si esa consulta, fija de la migración, da alguna fila."""
    return bool(conexion.exec_driver_sql(f"select exists ({consulta})".replace("%", "%%")).scalar_one())
