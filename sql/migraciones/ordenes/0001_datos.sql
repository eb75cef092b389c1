-- Los datos de una base anterior, en orden para las reglas nuevas. Lo que no cabe se guarda entero en filas_apartadas.

create or replace function pg_temp.apartar(p_tabla text, p_condicion text, p_motivo text) returns void
language plpgsql as $$
begin
  execute format(
    'with fuera as (delete from public.%1$I t where %2$s returning to_jsonb(t) - ''busca'' - ''busqueda'' as fila) '
    'insert into public.filas_apartadas (nombre_nora, tabla, fila, motivo) select fila ->> ''nombre_nora'', %1$L, fila, %3$L from fuera',
    p_tabla, p_condicion, p_motivo
  );
end
$$;

-- Un nombre que hoy no se admitiría se queda como está: de él cuelgan todas las filas de esa Nora.
update public.configuracion_bot set heredada = true where nombre_nora !~ '^[a-z0-9][a-z0-9_-]{0,62}$' and not heredada;

-- Noras: una por nombre (la cambiada más tarde) y un número para cada una.
update public.configuracion_bot set numero_nora = pg_temp.telefono_como_se_muestra(numero_nora)
where numero_nora is distinct from pg_temp.telefono_como_se_muestra(numero_nora);

select pg_temp.apartar('configuracion_bot',
  'exists (select from public.configuracion_bot o where o.nombre_nora = t.nombre_nora and (o.updated_at, o.id) > (t.updated_at, t.id))',
  'Nora repetida: se queda la que cambió más tarde');

with repetidas as (
  select id from (select id, row_number() over (partition by numero_nora order by id) as vez from public.configuracion_bot where numero_nora is not null) n
  where vez > 1
), copia as (
  insert into public.filas_apartadas (nombre_nora, tabla, fila, motivo)
  select t.nombre_nora, 'configuracion_bot', to_jsonb(t), 'Copia: su número ya lo tiene otra Nora; la Nora se queda sin número'
  from public.configuracion_bot t join repetidas r on r.id = t.id
)
update public.configuracion_bot t set numero_nora = null from repetidas r where r.id = t.id;

update public.modulos_disponibles set modulo = lower(btrim(modulo)) where modulo <> lower(btrim(modulo));
select pg_temp.apartar('modulos_disponibles',
  'exists (select from public.modulos_disponibles o where o.nombre_nora = t.nombre_nora and o.modulo = t.modulo and o.id > t.id)',
  'Módulo repetido: se queda el último');

select pg_temp.apartar('conocimiento_nora', $c$t.contenido !~ '[^[:space:]]'$c$, 'Bloque vacío');
update public.conocimiento_nora set huella = public.huella_de_texto(contenido) where huella is distinct from public.huella_de_texto(contenido);
select pg_temp.apartar('conocimiento_nora',
  't.id in (select id from (select id, row_number() over (partition by nombre_nora, huella order by id) as vez from public.conocimiento_nora) v where vez > 1)',
  'Bloque repetido: dice lo mismo que otro anterior');

select pg_temp.apartar('rutas_registradas',
  't.id in (select id from (select id, row_number() over (partition by ruta, metodo, blueprint order by id) as vez from public.rutas_registradas) v where vez > 1)',
  'Ruta repetida');

update public.contactos set telefono = pg_temp.telefono_como_se_muestra(telefono)
where telefono is distinct from pg_temp.telefono_como_se_muestra(telefono);

update public.historial_conversaciones set
  tipo = pg_temp.tipo_de_mensaje(tipo),
  telefono = pg_temp.telefono_como_se_muestra(telefono),
  estado = case when pg_temp.tipo_de_mensaje(tipo) = 'respuesta' then 'enviado' else 'recibido' end,
  rango = case when pg_temp.tipo_de_mensaje(tipo) = 'respuesta' then 2 else 0 end,
  cambiado_en = fecha_hora
where message_sid is null and conversacion_id is null;

update public.logs_errores set primera_vez = fecha_hora where huella is null and primera_vez > fecha_hora;
