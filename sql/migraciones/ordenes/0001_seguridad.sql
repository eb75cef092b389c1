-- Segunda cerradura: cada fila se ve y se escribe sólo desde la transacción de su Nora. «*» es el contexto de todas_las_noras_….

do $$
declare
  t text;
begin
  foreach t in array array[
    'configuracion_bot', 'modulos_disponibles', 'contactos', 'identidades', 'conversaciones', 'historial_conversaciones',
    'conocimiento_nora', 'recibos_ia', 'meta_ads_cuentas', 'meta_ads_logs_cambios', 'meta_ads_receptores', 'meta_ads_reportes',
    'membresias', 'simulador_envios', 'webhooks_recibidos', 'logs_errores'
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
  foreach t in array array['rutas_registradas', 'usuarios', 'roles', 'roles_usuarios', 'latidos', 'filas_apartadas'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('alter table public.%I force row level security', t);
    execute format('drop policy if exists sin_nora on public.%I', t);
    execute format(
      'create policy sin_nora on public.%I to aura_app '
      'using ((select current_setting(''app.nora'', true)) = ''*'') with check ((select current_setting(''app.nora'', true)) = ''*'')',
      t
    );
  end loop;
end
$$;
