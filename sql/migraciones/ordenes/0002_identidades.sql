-- Quién es quién: la clave de un teléfono con Brasil dentro, las identidades que ya había y la función que reconoce a una persona.

create or replace function public.telefono_canonico(telefono text) returns text
language sql immutable strict parallel safe
set search_path = ''
as $$
  -- México, Argentina y Brasil admiten una cifra de más dentro del número: con ella y sin ella es la misma persona.
  select case
    when d ~ '^521[0-9]{10}$' then '+52' || pg_catalog.substr(d, 4)
    when d ~ '^549[0-9]{10}$' then '+54' || pg_catalog.substr(d, 4)
    when d ~ '^55[1-9][0-9]9[6-9][0-9]{7}$' then '+' || pg_catalog.substr(d, 1, 4) || pg_catalog.substr(d, 6)
    when d = '' then null
    else '+' || d end
  from (select pg_catalog.regexp_replace(telefono, '[^0-9]', '', 'g') as d) t
$$;
comment on function public.telefono_canonico(text) is
  'Clave de un teléfono: sólo dígitos con +, sin el 1 de México, el 9 de Argentina ni el noveno dígito de Brasil';

-- Las claves guardadas se dicen de la forma nueva. Donde dos pasan a ser la misma, la tiene la más antigua y se sugiere unirlas.
create temp table mismo_telefono on commit drop as
  with claves as (
    select i.id, i.nombre_nora, i.contacto_id, i.valor, i.direccion, i.visto_en, i.created_at, public.telefono_canonico(i.valor) as clave
    from public.identidades i where i.tipo = 'telefono' and i.valor like '+%'
  )
  select c.*, c.valor = c.clave as ya_canonica, row_number() over (partition by c.nombre_nora, c.clave order by c.created_at, c.id) as lugar
  from claves c
  where (c.nombre_nora, c.clave) in (select o.nombre_nora, o.clave from claves o where o.valor <> o.clave);

-- Si la forma canónica ya estaba escrita y no era de la más antigua, las dos filas cambian de dueña entre sí.
update public.identidades i
set contacto_id = otra.contacto_id, direccion = otra.direccion, visto_en = otra.visto_en, created_at = otra.created_at
from pg_temp.mismo_telefono una
join pg_temp.mismo_telefono otra on otra.nombre_nora = una.nombre_nora and otra.clave = una.clave and otra.id <> una.id
where i.id = una.id
  and ((una.ya_canonica and una.lugar > 1 and otra.lugar = 1)
    or (una.lugar = 1 and otra.ya_canonica and otra.lugar > 1));

update public.identidades i set valor = m.clave
from pg_temp.mismo_telefono m
where i.id = m.id and m.lugar = 1 and not m.ya_canonica
  and not exists (select from public.identidades o where o.nombre_nora = m.nombre_nora and o.tipo = 'telefono' and o.valor = m.clave);

insert into public.uniones (nombre_nora, principal_id, secundario_id, motivo)
select distinct m.nombre_nora, primera.contacto_id, m.contacto_id, 'Tienen el mismo teléfono, escrito con y sin el noveno dígito.'
from pg_temp.mismo_telefono m
join pg_temp.mismo_telefono primera on primera.nombre_nora = m.nombre_nora and primera.clave = m.clave and primera.lugar = 1
where m.contacto_id <> primera.contacto_id
on conflict do nothing;

create or replace function public.sugerir_union(p_nora text, p_una bigint, p_otra bigint, p_motivo text) returns void
language sql
set search_path = ''
as $$
  -- Una vez: lo que alguien descartó, unió o deshizo no se vuelve a preguntar.
  insert into public.uniones (nombre_nora, principal_id, secundario_id, motivo)
  select p_nora, least(p_una, p_otra), greatest(p_una, p_otra), p_motivo
  where p_una <> p_otra and not exists (
    select from public.uniones u
    where u.nombre_nora = p_nora
      and (u.principal_id, u.secundario_id) in ((p_una, p_otra), (p_otra, p_una))
  )
  on conflict do nothing
