-- Da identidad e hilo a cada persona que aún no lo tiene y cuelga de su hilo los mensajes sueltos.
-- Se usa al adoptar y al importar; repetirla no cambia nada.

drop table if exists pg_temp.suelto, pg_temp.con_ficha, pg_temp.gente, pg_temp.duena;

create temp table suelto on commit drop as
  with leida as materialized (
    select h.id, h.nombre_nora, h.telefono, h.fecha_hora, h.tipo, h.mensaje, pg_temp.clave_de_telefono(h.telefono) as clave
    from public.historial_conversaciones h where h.conversacion_id is null
  )
  select * from leida where clave is not null;
analyze pg_temp.suelto;

create temp table con_ficha on commit drop as
  select c.nombre_nora, pg_temp.clave_de_telefono(c.telefono) as clave from public.contactos c where c.telefono is not null
  union
  select i.nombre_nora, i.valor from public.identidades i where i.tipo = 'telefono';
analyze pg_temp.con_ficha;

-- Quien habló y no figura entre los contactos: se le da una ficha para que sus mensajes se vean.
insert into public.contactos (nombre_nora, telefono, created_at)
select s.nombre_nora, pg_temp.telefono_como_se_muestra(min(s.telefono)), min(s.fecha_hora)
from pg_temp.suelto s
where not exists (select from pg_temp.con_ficha f where f.nombre_nora = s.nombre_nora and f.clave = s.clave)
group by s.nombre_nora, s.clave
order by 3;

create temp table gente on commit drop as
  select c.id, c.nombre_nora, c.telefono, c.ultimo_mensaje, c.updated_at, pg_temp.clave_de_telefono(c.telefono) as clave,
    pg_temp.telefono_leido(c.telefono) is not null as con_pais
  from public.contactos c
  where pg_temp.clave_de_telefono(c.telefono) is not null;
analyze pg_temp.gente;

-- De dos fichas con el mismo teléfono, la más reciente es la persona; la otra se queda como está, sin identidad.
insert into public.identidades (nombre_nora, contacto_id, tipo, valor, direccion)
select distinct on (g.nombre_nora, g.clave) g.nombre_nora, g.id, 'telefono', g.clave, 'whatsapp:' || pg_temp.telefono_leido(g.telefono)
from pg_temp.gente g
where g.con_pais
order by g.nombre_nora, g.clave, g.ultimo_mensaje desc nulls last, g.updated_at desc, g.id desc
on conflict (nombre_nora, tipo, valor) do nothing;

create temp table duena on commit drop as
  select i.nombre_nora, i.valor as clave, i.contacto_id, i.direccion from public.identidades i where i.tipo = 'telefono'
  union all
  select * from (
    select distinct on (g.nombre_nora, g.clave) g.nombre_nora, g.clave, g.id, 'whatsapp:' || g.clave
    from pg_temp.gente g where not g.con_pais
    order by g.nombre_nora, g.clave, g.ultimo_mensaje desc nulls last, g.updated_at desc, g.id desc
  ) sin_pais;
analyze pg_temp.duena;

-- Sólo tiene hilo quien alguna vez habló.
insert into public.conversaciones (nombre_nora, contacto_id, direccion, remitente)
select d.nombre_nora, d.contacto_id, d.direccion, 'whatsapp:' || n.numero_nora
from pg_temp.duena d
join public.contactos c on c.nombre_nora = d.nombre_nora and c.id = d.contacto_id
left join public.configuracion_bot n on n.nombre_nora = d.nombre_nora
where c.ultimo_mensaje is not null or (d.nombre_nora, d.clave) in (select nombre_nora, clave from pg_temp.suelto)
order by d.contacto_id
on conflict (nombre_nora, contacto_id) do nothing;

update public.historial_conversaciones h set conversacion_id = c.id
from pg_temp.suelto s
join pg_temp.duena d on d.nombre_nora = s.nombre_nora and d.clave = s.clave
join public.conversaciones c on c.nombre_nora = d.nombre_nora and c.contacto_id = d.contacto_id
where h.id = s.id;

-- Lo viejo ya está resuelto: nadie contesta hoy un mensaje del año pasado.
update public.conversaciones c set
  ultimo_entrante_id = case when c.ultimo_entrante_en is null or u.fecha_hora > c.ultimo_entrante_en then u.id else c.ultimo_entrante_id end,
  ultimo_entrante_en = greatest(c.ultimo_entrante_en, u.fecha_hora),
  caso_desde = coalesce(c.caso_desde, u.fecha_hora),
  atendido_hasta_id = case when c.atender_en is null then greatest(c.atendido_hasta_id, u.mayor) else c.atendido_hasta_id end
from (
  select distinct on (h.conversacion_id) h.conversacion_id, h.id, h.fecha_hora, max(h.id) over (partition by h.conversacion_id) as mayor
  from public.historial_conversaciones h join pg_temp.suelto s on s.id = h.id
  where h.tipo = 'usuario' and h.conversacion_id is not null
  order by h.conversacion_id, h.fecha_hora desc, h.id desc
) u
where c.id = u.conversacion_id;

update public.contactos p set ultimo_mensaje = u.fecha_hora, mensaje_reciente = coalesce(p.mensaje_reciente, left(u.mensaje, 200))
from (
  select distinct on (h.conversacion_id) c.nombre_nora, c.contacto_id, h.fecha_hora, h.mensaje
  from public.historial_conversaciones h
  join pg_temp.suelto s on s.id = h.id
  join public.conversaciones c on c.nombre_nora = h.nombre_nora and c.id = h.conversacion_id
  order by h.conversacion_id, h.fecha_hora desc, h.id desc
) u
where p.nombre_nora = u.nombre_nora and p.id = u.contacto_id and p.ultimo_mensaje is null;
