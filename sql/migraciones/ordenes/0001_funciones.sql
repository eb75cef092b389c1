-- Funciones de una sola ida. Corren con los permisos de quien llama (rol aura_app) y fijan ellas la Nora de la transacción.

create or replace function public.recibir_entrante(e jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_nora text;
  v_espera numeric;
  v_repeticiones integer;
  v_contacto bigint;
  v_nombre_editado boolean;
  v_conversacion bigint;
  v_mensaje bigint;
  v_ahora timestamptz := pg_catalog.clock_timestamp();
  v_sid text := e ->> 'message_sid';
  v_tipo text := e ->> 'identidad_tipo';
  v_valor text := e ->> 'identidad_valor';
  v_resumen text;
begin
  perform pg_catalog.set_config('app.nora', '*', true);
  select n.nombre_nora, n.espera_segundos into v_nora, v_espera
  from public.configuracion_bot n
  where public.telefono_canonico(n.numero_nora) = public.telefono_canonico(e ->> 'numero_nora')
  order by n.numero_nora = e ->> 'numero_nora' desc limit 1;

  -- El libro es el primer filtro: un MessageSid repetido, aunque llegue 50 veces a la vez, se detiene en esta fila.
  insert into public.webhooks_recibidos (nombre_nora, tipo, message_sid, veredicto, parametros, ficha_idempotencia, recibido_en)
  values (
    v_nora, 'mensaje', v_sid,
    case when (e ->> 'se_entiende')::boolean is not true then 'no_entendido' when v_nora is null then 'sin_nora' else 'guardado' end,
    e -> 'parametros', e ->> 'ficha_idempotencia', v_ahora
  )
  on conflict (message_sid) where tipo = 'mensaje' and message_sid is not null
  do update set repeticiones = public.webhooks_recibidos.repeticiones + 1
  returning repeticiones into v_repeticiones;

  if v_repeticiones > 0 or v_nora is null or (e ->> 'se_entiende')::boolean is not true then
    return pg_catalog.jsonb_build_object('nora', v_nora, 'conversacion', null, 'mensaje', null, 'nuevo', v_repeticiones = 0);
  end if;

  perform pg_catalog.set_config('app.nora', v_nora, true);

  select i.contacto_id into v_contacto from public.identidades i
  where i.nombre_nora = v_nora and i.tipo = v_tipo and i.valor = v_valor;
  if v_contacto is null then
    -- Dos primeros mensajes a la vez de la misma persona: el candado hace que el segundo encuentre la fila del primero.
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(v_nora || '|' || v_tipo || '|' || v_valor, 0));
    select i.contacto_id into v_contacto from public.identidades i
    where i.nombre_nora = v_nora and i.tipo = v_tipo and i.valor = v_valor;
    if v_contacto is null then
      insert into public.contactos (nombre_nora, telefono, nombre)
      values (v_nora, e ->> 'telefono', e ->> 'nombre_perfil') returning id into v_contacto;
      insert into public.identidades (nombre_nora, contacto_id, tipo, valor, direccion)
      values (v_nora, v_contacto, v_tipo, v_valor, e ->> 'direccion');
    end if;
  end if;

  -- Primero el hilo y después la persona, como todos los que escriben: en otro orden, dos a la vez se esperarían para siempre.
  insert into public.conversaciones as c (nombre_nora, contacto_id, caso_desde) values (v_nora, v_contacto, v_ahora)
  on conflict (nombre_nora, contacto_id) do update set updated_at = v_ahora
  returning c.id into v_conversacion;

  v_resumen := pg_catalog.left(e ->> 'resumen', 200);
  update public.contactos c set
    mensaje_reciente = v_resumen,
    ultimo_mensaje = v_ahora,
    nombre = case when c.nombre_editado then c.nombre else coalesce(nullif(e ->> 'nombre_perfil', ''), c.nombre) end,
    updated_at = v_ahora
  where c.nombre_nora = v_nora and c.id = v_contacto;

  insert into public.historial_conversaciones
    (nombre_nora, conversacion_id, telefono, mensaje, tipo, origen, clase, adjuntos, message_sid, estado, fecha_hora)
  values
    (v_nora, v_conversacion, e ->> 'telefono', e ->> 'texto', 'usuario', 'whatsapp', e ->> 'clase', e -> 'adjuntos', v_sid, 'recibido', v_ahora)
  on conflict (nombre_nora, message_sid) do nothing
  returning id into v_mensaje;

  if v_mensaje is null then
    return pg_catalog.jsonb_build_object('nora', v_nora, 'conversacion', v_conversacion, 'mensaje', null, 'nuevo', false);
  end if;

  update public.conversaciones c set
    direccion = e ->> 'direccion',
    remitente = e ->> 'remitente',
    cuenta = e ->> 'cuenta',
    sin_leer = c.sin_leer + 1,
    ultimo_entrante_id = v_mensaje,
    ultimo_entrante_en = v_ahora,
    caso_desde = case
      when c.ultimo_entrante_en is null or c.ultimo_entrante_en < v_ahora - interval '24 hours' then v_ahora else c.caso_desde end,
    pendiente_desde = coalesce(c.pendiente_desde, v_ahora),
    -- Quien escribe sin parar no se queda sin respuesta: la espera tiene tope de cuatro veces su duración.
    atender_en = least(
      v_ahora + pg_catalog.make_interval(secs => v_espera::double precision),
      coalesce(c.pendiente_desde, v_ahora) + pg_catalog.make_interval(secs => (v_espera * 4)::double precision)
    ),
    intentos = 0
  where c.nombre_nora = v_nora and c.id = v_conversacion;

  return pg_catalog.jsonb_build_object('nora', v_nora, 'conversacion', v_conversacion, 'mensaje', v_mensaje, 'nuevo', true);