$$;
comment on function public.sugerir_union(text, bigint, bigint, text) is 'Apunta una vez que dos personas parecen la misma';

create or replace function public.mudar_telefono(p_nora text, p_de bigint, p_a bigint, p_clave text) returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Primero el hilo y después la persona, como todos los que escriben.
  perform 1 from public.conversaciones c where c.nombre_nora = p_nora and c.contacto_id = p_de for update;
  update public.identidades i set contacto_id = p_a
  where i.nombre_nora = p_nora and i.tipo = 'telefono' and i.valor = p_clave and i.contacto_id = p_de;
  -- A la persona anterior ya no se le escribe a ese número: lo leería quien lo tiene ahora.
  update public.conversaciones c set direccion = (
    select i.direccion from public.identidades i
    where i.nombre_nora = p_nora and i.contacto_id = p_de and i.tipo in ('telefono', 'bsuid', 'bsuid_padre')
    order by i.visto_en desc, i.id desc limit 1
  )
  where c.nombre_nora = p_nora and c.contacto_id = p_de and public.telefono_canonico(c.direccion) = p_clave
    and c.direccion ~ '^(whatsapp:)?[+][0-9]';
  update public.contactos c set telefono = null, updated_at = pg_catalog.clock_timestamp()
  where c.nombre_nora = p_nora and c.id = p_de and public.telefono_canonico(c.telefono) = p_clave;
end
$$;
comment on function public.mudar_telefono(text, bigint, bigint, text) is 'Un número que cambió de manos pasa a otra persona';

create or replace function public.cambio_de_manos(p_nora text, p_contacto bigint, p_identidades jsonb, p_ahora timestamptz) returns boolean
language sql stable
set search_path = ''
as $$
  -- Un número conocido que llega con otra cuenta de WhatsApp, tras 90 días sin saber de su persona, puede ser ya de otra.
  select exists (
    select from pg_catalog.jsonb_array_elements(p_identidades) s where s ->> 'tipo' = 'bsuid' and s ->> 'valor' <> ''
  ) and exists (
    select from public.identidades i where i.nombre_nora = p_nora and i.contacto_id = p_contacto and i.tipo = 'bsuid'
  ) and not exists (
    select from public.identidades i
    join pg_catalog.jsonb_array_elements(p_identidades) s on s ->> 'tipo' = i.tipo and s ->> 'valor' = i.valor
    where i.nombre_nora = p_nora and i.contacto_id = p_contacto and i.tipo in ('bsuid', 'bsuid_padre')
  ) and (
    select coalesce(v.ultimo_entrante_en, c.ultimo_mensaje, c.created_at) < p_ahora - interval '90 days'
    from public.contactos c
    left join public.conversaciones v on v.nombre_nora = c.nombre_nora and v.contacto_id = c.id
    where c.nombre_nora = p_nora and c.id = p_contacto
  )
$$;
comment on function public.cambio_de_manos(text, bigint, jsonb, timestamptz) is 'Si el teléfono de una persona parece ser ya de otra';

