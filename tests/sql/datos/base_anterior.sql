-- La base anterior de una agencia, como la deja Supabase: claves de varias clases, fechas sin zona, listas en texto,
-- filas repetidas, historial sin contacto, políticas abiertas y permisos para cualquiera.

do $$
declare r text;
begin
  foreach r in array array['anon', 'authenticated'] loop
    begin
      execute format('create role %I nologin', r);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end
$$;

create type public.tipo_de_origen as enum ('whatsapp', 'panel');

create table public.configuracion_bot (
  id uuid not null default gen_random_uuid() primary key,
  nombre_nora text,
  numero_nora varchar(40),
  mensaje_bienvenida text,
  personalidad text,
  instrucciones text,
  foto_perfil text,
  created_at timestamp without time zone default now(),
  updated_at timestamp without time zone,
  modelo text not null
);
insert into public.configuracion_bot (id, nombre_nora, numero_nora, mensaje_bienvenida, personalidad, created_at, updated_at, modelo) values
  ('00000000-0000-4000-8000-000000000001', 'aura', 'whatsapp:+14155238886', '¡Hola! Soy Aura 👋', 'Cálida y breve', '2023-01-01 10:00:00', '2023-06-01 10:00:00', 'viejo'),
  ('00000000-0000-4000-8000-000000000002', 'aura', '+1 415 523 8886', 'Repetida más vieja', null, '2023-01-01 09:00:00', '2023-02-01 10:00:00', 'viejo'),
  ('00000000-0000-4000-8000-000000000003', 'otra', '+1 (415) 523-8887', null, null, '2023-01-02 10:00:00', null, 'viejo'),
  ('00000000-0000-4000-8000-000000000004', 'Nora Con Espacios', '0014155238889', null, null, '2023-01-03 10:00:00', null, 'viejo'),
  ('00000000-0000-4000-8000-000000000005', 'copiona', '14155238887', null, null, '2023-01-04 10:00:00', null, 'viejo'),
  ('00000000-0000-4000-8000-000000000006', 'sin_numero', 'pendiente', null, null, null, null, 'viejo'),
  ('00000000-0000-4000-8000-000000000007', null, '+14155230000', null, null, '2023-01-05 10:00:00', null, 'viejo');

create table public.rutas_registradas (
  id bigint generated always as identity primary key,
  ruta text,
  blueprint text,
  metodo varchar,
  registrado_en timestamptz default now()
);
insert into public.rutas_registradas (ruta, blueprint, metodo) values ('/', 'inicio', 'GET'), ('/', 'inicio', 'GET'), ('/webhook', null, 'POST'), (null, 'x', 'GET');

create table public.modulos_disponibles (
  id serial primary key,
  nombre_nora text not null,
  modulo text,
  activo text default 'true'
);
insert into public.modulos_disponibles (nombre_nora, modulo, activo) values
  ('aura', 'chat', 'true'), ('aura', 'Chat ', 'false'), ('aura', 'ia', 'si'), ('aura', 'contactos', null), ('otra', 'chat', 'true'), ('otra', null, 'true');

create table public.contactos (
  id bigserial primary key,
  telefono varchar(40) not null,
  nombre varchar(120),
  nombre_nora text,
  mensaje_reciente text,
  ultimo_mensaje timestamp without time zone,
  imagen_perfil text,
  etiquetas text,
  ia_activa text default 'true',
  notas text,
  created_at text,
  updated_at timestamp without time zone default now(),
  agente uuid not null default gen_random_uuid(),
  puntos integer not null,
  unique (telefono)
);
create unique index contactos_telefono_por_nora on public.contactos (nombre_nora, lower(telefono));
insert into public.contactos (telefono, nombre, nombre_nora, mensaje_reciente, ultimo_mensaje, etiquetas, ia_activa, notas, created_at, puntos) values
  ('+5215511111111', 'Lucía', 'aura', 'Gracias', '2024-03-01 10:00:00', 'vip, frecuente,vip', 'true', 'Prefiere tardes', '2023-05-01T10:00:00Z', 1),
  ('+525511111111', 'Lucía (otra ficha)', 'aura', 'Hola', '2024-02-01 10:00:00', '["nuevo"]', 'false', null, '2023-05-02 10:00:00', 2),
  ('whatsapp:+5215522222222', 'Óscar', 'aura', null, null, '{vip,"de paso"}', 'si', null, '2023-05-03', 3),
  ('5533333333', 'Sin país', 'aura', null, null, '', null, null, 'ayer', 4),
  ('sin teléfono', 'Nadie', 'otra', null, null, null, 'no', null, null, 5),
  ('+5491144444444', 'Marta', 'otra', 'Buenas', '2024-01-01 10:00:00', 'una sola', 'true', null, '2023-05-04', 6),
  ('+5215599999999', 'De nadie', null, null, null, null, 'true', null, null, 7);