end
$$;
comment on function public.recibir_entrante(jsonb) is 'Guarda un mensaje entrante entero en una ida: libro, persona, hilo, historial y la promesa de atenderlo';

create or replace function public.rango_de_estado(estado text) returns integer
language sql immutable strict parallel safe
set search_path = ''
as $$
  select case estado
    when 'accepted' then 2 when 'scheduled' then 2 when 'queued' then 2 when 'sending' then 2 when 'sent' then 3
    when 'delivered' then 4 when 'read' then 5 when 'failed' then 9 when 'undelivered' then 9 when 'canceled' then 9
    else 0 end
$$;
comment on function public.rango_de_estado(text) is 'Orden de los estados de Twilio: un mensaje sólo avanza';

create or replace function public.estado_nuestro(estado text) returns text
language sql immutable strict parallel safe
set search_path = ''
as $$
  select case estado
    when 'delivered' then 'entregado' when 'read' then 'leido' when 'failed' then 'fallido' when 'undelivered' then 'fallido'
    when 'canceled' then 'cancelado' else 'enviado' end
$$;
comment on function public.estado_nuestro(text) is 'Estado de Twilio en las palabras del panel';

create or replace function public.avanzar_mensaje(p_nora text, p_mensaje bigint, p_estado text, p_codigo text, p_motivo text) returns text
language sql
set search_path = ''
as $$
  -- Un fallo no borra una entrega ya vista; una entrega atrasada no borra un fallo; nada vuelve atrás.
  update public.historial_conversaciones m set
    estado = public.estado_nuestro(p_estado),
    rango = public.rango_de_estado(p_estado),
    codigo_error = case when public.rango_de_estado(p_estado) = 9 then coalesce(p_codigo, m.codigo_error) end,
    motivo_error = case when public.rango_de_estado(p_estado) = 9 then coalesce(p_motivo, m.motivo_error) end,
    revisar_en = null,
    cambiado_en = pg_catalog.clock_timestamp()
  where m.nombre_nora = p_nora and m.id = p_mensaje and m.tipo = 'respuesta'
    and public.rango_de_estado(p_estado) > m.rango
    and not (public.rango_de_estado(p_estado) = 9 and m.rango >= 4)
  returning m.estado
$$;
comment on function public.avanzar_mensaje(text, bigint, text, text, text) is 'Hace avanzar el estado de un envío; nunca lo hace retroceder';

