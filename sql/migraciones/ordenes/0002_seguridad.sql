-- Las tablas nuevas también obedecen a su Nora.

do $$
declare
  t text;
begin
  foreach t in array array[
    'remitentes', 'ritmos_de_envio', 'interruptores', 'uniones', 'archivos', 'plantillas', 'simulador_plantillas',
    'conciliaciones'
  ] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('alter table public.%I force row level security', t);
    execute format('drop policy if exists de_su_nora on public.%I', t);
    execute format(
      'create policy de_su_nora on public.%I to aura_app '
      'using (nombre_nora = (select nullif(current_setting(''app.nora'', true), '''')) or (select current_setting(''app.nora'', true)) = ''*'') '
      'with check (nombre_nora = (select nullif(current_setting(''app.nora'', true), '''')) or (select current_setting(''app.nora'', true)) = ''*'')',
      t
    );
  end loop;
end
$$;
