-- Lo que sale: tomar con ritmo, ventana, bajas y cortacircuitos a la vista; y confirmar.

-- Ahora devuelve también el SID: cambiar lo que devuelve una función pide quitarla antes.
drop function if exists public.confirmar_envio(text, bigint, text);
create function public.confirmar_envio(p_nora text, p_mensaje bigint, p_sid text) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_aviso record;
  v_hilo bigint;
  v_anuncio timestamptz;
  v_ahora timestamptz := pg_catalog.clock_timestamp();
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('sid|' || p_sid, 0));
  select c.id, c.anuncio_en into v_hilo, v_anuncio
  from public.historial_conversaciones m join public.conversaciones c on c.nombre_nora = m.nombre_nora and c.id = m.conversacion_id
  where m.nombre_nora = p_nora and m.id = p_mensaje;
  if v_anuncio > v_ahora - interval '24 hours' then
    -- Responder en las primeras 24 horas a quien llegó por un anuncio abre la ventana de 72 (tarifas de Meta, «free entry points»).
    update public.conversaciones c set ventana_hasta = greatest(c.ventana_hasta, v_anuncio + interval '72 hours')
    where c.nombre_nora = p_nora and c.id = v_hilo;
  end if;
  update public.historial_conversaciones m set
    message_sid = coalesce(m.message_sid, p_sid),
    estado = case when m.estado in ('enviando', 'por_confirmar') then 'enviado' else m.estado end,
    rango = greatest(m.rango, 2),
    enviado_en = coalesce(m.enviado_en, v_ahora),
    por_anuncio = coalesce(
      (select c.anuncio_en + interval '72 hours' > v_ahora and c.ventana_hasta >= c.anuncio_en + interval '72 hours'
       from public.conversaciones c where c.nombre_nora = p_nora and c.id = v_hilo), false),
    revisar_en = null,
    -- Un fallo que se adelantó a esta confirmación conserva su motivo.
    codigo_error = case when m.estado in ('fallido', 'cancelado', 'entregado', 'leido') then m.codigo_error end,
    motivo_error = case when m.estado in ('fallido', 'cancelado', 'entregado', 'leido') then m.motivo_error end,
    cambiado_en = v_ahora
  where m.nombre_nora = p_nora and m.id = p_mensaje and (m.message_sid is null or m.message_sid = p_sid);
  if not found then
    -- La intención ya tiene otro SID: salió dos veces. Queda anotado para que se vea.
    update public.historial_conversaciones m set sids_anteriores = pg_catalog.array_append(m.sids_anteriores, p_sid)
    where m.nombre_nora = p_nora and m.id = p_mensaje and not p_sid = any (m.sids_anteriores);
  end if;
  update public.interruptores i set estado = 'cerrado', fallos = 0, abierto_hasta = null, motivo = null, cambiado_en = v_ahora
  where i.nombre_nora = p_nora and i.servicio = 'twilio' and (i.estado <> 'cerrado' or i.fallos > 0);

  -- Avisos que se adelantaron y quedaron en el libro sin dueño: ya lo tienen.
  perform pg_catalog.set_config('app.nora', '*', true);
  for v_aviso in
    update public.webhooks_recibidos w set nombre_nora = p_nora, veredicto = 'aplicado'
    from public.historial_conversaciones m
    where w.tipo = 'estado' and w.message_sid = p_sid and w.veredicto = 'desconocido' and m.nombre_nora = p_nora and m.id = p_mensaje
      and public.es_su_aviso(m, w.parametros ->> 'From', w.parametros ->> 'To')
    returning w.estado, w.parametros ->> 'ErrorCode' as codigo
  loop
    perform public.avanzar_mensaje(p_nora, p_mensaje, v_aviso.estado, nullif(v_aviso.codigo, '0'), null);
  end loop;
  perform pg_catalog.set_config('app.nora', p_nora, true);
  return (
    select pg_catalog.jsonb_build_object(
      'estado', m.estado, 'sid', m.message_sid, 'por_explicar', m.codigo_error is not null and m.motivo_error is null)
    from public.historial_conversaciones m where m.nombre_nora = p_nora and m.id = p_mensaje
  );
end
$$;
comment on function public.confirmar_envio(text, bigint, text) is 'Guarda el SID de un envío aceptado y aplica los avisos que llegaron antes';

create or replace function public.reclamar_envios(p_limite integer, p_adelanto interval, p_cuenta_simulada text)
returns table (
  nombre_nora text, mensaje_id bigint, conversacion_id bigint, contacto_id bigint, mensaje text, para text, de text, cuenta text,
  servicio text, content_sid text, variables jsonb, ruta text, tipo text, nombre text, intento integer, tomado_en timestamptz,
  salir_en timestamptz, edad double precision, impedimento text
)
language plpgsql
set search_path = ''
as $$
declare
  v_ahora timestamptz := pg_catalog.clock_timestamp();
  v_hueco timestamptz;
  v_a_prueba text[] := '{}';
  c record;