create or replace function public.anotar_estado(e jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_nora text;
  v_mensaje bigint;
  v_conversacion bigint;
  v_sid text := e ->> 'message_sid';
  v_sid_guardado text;
  v_estado text := e ->> 'estado';
  v_nuevo text;
  v_intencion bigint := (e ->> 'intencion')::bigint;
begin
  perform pg_catalog.set_config('app.nora', '*', true);
  -- El mismo candado que confirmar_envio: si no, aviso y confirmación a la vez no se verían y el aviso se perdería.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('sid|' || coalesce(v_sid, ''), 0));
  select m.nombre_nora, m.id, m.conversacion_id, m.message_sid into v_nora, v_mensaje, v_conversacion, v_sid_guardado
  from public.historial_conversaciones m where m.message_sid = v_sid and m.tipo = 'respuesta' limit 1;

  -- El aviso puede llegar antes que la respuesta de Twilio: trae la clave de nuestra intención y la dirección debe coincidir.
  if v_mensaje is null and v_intencion is not null then
    select m.nombre_nora, m.id, m.conversacion_id, m.message_sid into v_nora, v_mensaje, v_conversacion, v_sid_guardado
    from public.historial_conversaciones m
    where m.id = v_intencion and m.tipo = 'respuesta' and m.message_sid is null
      -- También lo que volvió a la cola o se dio por no confirmado: la prueba de que salió manda, y evita repetirlo.
      and (m.estado in ('enviando', 'por_confirmar') or (m.estado = 'listo' and m.intento > 0) or m.codigo_error = 'sin_confirmar')
      and m.enviado_desde = e ->> 'remitente' and m.enviado_a = e ->> 'direccion'
    for update of m;
  end if;

  insert into public.webhooks_recibidos (nombre_nora, tipo, message_sid, estado, veredicto, parametros, ficha_idempotencia)
  values (v_nora, 'estado', v_sid, v_estado, case when v_mensaje is null then 'desconocido' else 'aplicado' end,
          e -> 'parametros', e ->> 'ficha_idempotencia')
  on conflict (message_sid, estado) where tipo = 'estado'
  do update set repeticiones = public.webhooks_recibidos.repeticiones + 1;

  if v_mensaje is null then
    return null;
  end if;
  perform pg_catalog.set_config('app.nora', v_nora, true);
  if v_sid_guardado is null then
    update public.historial_conversaciones m set message_sid = v_sid, enviado_en = pg_catalog.clock_timestamp()
    where m.nombre_nora = v_nora and m.id = v_mensaje and m.message_sid is null;
  end if;
  v_nuevo := public.avanzar_mensaje(v_nora, v_mensaje, v_estado, e ->> 'codigo_error', e ->> 'motivo_error');
  if v_nuevo is null then
    update public.webhooks_recibidos w set veredicto = 'atrasado'
    where w.tipo = 'estado' and w.message_sid = v_sid and w.estado = v_estado and w.repeticiones = 0;
    return null;
  end if;
  return pg_catalog.jsonb_build_object('nora', v_nora, 'conversacion', v_conversacion, 'mensaje', v_mensaje, 'estado', v_nuevo);
end
$$;
comment on function public.anotar_estado(jsonb) is 'Anota un aviso de estado de Twilio y hace avanzar el mensaje si es nuestro';

drop function if exists public.confirmar_envio(text, bigint, text);
create function public.confirmar_envio(p_nora text, p_mensaje bigint, p_sid text) returns text
language plpgsql
set search_path = ''
as $$
declare
  v_aviso record;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('sid|' || p_sid, 0));
  update public.historial_conversaciones m set
    message_sid = coalesce(m.message_sid, p_sid),
    estado = case when m.estado in ('enviando', 'por_confirmar') then 'enviado' else m.estado end,
    rango = greatest(m.rango, 2),
    enviado_en = coalesce(m.enviado_en, pg_catalog.clock_timestamp()),
    revisar_en = null,
    -- Un fallo que se adelantó a esta confirmación conserva su motivo.
    codigo_error = case when m.estado in ('fallido', 'cancelado') then m.codigo_error end,
    motivo_error = case when m.estado in ('fallido', 'cancelado') then m.motivo_error end,
    cambiado_en = pg_catalog.clock_timestamp()
  where m.nombre_nora = p_nora and m.id = p_mensaje and (m.message_sid is null or m.message_sid = p_sid);

  -- Avisos que se adelantaron y quedaron en el libro sin dueño: ya lo tienen.
  perform pg_catalog.set_config('app.nora', '*', true);
  for v_aviso in
    update public.webhooks_recibidos w set nombre_nora = p_nora, veredicto = 'aplicado'
    where w.tipo = 'estado' and w.message_sid = p_sid and w.veredicto = 'desconocido'
    returning w.estado, w.parametros ->> 'ErrorCode' as codigo
  loop
    perform public.avanzar_mensaje(p_nora, p_mensaje, v_aviso.estado, v_aviso.codigo, null);
  end loop;
  perform pg_catalog.set_config('app.nora', p_nora, true);
  return (select m.estado from public.historial_conversaciones m where m.nombre_nora = p_nora and m.id = p_mensaje);
