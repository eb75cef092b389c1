-- Lo que entra y los avisos de estado, con identidades, bajas, anuncios, archivos, sombra y reproceso.

comment on column public.identidades.tipo is 'telefono, bsuid, bsuid_padre o usuario';
comment on column public.historial_conversaciones.clase is
  'texto, imagen, audio, video, documento, ubicacion, contacto, sticker, boton, lista, formulario, permiso_llamada u otro';

create or replace function public.recibir_entrante(e jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_nora text;
  v_espera numeric;
  v_contacto bigint;
  v_conversacion bigint;
  v_mensaje bigint;
  v_baja timestamptz;
  v_intencion text;
  v_veredicto text;
  v_era text;
  v_es_nuevo boolean := true;
  v_ahora timestamptz := pg_catalog.clock_timestamp();
  -- Lo que se recupera de Twilio entra con la hora en que la persona lo escribió.
  v_fecha timestamptz := least(v_ahora, coalesce((e ->> 'recibido_en')::timestamptz, v_ahora));
  v_sid text := e ->> 'message_sid';
  v_se_entiende boolean := coalesce((e ->> 'se_entiende')::boolean, false);
  v_via text := coalesce(e ->> 'via', 'webhook');
  v_atender boolean;
begin
  perform pg_catalog.set_config('app.nora', '*', true);
  select n.nombre_nora, n.espera_segundos into v_nora, v_espera
  from public.configuracion_bot n
  where public.telefono_canonico(n.numero_nora) = public.telefono_canonico(e ->> 'numero_nora')
  order by n.numero_nora = e ->> 'numero_nora' desc limit 1;
  v_veredicto := case when not v_se_entiende then 'no_entendido' when v_nora is null then 'sin_nora' else 'guardado' end;

  if v_via = 'reproceso' then
    update public.webhooks_recibidos w set
      reprocesos = w.reprocesos + 1, reprocesado_en = v_ahora, veredicto = v_veredicto, nombre_nora = coalesce(v_nora, w.nombre_nora)
    where w.id = (e ->> 'libro_id')::bigint and w.tipo = 'mensaje';
    v_fecha := least(v_ahora, coalesce((select w.recibido_en from public.webhooks_recibidos w where w.id = (e ->> 'libro_id')::bigint), v_ahora));
  else
    -- El libro es el primer filtro: un MessageSid repetido, aunque llegue 50 veces a la vez, se detiene en esta fila.
    insert into public.webhooks_recibidos
      (nombre_nora, tipo, message_sid, veredicto, parametros, ficha_idempotencia, recibido_en, firma, consulta)
    values (v_nora, 'mensaje', v_sid, v_veredicto, e -> 'parametros', e ->> 'ficha_idempotencia', v_ahora, e ->> 'firma', e ->> 'consulta')
    on conflict (message_sid) where tipo = 'mensaje' and message_sid is not null
    do update set repeticiones = public.webhooks_recibidos.repeticiones + case when v_via = 'webhook' then 1 else 0 end
    returning xmax = 0, veredicto into v_es_nuevo, v_era;
    if not v_es_nuevo and v_era <> 'guardado' and v_veredicto = 'guardado' then
      -- Llegó antes de que el número fuera de una Nora; ahora ya tiene dónde guardarse.
      update public.webhooks_recibidos w set veredicto = 'guardado', nombre_nora = v_nora where w.tipo = 'mensaje' and w.message_sid = v_sid;
      v_es_nuevo := true;
    end if;
  end if;

  if not v_es_nuevo or v_nora is null or not v_se_entiende then
    return pg_catalog.jsonb_build_object('nora', v_nora, 'conversacion', null, 'mensaje', null, 'nuevo', v_es_nuevo);
  end if;

  perform pg_catalog.set_config('app.nora', v_nora, true);
  if exists (select from public.historial_conversaciones m where m.nombre_nora = v_nora and m.message_sid = v_sid) then
    return pg_catalog.jsonb_build_object('nora', v_nora, 'conversacion', null, 'mensaje', null, 'nuevo', false);
  end if;

  v_contacto := public.resolver_persona(v_nora, e -> 'identidades', e ->> 'nombre_perfil', e ->> 'telefono');

  -- Primero el hilo y después la persona, como todos los que escriben: en otro orden, dos a la vez se esperarían para siempre.
  insert into public.conversaciones as c (nombre_nora, contacto_id, caso_desde) values (v_nora, v_contacto, v_fecha)
  on conflict (nombre_nora, contacto_id) do update set updated_at = v_ahora
  returning c.id into v_conversacion;

  select c.baja_en into v_baja from public.contactos c where c.nombre_nora = v_nora and c.id = v_contacto;
  v_intencion := case
    -- Manda lo último que dijo: una orden recuperada tarde no deshace otra posterior.
    when e ->> 'baja' = 'baja' then case
      when v_baja is null and not exists (
        select from public.historial_conversaciones m
        where m.nombre_nora = v_nora and m.conversacion_id = v_conversacion and m.intencion = 'alta' and m.fecha_hora > v_fecha
      ) then 'baja' else 'baja_repetida' end
    when e ->> 'baja' = 'alta' and v_baja < v_fecha then 'alta' end;

  update public.contactos c set
    mensaje_reciente = case when v_fecha >= coalesce(c.ultimo_mensaje, v_fecha) then pg_catalog.left(e ->> 'resumen', 200) else c.mensaje_reciente end,
    ultimo_mensaje = greatest(c.ultimo_mensaje, v_fecha),
    nombre = case when c.nombre_editado then c.nombre else coalesce(nullif(e ->> 'nombre_perfil', ''), c.nombre) end,
    baja_en = case v_intencion when 'baja' then v_fecha when 'alta' then null else c.baja_en end,
    baja_origen = case v_intencion when 'baja' then 'palabra' when 'alta' then null else c.baja_origen end,
    baja_texto = case v_intencion when 'baja' then pg_catalog.left(e ->> 'texto', 200) when 'alta' then null else c.baja_texto end,
    updated_at = v_ahora
  where c.nombre_nora = v_nora and c.id = v_contacto;

  insert into public.historial_conversaciones
    (nombre_nora, conversacion_id, telefono, direccion, mensaje, tipo, origen, clase, adjuntos, message_sid, estado, fecha_hora,
     cita_sid, referido, reenviado, intencion)
  values
    (v_nora, v_conversacion, e ->> 'telefono', e ->> 'direccion', e ->> 'texto', 'usuario', 'whatsapp', e ->> 'clase', e -> 'adjuntos', v_sid,
     'recibido', v_fecha, e ->> 'cita_sid', nullif(e -> 'referido', 'null'::jsonb), coalesce((e ->> 'reenviado')::boolean, false), v_intencion)
  on conflict (nombre_nora, message_sid) do nothing
  returning id into v_mensaje;

  if v_mensaje is null then
    return pg_catalog.jsonb_build_object('nora', v_nora, 'conversacion', v_conversacion, 'mensaje', null, 'nuevo', false);
  end if;

  insert into public.archivos (nombre_nora, mensaje_id, sentido, orden, url_origen, tipo_declarado, intentar_en)
  select v_nora, v_mensaje, 'entra', (a.n - 1)::integer, a.valor ->> 'url', a.valor ->> 'tipo', v_ahora
  from pg_catalog.jsonb_array_elements(e -> 'adjuntos') with ordinality a(valor, n)
  where a.valor ->> 'url' is not null;

  -- Lo recuperado después de un día ya no se contesta solo: la ventana se cerró y lo mira una persona.
  v_atender := not coalesce((e ->> 'sin_atender')::boolean, false) and v_fecha > v_ahora - interval '24 hours';
  update public.conversaciones c set
    -- Lo recuperado tarde no cambia a dónde se responde: manda lo último que escribió.
    direccion = case when v_fecha >= coalesce(c.ultimo_entrante_en, v_fecha) then e ->> 'direccion' else c.direccion end,
    remitente = case when v_fecha >= coalesce(c.ultimo_entrante_en, v_fecha) then e ->> 'remitente' else c.remitente end,
    cuenta = case when v_fecha >= coalesce(c.ultimo_entrante_en, v_fecha) then e ->> 'cuenta' else c.cuenta end,
    sin_leer = c.sin_leer + 1,
    ultimo_entrante_id = v_mensaje,
    ultimo_entrante_en = greatest(c.ultimo_entrante_en, v_fecha),
    ventana_hasta = greatest(c.ventana_hasta, v_fecha + interval '24 hours'),
    anuncio_en = case when pg_catalog.jsonb_typeof(e -> 'referido') = 'object' then v_fecha else c.anuncio_en end,
    caso_desde = case
      when c.ultimo_entrante_en is null or c.ultimo_entrante_en < v_fecha - interval '24 hours' then v_fecha else c.caso_desde end,
    pendiente_desde = case when v_atender then coalesce(c.pendiente_desde, v_ahora) else c.pendiente_desde end,
    -- Quien escribe sin parar no se queda sin respuesta: la espera tiene tope de cuatro veces su duración.
    atender_en = case when v_atender then least(
      v_ahora + pg_catalog.make_interval(secs => v_espera::double precision),
      coalesce(c.pendiente_desde, v_ahora) + pg_catalog.make_interval(secs => (v_espera * 4)::double precision)
    ) else c.atender_en end,
    intentos = 0
  where c.nombre_nora = v_nora and c.id = v_conversacion;

  return pg_catalog.jsonb_build_object('nora', v_nora, 'conversacion', v_conversacion, 'mensaje', v_mensaje, 'nuevo', true);
end
$$;

create or replace function public.misma_direccion(una text, otra text) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  -- WhatsApp dice un mismo móvil con y sin una cifra de más (México, Argentina, Brasil): cuenta la clave.
  select una = otra or (
    una ~ '^whatsapp:[+][0-9]+$' and otra ~ '^whatsapp:[+][0-9]+$' and public.telefono_canonico(una) = public.telefono_canonico(otra))
$$;
comment on function public.misma_direccion(text, text) is 'Si dos direcciones de WhatsApp son la misma persona o número';

create or replace function public.es_su_aviso(m public.historial_conversaciones, de text, para text) returns boolean
language sql stable
set search_path = ''
as $$
  -- Quien firma por un número no puede tocar los envíos de otro: el aviso debe ser de ese remitente y a esa persona.
  select m.tipo = 'respuesta'
    and (m.enviado_desde is null or public.misma_direccion(m.enviado_desde, de))
    and (m.enviado_a is null or public.misma_direccion(m.enviado_a, para))
$$;
comment on function public.es_su_aviso(public.historial_conversaciones, text, text) is 'Si un aviso de estado puede ser de ese envío';

create or replace function public.rango_de_estado(estado text) returns integer
language sql immutable strict parallel safe
set search_path = ''
as $$
  -- Un orden total: en cualquier orden que lleguen los avisos gana el mayor. Lo entregado o leído prueba que un fallo no lo fue.
  select case estado
    when 'accepted' then 2 when 'scheduled' then 2 when 'queued' then 2 when 'sending' then 2
    when 'sent' then 3 when 'partially_delivered' then 3 when 'canceled' then 4 when 'failed' then 5 when 'undelivered' then 5
    when 'delivered' then 6 when 'read' then 7 else 0 end
$$;

update public.historial_conversaciones set rango = case
  when estado = 'cancelado' then 4 when estado = 'fallido' and rango = 9 then 5 when estado = 'entregado' then 6 when estado = 'leido' then 7
  else rango end
where rango >= 4;

create or replace function public.avanzar_mensaje(p_nora text, p_mensaje bigint, p_estado text, p_codigo text, p_motivo text) returns text
language plpgsql
set search_path = ''
as $$
declare
  v_rango integer := public.rango_de_estado(p_estado);
  v_antes integer;
  v_estado text;
begin
  select m.rango into v_antes from public.historial_conversaciones m
  where m.nombre_nora = p_nora and m.id = p_mensaje and m.tipo = 'respuesta' for update;
  if v_antes is null or (v_rango <= v_antes and p_codigo is null) then
    return null;
  end if;
  update public.historial_conversaciones m set
    estado = case when v_rango > v_antes then public.estado_nuestro(p_estado) else m.estado end,
    rango = greatest(v_rango, v_antes),
    -- El motivo de un fallo se guarda aunque después se entregara; «sin_confirmar» es nuestro y cualquier prueba lo desmiente.
    codigo_error = coalesce(nullif(m.codigo_error, 'sin_confirmar'), p_codigo),
    motivo_error = case when m.codigo_error is null or m.codigo_error = 'sin_confirmar' then p_motivo else coalesce(m.motivo_error, p_motivo) end,
    revisar_en = null,
    cambiado_en = pg_catalog.clock_timestamp()
  where m.nombre_nora = p_nora and m.id = p_mensaje
  returning m.estado into v_estado;
  if p_codigo in ('21610', '63014') then
    -- Se dio de baja o bloqueó el número: queda anotado en la misma transacción, o un corte lo perdería para siempre.
    update public.contactos p set
      baja_en = pg_catalog.clock_timestamp(), baja_origen = 'twilio', baja_texto = pg_catalog.left(p_motivo, 200), updated_at = pg_catalog.clock_timestamp()
    from public.historial_conversaciones m
    join public.conversaciones c on c.nombre_nora = m.nombre_nora and c.id = m.conversacion_id
    where m.nombre_nora = p_nora and m.id = p_mensaje and p.nombre_nora = p_nora and p.id = c.contacto_id and p.baja_en is null;
  end if;
  return case when v_rango > v_antes then v_estado end;
end
$$;

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
  v_veredicto text;
  v_doble boolean := false;
  v_intencion bigint := (e ->> 'intencion')::bigint;
  v_de text := e ->> 'remitente';
  v_para text := e ->> 'direccion';
begin
  perform pg_catalog.set_config('app.nora', '*', true);
  -- El mismo candado que confirmar_envio: si no, aviso y confirmación a la vez no se verían y el aviso se perdería.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('sid|' || coalesce(v_sid, ''), 0));
  select m.nombre_nora, m.id, m.conversacion_id, m.message_sid into v_nora, v_mensaje, v_conversacion, v_sid_guardado
  from public.historial_conversaciones m where m.message_sid = v_sid and public.es_su_aviso(m, v_de, v_para) limit 1;

  -- Un intento que se dio por fallido y resulta que llegó: si el siguiente aún no salió, éste vale y no se repite.
  if v_mensaje is null and public.rango_de_estado(v_estado) >= 6 then
    update public.historial_conversaciones m set
      message_sid = v_sid, sids_anteriores = pg_catalog.array_remove(m.sids_anteriores, v_sid), enviado_en = pg_catalog.clock_timestamp()
    where m.sids_anteriores <> '{}' and v_sid = any (m.sids_anteriores) and m.estado = 'listo' and m.message_sid is null
      and public.es_su_aviso(m, v_de, v_para)
    returning m.nombre_nora, m.id, m.conversacion_id, m.message_sid into v_nora, v_mensaje, v_conversacion, v_sid_guardado;
    if v_mensaje is null then
      select m.nombre_nora, m.id, m.conversacion_id, coalesce(m.message_sid, ''), true into v_nora, v_mensaje, v_conversacion, v_sid_guardado, v_doble
      from public.historial_conversaciones m
      where m.sids_anteriores <> '{}' and v_sid = any (m.sids_anteriores) and public.es_su_aviso(m, v_de, v_para) limit 1;
    end if;
  end if;

  -- El aviso puede llegar antes que la respuesta de Twilio: trae la clave de nuestra intención y la dirección debe coincidir.
  if v_mensaje is null and v_intencion is not null then
    select m.nombre_nora, m.id, m.conversacion_id, m.message_sid,
      m.message_sid is not null and not v_sid = any (m.sids_anteriores)
      into v_nora, v_mensaje, v_conversacion, v_sid_guardado, v_doble
    from public.historial_conversaciones m
    where m.id = v_intencion and m.tipo = 'respuesta'
      -- También lo que volvió a la cola o se dio por no confirmado: la prueba de que salió manda, y evita repetirlo.
      and (m.message_sid is not null or (not v_sid = any (m.sids_anteriores) and (
        m.estado in ('enviando', 'por_confirmar') or (m.estado = 'listo' and m.intento > 0) or m.codigo_error = 'sin_confirmar')))
      and m.enviado_desde is not null and public.es_su_aviso(m, v_de, v_para)
    for update of m;
  end if;
  if v_mensaje is not null and v_sid_guardado is not null and v_sid_guardado <> v_sid then
    -- Otro SID para la misma intención: o es un intento que ya se dio por fallido, o salió dos veces y hay que decirlo.
    v_veredicto := 'atrasado';
  end if;

  insert into public.webhooks_recibidos (nombre_nora, tipo, message_sid, estado, veredicto, parametros, ficha_idempotencia, firma, consulta)
  values (v_nora, 'estado', v_sid, v_estado, case when v_mensaje is null then 'desconocido' else coalesce(v_veredicto, 'aplicado') end,
          e -> 'parametros', e ->> 'ficha_idempotencia', e ->> 'firma', e ->> 'consulta')
  on conflict (message_sid, estado) where tipo = 'estado'
  do update set repeticiones = public.webhooks_recibidos.repeticiones + case when e ->> 'via' = 'reproceso' then 0 else 1 end,
    reprocesos = public.webhooks_recibidos.reprocesos + case when e ->> 'via' = 'reproceso' then 1 else 0 end,
    reprocesado_en = case when e ->> 'via' = 'reproceso' then pg_catalog.clock_timestamp() else public.webhooks_recibidos.reprocesado_en end,
    veredicto = case when public.webhooks_recibidos.veredicto = 'desconocido' then excluded.veredicto else public.webhooks_recibidos.veredicto end,
    nombre_nora = coalesce(public.webhooks_recibidos.nombre_nora, excluded.nombre_nora);

  if v_mensaje is null then
    return null;
  end if;
  if v_veredicto = 'atrasado' then
    if not v_doble then
      return null;
    end if;
    -- Queda con dueño: se avisa una vez y la conciliación no lo toma por un envío desconocido.
    perform pg_catalog.set_config('app.nora', v_nora, true);
    update public.historial_conversaciones m set sids_anteriores = pg_catalog.array_append(m.sids_anteriores, v_sid)
    where m.nombre_nora = v_nora and m.id = v_mensaje and not v_sid = any (m.sids_anteriores);
    return pg_catalog.jsonb_build_object('nora', v_nora, 'conversacion', v_conversacion, 'mensaje', v_mensaje, 'estado', null, 'doble', true);
  end if;
  perform pg_catalog.set_config('app.nora', v_nora, true);
  if v_sid_guardado is null then
    update public.historial_conversaciones m set message_sid = v_sid, enviado_en = pg_catalog.clock_timestamp()
    where m.nombre_nora = v_nora and m.id = v_mensaje and m.message_sid is null;
  end if;
  v_nuevo := public.avanzar_mensaje(v_nora, v_mensaje, v_estado, e ->> 'codigo_error', e ->> 'motivo_error');
  if v_nuevo is null then
    update public.webhooks_recibidos w set veredicto = 'atrasado'
    where w.tipo = 'estado' and w.message_sid = v_sid and w.estado = v_estado and w.repeticiones = 0 and w.reprocesos = 0;
    return null;
  end if;
  return pg_catalog.jsonb_build_object(
    'nora', v_nora, 'conversacion', v_conversacion, 'mensaje', v_mensaje, 'estado', v_nuevo, 'doble', false);
end
$$;
