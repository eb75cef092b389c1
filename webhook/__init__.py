"""El hilo con WhatsApp, en los dos sentidos. Los paneles sólo pueden usar `webhook.canal`."""