end
$$;
comment on function public.confirmar_envio(text, bigint, text) is 'Guarda el SID de un envío aceptado y aplica los avisos que llegaron antes';

create or replace function public.buscar_bloques(p_nora text, p_pregunta text, p_limite integer)
returns table (id bigint, contenido text, cobertura double precision, puntaje double precision)
language plpgsql stable
security definer
set search_path = ''
as $$
declare
  v_consulta tsquery;
  v_total double precision;
begin
  -- Corre como dueña para que @@ use su índice (bajo RLS no puede: no es leakproof); por eso exige la Nora de la transacción.
  if p_nora is distinct from nullif(pg_catalog.current_setting('app.nora', true), '') then
    return;
  end if;
  select pg_catalog.string_agg(pg_catalog.quote_literal(l), ' | ')::tsquery into v_consulta
  from pg_catalog.unnest(pg_catalog.tsvector_to_array(
    public.lexemas_de(pg_catalog.translate(p_pregunta, '|~', '  ')))) l;
  if v_consulta is null then
    return;
  end if;
  select count(*) into v_total from public.conocimiento_nora c where c.nombre_nora = p_nora;
  return query
    -- Cada palabra es un concepto: «abren|horario» vale por cualquiera de las dos y «~domingo» es un matiz, que suma si está y casi no resta si falta.
    with conceptos as materialized (
      select t.n, t.palabras like '~%' as matiz, k.literal, k.amplia
      from pg_catalog.regexp_split_to_table(p_pregunta, '\s+') with ordinality t(palabras, n)
      cross join lateral (
        select pg_catalog.string_agg(pg_catalog.quote_literal(l), ' | ')::tsquery as amplia,
          pg_catalog.string_agg(pg_catalog.quote_literal(l), ' | ') filter (where l = any (pg_catalog.tsvector_to_array(
            public.lexemas_de(pg_catalog.ltrim(pg_catalog.split_part(t.palabras, '|', 1), '~')))))::tsquery as literal
        from pg_catalog.unnest(pg_catalog.tsvector_to_array(
          public.lexemas_de(pg_catalog.translate(t.palabras, '|~', '  ')))) l
      ) k
      where k.amplia is not null
    ), aciertos as materialized (
      select k.n, c.id, c.busqueda @@ k.literal as exacto
      from public.conocimiento_nora c join conceptos k on c.busqueda @@ k.amplia
      where c.nombre_nora = p_nora and c.busqueda @@ v_consulta
    ), pesos as (
      -- Lo que pocos bloques dicen pesa más, y lo que ninguno dice pesa lo que más: así lo ajeno al negocio no llega al umbral.
      select k.n, pg_catalog.ln(1 + (v_total - count(a.id) + 0.5) / (count(a.id) + 0.5))
        * case when not k.matiz then 1 when count(a.id) = 0 then 0.1 else 0.4 end as peso
      from conceptos k left join aciertos a on a.n = k.n
      group by k.n, k.matiz
    ), mejores as (
      select a.id, sum(p.peso * case when a.exacto then 1 else 0.9 end) / (select sum(t.peso) from pesos t) as cobertura
      from aciertos a join pesos p on p.n = a.n
      group by a.id
      order by 2 desc, 1
      limit p_limite + 50
    )
    select c.id, c.contenido, m.cobertura, pg_catalog.ts_rank_cd(c.busqueda, v_consulta, 1)::double precision
    from mejores m join public.conocimiento_nora c on c.nombre_nora = p_nora and c.id = m.id
    order by 3 desc, 4 desc, 1
    limit p_limite;
end
$$;
comment on function public.buscar_bloques(text, text, integer) is 'Bloques que mejor cubren una pregunta (conceptos con sinónimos y matices), sólo de la Nora de la transacción';