create or replace function public.aprender_identidades(p_nora text, p_contacto bigint, p_identidades jsonb, p_ahora timestamptz) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_otra record;
begin
  insert into public.identidades (nombre_nora, contacto_id, tipo, valor, direccion, visto_en)
  select p_nora, p_contacto, s.tipo, s.valor, coalesce(nullif(s.direccion, ''), 'whatsapp:' || s.valor), p_ahora
  from pg_catalog.jsonb_to_recordset(p_identidades) s (tipo text, valor text, direccion text)
  where s.tipo in ('telefono', 'bsuid', 'bsuid_padre') and s.valor <> ''
    and not exists (select from public.identidades i where i.nombre_nora = p_nora and i.tipo = s.tipo and i.valor = s.valor)
  on conflict (nombre_nora, tipo, valor) do nothing;

  -- La dirección que escribió queda al día: con ella se responde.
  update public.identidades i
  set visto_en = p_ahora, direccion = coalesce(nullif(p_identidades -> 0 ->> 'direccion', ''), i.direccion)
  where i.nombre_nora = p_nora and i.contacto_id = p_contacto
    and i.tipo = p_identidades -> 0 ->> 'tipo' and i.valor = p_identidades -> 0 ->> 'valor' and i.visto_en <> p_ahora;

  for v_otra in
    select i.contacto_id,
      'Un mensaje suyo llegó también con ' || (pg_catalog.array_agg(
        case i.tipo when 'telefono' then 'el teléfono' else 'el identificador de WhatsApp' end order by i.tipo desc))[1]
        || ' de la otra ficha.' as motivo
    from pg_catalog.jsonb_to_recordset(p_identidades) s (tipo text, valor text)
    join public.identidades i on i.nombre_nora = p_nora and i.tipo = s.tipo and i.valor = s.valor
    where i.tipo in ('telefono', 'bsuid', 'bsuid_padre') and i.contacto_id <> p_contacto
    group by i.contacto_id order by i.contacto_id
  loop
    perform public.sugerir_union(p_nora, p_contacto, v_otra.contacto_id, v_otra.motivo);
  end loop;

  -- El nombre de usuario no identifica: se puede soltar y tomar. Lo tiene quien lo trajo por última vez.
  insert into public.identidades as i (nombre_nora, contacto_id, tipo, valor, direccion, visto_en)
  select distinct on (s.valor) p_nora, p_contacto, s.tipo, s.valor, coalesce(nullif(s.direccion, ''), s.valor), p_ahora
  from pg_catalog.jsonb_to_recordset(p_identidades) s (tipo text, valor text, direccion text)
  where s.tipo = 'usuario' and s.valor <> ''
  order by s.valor
  on conflict (nombre_nora, tipo, valor) do update
    set contacto_id = excluded.contacto_id, direccion = excluded.direccion, visto_en = excluded.visto_en
    where i.contacto_id <> excluded.contacto_id or i.visto_en < excluded.visto_en - interval '1 hour';
end
$$;
comment on function public.aprender_identidades(text, bigint, jsonb, timestamptz) is 'Guarda las señas nuevas de una persona y apunta las que son de otra';

create or replace function public.resolver_persona(p_nora text, p_identidades jsonb, p_nombre text, p_telefono text) returns bigint
language plpgsql
set search_path = ''
as $$
declare
  v_candado bigint;
  v_contacto bigint;
  v_duena bigint;
  v_por_bsuid bigint;
  v_del_telefono bigint;
  v_telefono text;
  v_unido_a bigint;
  v_cambia boolean;
  v_ahora timestamptz := pg_catalog.clock_timestamp();
