-- Funciones puras de texto. Van antes que las tablas: hay columnas calculadas con ellas.

create or replace function public.sin_acentos(texto text) returns text
language sql immutable strict parallel safe
set search_path = ''
as $$
  select pg_catalog.regexp_replace(pg_catalog.normalize(pg_catalog.lower(texto), 'NFD'), '[\u0300-\u036f]', '', 'g')
$$;
comment on function public.sin_acentos(text) is 'Minúsculas y sin acentos, para buscar y comparar';

create or replace function public.huella_de_texto(texto text) returns text
language sql immutable strict parallel safe
set search_path = ''
as $$
  -- Un texto sólo de signos no se confunde con otro: entonces cuenta tal cual.
  select pg_catalog.md5(coalesce(
    nullif(pg_catalog.btrim(pg_catalog.regexp_replace(public.sin_acentos(texto), '[^[:alnum:]]+', ' ', 'g')), ''),
    texto
  ))
$$;
comment on function public.huella_de_texto(text) is 'Resumen de un texto: iguales si sólo difieren en acentos, mayúsculas, signos o espacios';

create or replace function public.lexemas_de(texto text) returns tsvector
language sql immutable strict parallel safe
set search_path = ''
as $$
  -- Se quitan los signos antes: según la configuración del servidor, «¿a» sería una sola palabra.
  select pg_catalog.to_tsvector(
    'pg_catalog.spanish'::regconfig,
    pg_catalog.regexp_replace(public.sin_acentos(pg_catalog.left(texto, 100000)), '[^[:alnum:]]+', ' ', 'g')
  )
$$;
comment on function public.lexemas_de(text) is 'Lexemas en español de un texto, ciegos a los acentos y a los signos';

create or replace function public.telefono_canonico(telefono text) returns text
language sql immutable strict parallel safe
set search_path = ''
as $$
  -- México y Argentina admiten un dígito de más entre el país y el número: con él y sin él es la misma persona.
  select case
    when d ~ '^521[0-9]{10}$' then '+52' || pg_catalog.substr(d, 4)
    when d ~ '^549[0-9]{10}$' then '+54' || pg_catalog.substr(d, 4)
    when d = '' then null
    else '+' || d end
  from (select pg_catalog.regexp_replace(telefono, '[^0-9]', '', 'g') as d) t
$$;
comment on function public.telefono_canonico(text) is 'Clave de un teléfono: sólo dígitos con +, sin el 1 de México ni el 9 de Argentina';