begin
  perform pg_catalog.set_config('app.nora', '*', true);
  for c in
    with candidatas as (
      -- De cada Nora, sus primeros envíos que pueden salir: una cola larga no deja a las demás sin turno ni encarece la búsqueda.
      select t.id, t.nombre_nora, row_number() over (partition by t.nombre_nora order by t.id) as turno
      from public.configuracion_bot n
      cross join lateral (
        select m.id, m.nombre_nora from public.historial_conversaciones m
        where m.nombre_nora = n.nombre_nora and m.estado = 'listo' and (m.revisar_en is null or m.revisar_en <= v_ahora)
          and not exists (
            select from public.historial_conversaciones o
            where o.conversacion_id = m.conversacion_id and o.nombre_nora = m.nombre_nora
              and o.estado in ('listo', 'enviando', 'por_confirmar') and o.id <> m.id
              and (o.id < m.id or o.estado <> 'listo')
          )
        order by m.id limit p_limite
      ) t
      where not exists (
          select from public.interruptores i
          where i.nombre_nora = n.nombre_nora and i.servicio = 'twilio' and i.abierto_hasta > v_ahora)
        and not exists (
          select from public.ritmos_de_envio s where s.nombre_nora = n.nombre_nora and s.siguiente_en > v_ahora + p_adelanto)
      order by turno, t.id limit p_limite
    )
    select m.nombre_nora, m.id, m.conversacion_id, h.contacto_id, m.mensaje, h.direccion, h.remitente, h.cuenta, h.ventana_hasta, r.servicio,
      m.content_sid, m.variables, a.ruta, a.tipo, a.nombre, i.estado as interruptor,
      -- 80 por segundo es el ritmo de un número de WhatsApp en Twilio; el de pruebas, uno cada 3 segundos. Un 2 % de margen.
      case when h.cuenta = p_cuenta_simulada then 0
        else 1.02 / coalesce(r.por_segundo, case when h.remitente = 'whatsapp:+14155238886' then 1.0 / 3 else 80 end) end as cada,
      case
        when m.categoria = 'marketing' and p.baja_en is not null then 'baja'
        -- Una persona tomó el hilo mientras la respuesta de la IA esperaba turno: ya no se habla por encima de ella.
        when m.origen = 'ia' and h.modo = 'persona' and h.atendida_por is not null then 'relevo'
        -- Con margen: el mensaje aún pasa por la cola de Twilio antes de llegar a WhatsApp.
        when m.content_sid is null and coalesce(h.ventana_hasta, '-infinity') < v_ahora + interval '60 seconds' then 'ventana'
      end as impedimento
    from candidatas k
    join public.historial_conversaciones m on m.nombre_nora = k.nombre_nora and m.id = k.id and m.estado = 'listo'
    join public.conversaciones h on h.nombre_nora = m.nombre_nora and h.id = m.conversacion_id
    join public.contactos p on p.nombre_nora = m.nombre_nora and p.id = h.contacto_id
    left join public.remitentes r on r.nombre_nora = m.nombre_nora
    left join public.interruptores i on i.nombre_nora = m.nombre_nora and i.servicio = 'twilio'
    left join lateral (
      select f.ruta, f.tipo, f.nombre from public.archivos f
      where f.nombre_nora = m.nombre_nora and f.mensaje_id = m.id and f.sentido = 'sale' order by f.orden limit 1
    ) a on true
    order by k.turno, m.id for update of m skip locked
  loop
    v_hueco := v_ahora;
    if c.impedimento is null then
      if c.interruptor in ('abierto', 'probando') then
        -- El corte venció: pasa uno solo a probar; los demás esperan a ver cómo le va.
        continue when c.nombre_nora = any (v_a_prueba);
        update public.interruptores i set estado = 'probando', abierto_hasta = v_ahora + interval '60 seconds', cambiado_en = v_ahora
        where i.nombre_nora = c.nombre_nora and i.servicio = 'twilio' and (i.abierto_hasta is null or i.abierto_hasta <= v_ahora);
        continue when not found;
        v_a_prueba := v_a_prueba || c.nombre_nora;
      end if;
      insert into public.ritmos_de_envio (nombre_nora, remitente, siguiente_en)
      values (c.nombre_nora, coalesce(c.remitente, ''), v_ahora) on conflict (remitente) do nothing;
      -- Si otro trabajador tiene ahora el hueco de este número, ya se tomará en la próxima vuelta.
      select greatest(s.siguiente_en, v_ahora) into v_hueco from public.ritmos_de_envio s
      where s.remitente = coalesce(c.remitente, '') for update skip locked;
      continue when v_hueco is null or v_hueco > v_ahora + p_adelanto;
      update public.ritmos_de_envio s set siguiente_en = v_hueco + pg_catalog.make_interval(secs => c.cada::double precision)
      where s.remitente = coalesce(c.remitente, '');
    end if;
    return query
      update public.historial_conversaciones m set
        estado = 'enviando', intento = m.intento + 1, reclamado_en = pg_catalog.clock_timestamp(), revisiones = 0, revisar_en = null,
        dudoso_desde = null, cambiado_en = pg_catalog.clock_timestamp(),
        enviado_a = c.direccion, direccion = c.direccion, enviado_desde = c.remitente, enviado_por = c.cuenta
      where m.nombre_nora = c.nombre_nora and m.id = c.id
      returning m.nombre_nora, m.id, m.conversacion_id, c.contacto_id, m.mensaje, m.enviado_a, m.enviado_desde, m.enviado_por,
        c.servicio, m.content_sid, m.variables, c.ruta, c.tipo, c.nombre, m.intento, m.reclamado_en, v_hueco,
        extract(epoch from v_ahora - m.fecha_hora)::double precision, c.impedimento;
  end loop;
end
$$;
comment on function public.reclamar_envios(integer, interval, text) is
  'Toma los próximos envíos sin saltarse el orden de cada hilo, el ritmo del número, la ventana, las bajas ni los cortes';
