-- Lecturas que nunca se levantan: lo que no se entiende es nulo. Viven sólo en la sesión que adopta o importa.

create or replace function pg_temp.a_fecha(t text) returns timestamptz
language plpgsql stable as $$
declare
  v timestamptz;
begin
  -- Sólo lo que empieza por una cifra: Postgres también entendería «now» o «infinity».
  if t is null or t !~ '^\s*\d' then
    return null;
  end if;
  if t ~ '^\s*\d{10}(\.\d+)?\s*$' then
    v := to_timestamp(t::double precision);
  elsif t ~ '^\s*\d{13}\s*$' then
    v := to_timestamp(t::double precision / 1000);
  else
    v := t::timestamptz;
  end if;
  return case when v >= '1900-01-01' and v < '2200-01-01' then v end;
exception when others then
  return null;
end
$$;

create or replace function pg_temp.a_decimal(t text) returns numeric
language sql immutable as $$
  select case when t ~ '^\s*[-+]?\d{1,60}(\.\d{1,60})?([eE][-+]?\d{1,2})?\s*$' then t::numeric end
$$;

create or replace function pg_temp.a_entero(t text) returns bigint
language sql immutable as $$
  select case when n = trunc(n) and abs(n) < 9223372036854775807 then n::bigint end from (select pg_temp.a_decimal(t) as n) d
$$;

create or replace function pg_temp.a_booleano(t text) returns boolean
language sql immutable as $$
  select case
    when lower(btrim(t)) in ('true', 't', '1', 'yes', 'y', 'si', 'sí', 's', 'on', 'verdadero', 'activo', 'activa') then true
    when lower(btrim(t)) in ('false', 'f', '0', 'no', 'n', 'off', 'falso', 'inactivo', 'inactiva') then false
  end
$$;

create or replace function pg_temp.a_json(t text) returns jsonb
language plpgsql immutable as $$
begin
  return case when btrim(t) = '' then null else t::jsonb end;
exception when others then
  return to_jsonb(t);
end
$$;

create or replace function pg_temp.a_lista(t text) returns text[]
language plpgsql immutable as $$
declare
  v text[];
begin
  if t is null or btrim(t) = '' then
    return null;
  end if;
  begin
    if btrim(t) ~ '^\[.*\]$' then
      if exists (select from jsonb_array_elements(t::jsonb) e where jsonb_typeof(e) in ('object', 'array')) then
        return null;
      end if;
      v := array(select jsonb_array_elements_text(t::jsonb));
    elsif btrim(t) ~ '^".*"$' then
      v := string_to_array(t::jsonb #>> '{}', ',');
    elsif btrim(t) ~ '^\{.*\}$' then
      v := t::text[];
    end if;
  exception when others then
    if btrim(t) ~ '^[[{]' then
      return null;
    end if;
  end;
  v := coalesce(v, string_to_array(t, ','));
  return array(
    select e from (select distinct on (btrim(u)) btrim(u) as e, lugar from unnest(v) with ordinality x (u, lugar)
                   where btrim(u) <> '' order by btrim(u), lugar) sin_repetir
    order by lugar
  );
end
$$;

create or replace function pg_temp.a_texto(t text) returns text
language sql immutable as $$ select t $$;

create or replace function pg_temp.telefono_leido(t text) returns text
language sql immutable as $$
  select case
    when s ~ '^\+[0-9]{8,15}$' then s
    when s ~ '^00[0-9]{8,15}$' then '+' || substr(s, 3)
    when s ~ '^[0-9]{11,15}$' then '+' || s
  end
  from (select regexp_replace(regexp_replace(t, '^\s*whatsapp:', '', 'i'), '[-\s().\u00a0\u200e\u202a\u202c]', '', 'g') as s) d
$$;

create or replace function pg_temp.telefono_como_se_muestra(t text) returns text
language sql immutable as $$
  select coalesce(pg_temp.telefono_leido(t), nullif(btrim(t), ''))
$$;

-- La clave con que se reconoce a una persona: la canónica si el número es completo; si no, sus cifras a secas, que no
-- se confunden con ninguna canónica porque les falta el +.
create or replace function pg_temp.clave_de_telefono(t text) returns text
language sql immutable as $$
  select coalesce(public.telefono_canonico(pg_temp.telefono_leido(t)),
                  (select case when length(d) >= 6 then d end from (select regexp_replace(t, '[^0-9]', '', 'g') as d) c))
$$;

create or replace function pg_temp.tipo_de_mensaje(t text) returns text
language sql immutable as $$
  select case
    when lower(btrim(t)) in ('usuario', 'user', 'cliente', 'client', 'customer', 'contacto', 'persona', 'humano', 'human', 'entrante', 'entrada',
                             'recibido', 'in', 'inbound', 'incoming', 'received') then 'usuario'
    when lower(btrim(t)) in ('respuesta', 'bot', 'assistant', 'asistente', 'nora', 'ia', 'ai', 'chatbot', 'agente', 'agent', 'saliente', 'salida',
                             'enviado', 'out', 'outbound', 'outgoing', 'sent') then 'respuesta'
    else t end
$$;