create table public.historial_conversaciones (
  id uuid not null default gen_random_uuid() primary key,
  contacto_id bigint references public.contactos (id) on delete cascade,
  telefono text not null,
  mensaje text,
  tipo text check (tipo in ('user', 'bot', 'usuario', 'respuesta', 'assistant', 'nota')),
  origen public.tipo_de_origen,
  nombre_nora text,
  fecha_hora timestamp without time zone default now(),
  estado text default 'listo',
  responde_a uuid references public.historial_conversaciones (id)
);
insert into public.historial_conversaciones (id, contacto_id, telefono, mensaje, tipo, origen, nombre_nora, fecha_hora, responde_a) values
  ('00000000-0000-4000-9000-000000000003', 1, '+5215511111111', 'Gracias 🙏', 'user', 'whatsapp', 'aura', '2024-03-01 10:00:00', null),
  ('00000000-0000-4000-9000-000000000001', 1, '+525511111111', '¿Abren hoy?', 'usuario', 'whatsapp', 'aura', '2024-02-01 09:59:00', null),
  ('00000000-0000-4000-9000-000000000002', 1, 'whatsapp:+5215511111111', 'Sí, hasta las 6', 'bot', null, 'aura', '2024-02-01 10:00:00', '00000000-0000-4000-9000-000000000001'),
  ('00000000-0000-4000-9000-000000000004', null, '+525577777777', 'Soy nueva', 'user', null, 'aura', '2024-01-05 08:00:00', null),
  ('00000000-0000-4000-9000-000000000005', null, '+525577777777', 'Bienvenida', 'assistant', null, 'aura', '2024-01-05 08:01:00', null),
  ('00000000-0000-4000-9000-000000000006', 4, '5533333333', null, 'user', 'panel', 'aura', '2024-01-06 08:00:00', null),
  ('00000000-0000-4000-9000-000000000007', null, '???', 'Sin teléfono legible', 'nota', null, 'otra', '2024-01-07 08:00:00', null),
  ('00000000-0000-4000-9000-000000000008', null, '+5491144444444', 'Buenas', 'usuario', null, 'otra', '2024-01-01 10:00:00', null),
  ('00000000-0000-4000-9000-000000000009', 7, '+5215599999999', 'De nadie', 'usuario', null, null, '2024-01-08 10:00:00', null);

create table public.meta_ads_cuentas (
  id uuid not null default gen_random_uuid() primary key,
  nombre_nora text,
  cliente_id uuid,
  access_token text,
  page_id bigint,
  ad_account_id text,
  activo boolean,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
insert into public.meta_ads_cuentas (nombre_nora, cliente_id, access_token, page_id, ad_account_id, activo) values
  ('aura', '00000000-0000-4000-a000-000000000001', 'EAAB-de-prueba', 1234567890123, 'act_1', true),
  (null, null, null, null, 'act_2', null);

create table public.logs_errores (
  id bigint primary key,
  tipo text,
  descripcion json,
  fecha_hora text,
  origen text,
  nombre_nora text,
  resuelto integer default 0
);
insert into public.logs_errores values
  (7, 'OpenAI', '{"code": 429}', '2024-02-02T10:00:00+00:00', 'handle_ai.py', 'aura', 0),
  (9, null, '"Sin más"', '02/03/2024 15:30', null, null, 1),
  (11, 'Twilio', null, 'hace un rato', null, 'aura', null);

create table public.conocimiento_nora (
  id uuid not null default gen_random_uuid() primary key,
  nombre_nora text,
  contenido text,
  created_at timestamp without time zone default now(),
  updated_at timestamp without time zone default now()
);
insert into public.conocimiento_nora (nombre_nora, contenido, created_at) values
  ('aura', 'Abrimos de lunes a viernes de 9 a 18 horas.', '2023-01-01'),
  ('aura', 'ABRIMOS de lunes a viernes, de 9 a 18 horas', '2023-01-02'),
  ('otra', 'Abrimos de lunes a viernes de 9 a 18 horas.', '2023-01-03'),
  ('aura', E'  \n\t ', '2023-01-04'),
  ('aura', null, '2023-01-05'),
  ('aura', '🎉🎉', '2023-01-06'),
  ('aura', '¡¿?!', '2023-01-07'),
  ('aura', repeat('Texto demasiado largo. ', 60), '2023-01-08');

create table public.meta_ads_reportes (
  id bigint generated by default as identity primary key,
  nombre_nora text,
  contenido text,
  desde date,
  generado_en timestamp without time zone default now(),
  enviado boolean
);
insert into public.meta_ads_reportes (nombre_nora, contenido, desde, enviado) values
  ('aura', '{"gasto": 12.5}', '2024-01-01', true), ('otra', 'no es json', null, null);

-- Tablas de la agencia que no son nuestras, y una que sólo se llama igual.
create table public.usuarios (id uuid primary key default gen_random_uuid(), correo text, clave text not null);
insert into public.usuarios (correo, clave) values ('alguien@example.com', 'en claro');
create table public.pedidos (id serial primary key, contacto_id bigint not null references public.contactos (id) on delete restrict, nora uuid references public.configuracion_bot (id));
insert into public.pedidos (contacto_id, nora) values (1, '00000000-0000-4000-8000-000000000001'), (7, '00000000-0000-4000-8000-000000000002');
create view public.clientes_activos as select id, telefono, etiquetas from public.contactos where ia_activa = 'true';

alter table public.contactos enable row level security;
create policy "Enable read access for all users" on public.contactos for select using (true);
create policy "Todo para todos" on public.historial_conversaciones using (true) with check (true);
grant usage on schema public to anon, authenticated;
grant all on all tables in schema public to anon, authenticated;
grant all on all sequences in schema public to anon, authenticated;
alter default privileges in schema public grant all on tables to anon, authenticated;
