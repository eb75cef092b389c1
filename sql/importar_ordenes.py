"""Las órdenes de SQL de la importación: de la tabla temporal `entrada` a la tabla de verdad, con un destino para cada fila."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from sql.importar_tablas import TablaImportable, lectura

if TYPE_CHECKING:
    from sql.importar import CuentaDeTabla

_ID_MAXIMO = 1_000_000_000_000
"""Un `id` mayor no se conserva: gastaría los números de la tabla."""


def _ejecutar(conexion: psycopg.Connection[Any], orden: str) -> psycopg.Cursor[Any]:
    # Las órdenes se arman con nombres de `importar_tablas`, nunca con texto del archivo.
    return conexion.execute(orden.encode())


def crear_lecturas(conexion: psycopg.Connection[Any], tabla: TablaImportable) -> None:
    """`leida`: cada fila con sus valores ya con tipo y, en `motivo`, por qué no se puede tomar."""
    columnas = ", ".join(f'{lectura(columna, tipo)} as "{columna}"' for columna, tipo in tabla.columnas.items())
    ilegibles = ", ".join(
        f"case when l.\"{columna}\" is null and btrim(l.fila ->> '{columna}') <> '' then '{columna}' end"
        for columna, tipo in tabla.columnas.items()
        if tipo != "text"
    )
    arregladas = ", ".join(
        f'{tabla.arreglos[c].format(c=f"""l."{c}" """)} as "{c}"' if c in tabla.arreglos else f'l."{c}"' for c in tabla.columnas
    )
    _ejecutar(
        conexion,
        f"""
        drop table if exists pg_temp.leida;
        create temp table leida on commit drop as
          with l as materialized (
            select e.n, e.linea, e.fila, pg_temp.a_entero(e.fila ->> 'id') as id_pedido, {columnas}
            from pg_temp.entrada e where e.tabla = '{tabla.nombre}'
          )
          select l.n, l.linea, l.fila, l.id_pedido, array_remove(array[{ilegibles}]::text[], null) as ilegibles, {arregladas},
            null::text as motivo, null::text as clave, null::bigint as vez, false as ya_estaba
          from l
        """,  # nosec B608 # sólo nombres de tabla
    )


def apartar_malas(conexion: psycopg.Connection[Any], tabla: TablaImportable) -> None:
    """Pone motivo a las filas que no caben y guarda una copia entera en `filas_apartadas`, sin repetirla."""
    vacias = {"nombre_nora": "btrim(coalesce(nombre_nora, '')) in ('', '*')"}
    faltan = [f"when {vacias.get(c, f'{c} is null')} then 'Falta {c}'" for c in tabla.obligatorias]
    rechazos = [f"when {condicion} then '{motivo}'" for condicion, motivo in tabla.rechazos.items()]
    casos = "\n".join(["when ilegibles <> '{}' then 'No se entiende: ' || array_to_string(ilegibles, ', ')", *faltan, *rechazos])
    clave = "md5(jsonb_build_array(" + ", ".join(tabla.clave) + ")::text)"
    repetidas = "update pg_temp.leida set motivo = 'Repetida en el archivo' where motivo is null and vez > 1;" if tabla.unica else ""
    _ejecutar(
        conexion,
        f"""
        update pg_temp.leida set motivo = case {casos} end, clave = {clave};
        update pg_temp.leida l set vez = v.vez
        from (select n, row_number() over (partition by clave order by n) as vez from pg_temp.leida where motivo is null) v where v.n = l.n;
        {repetidas}
        insert into public.filas_apartadas (nombre_nora, tabla, fila, motivo)
        select distinct l.nombre_nora, '{tabla.nombre}', l.fila, l.motivo from pg_temp.leida l
        where l.motivo is not null and not exists (
          select from public.filas_apartadas a where a.tabla = '{tabla.nombre}' and a.fila = l.fila and a.motivo = l.motivo
        )
        """,  # nosec B608 # sólo nombres de tabla
    )


def marcar_conocidas(conexion: psycopg.Connection[Any], tabla: TablaImportable) -> None:
    """Una fila ya estaba si la base tiene otras tantas con la misma clave: dos mensajes iguales siguen siendo dos."""
    clave = "md5(jsonb_build_array(" + ", ".join(tabla.clave) + ")::text)"
    ambito = "where nombre_nora in (select nombre_nora from pg_temp.leida)" if "nombre_nora" in tabla.obligatorias else ""
    _ejecutar(
        conexion,
        f"""
        create index on pg_temp.leida (clave, vez);
        analyze pg_temp.leida;
        drop table if exists pg_temp.conocida;
        create temp table conocida on commit drop as
          select id, clave, row_number() over (partition by clave order by id) as vez
          from (select id, {clave} as clave from public.{tabla.nombre} {ambito}) c;
        update pg_temp.leida l set ya_estaba = true from pg_temp.conocida c where l.motivo is null and c.clave = l.clave and c.vez = l.vez
        """,  # nosec B608 # sólo nombres de tabla
    )
    if tabla.nombre == "contactos":
        _completar_fichas(conexion)


def _completar_fichas(conexion: psycopg.Connection[Any]) -> None:
    """Si los mensajes se importaron antes que los contactos, la ficha existe pero vacía: se llena con la del archivo."""
    _ejecutar(
        conexion,
        """
        with llena as (
          update public.contactos p set nombre = l.nombre, notas = l.notas, imagen_perfil = l.imagen_perfil,
            etiquetas = coalesce(l.etiquetas, '{}'), ia_activa = coalesce(l.ia_activa, true),
            created_at = coalesce(l.created_at, p.created_at)
          from pg_temp.leida l join pg_temp.conocida c on c.clave = l.clave and c.vez = l.vez
          where l.ya_estaba and p.id = c.id and p.nombre is null and p.notas is null and p.etiquetas = '{}' and not p.nombre_editado
            and (l.nombre is not null or l.notas is not null or l.etiquetas <> '{}')
          returning l.n
        )
        update pg_temp.leida set ya_estaba = false, vez = null where n in (select n from llena)
        """,
    )


def insertar(conexion: psycopg.Connection[Any], tabla: TablaImportable) -> None:
    """Mete las filas nuevas: con su `id` si está libre, o con uno nuevo, en orden de fecha."""
    if tabla.nombre == "configuracion_bot":
        _soltar_numeros_repetidos(conexion)
    valores = [f'coalesce("{c}", {tabla.defectos[c]})' if c in tabla.defectos else f'"{c}"' for c in tabla.columnas]
    lista = ", ".join(f'"{c}"' for c in [*tabla.columnas, *tabla.anadidos])
    que = ", ".join([*valores, *tabla.anadidos.values()])
    nuevas = "from pg_temp.leida where motivo is null and not ya_estaba and vez is not null"
    secuencia = f"pg_get_serial_sequence('public.{tabla.nombre}', 'id')"
    _ejecutar(
        conexion,
        f"""
        update pg_temp.leida l set id_pedido = null
        from (
          select n, row_number() over (partition by id_pedido order by n) as turno, p.id as ocupado
          from pg_temp.leida left join public.{tabla.nombre} p on p.id = id_pedido
          where id_pedido is not null
        ) v
        where v.n = l.n and (l.id_pedido not between 1 and {_ID_MAXIMO} or v.turno > 1 or v.ocupado is not null);
        select setval({secuencia}, m) from (select max(id_pedido) as m from pg_temp.leida) x
        where m > coalesce((select last_value from pg_sequences where schemaname || '.' || sequencename = {secuencia}), 0);
        insert into public.{tabla.nombre} (id, {lista}) select id_pedido, {que} {nuevas} and id_pedido is not null;
        insert into public.{tabla.nombre} ({lista}) select {que} {nuevas} and id_pedido is null order by {tabla.orden}, n
        """,  # nosec B608 # sólo nombres de tabla
    )


def _soltar_numeros_repetidos(conexion: psycopg.Connection[Any]) -> None:
    """Dos Noras no pueden tener el mismo número: la que llega después entra sin él y queda una copia de su fila."""
    _ejecutar(
        conexion,
        """
        with repetidas as (
          update pg_temp.leida l set numero_nora = null
          where l.motivo is null and not l.ya_estaba and (
            exists (select from public.configuracion_bot o where o.numero_nora = l.numero_nora)
            or exists (
              select from pg_temp.leida o where o.numero_nora = l.numero_nora and o.motivo is null and not o.ya_estaba and o.n < l.n
            )
          )
          returning l.nombre_nora, l.fila
        )
        insert into public.filas_apartadas (nombre_nora, tabla, fila, motivo)
        select nombre_nora, 'configuracion_bot', fila, 'Copia: su número ya lo tiene otra Nora; la Nora se queda sin número' from repetidas
        """,
    )


def contar_por_tabla(conexion: psycopg.Connection[Any], cuenta: CuentaDeTabla) -> None:
    """Anota cuántas filas se tomaron, cuántas ya estaban y cuántas se apartaron, por motivo."""
    filas = _ejecutar(conexion, "select motivo, ya_estaba, count(*) from pg_temp.leida group by 1, 2")
    for motivo, ya_estaba, cuantas in filas:
        if motivo is not None:
            cuenta.apartadas[motivo] = cuantas
        elif ya_estaba:
            cuenta.ya_estaban += cuantas
        else:
            cuenta.tomadas += cuantas
