-- Qué puede la aplicación, y que nadie más pueda nada. Se repite después de cada migración sobre todas nuestras tablas:
-- las que tienen una política para aura_app.

do $$
declare
  t record;
  f record;
  r text;
begin
  grant usage on schema public to aura_app;
  for t in
    select c.oid::regclass as tabla, pg_get_serial_sequence(c.oid::regclass::text, 'id') as secuencia
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' and not a.attisdropped
    where c.oid in (select polrelid from pg_policy where (select oid from pg_roles where rolname = 'aura_app') = any (polroles))
    union all
    select c.oid::regclass, null from pg_class c
    where c.oid in (select polrelid from pg_policy where (select oid from pg_roles where rolname = 'aura_app') = any (polroles))
      and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'id' and not a.attisdropped)
  loop
    execute format('revoke all on table %s from public', t.tabla);
    execute format('revoke all on table %s from aura_app', t.tabla);
    execute format('grant select, insert, update, delete on table %s to aura_app', t.tabla);
    if t.secuencia is not null then
      execute format('revoke all on sequence %s from public', t.secuencia);
      execute format('grant usage on sequence %s to aura_app', t.secuencia);
    end if;
    foreach r in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = r) then
        execute format('revoke all on table %s from %I', t.tabla, r);
        if t.secuencia is not null then
          execute format('revoke all on sequence %s from %I', t.secuencia, r);
        end if;
      end if;
    end loop;
  end loop;

  for f in
    select p.oid::regprocedure as funcion from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in (
      'sin_acentos', 'huella_de_texto', 'lexemas_de', 'telefono_canonico', 'recibir_entrante', 'rango_de_estado', 'estado_nuestro',
      'avanzar_mensaje', 'anotar_estado', 'confirmar_envio', 'buscar_bloques', 'resolver_persona', 'sugerir_union', 'mudar_telefono',
      'cambio_de_manos', 'aprender_identidades', 'reclamar_envios', 'misma_direccion', 'es_su_aviso'
    )
  loop
    execute format('revoke all on function %s from public', f.funcion);
    execute format('grant execute on function %s to aura_app', f.funcion);
    foreach r in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = r) then
        execute format('revoke all on function %s from %I', f.funcion, r);
      end if;
    end loop;
  end loop;

  -- La tabla de Alembic es de quien migra; nadie más la ve por la API de Supabase.
  alter table public.alembic_version enable row level security;
  revoke all on table public.alembic_version from public;
  foreach r in array array['anon', 'authenticated'] loop
    if exists (select from pg_roles where rolname = r) then
      execute format('revoke all on table public.alembic_version from %I', r);
    end if;
  end loop;
end
$$;