begin
  -- Mientras alguien une o separa personas nadie reconoce a ninguna; entre sí, los que reconocen no se estorban.
  perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended('personas|' || p_nora, 0));

  -- Lo de siempre: todas sus señas son ya de una misma persona y no hay nada que aprender. Una consulta y, si acaso, la hora de la seña.
  select case when count(*) = count(i.contacto_id) and min(i.contacto_id) = max(i.contacto_id) then min(i.contacto_id) end
  into v_contacto
  from pg_catalog.jsonb_to_recordset(p_identidades) s (tipo text, valor text)
  left join public.identidades i on i.nombre_nora = p_nora and i.tipo = s.tipo and i.valor = s.valor and s.tipo <> 'usuario';
  if v_contacto is not null and exists (
    select from public.contactos c where c.nombre_nora = p_nora and c.id = v_contacto and c.unido_a is null and c.telefono is not null
  ) then
    update public.identidades i
    set visto_en = v_ahora, direccion = coalesce(nullif(p_identidades -> 0 ->> 'direccion', ''), i.direccion)
    where i.nombre_nora = p_nora and i.tipo = p_identidades -> 0 ->> 'tipo' and i.valor = p_identidades -> 0 ->> 'valor'
      and (i.visto_en < v_ahora - interval '1 minute' or i.direccion <> p_identidades -> 0 ->> 'direccion');
    return v_contacto;
  end if;
  v_contacto := null;

  -- Un candado por seña, siempre en el mismo orden: dos primeros mensajes a la vez de la misma persona no hacen dos ni se bloquean.
  for v_candado in
    select distinct pg_catalog.hashtextextended(p_nora || '|' || s.tipo || '|' || s.valor, 0) as candado
    from pg_catalog.jsonb_to_recordset(p_identidades) s (tipo text, valor text)
    where s.tipo in ('telefono', 'bsuid', 'bsuid_padre') and s.valor <> ''
    order by candado
  loop
    perform pg_catalog.pg_advisory_xact_lock(v_candado);
  end loop;

  select
    (pg_catalog.array_agg(i.contacto_id order by s.n) filter (where i.contacto_id is not null))[1],
    (pg_catalog.array_agg(i.contacto_id order by s.n) filter (where i.contacto_id is not null and s.e ->> 'tipo' <> 'telefono'))[1],
    (pg_catalog.array_agg(i.contacto_id order by s.n) filter (where i.contacto_id is not null and s.e ->> 'tipo' = 'telefono'))[1],
    (pg_catalog.array_agg(s.e ->> 'valor' order by s.n) filter (where s.e ->> 'tipo' = 'telefono'))[1]
  into strict v_duena, v_por_bsuid, v_del_telefono, v_telefono
  from pg_catalog.jsonb_array_elements(p_identidades) with ordinality s (e, n)
  left join public.identidades i on i.nombre_nora = p_nora and i.tipo = s.e ->> 'tipo' and i.valor = s.e ->> 'valor'
  where s.e ->> 'tipo' in ('telefono', 'bsuid', 'bsuid_padre') and s.e ->> 'valor' <> '';

  if not exists (
    select from pg_catalog.jsonb_to_recordset(p_identidades) s (tipo text, valor text)
    where s.tipo in ('telefono', 'bsuid', 'bsuid_padre') and s.valor <> ''
  ) then
    raise exception 'resolver_persona necesita al menos un teléfono o un BSUID';
  end if;

  v_cambia := v_del_telefono is not null and public.cambio_de_manos(p_nora, v_del_telefono, p_identidades, v_ahora);
  v_contacto := case when v_cambia then v_por_bsuid else v_duena end;

  -- Quien se unió a otra persona es esa otra persona.
  loop
    select c.unido_a into v_unido_a from public.contactos c where c.nombre_nora = p_nora and c.id = v_contacto;
    exit when v_unido_a is null;
    v_contacto := v_unido_a;
  end loop;

  if v_contacto is null then
    insert into public.contactos (nombre_nora, telefono, nombre)
    values (p_nora, coalesce(nullif(p_telefono, ''), v_telefono), nullif(p_nombre, '')) returning id into v_contacto;
  end if;
  if v_cambia and v_contacto <> v_del_telefono then
    perform public.mudar_telefono(p_nora, v_del_telefono, v_contacto, v_telefono);
    perform public.sugerir_union(p_nora, v_del_telefono, v_contacto,
      'El mismo número escribió con otra cuenta de WhatsApp tras más de 90 días: puede haber cambiado de dueño.');
  end if;
  perform public.aprender_identidades(p_nora, v_contacto, p_identidades, v_ahora);

  -- Quien sólo tenía usuario y ahora enseña su número: se le pone, siempre después de retener su hilo.
  if exists (
    select from public.contactos c
    join public.identidades i on i.nombre_nora = c.nombre_nora and i.contacto_id = c.id and i.tipo = 'telefono' and i.valor = v_telefono
    where c.nombre_nora = p_nora and c.id = v_contacto and c.telefono is null
  ) then
    perform 1 from public.conversaciones c where c.nombre_nora = p_nora and c.contacto_id = v_contacto for update;
    update public.contactos c set telefono = coalesce(nullif(p_telefono, ''), v_telefono), updated_at = v_ahora
    where c.nombre_nora = p_nora and c.id = v_contacto;
  end if;
  return v_contacto;
end
$$;
comment on function public.resolver_persona(text, jsonb, text, text) is
  'La persona a la que pertenecen unas señas (la primera es la que escribió); la crea si no existe y aprende las señas nuevas';
