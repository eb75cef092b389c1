-- La ventana que abrió el último mensaje de cada hilo, y la dirección de cada hilo en sus mensajes. Se puede repetir.

update public.conversaciones set ventana_hasta = ultimo_entrante_en + interval '24 hours'
where ultimo_entrante_en is not null and ventana_hasta is null;

update public.historial_conversaciones m set direccion = coalesce(m.enviado_a, c.direccion)
from public.conversaciones c
where c.id = m.conversacion_id and c.nombre_nora = m.nombre_nora and m.direccion is null
  and coalesce(m.enviado_a, c.direccion) is not null;
